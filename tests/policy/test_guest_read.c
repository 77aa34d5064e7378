// SPDX-License-Identifier: Apache-2.0
// Reading guest files: every key once, and what is wrong with a file, in its order.

#include "tests/unit.h"

#include "policy/json_file.h"
#include "tests/policy/guest_fixture.h"

static void reads_names_and_words(void **state)
{
	(void)state;
	assert_reads("{'name':'web-1.x_y','level':'sev-snp','accel':'kvm','console':'log',"
		     "'on_reset':'relaunch','unenforced_kernel_hashes':'accept',"
		     "'legacy_vm_type':'off'}");
	assert_string_equal(guest.name, "web-1.x_y");
	assert_int_equal(guest.level, LEVEL_SEV_SNP);
	assert_int_equal(guest.accel, ACCEL_KVM);
	assert_int_equal(guest.console, CONSOLE_LOG);
	assert_int_equal(guest.on_reset, RESET_RELAUNCH);
	assert_int_equal(guest.unenforced_kernel_hashes, HASHES_ACCEPT);
	assert_int_equal(guest.legacy_vm_type, ON_OFF_OFF);
}

static void reads_numbers_and_switches(void **state)
{
	(void)state;
	assert_reads("{'vcpus':512,'memory_mib':64,'vsock_cid':4294967294,"
		     "'shutdown_timeout_ms':3600000,'launch_timeout_ms':1,"
		     "'kernel_hashes':false,'vcek_disabled':true,'firmware_log':true}");
	assert_int_equal(guest.vcpus, 512);
	assert_int_equal(guest.memory_mib, 64);
	assert_int_equal(guest.vsock_cid, 4294967294);
	assert_int_equal(guest.shutdown_timeout_ms, 3600000);
	assert_int_equal(guest.launch_timeout_ms, 1);
	assert_int_equal(guest.kernel_hashes, ON_OFF_OFF);
	assert_int_equal(guest.vcek_disabled, ON_OFF_ON);
	assert_int_equal(guest.firmware_log, ON_OFF_ON);
}

static void reads_paths_as_relative_to_the_file(void **state)
{
	(void)state;
	assert_reads("{'qemu':'/q','firmware':'a,b=c,,','kernel':'-k\\n%n\\'','initrd':'../i/'}");
	assert_string_equal(guest.qemu.text, "/q");
	assert_string_equal(guest.firmware.text, "a,b=c,,");
	assert_string_equal(guest.kernel.text, "-k\n%n\"");
	assert_string_equal(guest.initrd.text, "../i/");
	assert_true(guest.qemu.from_file && guest.firmware.from_file && guest.kernel.from_file &&
		    guest.initrd.from_file);
}

static void reads_one_cpu_model_or_several(void **state)
{
	(void)state;
	assert_reads("{'cpu':'EPYC-Genoa-v1'}");
	assert_int_equal(guest.cpu.n, 1);
	assert_string_equal(guest.cpu.names[0], "EPYC-Genoa-v1");
	assert_reads("{'cpu':['EPYC-Genoa-v1','Opteron_G5']}");
	assert_int_equal(guest.cpu.n, 2);
	assert_string_equal(guest.cpu.names[1], "Opteron_G5");
}

static void reads_a_command_line_byte_for_byte(void **state)
{
	(void)state;
	assert_reads("{'cmdline':'console=ttyS0 a=\\'b, c\\'\\n\\u00e9,,'}");
	assert_true(guest.has_cmdline);
	assert_string_equal(guest.cmdline, "console=ttyS0 a=\"b, c\"\n\xc3\xa9,,");
	assert_reads("{'cmdline':''}");
	assert_true(guest.has_cmdline);
}

static void reads_a_command_line_of_the_largest_size(void **state)
{
	AUTO(mem) char *text = mem_zeroed(JSON_FILE_BYTES_MAX + 1, 1);
	size_t start = (size_t)snprintf(text, JSON_FILE_BYTES_MAX, "{'cmdline':'");

	(void)state;
	// The file's own limit comes first.
	memset(text + start, 'x', JSON_FILE_BYTES_MAX - start - 2);
	memcpy(text + JSON_FILE_BYTES_MAX - 2, "'}", 2);
	assert_reads(text);
	assert_int_equal(strlen(guest.cmdline), JSON_FILE_BYTES_MAX - start - 2);
}

