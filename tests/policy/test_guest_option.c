// SPDX-License-Identifier: Apache-2.0
// Options: the same rules as a guest file's, replacing and adding to what it said.

#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "policy/guest.h"
#include "tests/policy/json_quotes.h"

// Too large for a stack.
static struct guest guest;
static uint64_t given;

static int forget_everything(void **state)
{
	(void)state;
	memset(&guest, 0, sizeof(guest));
	given = 0;
	return 0;
}

// In what these take as JSON, single quotes stand for double ones.

static void read_file(const char *text)
{
	static struct err_list errors;
	AUTO(mem) char *json = json_quotes(text);

	memset(&errors, 0, sizeof(errors));
	if (guest_read(&guest, "web.json", json, strlen(json), &errors) < 0)
		fail_msg("%s", errors.items[0].text);
}

static void assert_sets(const char *key, const char *text)
{
	struct err err;

	if (guest_set_option(&guest, key, text, &given, &err) < 0)
		fail_msg("%s", err.text);
}

static void assert_refuses(const char *key, const char *text, const char *why)
{
	struct err err = { .kind = ERR_NONE };

	assert_int_equal(guest_set_option(&guest, key, text, &given, &err), -1);
	assert_string_equal(err.text, why);
	assert_int_equal(err.kind, ERR_USAGE);
}

static void assert_sets_json(const char *key, const char *text)
{
	AUTO(mem) char *json = json_quotes(text);

	assert_sets(key, json);
}

static void assert_refuses_json(const char *key, const char *text, const char *why)
{
	AUTO(mem) char *json = json_quotes(text);

	assert_refuses(key, json, why);
}

static void takes_dashes_and_underscores(void **state)
{
	(void)state;
	assert_sets("memory-mib", "2048");
	assert_int_equal(guest.memory_mib, 2048);
	assert_sets("memory_mib", "4096");
	assert_int_equal(guest.memory_mib, 4096);
	assert_true(guest_has_key("shutdown-timeout-ms"));
	assert_true(guest_has_key("shutdown_timeout_ms"));
	assert_true(guest_has_key("guest-visible_workarounds"));
	assert_false(guest_has_key("shutdown"));
	assert_false(guest_has_key("shutdown-timeout-ms-"));
	assert_false(guest_has_key("path"));
	assert_false(guest_has_key(""));
}

static void takes_numbers_in_decimal_and_hexadecimal(void **state)
{
	(void)state;
	assert_sets("vcpus", "0x10");
	assert_int_equal(guest.vcpus, 16);
	assert_sets("vsock-cid", "4294967294");
	assert_int_equal(guest.vsock_cid, 4294967294);
}

static void takes_switches_as_on_and_off(void **state)
{
	(void)state;
	assert_sets("kernel-hashes", "on");
	assert_int_equal(guest.kernel_hashes, ON_OFF_ON);
	assert_sets("kernel-hashes", "off");
	assert_int_equal(guest.kernel_hashes, ON_OFF_OFF);
	assert_sets("firmware-log", "true");
	assert_int_equal(guest.firmware_log, ON_OFF_ON);
	assert_sets("firmware-log", "false");
	assert_int_equal(guest.firmware_log, ON_OFF_OFF);
	assert_sets("legacy-vm-type", "on");
	assert_int_equal(guest.legacy_vm_type, ON_OFF_ON);
}

static void takes_strings_as_they_are(void **state)
{
	(void)state;
	assert_sets("cmdline", "a=\"b\" \\u0041,,\n\xff {}");
	assert_string_equal(guest.cmdline, "a=\"b\" \\u0041,,\n\xff {}");
	assert_true(guest.has_cmdline);
	assert_sets("cmdline", "");
	assert_string_equal(guest.cmdline, "");
	assert_true(guest.has_cmdline);
	assert_sets("kernel", "json:{}");
	assert_string_equal(guest.kernel.text, "json:{}");
}

static void takes_a_command_line_up_to_its_limit(void **state)
{
	AUTO(mem) char *text = mem_zeroed(PLAN_CMDLINE_SIZE + 1, 1);

	(void)state;
	memset(text, 'x', PLAN_CMDLINE_SIZE - 1);
	assert_sets("cmdline", text);
	assert_int_equal(strlen(guest.cmdline), PLAN_CMDLINE_SIZE - 1);
	text[PLAN_CMDLINE_SIZE - 1] = 'x';
	assert_refuses("cmdline", text,
		       "option '--cmdline': must be at most 65536 bytes, not 65537");
}

static void paths_are_relative_to_the_working_directory(void **state)
{
	(void)state;
	read_file("{'kernel':'a','firmware':'b'}");
	assert_sets("kernel", "c");
	assert_string_equal(guest.kernel.text, "c");
	assert_false(guest.kernel.from_file);
	assert_true(guest.firmware.from_file);
	assert_sets_json("disks", "{'path':'d','format':'raw'}");
	assert_false(guest.disks[0].path.from_file);
}

