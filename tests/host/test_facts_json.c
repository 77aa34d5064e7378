// SPDX-License-Identifier: Apache-2.0
// Host facts as a file: what is written is read back, and nothing else is.

#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/text.h"
#include "host/facts_cache.h"
#include "host/facts_json.h"

struct fixture {
	struct host_facts facts;
	struct host_facts again;
	struct err err;
	char text[HOST_FACTS_BYTES_MAX];
	size_t len;
};

static void load(struct fixture *fixture, const char *name)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof(path), "tests/host/%s", name);
	file = fopen(path, "re");
	assert_non_null(file);
	fixture->len = fread(fixture->text, 1, sizeof(fixture->text) - 1, file);
	fixture->text[fixture->len] = '\0';
	(void)fclose(file);
	if (host_facts_read(&fixture->facts, fixture->text, fixture->len, &fixture->err) < 0)
		fail_msg("%s: %s", name, fixture->err.text);
}

static int set_up(void **state)
{
	*state = mem_zeroed(1, sizeof(struct fixture));
	load(*state, "genoa-qemu-10.0.json");
	return 0;
}

static int tear_down(void **state)
{
	free(*state);
	return 0;
}

static void reads_a_genoa_host(void **state)
{
	struct fixture *fixture = *state;
	const struct host_facts *facts = &fixture->facts;
	const struct host_cpu_model *genoa = host_cpu_model_find(&facts->qemu, "EPYC-Genoa");

	assert_int_equal(facts->qemu.major, 10);
	assert_string_equal(facts->qemu.machine, "pc-q35-10.0");
	assert_int_equal(facts->qemu.machine_cpu_max, 4096);
	assert_true(facts->qemu.kvm_usable);
	assert_true(facts->qemu.sev_guest & HOST_PROPERTY_BIT(HOST_PROPERTY_LEGACY_VM_TYPE));
	assert_true(facts->qemu.sev_snp_guest & HOST_PROPERTY_BIT(HOST_PROPERTY_ID_BLOCK));
	assert_false(facts->qemu.sev_snp_guest & HOST_PROPERTY_BIT(HOST_PROPERTY_LEGACY_VM_TYPE));
	assert_int_equal(facts->qemu.n_cpu_models, 154);
	assert_non_null(genoa);
	assert_string_equal(genoa->alias_of, "EPYC-Genoa-v1");
	assert_true(genoa->runnable);
	assert_false(host_cpu_model_find(&facts->qemu, "Icelake-Server-v1")->runnable);
	assert_null(host_cpu_model_find(&facts->qemu, "EPYC-Turin"));
	assert_int_equal(facts->cpu.signature, 0xa10f11);
	assert_int_equal(facts->cpu.cbitpos, 51);
	assert_int_equal(facts->kvm.vm_types, 0x1d);
}

static void writes_what_it_read(void **state)
{
	static const char *const names[] = {
		"genoa-qemu-10.0.json",
		"milan-qemu-9.1.json",
		"no-sev-qemu-7.2.json",
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		AUTO(mem) char *written = NULL;
		size_t len;

		load(fixture, names[i]);
		written = host_facts_write(&fixture->facts, &len);
		assert_string_equal(written, fixture->text);
		assert_int_equal(host_facts_read(&fixture->again, written, len, &fixture->err), 0);
		assert_memory_equal(&fixture->again, &fixture->facts, sizeof(fixture->facts));
	}
}

static void writes_empty_facts_that_name_no_machine(void **state)
{
	struct fixture *fixture = *state;
	AUTO(mem) char *written = NULL;
	size_t len;

	memset(&fixture->facts, 0, sizeof(fixture->facts));
	written = host_facts_write(&fixture->facts, &len);
	assert_int_equal(host_facts_read(&fixture->again, written, len, &fixture->err), -1);
	assert_string_equal(fixture->err.text, "qemu: member 'machine' must be a name of at most "
					       "63 letters, digits, '.', '_' and '-', not ''");
}

static void keeps_quotes_and_backslashes(void **state)
{
	struct fixture *fixture = *state;
	AUTO(mem) char *written = NULL;
	size_t len;

	assert_int_equal(text_copy_field(fixture->facts.qemu.package, QMP_TEXT_SIZE, "a\"b\\x07\\"),
			 0);
	fixture->facts.qemu.cpu_models[7].deprecated = true;
	written = host_facts_write(&fixture->facts, &len);
	assert_int_equal(host_facts_read(&fixture->again, written, len, &fixture->err), 0);
	assert_memory_equal(&fixture->again, &fixture->facts, sizeof(fixture->facts));
}