static void reads_hexadecimal_and_base64(void **state)
{
	static const uint8_t host_data[SNP_HOST_DATA_BYTES] = { 1, [31] = 255 };
	static const uint8_t workarounds[SNP_GOSVW_BYTES] = { [15] = 1 };

	(void)state;
	assert_reads("{'cpu_signature':'0x00A00f11','vmsa_features':'0x0',"
		     "'host_data':'AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8=',"
		     "'guest_visible_workarounds':'AAAAAAAAAAAAAAAAAAAAAQ=='}");
	assert_int_equal(guest.cpu_signature, 0x00a00f11);
	assert_true(guest.has_vmsa_features);
	assert_int_equal(guest.vmsa_features, 0);
	assert_true(guest.has_host_data);
	assert_memory_equal(guest.host_data, host_data, sizeof(host_data));
	assert_true(guest.has_guest_visible_workarounds);
	assert_memory_equal(guest.guest_visible_workarounds, workarounds, sizeof(workarounds));
}

static void reads_objects(void **state)
{
	(void)state;
	assert_reads("{'guest_policy':{'smt':true,'debug':false,'single_socket':true,"
		     "'migrate_agent':false,'abi':'1.51'},"
		     "'id_block':{'block':'b','auth':'a','author_key':true},"
		     "'sev_session':{'dh_cert':'d','session':'s','pause_for_owner':false}}");
	assert_int_equal(guest.guest_policy.smt, ON_OFF_ON);
	assert_int_equal(guest.guest_policy.debug, ON_OFF_OFF);
	assert_int_equal(guest.guest_policy.single_socket, ON_OFF_ON);
	assert_int_equal(guest.guest_policy.migrate_agent, ON_OFF_OFF);
	assert_true(guest.guest_policy.has_abi);
	assert_int_equal(guest.guest_policy.abi_major, 1);
	assert_int_equal(guest.guest_policy.abi_minor, 51);
	assert_string_equal(guest.id_block.block.text, "b");
	assert_string_equal(guest.id_block.auth.text, "a");
	assert_int_equal(guest.id_block.author_key, ON_OFF_ON);
	assert_string_equal(guest.sev_session.dh_cert.text, "d");
	assert_string_equal(guest.sev_session.session.text, "s");
	assert_int_equal(guest.sev_session.pause_for_owner, ON_OFF_OFF);
}

static void reads_disks_and_networks(void **state)
{
	static const uint8_t mac[PLAN_MAC_BYTES] = { 0x52, 0x54, 0x00, 0xab, 0xCD, 0x01 };

	(void)state;
	assert_reads("{'disks':[{'name':'root','path':'r','format':'raw','read_only':true},"
		     "{'path':'d','format':'qcow2'}],"
		     "'networks':[{'kind':'tap','device':'tap0','mac':'52:54:00:ab:CD:01'},"
		     "{'kind':'tap','device':'tap1'}]}");
	assert_int_equal(guest.n_disks, 2);
	assert_string_equal(guest.disks[0].name, "root");
	assert_string_equal(guest.disks[0].path.text, "r");
	assert_true(guest.disks[0].path.from_file);
	assert_int_equal(guest.disks[0].format, DISK_RAW);
	assert_int_equal(guest.disks[0].read_only, ON_OFF_ON);
	assert_string_equal(guest.disks[1].name, "");
	assert_int_equal(guest.disks[1].format, DISK_QCOW2);
	assert_int_equal(guest.disks[1].read_only, ON_OFF_UNSET);
	assert_int_equal(guest.n_networks, 2);
	assert_int_equal(guest.networks[0].kind, NETWORK_TAP);
	assert_string_equal(guest.networks[0].device, "tap0");
	assert_true(guest.networks[0].has_mac);
	assert_memory_equal(guest.networks[0].mac, mac, sizeof(mac));
	assert_false(guest.networks[1].has_mac);
}