static void the_first_use_replaces_the_files_array_and_later_ones_add(void **state)
{
	(void)state;
	read_file("{'disks':[{'name':'a','path':'a','format':'raw','read_only':true},"
		  "{'path':'b','format':'raw'}],'networks':[{'kind':'tap','device':'t'}]}");
	assert_sets_json("disks", "{'path':'c','format':'qcow2'}");
	assert_int_equal(guest.n_disks, 1);
	assert_string_equal(guest.disks[0].path.text, "c");
	assert_string_equal(guest.disks[0].name, "");
	assert_int_equal(guest.disks[0].read_only, ON_OFF_UNSET);
	assert_sets_json("disks", "{'path':'d','format':'raw'}");
	assert_int_equal(guest.n_disks, 2);
	assert_string_equal(guest.disks[1].path.text, "d");
	assert_int_equal(guest.n_networks, 1);
}

static void cpu_options_replace_the_files_models_and_add_up(void **state)
{
	(void)state;
	read_file("{'cpu':['a','b','c']}");
	assert_sets("cpu", "EPYC-Genoa-v1");
	assert_sets("cpu", "EPYC-Milan-v2");
	assert_int_equal(guest.cpu.n, 2);
	assert_string_equal(guest.cpu.names[0], "EPYC-Genoa-v1");
	assert_string_equal(guest.cpu.names[1], "EPYC-Milan-v2");
	assert_refuses("cpu", "a,b",
		       "option '--cpu': must be one CPU model, not 'a,b': make a list of them in a "
		       "guest file, or repeat --cpu");
	assert_refuses("cpu", "a b",
		       "option '--cpu': must be a letter or digit and then letters, "
		       "digits, '.', '_' or '-', not 'a b'");
	for (size_t i = guest.cpu.n; i < GUEST_CPUS_MAX; i++)
		assert_sets("cpu", "x");
	assert_refuses("cpu", "y", "option '--cpu': more than 8 elements");
}

static void object_options_replace_the_files_object_and_add_up(void **state)
{
	(void)state;
	read_file("{'guest_policy':{'debug':true,'abi':'1.51'},"
		  "'id_block':{'block':'a','auth':'b'}}");
	assert_sets_json("guest-policy", "{'smt':true}");
	assert_int_equal(guest.guest_policy.debug, ON_OFF_UNSET);
	assert_false(guest.guest_policy.has_abi);
	assert_sets_json("guest-policy", " {'single_socket':false}\n");
	assert_int_equal(guest.guest_policy.smt, ON_OFF_ON);
	assert_int_equal(guest.guest_policy.single_socket, ON_OFF_OFF);
	assert_sets_json("id-block", "{'block':'x'}");
	assert_string_equal(guest.id_block.auth.text, "");
	assert_sets_json("id-block", "{'auth':'y'}");
	assert_string_equal(guest.id_block.block.text, "x");
	assert_string_equal(guest.id_block.auth.text, "y");
}

static void arrays_take_no_more_than_their_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < PLAN_DISKS_MAX; i++)
		assert_sets_json("disks", "{'path':'d','format':'raw'}");
	assert_refuses_json("disks", "{'path':'d','format':'raw'}",
			    "option '--disks': more than 16 elements");
	assert_int_equal(guest.n_disks, PLAN_DISKS_MAX);
}

static void refuses_elements_that_must_differ(void **state)
{
	(void)state;
	assert_sets_json("disks", "{'path':'d','format':'raw','name':'x'}");
	assert_refuses_json("disks", "{'path':'e','format':'raw','name':'x'}",
			    "option '--disks': key 'name': must differ from 'disks[0].name'");
}

static void refuses_wrong_values(void **state)
{
	(void)state;
	assert_refuses("vcpus", "0", "option '--vcpus': must be 1 to 512, not 0");
	assert_refuses("vcpus", "18446744073709551615",
		       "option '--vcpus': must be 1 to 512, not 18446744073709551615");
	assert_refuses("vcpus", "18446744073709551616",
		       "option '--vcpus': must be a whole number, not '18446744073709551616'");
	assert_refuses("vcpus", "-1", "option '--vcpus': must be a whole number, not '-1'");
	assert_refuses("vcpus", "", "option '--vcpus': must be a whole number, not ''");
	assert_refuses("vcpus", " 1", "option '--vcpus': must be a whole number, not ' 1'");
	assert_refuses("vcpus", "1k", "option '--vcpus': must be a whole number, not '1k'");
	assert_refuses("memory-mib", "1",
		       "option '--memory-mib': must be 64 to 16777216 MiB, not 1");
	assert_refuses("level", "snp",
		       "option '--level': must be off, sev, sev-es or sev-snp, not 'snp'");
	assert_refuses("kernel_hashes", "yes",
		       "option '--kernel_hashes': must be on or off, not 'yes'");
	assert_refuses("legacy-vm-type", "true",
		       "option '--legacy-vm-type': must be off or on, not 'true'");
	assert_refuses("kernel", "", "option '--kernel': must be a path, not empty");
	assert_refuses("cpu-signature", "0xg",
		       "option '--cpu-signature': must be 0x1 to 0xffffffff, not '0xg'");
}

