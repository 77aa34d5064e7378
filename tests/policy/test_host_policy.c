// SPDX-License-Identifier: Apache-2.0
// Policy files: each key's right values, what a file comes to, the examples and the schema.

#include "tests/unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "policy/host_policy_table.h"
#include "policy/json_file.h"
#include "tests/policy/json_schema.h"
#include "tests/policy/policy_fixture.h"

static struct launch_rules rules; // too large for a stack

static void an_empty_object_is_the_policy_of_a_machine_without_one(void **state)
{
	static const struct host_policy zero;
	static const struct launch_rules no_rules;

	(void)state;
	assert_reads("{}");
	assert_memory_equal(&compiled, &zero, sizeof(zero));
	memset(&rules, 0xff, sizeof(rules));
	host_policy_compile_rules(&rules, &policy);
	assert_memory_equal(&rules, &no_rules, sizeof(no_rules));
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
		     "'sev_issue_cmd':'fake','memory_overhead_mib':1,'limit_asids':true,"
		     "'memory_reserve_mib':1,'kernel_hashes_required':true,'debug_allowed':true,"
		     "'id_block_required':true}");
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

static void reads_what_all_guests_share(void **state)
{
	(void)state;
	assert_reads(
		"{'memory_total_mib':1,'memory_reserve_mib':2,'sev_asids':3,'sev_es_asids':4}");
	assert_int_equal(compiled.memory_total_mib, 1);
	assert_int_equal(compiled.memory_reserve_mib, 2);
	assert_int_equal(compiled.sev_asids, 3);
	assert_int_equal(compiled.sev_es_asids, 4);
	assert_int_equal(compiled.judges_off, 0); // that is the launcher's to count
	assert_reads("{'memory_total_mib':268435456,'sev_asids':65535}");
	assert_int_equal(compiled.memory_total_mib, HOST_POLICY_MEMORY_TOTAL_MIB_MAX);
	assert_int_equal(compiled.sev_asids, HOST_POLICY_ASIDS_MAX);
}

static void reads_rules_about_guests(void **state)
{
	(void)state;
	assert_reads("{'levels':['off','sev-snp'],'vcpus_max':8,'memory_mib_max':64,"
		     "'network_kinds':['tap'],'taps':['tap0','t'],'cpu_models':['EPYC'],"
		     "'kernel_hashes_required':true,'debug_allowed':true,'id_block_required':true,"
		     "'guest_policy_required':['smt','rapl_dis'],"
		     "'guest_policy_forbidden':['page_swap_disable']}");
	host_policy_compile_rules(&rules, &policy);
	assert_int_equal(rules.levels, 1U << LEVEL_OFF | 1U << LEVEL_SEV_SNP);
	assert_int_equal(rules.vcpus_max, 8);
	assert_int_equal(rules.memory_mib_max, 64);
	assert_int_equal(rules.network_kinds, 1U << NETWORK_TAP);
	assert_int_equal(rules.n_taps, 2);
	assert_string_equal(rules.taps[1], "t");
	assert_int_equal(rules.n_cpu_models, 1);
	assert_string_equal(rules.cpu_models[0], "EPYC");
	assert_int_equal(rules.kernel_hashes_required, 1);
	assert_int_equal(rules.debug_allowed, 1);
	assert_int_equal(rules.id_block_required, 1);
	assert_int_equal(rules.guest_policy_required, 1U << 16 | 1U << 23);
	assert_int_equal(rules.guest_policy_forbidden, 1U << 25);
	assert_reads("{'network_kinds':['none']}");
	host_policy_compile_rules(&rules, &policy);
	assert_int_equal(rules.network_kinds, 1U << NETWORK_UNSET);
}

static void reads_digests_and_minimums(void **state)
{
	static const uint8_t digest[] = { 0x0a, 0xF1 };
	char text[300];

	(void)state;
	(void)snprintf(text, sizeof(text),
		       "{'firmware_sha256':['0aF1%060d'],'id_keys':['0af1%092d']}", 0, 0);
	assert_reads(text);
	host_policy_compile_rules(&rules, &policy);
	assert_int_equal(rules.n_firmware_sha256, 1);
	assert_memory_equal(rules.firmware_sha256[0], digest, sizeof(digest));
	assert_int_equal(rules.n_id_keys, 1);
	assert_memory_equal(rules.id_keys[0], digest, sizeof(digest));
	assert_reads("{'sev_firmware_min':[{'generation':'genoa-x','api_major':1,'api_minor':55,"
		     "'build':39,'fmc':1,'boot_loader':2,'tee':3,'snp':4,'microcode':255},"
		     "{'generation':'turin'}]}");
	host_policy_compile_rules(&rules, &policy);
	assert_int_equal(rules.n_sev_firmware_min, 2);
	assert_int_equal(rules.sev_firmware_min[0].generation, GENERATION_GENOA_X);
	assert_int_equal(rules.sev_firmware_min[0].build, 39);
	assert_int_equal(rules.sev_firmware_min[0].microcode, 255);
	assert_int_equal(rules.sev_firmware_min[1].generation, GENERATION_TURIN);
	assert_int_equal(rules.sev_firmware_min[1].snp, 0);
}

