// SPDX-License-Identifier: Apache-2.0
// What is wrong with a policy file: every mistake of every key, with its place, kind and text.

#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

#include "config.h"
#include "policy/host_policy_table.h"
#include "tests/policy/policy_fixture.h"

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
		{ "{'memory_total_mib':0}",
		  "1:21: key 'memory_total_mib': must be 1 to 268435456 MiB, not 0" },
		{ "{'vcpus_max':513}", "1:14: key 'vcpus_max': must be 1 to 512, not 513" },
		{ "{'levels':['snp']}",
		  "1:12: key 'levels[0]': must be off, sev, sev-es or sev-snp, not 'snp'" },
		{ "{'network_kinds':['user']}",
		  "1:19: key 'network_kinds[0]': must be none or tap, not 'user'" },
		{ "{'taps':['']}",
		  "1:10: key 'taps[0]': must be a letter or digit and then letters, digits, '.', "
		  "'_' or '-', not ''" },
		{ "{'firmware_sha256':['0x12']}",
		  "1:21: key 'firmware_sha256[0]': must be 64 hexadecimal digits, not '0x12'" },
		{ "{'id_keys':['12']}",
		  "1:13: key 'id_keys[0]': must be 96 hexadecimal digits, not '12'" },
		{ "{'guest_policy_forbidden':['debug']}",
		  "1:28: key 'guest_policy_forbidden[0]': must be smt, migrate_agent, "
		  "single_socket, cxl_allow, mem_aes_256_xts, rapl_dis, ciphertext_hiding_dram or "
		  "page_swap_disable, not 'debug'" },
		{ "{'sev_firmware_min':[{'snp':1}]}",
		  "1:22: key 'sev_firmware_min[0]': needs key 'generation'" },
		{ "{'sev_firmware_min':[{'generation':'rome','snp':256}]}",
		  "1:49: key 'sev_firmware_min[0].snp': must be 0 to 255, not 256" },
		{ "{'sev_firmware_min':[{'generation':'rome'},{'generation':'rome'}]}",
		  "1:58: key 'sev_firmware_min[1].generation': must differ from "
		  "'sev_firmware_min[0].generation'" },
		{ "{'sev_firmware_min':[]}",
		  "1:21: key 'sev_firmware_min': must have 1 to 8 elements, not 0" },
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

static void refuses_a_part_of_a_version(void **state)
{
	(void)state;
	assert_int_equal(read_text("{'sev_firmware_min':[{'generation':'rome','api_major':1,"
				   "'build':2},{'generation':'milan','build':3},"
				   "{'generation':'genoa','api_minor':3}]}"),
			 -1);
	assert_int_equal(errors.n, 2);
	assert_string_equal(errors.items[0].text,
			    "policy file 'p.json': key 'sev_firmware_min[1]': "
			    "'build' needs 'api_major'");
	assert_string_equal(errors.items[1].text,
			    "policy file 'p.json': key 'sev_firmware_min[2]': "
			    "'api_minor' needs 'api_major'");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_values_of_a_wrong_type),
		cmocka_unit_test(refuses_values_out_of_range),
		cmocka_unit_test(refuses_more_paths_than_there_may_be),
		cmocka_unit_test(refuses_paths_that_are_not_canonical),
		cmocka_unit_test(refuses_paths_that_are_relative_or_unprintable),
		cmocka_unit_test(refuses_keys_that_are_unknown_or_there_twice),
		cmocka_unit_test(refuses_text_that_is_no_json),
		cmocka_unit_test(refuses_a_part_of_a_version),
		cmocka_unit_test(refuses_uids_that_are_the_same),
		cmocka_unit_test(names_several_mistakes_in_their_order),
	};

	return cmocka_run_group_tests_name("policy/host_policy_mistakes", tests, NULL, NULL);
}