static void refuses_wrong_json(void **state)
{
	(void)state;
	assert_refuses_json("disks", "root.img",
			    "option '--disks': JSON at 1:1: expected a value, found 'r'");
	assert_refuses_json("disks", "", "option '--disks': JSON at 1:1: empty text");
	assert_refuses_json("disks", "7", "option '--disks': must be an object, not a number");
	assert_refuses_json("disks", "[{'path':'a','format':'raw'}]",
			    "option '--disks': must be an object, not an array");
	assert_refuses_json("disks", "{'path':'a'}", "option '--disks': needs key 'format'");
	assert_refuses_json("disks", "{'path':1,'format':'raw'}",
			    "option '--disks': key 'path': must be a string, not a number");
	assert_refuses_json("guest-policy", "{'smt':1}",
			    "option '--guest-policy': key 'smt': must be true or false, not a "
			    "number");
	assert_refuses_json("guest-policy", "{'smt':true,'smt':true}",
			    "option '--guest-policy': JSON at 1:13: key 'smt' appears twice");
	assert_refuses_json("guest-policy", "{'SMT':true}",
			    "option '--guest-policy': key 'SMT': unknown key");
	assert_refuses_json("disks", "{'path':'a','format':'raw','nvram':'x'}",
			    "option '--disks': key 'nvram': snplaunch keeps firmware stateless: no "
			    "variable store is accepted by any key; secure variables belong into "
			    "the image");
}

static void refuses_unknown_options_and_suggests_known_ones(void **state)
{
	(void)state;
	assert_refuses("color", "1", "option '--color': unknown option");
	assert_refuses("vcpsu", "1", "option '--vcpsu': unknown option, did you mean '--vcpus'?");
	assert_refuses("diskss", "1", "option '--diskss': unknown option, did you mean '--disks'?");
	assert_refuses("shutdown-timeout", "1",
		       "option '--shutdown-timeout': unknown option, did "
		       "you mean '--shutdown-timeout-ms'?");
	assert_refuses("ovmf-vars", "x",
		       "option '--ovmf-vars': snplaunch keeps firmware stateless: no variable "
		       "store is accepted by any key; secure variables belong into the image");
}

static void an_array_goes_by_the_singular_too(void **state)
{
	(void)state;
	assert_true(guest_has_key("disk"));
	assert_true(guest_has_key("network"));
	assert_false(guest_has_key("vcpu"));
	assert_refuses("disk", "1", "option '--disk': must be an object, not a number");
}

static void every_key_is_an_option(void **state)
{
	(void)state;
	for (size_t i = 0; guest_key_at(i) != NULL; i++)
		assert_int_equal(guest_has_key(guest_key_at(i)),
				 strchr(guest_key_at(i), '.') == NULL);
}

static void help_has_a_line_for_each_key_in_order(void **state)
{
	AUTO(mem) char *help = guest_options_help();
	char *rest = help;

	(void)state;
	for (size_t i = 0; guest_key_at(i) != NULL; i++) {
		char option[64];
		char *line;

		if (strchr(guest_key_at(i), '.') != NULL)
			continue;
		(void)snprintf(option, sizeof(option), "  --%s ", guest_key_at(i));
		if (guest_key_at(i + 1) != NULL && strchr(guest_key_at(i + 1), '.') != NULL &&
		    option[strlen(option) - 2] == 's')
			(void)snprintf(option + strlen(option) - 2, 3, " "); // one element each use
		for (char *at = option; *at != '\0'; at++)
			*at = *at == '_' ? '-' : *at;
		line = strsep(&rest, "\n");
		assert_int_equal(strncmp(line, option, strlen(option)), 0);
		assert_true(strlen(line) <= 100);
		assert_int_equal(line[37], ' ');
		assert_int_not_equal(line[38], ' ');
	}
	assert_string_equal(rest, "");
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup(function, forget_everything)
	const struct CMUnitTest tests[] = {
		TEST(takes_dashes_and_underscores),
		TEST(takes_numbers_in_decimal_and_hexadecimal),
		TEST(takes_switches_as_on_and_off),
		TEST(takes_strings_as_they_are),
		TEST(takes_a_command_line_up_to_its_limit),
		TEST(paths_are_relative_to_the_working_directory),
		TEST(the_first_use_replaces_the_files_array_and_later_ones_add),
		TEST(cpu_options_replace_the_files_models_and_add_up),
		TEST(object_options_replace_the_files_object_and_add_up),
		TEST(arrays_take_no_more_than_their_limit),
		TEST(refuses_elements_that_must_differ),
		TEST(refuses_wrong_values),
		TEST(refuses_wrong_json),
		TEST(refuses_unknown_options_and_suggests_known_ones),
		TEST(an_array_goes_by_the_singular_too),
		TEST(every_key_is_an_option),
		TEST(help_has_a_line_for_each_key_in_order),
	};

	return cmocka_run_group_tests_name("policy/guest_option", tests, NULL, NULL);
}
