// SPDX-License-Identifier: Apache-2.0
// Policy files: each key's right values, each of its mistakes with kind and text, what a file comes
// to, and the examples.

#include "tests/unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "config.h"
#include "policy/host_policy_file.h"
#include "policy/host_policy_table.h"
#include "policy/json_file.h"
#include "tests/policy/json_quotes.h"
#include "tests/policy/json_schema.h"

// Too large for a stack.
static struct host_policy_file policy;
static struct host_policy compiled;
static struct err_list errors;

static int read_json(const char *json)
{
	memset(&policy, 0, sizeof(policy));
	memset(&errors, 0, sizeof(errors));
	return host_policy_read(&policy, "p.json", json, strlen(json), &errors);
}

// In 'text' single quotes stand for double ones.
static int read_text(const char *text)
{
	AUTO(mem) char *json = json_quotes(text);

	return read_json(json);
}

static void assert_reads(const char *text)
{
	if (read_text(text) < 0)
		fail_msg("refused: %s", errors.items[0].text);
	assert_int_equal(errors.n, 0);
	// Whatever was in it before.
	memset(&compiled, 0xff, sizeof(compiled));
	host_policy_compile(&compiled, &policy);
}

static void assert_mistake(size_t index, const char *why)
{
	static const char whose[] = "policy file 'p.json':";

	assert_memory_equal(errors.items[index].text, whose, strlen(whose));
	assert_string_equal(errors.items[index].text + strlen(whose), why);
	assert_int_equal(errors.items[index].kind, ERR_GUEST_FILE);
}

static void assert_refuses(const char *text, const char *why)
{
	assert_int_equal(read_text(text), -1);
	assert_mistake(0, why);
	assert_int_equal(errors.n, 1);
}

// --- What is right -------------------------------------------------------------------------------

static void an_empty_object_is_the_policy_of_a_machine_without_one(void **state)
{
	static const struct host_policy zero;

	(void)state;
	assert_reads("{}");
	assert_memory_equal(&compiled, &zero, sizeof(zero));
}

static void fills_in_every_key_that_has_a_default(void **state)
{
	(void)state;
	assert_reads("{}");
	host_policy_fill(&policy);
	assert_int_equal(policy.front_uid, SNPLAUNCH_FRONT_UID);
	assert_int_equal(policy.qemu_uid, SNPLAUNCH_QEMU_UID);
	assert_int_equal(policy.memory_overhead_mib, HOST_POLICY_MEMORY_OVERHEAD_MIB_DEFAULT);
	assert_string_equal(words_at(&confinement_words, policy.confinement), "require");
	assert_string_equal(words_at(&seccomp_words, policy.seccomp), "kill");
	assert_string_equal(words_at(&sev_issue_cmd_words, policy.sev_issue_cmd), "allow");
	assert_int_equal(policy.limit_asids, ON_OFF_OFF);
	// The others say what holds without them.
	for (size_t i = 0; i < host_policy_fields.n; i++) {
		const struct field *field = &host_policy_fields.fields[i];

		assert_true(field_is_given(field, &policy) == (field->absent == NULL));
	}
}

static void fills_in_nothing_that_is_given(void **state)
{
	static struct host_policy_file before;

	(void)state;
	assert_reads("{'front_uid':1,'qemu_uid':2,'confinement':'auto','seccomp':'log',"
		     "'sev_issue_cmd':'fake','memory_overhead_mib':1,'limit_asids':true}");
	before = policy;
	host_policy_fill(&policy);
	assert_memory_equal(&policy, &before, sizeof(before));
}

static void reads_uids(void **state)
{
	(void)state;
	assert_reads("{'front_uid':1,'qemu_uid':4294967294}");
	assert_int_equal(compiled.front_uid, 1);
	assert_int_equal(compiled.qemu_uid, 4294967294);
	assert_reads("{'front_uid':100}");
	assert_int_equal(compiled.front_uid, 100);
	assert_int_equal(compiled.qemu_uid, 0);
}

