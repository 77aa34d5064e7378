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
		cmocka_unit_test(reads_the_example_of_an_edge_deployment),
		cmocka_unit_test(reads_the_example_of_a_developer),
		cmocka_unit_test(the_schema_and_the_reader_agree),
	};

	return cmocka_run_group_tests_name("policy/host_policy", tests, NULL, NULL);
}