static void leaves_what_is_not_given_zero(void **state)
{
	static const struct guest zero;

	(void)state;
	assert_reads("{}");
	assert_memory_equal(&guest, &zero, sizeof(zero));
}

static void names_elements_and_members(void **state)
{
	(void)state;
	assert_refuses("{'disks':[{'path':'a','format':'raw'},\n {'format':'raw','path':''}]}",
		       "2:25: key 'disks[1].path': must be a path, not empty");
	assert_refuses("{'disks':[ 7 ]}", "1:12: key 'disks[0]': must be an object, not a number");
	assert_refuses("{'cpu':['a', 'b',\n3]}",
		       "2:1: key 'cpu[2]': must be a string, not a number");
	assert_refuses("{'guest_policy':{'smt':1}}",
		       "1:24: key 'guest_policy.smt': must be true or false, not a number");
}

static void refuses_missing_members(void **state)
{
	(void)state;
	assert_refuses("{'disks':[{'path':'a'}]}", "1:11: key 'disks[0]': needs key 'format'");
	assert_refuses("{'disks':[{'format':'raw'}]}", "1:11: key 'disks[0]': needs key 'path'");
	assert_refuses("{'networks':[{'kind':'tap'}]}",
		       "1:14: key 'networks[0]': needs key 'device'");
	assert_refuses("{'id_block':{'block':'a'}}", "1:13: key 'id_block': needs key 'auth'");
}

static void refuses_elements_that_must_differ(void **state)
{
	(void)state;
	assert_refuses("{'disks':[{'path':'a','format':'raw'},"
		       "{'name':'x','path':'a','format':'raw'},\n"
		       "{'name':'x','path':'b','format':'raw'}]}",
		       "2:9: key 'disks[2].name': must differ from 'disks[1].name'");
	assert_refuses("{'networks':[{'kind':'tap','device':'t'},\n{'kind':'tap','device':'t'}]}",
		       "2:24: key 'networks[1].device': must differ from 'networks[0].device'");
}

static void refuses_unknown_keys_and_suggests_known_ones(void **state)
{
	(void)state;
	assert_refuses("{\n\t'color': 1}", "2:2: key 'color': unknown key");
	assert_refuses("{'vcpu':1}", "1:2: key 'vcpu': unknown key, did you mean 'vcpus'?");
	assert_refuses("{'memory':1}",
		       "1:2: key 'memory': unknown key, did you mean 'memory_mib'?");
	assert_refuses("{'memory-mib':1}",
		       "1:2: key 'memory-mib': unknown key, did you mean 'memory_mib'?");
	assert_refuses("{'Level':'off'}", "1:2: key 'Level': unknown key, did you mean 'level'?");
	assert_refuses("{'':1}", "1:2: key '': unknown key");
	assert_refuses("{'a\\nb':1}", "1:2: key 'a\\nb': unknown key");
	assert_refuses("{'disks':[{'path':'a','format':'raw','readonly':true}]}",
		       "1:38: key 'disks[0].readonly': unknown key, did you mean 'read_only'?");
	assert_refuses("{'disks':[{'path':'a','format':'raw','ephemeral':true}]}",
		       "1:38: key 'disks[0].ephemeral': unknown key");
}

static void refuses_variable_stores_under_any_name(void **state)
{
	static const char *const keys[] = {
		"vars",	   "nvram",	     "firmware_vars", "ovmf_vars", "OVMF_VARS", "pflash",
		"pflash1", "nvram_template", "uefi-vars",     "varstore",  "efivars",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		char text[64];
		char why[256];

		(void)snprintf(text, sizeof(text), "{'%s':'x'}", keys[i]);
		(void)snprintf(why, sizeof(why),
			       "1:2: key '%s': snplaunch keeps firmware stateless: no variable "
			       "store is accepted by any key; secure variables belong into the "
			       "image",
			       keys[i]);
		assert_refuses(text, why);
	}
}