static void reads_words_and_switches(void **state)
{
	(void)state;
	assert_reads("{'confinement':'auto','seccomp':'log','sev_issue_cmd':'fake',"
		     "'limit_asids':true}");
	assert_int_equal(compiled.confinement, CONFINEMENT_AUTO);
	assert_int_equal(compiled.seccomp, SECCOMP_LOG);
	assert_int_equal(compiled.sev_issue_cmd, SEV_ISSUE_CMD_FAKE);
	assert_int_equal(compiled.limit_asids, 1);
	assert_reads("{'confinement':'require','seccomp':'kill','sev_issue_cmd':'allow',"
		     "'limit_asids':false}");
	assert_int_equal(compiled.confinement, CONFINEMENT_REQUIRE);
	assert_int_equal(compiled.seccomp, SECCOMP_KILL);
	assert_int_equal(compiled.sev_issue_cmd, SEV_ISSUE_CMD_ALLOW);
	assert_int_equal(compiled.limit_asids, 0);
}

static void reads_the_overhead(void **state)
{
	(void)state;
	assert_reads("{'memory_overhead_mib':1}");
	assert_int_equal(compiled.memory_overhead_mib, 1);
	assert_reads("{'memory_overhead_mib':65536}");
	assert_int_equal(compiled.memory_overhead_mib, HOST_POLICY_MEMORY_OVERHEAD_MIB_MAX);
}

static void reads_paths(void **state)
{
	static const char zero[HOST_POLICY_PATH_SIZE];

	(void)state;
	assert_reads("{'cgroup':'/a.slice/..b/.c/...','qemu':['/q','/r s'],"
		     "'artifact_directories':['/srv/\\u00e9']}");
	assert_string_equal(compiled.cgroup, "/a.slice/..b/.c/...");
	assert_int_equal(compiled.n_qemu, 2);
	assert_string_equal(compiled.qemu[0], "/q");
	assert_string_equal(compiled.qemu[1], "/r s");
	assert_memory_equal(compiled.qemu[2], zero, sizeof(zero));
	assert_int_equal(compiled.n_artifact_directories, 1);
	assert_string_equal(compiled.artifact_directories[0], "/srv/\xc3\xa9");
}

static const struct {
	const char *key;
	size_t n_max;
} lists[] = {
	{ "qemu", HOST_POLICY_QEMUS_MAX },
	{ "artifact_directories", HOST_POLICY_DIRECTORIES_MAX },
};

static void write_list(char *out, size_t size, const char *key, size_t n)
{
	int used = snprintf(out, size, "{'%s':[", key);

	for (size_t i = 0; i < n; i++)
		used += snprintf(out + used, size - (size_t)used, "%s'/%zu'", i > 0 ? "," : "", i);
	(void)snprintf(out + used, size - (size_t)used, "]}");
}

static void reads_as_many_paths_as_there_may_be(void **state)
{
	char text[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		write_list(text, sizeof(text), lists[i].key, lists[i].n_max);
		assert_reads(text);
	}
	write_list(text, sizeof(text), "qemu", HOST_POLICY_QEMUS_MAX);
	assert_reads(text);
	assert_int_equal(compiled.n_qemu, HOST_POLICY_QEMUS_MAX);
	assert_string_equal(compiled.qemu[HOST_POLICY_QEMUS_MAX - 1], "/7");
}

static void reads_the_longest_path(void **state)
{
	char path[HOST_POLICY_PATH_SIZE + 1] = "/";
	char text[sizeof(path) + 32];

	(void)state;
	memset(path + 1, 'x', HOST_POLICY_PATH_SIZE - 2);
	(void)snprintf(text, sizeof(text), "{'cgroup':'%s'}", path);
	assert_reads(text);
	assert_string_equal(compiled.cgroup, path);
	path[HOST_POLICY_PATH_SIZE - 1] = 'x';
	(void)snprintf(text, sizeof(text), "{'cgroup':'%s'}", path);
	assert_refuses(text, "1:11: key 'cgroup': must be at most 255 bytes, not 256");
}

// --- What is wrong -------------------------------------------------------------------------------