// A guest that no rule concerns is not worth a process.
static void guests_of_level_off_are_judged_where_a_rule_concerns_them(void **state)
{
	static const struct {
		const char *text;
		uint32_t judges_off;
	} rows[] = {
		{ "{'levels':['off']}", 1 },
		{ "{'vcpus_max':1}", 1 },
		{ "{'memory_mib_max':1}", 1 },
		{ "{'network_kinds':['none']}", 1 },
		{ "{'taps':['a']}", 1 },
		{ "{'cpu_models':['a']}", 1 },
		{ "{'firmware_directories':['/a']}", 1 },
		{ "{'kernel_hashes_required':true,'debug_allowed':true,'id_block_required':true,"
		  "'guest_policy_required':['smt'],'guest_policy_forbidden':['smt'],"
		  "'sev_firmware_min':[{'generation':'rome'}],'seccomp':'log'}",
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_reads(rows[i].text);
		assert_int_equal(compiled.judges_off, rows[i].judges_off);
	}
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
	host_policy_compile_rules(&rules, &policy);
	assert_int_equal(rules.levels, 1U << LEVEL_SEV_SNP);
	assert_int_equal(rules.n_sev_firmware_min, 2);
}

static void reads_the_example_of_a_developer(void **state)
{
	(void)state;
	read_example("examples/policy-developer.json");
	assert_int_equal(compiled.confinement, CONFINEMENT_AUTO);
	assert_int_equal(compiled.seccomp, SECCOMP_LOG);
}

// Every value in the place of every key: the schema and the reader say the same of it.
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
	"['off']",
	"['sev','sev-es','off','off']",
	"['sev','sev-es','off','off','off']",
	"['none']",
	"['none','tap']",
	"['none','tap','tap']",
	"['smt','page_swap_disable']",
	"['debug']",
	"['tap0']",
	"['an-interface-of-16']",
	"['a b']",
	"['00112233445566778899aAbBcCdDeEfF00112233445566778899aabbccddeeff']",
	"['00112233445566778899aAbBcCdDeEfF00112233445566778899aabbccddeef']",
	"['00112233445566778899aAbBcCdDeEfF00112233445566778899aabbccddeefg']",
	("['00112233445566778899aAbBcCdDeEfF00112233445566778899aabbccddeeff"
	 "00112233445566778899aAbBcCdDeEfF']"),
	"[{}]",
	"[{'generation':'milan'}]",
	"[{'generation':'Milan'}]",
	"[{'generation':'milan','snp':255,'api_major':1}]",
	"[{'generation':'milan','snp':256}]",
	"[{'generation':'milan','colour':1}]",
};

static void the_schema_and_the_reader_agree(void **state)
{
	AUTO(mem) char *text = host_policy_schema();
	AUTO(json) struct json_object *schema = json_tokener_parse(text);

	(void)state;
	assert_non_null(schema);
	for (size_t i = 0; i < host_policy_fields.n; i++) {
		for (size_t j = 0; j < ARRAY_LEN(values); j++) {
			AUTO(mem) char *value = json_quotes(values[j]);
			AUTO(json) struct json_object *document = NULL;
			char json[256];

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
		cmocka_unit_test(reads_what_all_guests_share),
		cmocka_unit_test(reads_rules_about_guests),
		cmocka_unit_test(reads_digests_and_minimums),
		cmocka_unit_test(guests_of_level_off_are_judged_where_a_rule_concerns_them),
		cmocka_unit_test(reads_paths),
		cmocka_unit_test(reads_as_many_paths_as_there_may_be),
		cmocka_unit_test(reads_the_longest_path),
		cmocka_unit_test(reads_the_example_of_an_edge_deployment),
		cmocka_unit_test(reads_the_example_of_a_developer),
		cmocka_unit_test(the_schema_and_the_reader_agree),
	};

	return cmocka_run_group_tests_name("policy/host_policy", tests, NULL, NULL);
}