static void reports_syntax_errors_with_their_place(void **state)
{
	(void)state;
	assert_refuses("", "1:1: empty text");
	assert_refuses("{'vcpus':1,\n 'vcpus':2}", "2:2: key 'vcpus' appears twice");
	assert_refuses("{'vcpus':1,\n 'vcpu\\u0073':2}", "2:2: key 'vcpu\\\\u0073' appears twice");
	assert_refuses("{'vcpus':null}", "1:10: null is not accepted");
	assert_refuses("{'vcpus':-0}", "1:10: -0 is not an integer here, write 0");
	assert_refuses("{'vcpus':18446744073709551616}", "1:10: number that does not fit 64 bits");
	assert_refuses("{'vcpus':NaN}", "1:10: expected a value, found 'N'");
}

static void reports_mistakes_in_the_order_of_the_text(void **state)
{
	static const char *const expected[] = {
		"2:10: key 'vcpus': must be 1 to 512, not 0",
		"3:2: key 'colour': unknown key",
		"4:11: key 'disks[0]': needs key 'format'",
		"4:19: key 'disks[0].path': must be a path, not empty",
		"5:10: key 'level': must be off, sev, sev-es or sev-snp, not 'x'",
	};

	(void)state;
	assert_int_equal(read_text("{\n 'vcpus':0,\n 'colour':[{'x':']}'}],\n"
				   " 'disks':[{'path':''}],\n 'level':'x'}"),
			 -1);
	assert_int_equal(errors.n, ARRAY_LEN(expected));
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_mistake(i, expected[i]);
}

static void brackets_and_quotes_in_strings_move_no_place(void **state)
{
	(void)state;
	assert_refuses("{'cmdline':'\\']}{[,:\\\\', 'kernel':'\\\\',\n 'vcpus':0}",
		       "2:10: key 'vcpus': must be 1 to 512, not 0");
	assert_refuses("{'cmdline':'{', 'disks':[{'path' : '}\\'', 'format' :\n"
		       " 'raw' , 'name':'['}]}",
		       "2:17: key 'disks[0].name': must be a letter or digit and then letters, "
		       "digits, '.', '_' or '-', not '['");
}

static void reports_at_most_twenty_mistakes(void **state)
{
	char text[512] = "{";

	(void)state;
	for (size_t i = 0; i < 25; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s'k%zu':1",
			       i == 0 ? "" : ",", i);
	strcat(text, "}");
	assert_int_equal(read_text(text), -1);
	assert_int_equal(errors.n, ERR_LIST_MAX);
	assert_int_equal(errors.n_dropped, 5);
	assert_non_null(strstr(errors.items[19].text, "key 'k19': unknown key"));
}

static void escapes_the_name_of_the_file(void **state)
{
	(void)state;
	memset(&errors, 0, sizeof(errors));
	assert_int_equal(guest_read(&guest, "a\n\x1b.json", "[", 1, &errors), -1);
	assert_string_equal(errors.items[0].text, "guest file 'a\\n\\x1b.json':1:2: expected a "
						  "value, found the end of the text");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_names_and_words),
		cmocka_unit_test(reads_numbers_and_switches),
		cmocka_unit_test(reads_paths_as_relative_to_the_file),
		cmocka_unit_test(reads_one_cpu_model_or_several),
		cmocka_unit_test(reads_a_command_line_byte_for_byte),
		cmocka_unit_test(reads_a_command_line_of_the_largest_size),
		cmocka_unit_test(reads_hexadecimal_and_base64),
		cmocka_unit_test(reads_objects),
		cmocka_unit_test(reads_disks_and_networks),
		cmocka_unit_test(leaves_what_is_not_given_zero),
		cmocka_unit_test(names_elements_and_members),
		cmocka_unit_test(refuses_missing_members),
		cmocka_unit_test(refuses_elements_that_must_differ),
		cmocka_unit_test(refuses_unknown_keys_and_suggests_known_ones),
		cmocka_unit_test(refuses_variable_stores_under_any_name),
		cmocka_unit_test(reports_syntax_errors_with_their_place),
		cmocka_unit_test(reports_mistakes_in_the_order_of_the_text),
		cmocka_unit_test(brackets_and_quotes_in_strings_move_no_place),
		cmocka_unit_test(reports_at_most_twenty_mistakes),
		cmocka_unit_test(escapes_the_name_of_the_file),
	};

	return cmocka_run_group_tests_name("policy/guest_read", tests, NULL, NULL);
}