static void refuses_values_of_a_wrong_type(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "{'front_uid':'1'}",
		  "1:14: key 'front_uid': must be a whole number, not a string" },
		{ "{'qemu_uid':1.5}",
		  "1:13: key 'qemu_uid': must be a whole number, not a fraction" },
		{ "{'qemu':'/q'}", "1:9: key 'qemu': must be an array, not a string" },
		{ "{'qemu':[1]}", "1:10: key 'qemu[0]': must be a string, not a number" },
		{ "{'qemu':[['/q']]}", "1:10: key 'qemu[0]': must be a string, not an array" },
		{ "{'artifact_directories':{}}",
		  "1:25: key 'artifact_directories': must be an array, not an object" },
		{ "{'artifact_directories':['/a',true]}",
		  "1:31: key 'artifact_directories[1]': must be a string, not a boolean" },
		{ "{'confinement':true}",
		  "1:16: key 'confinement': must be a string, not a boolean" },
		{ "{'seccomp':0}", "1:12: key 'seccomp': must be a string, not a number" },
		{ "{'sev_issue_cmd':[]}",
		  "1:18: key 'sev_issue_cmd': must be a string, not an array" },
		{ "{'cgroup':{}}", "1:11: key 'cgroup': must be a string, not an object" },
		{ "{'memory_overhead_mib':'512'}",
		  "1:24: key 'memory_overhead_mib': must be a whole number, not a string" },
		{ "{'limit_asids':1}",
		  "1:16: key 'limit_asids': must be true or false, not a number" },
		{ "{'limit_asids':'on'}",
		  "1:16: key 'limit_asids': must be true or false, not a string" },
		{ "[]", "1:1: must be an object, not an array" },
		{ "{'cgroup':null}", "1:11: null is not accepted" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_refuses(cases[i].text, cases[i].why);
}

static void refuses_values_out_of_range(void **state)
{
	static const struct {
		const char *text;
		const char *why;
	} cases[] = {
		{ "{'front_uid':0}", "1:14: key 'front_uid': must be 1 to 4294967294, not 0" },
		{ "{'front_uid':-1}", "1:14: key 'front_uid': must be 1 to 4294967294, not -1" },
		{ "{'qemu_uid':4294967295}",
		  "1:13: key 'qemu_uid': must be 1 to 4294967294, not 4294967295" },
		{ "{'qemu_uid':18446744073709551615}",
		  "1:13: key 'qemu_uid': must be 1 to 4294967294, not 18446744073709551615" },
		{ "{'confinement':'never'}",
		  "1:16: key 'confinement': must be require or auto, not 'never'" },
		{ "{'seccomp':'Kill'}", "1:12: key 'seccomp': must be kill or log, not 'Kill'" },
		{ "{'sev_issue_cmd':''}",
		  "1:18: key 'sev_issue_cmd': must be allow or fake, not ''" },
		{ "{'memory_overhead_mib':0}",
		  "1:24: key 'memory_overhead_mib': must be 1 to 65536 MiB, not 0" },
		{ "{'memory_overhead_mib':65537}",
		  "1:24: key 'memory_overhead_mib': must be 1 to 65536 MiB, not 65537" },
		// "Nothing" would be read as "anything".
		{ "{'qemu':[]}", "1:9: key 'qemu': must have 1 to 8 elements, not 0" },
		{ "{'artifact_directories':[]}",
		  "1:25: key 'artifact_directories': must have 1 to 16 elements, not 0" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_refuses(cases[i].text, cases[i].why);
}

static void refuses_more_paths_than_there_may_be(void **state)
{
	char text[256];
	char why[128];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		write_list(text, sizeof(text), lists[i].key, lists[i].n_max + 1);
		(void)snprintf(
			why, sizeof(why), "1:%zu: key '%s': must have 1 to %zu elements, not %zu",
			strlen(lists[i].key) + 5, lists[i].key, lists[i].n_max, lists[i].n_max + 1);
		assert_refuses(text, why);
	}
}

static void refuses_paths_that_are_not_canonical(void **state)
{
	static const char *const paths[] = {
		"/",	"//",	 "//a",	   "/a//b",   "/a/",  "/.",    "/..",
		"/./a", "/../a", "/a/./b", "/a/../b", "/a/.", "/a/..",
	};
	char text[64];
	char why[160];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		(void)snprintf(text, sizeof(text), "{'cgroup':'%s'}", paths[i]);
		(void)snprintf(
			why, sizeof(why),
			"1:11: key 'cgroup': must be a path without '//', '.', '..' or a '/' "
			"at its end, not '%s'",
			paths[i]);
		assert_refuses(text, why);
	}
	assert_refuses("{'qemu':['/q','/r/']}",
		       "1:15: key 'qemu[1]': must be a path without '//', '.', '..' or a '/' at "
		       "its end, not '/r/'");
}