// --- Refusals: one change of a good file each ----------------------------------------------------

static void replace(struct fixture *fixture, const char *from, const char *to)
{
	char *place = strstr(fixture->text, from);
	AUTO(mem) char *rest = NULL;

	assert_non_null(place);
	rest = mem_must(strdup(place + strlen(from)));
	(void)stpcpy(stpcpy(place, to), rest);
	fixture->len = strlen(fixture->text);
}

static void refuses_each_wrong_member_by_name(void **state)
{
	static const struct {
		const char *from;
		const char *to;
		const char *error;
	} changes[] = {
		{ "\"format\": 1", "\"format\": 2", "member 'format' must be 1, not 2" },
		{ "\"format\": 1,", "", "member 'format' is missing" },
		{ "\"identity\": \"\",", "", "member 'identity' is missing" },
		{ "\"identity\": \"\"", "\"identity\": \"\\u0007\"",
		  "member 'identity' must be printable ASCII of at most 319 bytes" },
		{ "\"format\"", "\"extra\": 1, \"format\"", "unknown member 'extra'" },
		{ "\"major\": 10", "\"major\": \"10\"", "qemu: member 'major' must be an integer" },
		{ "\"major\": 10", "\"major\": -1",
		  "qemu: member 'major' must be 0 to 4294967295, not -1" },
		{ "\"major\": 10", "\"major\": 10, \"extra\": {}", "qemu: unknown member 'extra'" },
		{ "\"machine\": \"pc-q35-10.0\"", "\"machine\": \"pc,x=y\"",
		  "qemu: member 'machine' must be a name of at most 63 letters, digits, '.', '_' "
		  "and '-', not 'pc,x=y'" },
		{ "\"kvm_built\": true", "\"kvm_built\": 1",
		  "qemu: member 'kvm_built' must be true or false" },
		{ "[\"policy\"", "[\"polcy\"",
		  "qemu: sev_guest: item 0 is no property that is known" },
		{ "[\"policy\"", "[1", "qemu: sev_guest: item 0 is no property that is known" },
		{ "{\"name\": \"max\"}", "3", "qemu: cpu_models: item 0 must be an object" },
		{ "{\"name\": \"max\"}", "{}",
		  "qemu: cpu_models: item 0: member 'name' is missing" },
		{ "{\"name\": \"max\"}", "{\"name\": \"max\", \"runnable\": true}",
		  "qemu: cpu_models: item 0: unknown member 'runnable'" },
		{ "{\"name\": \"max\"}", "{\"name\": \"max\", \"deprecated\": 0}",
		  "qemu: cpu_models: item 0: member 'deprecated' must be true or false" },
		{ "\"vendor\": \"AuthenticAMD\"", "\"vendor\": \"AuthenticAMD!\"",
		  "cpu: member 'vendor' must be printable ASCII of at most 12 bytes" },
		{ "\"0xa10f11\"", "\"10555153\"",
		  "cpu: member 'signature' must be 0x0 to 0xffffffff, not '10555153'" },
		{ "\"0xa10f11\"", "\"0x100000000\"",
		  "cpu: member 'signature' must be 0x0 to 0xffffffff, not '0x100000000'" },
		{ "\"cbitpos\": 51,", "", "cpu: member 'cbitpos' is missing" },
		{ "\"kvm\": {", "\"kvn\": {", "unknown member 'kvn'" },
		{ "\"vm_types_known\": true,", "", "kvm: member 'vm_types_known' is missing" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		load(fixture, "genoa-qemu-10.0.json");
		replace(fixture, changes[i].from, changes[i].to);
		assert_int_equal(host_facts_read(&fixture->again, fixture->text, fixture->len,
						 &fixture->err),
				 -1);
		assert_string_equal(fixture->err.text, changes[i].error);
		assert_int_equal(fixture->err.kind, ERR_INPUT);
	}
}

static void refuses_damaged_text(void **state)
{
	struct fixture *fixture = *state;

	for (size_t len = 0; len < fixture->len - 1; len += 37) {
		assert_int_equal(
			host_facts_read(&fixture->again, fixture->text, len, &fixture->err), -1);
		assert_int_equal(fixture->err.kind, ERR_INPUT);
		assert_string_not_equal(fixture->err.text, "");
	}
}

static void names_the_place_of_what_is_no_json(void **state)
{
	static const char text[] = "{\n  \"host_facts\": 1,\n}\n";
	struct fixture *fixture = *state;

	assert_int_equal(host_facts_read(&fixture->again, text, strlen(text), &fixture->err), -1);
	assert_string_equal(fixture->err.text,
			    "line 3, column 1: expected a key in double quotes, found '}'");
}

static void reads_in_less_than_a_millisecond(void **state)
{
	struct fixture *fixture = *state;
	double best_us = 1e9;

	for (int i = 0; i < 50; i++) {
		struct timespec begin, end;
		double us;

		(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begin);
		assert_int_equal(host_facts_read(&fixture->again, fixture->text, fixture->len,
						 &fixture->err),
				 0);
		(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
		us = (double)(end.tv_sec - begin.tv_sec) * 1e6 +
		     (double)(end.tv_nsec - begin.tv_nsec) / 1e3;
		best_us = us < best_us ? us : best_us;
	}
	print_message("reading takes %.0f us\n", best_us);
#ifndef __SANITIZE_ADDRESS__
	assert_true(best_us < 1000);
#endif
}

// --- The cache -----------------------------------------------------------------------------------

static struct host_identity some_identity(const struct stat *qemu, const struct host_facts *facts)
{
	return (struct host_identity){ qemu, "6.12.1", &facts->cpu, &facts->kvm, true };
}

static const struct stat some_qemu = {
	.st_dev = 2049,
	.st_ino = 77,
	.st_size = 1000,
	.st_ctim = { 1700000000, 5 },
};

static void writes_the_identity_as_a_line(void **state)
{
	struct fixture *fixture = *state;
	struct host_identity identity = some_identity(&some_qemu, &fixture->facts);
	char text[HOST_IDENTITY_SIZE];

	host_identity_write(text, &identity);
	assert_string_equal(text, "format=1 dev=2049 inode=77 size=1000 ctime=1700000000.000000005 "
				  "kernel=6.12.1 cpu=AuthenticAMD:a10f11:0111 kvm=1 vm_types=1d");
}

static void names_a_cache_file_by_its_identity(void **state)
{
	char name[HOST_CACHE_NAME_SIZE];
	char other[HOST_CACHE_NAME_SIZE];

	(void)state;
	// The test vector of FNV-1a for "a" (draft-eastlake-fnv, appendix C).
	host_cache_name(name, "a");
	assert_string_equal(name, "qemu-d228cb696f1a8caf78912b704e4a8964.json");
	host_cache_name(other, "b");
	assert_string_not_equal(name, other);
	assert_true(text_is_plain_name(name, HOST_CACHE_NAME_SIZE));
}

static void ignores_kept_facts_of_another_identity(void **state)
{
	struct fixture *fixture = *state;
	struct host_identity identity = some_identity(&some_qemu, &fixture->facts);
	struct stat other = some_qemu;
	AUTO(mem) char *written = NULL;
	char text[HOST_IDENTITY_SIZE];
	size_t len;

	host_identity_write(fixture->facts.identity, &identity);
	written = host_facts_write(&fixture->facts, &len);
	assert_true(host_cache_read(&fixture->again, fixture->facts.identity, written, len));
	assert_memory_equal(&fixture->again, &fixture->facts, sizeof(fixture->facts));
	other.st_ctim.tv_nsec++;
	identity.qemu = &other;
	host_identity_write(text, &identity);
	assert_false(host_cache_read(&fixture->again, text, written, len));
	assert_int_equal(fixture->again.qemu.major, 0);
	assert_false(host_cache_read(&fixture->again, fixture->facts.identity, written, len / 2));
	assert_int_equal(fixture->again.qemu.major, 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_a_genoa_host),
		TEST(writes_what_it_read),
		TEST(writes_empty_facts_that_name_no_machine),
		TEST(keeps_quotes_and_backslashes),
		TEST(refuses_each_wrong_member_by_name),
		TEST(refuses_damaged_text),
		TEST(names_the_place_of_what_is_no_json),
		TEST(reads_in_less_than_a_millisecond),
		TEST(writes_the_identity_as_a_line),
		cmocka_unit_test(names_a_cache_file_by_its_identity),
		TEST(ignores_kept_facts_of_another_identity),
	};

	return cmocka_run_group_tests_name("host/facts_json", tests, NULL, NULL);
}