static void refuses_paths_that_are_relative_or_unprintable(void **state)
{
	(void)state;
	assert_refuses("{'cgroup':''}", "1:11: key 'cgroup': must be an absolute path, not ''");
	assert_refuses("{'qemu':['qemu']}",
		       "1:10: key 'qemu[0]': must be an absolute path, not 'qemu'");
	assert_refuses("{'cgroup':'/a\\nb'}",
		       "1:11: key 'cgroup': must be a path without control characters, not "
		       "'/a\\nb'");
	assert_refuses("{'artifact_directories':['/\\u007f']}",
		       "1:26: key 'artifact_directories[0]': must be a path without control "
		       "characters, not '/\\x7f'");
}

static void refuses_keys_that_are_unknown_or_there_twice(void **state)
{
	(void)state;
	assert_refuses("{'colour':1}", "1:2: key 'colour': unknown key");
	assert_refuses("{'limit_asid':true}",
		       "1:2: key 'limit_asid': unknown key, did you mean 'limit_asids'?");
	// A guest file's promise about firmware is none of this file's.
	assert_refuses("{'pflash':1}", "1:2: key 'pflash': unknown key");
	for (size_t i = 0; i < host_policy_fields.n; i++) {
		const char *key = host_policy_fields.fields[i].key;
		char text[128];
		char why[128];

		(void)snprintf(text, sizeof(text), "{'%s':1,'%s':1}", key, key);
		(void)snprintf(why, sizeof(why), "1:%zu: key '%s' appears twice", strlen(key) + 7,
			       key);
		assert_refuses(text, why);
	}
}

static void refuses_text_that_is_no_json(void **state)
{
	(void)state;
	assert_refuses("", "1:1: empty text");
	assert_refuses("{} {}", "1:4: expected the end of the text, found '{'");
	assert_refuses("{'seccomp':'log',}", "1:18: expected a key in double quotes, found '}'");
	assert_refuses("{\n// no\n}", "2:1: expected a key in double quotes, found '/'");
}

static void refuses_uids_that_are_the_same(void **state)
{
	static const char must_differ[] =
		"policy file 'p.json': keys 'front_uid' and 'qemu_uid' must differ, both are %u%s";
	char text[64];
	char why[160];

	(void)state;
	assert_int_equal(read_text("{'front_uid':7,'qemu_uid':7}"), -1);
	(void)snprintf(why, sizeof(why), must_differ, 7U, "");
	assert_string_equal(errors.items[0].text, why);
	assert_int_equal(errors.items[0].kind, ERR_GUEST_FILE);

	(void)snprintf(text, sizeof(text), "{'front_uid':%u}", SNPLAUNCH_QEMU_UID);
	assert_int_equal(read_text(text), -1);
	(void)snprintf(why, sizeof(why), must_differ, SNPLAUNCH_QEMU_UID, " (qemu_uid by default)");
	assert_string_equal(errors.items[0].text, why);

	(void)snprintf(text, sizeof(text), "{'qemu_uid':%u}", SNPLAUNCH_FRONT_UID);
	assert_int_equal(read_text(text), -1);
	(void)snprintf(why, sizeof(why), must_differ, SNPLAUNCH_FRONT_UID,
		       " (front_uid by default)");
	assert_string_equal(errors.items[0].text, why);
}

static void names_several_mistakes_in_their_order(void **state)
{
	(void)state;
	assert_int_equal(read_text("{'qemu':['q',\n'/r/'],\n'seccomp':1,\n'color':2}"), -1);
	assert_int_equal(errors.n, 4);
	assert_mistake(0, "1:10: key 'qemu[0]': must be an absolute path, not 'q'");
	assert_mistake(1, "2:1: key 'qemu[1]': must be a path without '//', '.', '..' or a '/' at "
			  "its end, not '/r/'");
	assert_mistake(2, "3:11: key 'seccomp': must be a string, not a number");
	assert_mistake(3, "4:1: key 'color': unknown key");
}

// --- Examples and schema -------------------------------------------------------------------------

static void read_example(const char *path)
{
	static char text[JSON_FILE_BYTES_MAX];
	FILE *file = fopen(path, "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	text[len] = '\0';
	(void)fclose(file);
	assert_reads(text);
}

static void reads_the_example_of_an_edge_deployment(void **state)
{
	(void)state;
	read_example("examples/policy-edge.json");
	assert_int_equal(compiled.confinement, CONFINEMENT_REQUIRE);
	assert_int_equal(compiled.seccomp, SECCOMP_KILL);
	assert_int_equal(compiled.limit_asids, 1);
	assert_int_equal(compiled.n_qemu, 1);
	assert_int_equal(compiled.n_artifact_directories, 1);
	assert_string_equal(compiled.cgroup, "/snplaunch.slice");
}

static void reads_the_example_of_a_developer(void **state)
{
	(void)state;
	read_example("examples/policy-developer.json");
	assert_int_equal(compiled.confinement, CONFINEMENT_AUTO);
	assert_int_equal(compiled.seccomp, SECCOMP_LOG);
}

// Every value in the place of every key: the schema and the reader say the same of it.
static void the_schema_and_the_reader_agree(void **state)
{
	static const char *const values[] = {
		"0",
		"1",
		"-1",
		"65536",
		"65537",
		"4294967294",
		"4294967295",
		"1.5",
		"true",
		"false",
		"{}",
		"[]",
		"''",
		"'/'",
		"'/a'",
		"'a'",
		"'/a/'",
		"'//a'",
		"'/.'",
		"'/..'",
		"'/...'",
		"'/.a'",
		"'/..a'",
		"'/a..'",
		"'/a/./b'",
		"'/a/../b'",
		"'/a//b'",
		"'/a\\nb'",
		"'/\\u007f'",
		"'/ '",
		"'require'",
		"'auto'",
		"'kill'",
		"'log'",
		"'allow'",
		"'fake'",
		"['/a']",
		"['a']",
		"['/a',1]",
		"['/a','/']",
		"[['/a']]",
		"'/\\u00e9'",
		"['/1','/2','/3','/4','/5','/6','/7','/8','/9']",
	};
	AUTO(mem) char *text = host_policy_schema();
	AUTO(json) struct json_object *schema = json_tokener_parse(text);

	(void)state;
	assert_non_null(schema);
	for (size_t i = 0; i < host_policy_fields.n; i++) {
		for (size_t j = 0; j < ARRAY_LEN(values); j++) {
			AUTO(mem) char *value = json_quotes(values[j]);
			AUTO(json) struct json_object *document = NULL;
			char json[128];

			(void)snprintf(json, sizeof(json), "{\"%s\":%s}",
				       host_policy_fields.fields[i].key, value);
			document = json_tokener_parse(json);
			assert_non_null(document);
			if (is_valid(schema, document) != (read_json(json) == 0))
				fail_msg("the schema and the reader differ about %s", json);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_object_is_the_policy_of_a_machine_without_one),
		cmocka_unit_test(fills_in_every_key_that_has_a_default),
		cmocka_unit_test(fills_in_nothing_that_is_given),
		cmocka_unit_test(reads_uids),
		cmocka_unit_test(reads_words_and_switches),
		cmocka_unit_test(reads_the_overhead),
		cmocka_unit_test(reads_paths),
		cmocka_unit_test(reads_as_many_paths_as_there_may_be),
		cmocka_unit_test(reads_the_longest_path),
		cmocka_unit_test(refuses_values_of_a_wrong_type),
		cmocka_unit_test(refuses_values_out_of_range),
		cmocka_unit_test(refuses_more_paths_than_there_may_be),
		cmocka_unit_test(refuses_paths_that_are_not_canonical),
		cmocka_unit_test(refuses_paths_that_are_relative_or_unprintable),
		cmocka_unit_test(refuses_keys_that_are_unknown_or_there_twice),
		cmocka_unit_test(refuses_text_that_is_no_json),
		cmocka_unit_test(refuses_uids_that_are_the_same),
		cmocka_unit_test(names_several_mistakes_in_their_order),
		cmocka_unit_test(reads_the_example_of_an_edge_deployment),
		cmocka_unit_test(reads_the_example_of_a_developer),
		cmocka_unit_test(the_schema_and_the_reader_agree),
	};

	return cmocka_run_group_tests_name("policy/host_policy", tests, NULL, NULL);
}
