// SPDX-License-Identifier: Apache-2.0
// What each kind of value must be, and the exact text of every refusal.

#include "tests/unit.h"

#include "tests/policy/guest_fixture.h"

// A file with one key; 'why' is what follows "1:COLUMN: ".
static void assert_refuses_value(const char *key, const char *value, const char *why)
{
	char text[4096];
	char expected[512];
	// The value stands behind {"KEY":
	size_t column = strlen(key) + 5;

	assert_true(snprintf(text, sizeof(text), "{'%s':%s}", key, value) < (int)sizeof(text));
	(void)snprintf(expected, sizeof(expected), "1:%zu: key '%s': %s", column, key, why);
	assert_refuses(text, expected);
}

static void refuses_numbers_out_of_range(void **state)
{
	(void)state;
	assert_refuses_value("vcpus", "0", "must be 1 to 512, not 0");
	assert_refuses_value("vcpus", "513", "must be 1 to 512, not 513");
	assert_refuses_value("vcpus", "-5", "must be 1 to 512, not -5");
	assert_refuses_value("vcpus", "-9223372036854775808",
			     "must be 1 to 512, not -9223372036854775808");
	assert_refuses_value("vcpus", "9223372036854775808",
			     "must be 1 to 512, not 9223372036854775808");
	assert_refuses_value("vcpus", "18446744073709551615",
			     "must be 1 to 512, not 18446744073709551615");
	assert_refuses_value("vcpus", "4294967297", "must be 1 to 512, not 4294967297");
	assert_refuses_value("memory_mib", "63", "must be 64 to 16777216 MiB, not 63");
	assert_refuses_value("memory_mib", "16777217", "must be 64 to 16777216 MiB, not 16777217");
	assert_refuses_value("vsock_cid", "2", "must be 3 to 4294967294, not 2");
	assert_refuses_value("vsock_cid", "4294967295", "must be 3 to 4294967294, not 4294967295");
	assert_refuses_value("shutdown_timeout_ms", "0", "must be 1 to 3600000 ms, not 0");
	assert_refuses_value("launch_timeout_ms", "3600001",
			     "must be 1 to 3600000 ms, not 3600001");
}

static void refuses_values_of_another_type(void **state)
{
	(void)state;
	assert_refuses_value("vcpus", "'1'", "must be a whole number, not a string");
	assert_refuses_value("vcpus", "1.0", "must be a whole number, not a fraction");
	assert_refuses_value("vcpus", "1e3", "must be a whole number, not a fraction");
	assert_refuses_value("vcpus", "true", "must be a whole number, not a boolean");
	assert_refuses_value("vcpus", "[1]", "must be a whole number, not an array");
	assert_refuses_value("kernel_hashes", "1", "must be true or false, not a number");
	assert_refuses_value("kernel_hashes", "'on'", "must be true or false, not a string");
	assert_refuses_value("legacy_vm_type", "true", "must be a string, not a boolean");
	assert_refuses_value("level", "{}", "must be a string, not an object");
	assert_refuses_value("name", "7", "must be a string, not a number");
	assert_refuses_value("firmware", "false", "must be a string, not a boolean");
	assert_refuses_value("cmdline", "[]", "must be a string, not an array");
	assert_refuses_value("cpu_signature", "1", "must be a string, not a number");
	assert_refuses_value("guest_policy", "[]", "must be an object, not an array");
	assert_refuses_value("disks", "{}", "must be an array, not an object");
	assert_refuses_value("cpu", "{}", "must be a string or an array, not an object");
	assert_refuses("[]", "1:1: must be an object, not an array");
	assert_refuses(" 1", "1:2: must be an object, not a number");
}

static void refuses_unknown_words(void **state)
{
	(void)state;
	assert_refuses_value("level", "'SEV'", "must be off, sev, sev-es or sev-snp, not 'SEV'");
	assert_refuses_value("level", "''", "must be off, sev, sev-es or sev-snp, not ''");
	assert_refuses_value("accel", "'xen'", "must be kvm or tcg, not 'xen'");
	assert_refuses_value("console", "'a\\nb'", "must be stdio, log or none, not 'a\\nb'");
	assert_refuses_value("legacy_vm_type", "'auto'", "must be off or on, not 'auto'");
}

static void refuses_names_that_are_not_plain(void **state)
{
	static const char why[] = "must be a letter or digit and then letters, digits, '.', '_' or "
				  "'-', not ";
	static const char *const names[] = {
		"", "a,b", "a=b", "a b", "-a", ".a", "a/b", "a%n", "vm,debug-threads=on",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char value[64];
		char expected[256];

		(void)snprintf(value, sizeof(value), "'%s'", names[i]);
		(void)snprintf(expected, sizeof(expected), "%s'%s'", why, names[i]);
		assert_refuses_value("name", value, expected);
		if (strchr(names[i], ',') != NULL)
			(void)snprintf(expected, sizeof(expected),
				       "must be one CPU model, not '%s': make a list of them in a "
				       "guest file, or repeat --cpu",
				       names[i]);
		assert_refuses_value("cpu", value, expected);
	}
}

static void refuses_strings_that_are_too_long(void **state)
{
	AUTO(mem) char *text = mem_zeroed(GUEST_PATH_SIZE + 64, 1);
	char value[128];

	(void)state;
	(void)snprintf(value, sizeof(value), "'%065d'", 1);
	assert_refuses_value("name", value, "must be at most 64 bytes, not 65");
	(void)snprintf(value, sizeof(value), "'%064d'", 1);
	assert_refuses_value("cpu", value, "must be at most 63 bytes, not 64");
	(void)snprintf(text, GUEST_PATH_SIZE + 64, "{'kernel':'%0*d'}", GUEST_PATH_SIZE - 1, 1);
	assert_reads(text);
	(void)snprintf(text, GUEST_PATH_SIZE + 64, "{'kernel':'%0*d'}", GUEST_PATH_SIZE, 1);
	assert_refuses(text, "1:11: key 'kernel': must be at most 4095 bytes, not 4096");
}

static void refuses_an_empty_path(void **state)
{
	(void)state;
	assert_refuses_value("kernel", "''", "must be a path, not empty");
}

static void refuses_other_forms_of_numbers_in_strings(void **state)
{
	(void)state;
	assert_refuses_value("cpu_signature", "'0x0'", "must be 0x1 to 0xffffffff, not '0x0'");
	assert_refuses_value("cpu_signature", "'0x100000000'",
			     "must be 0x1 to 0xffffffff, not '0x100000000'");
	assert_refuses_value("cpu_signature", "'17'", "must be 0x1 to 0xffffffff, not '17'");
	assert_refuses_value("cpu_signature", "'0x'", "must be 0x1 to 0xffffffff, not '0x'");
	assert_refuses_value("cpu_signature", "'0X1'", "must be 0x1 to 0xffffffff, not '0X1'");
	assert_refuses_value("cpu_signature", "'-0x1'", "must be 0x1 to 0xffffffff, not '-0x1'");
	assert_refuses_value("vmsa_features", "'0x10000000000000000'",
			     "must be 0x0 to 0xffffffffffffffff, not '0x10000000000000000'");
}

static void refuses_base64_of_another_length(void **state)
{
	(void)state;
	assert_refuses_value("host_data", "''", "must be base64 of 32 bytes, not ''");
	assert_refuses_value("host_data", "'AAAA'", "must be base64 of 32 bytes, not 'AAAA'");
	assert_refuses_value("guest_visible_workarounds", "'AAAAAAAAAAAAAAAAAAAAAR=='",
			     "must be base64 of 16 bytes, not 'AAAAAAAAAAAAAAAAAAAAAR=='");
	assert_refuses_value("guest_visible_workarounds", "'AAAAAAAAAAAAAAAAAAAAA_=='",
			     "must be base64 of 16 bytes, not 'AAAAAAAAAAAAAAAAAAAAA_=='");
}

static void refuses_versions_of_another_form(void **state)
{
	static const char *const versions[] = {
		"",	 "1",	  "1.",	  ".51",  "1.51.0", "01.51", "1.051",
		"256.0", "1.256", "1,51", "-1.5", "1. 5",   "1.5x",  "1234.567",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		char text[64];
		char why[256];

		(void)snprintf(text, sizeof(text), "{'guest_policy':{'abi':'%s'}}", versions[i]);
		(void)snprintf(why, sizeof(why),
			       "1:24: key 'guest_policy.abi': "
			       "must be a version such as 1.51, each number at most 255, not '%s'",
			       versions[i]);
		assert_refuses(text, why);
	}
}

static void refuse_mac(const char *mac, const char *why)
{
	char text[256];
	char expected[512];

	(void)snprintf(text, sizeof(text), "{'networks':[{'kind':'tap','device':'t','mac':'%s'}]}",
		       mac);
	(void)snprintf(expected, sizeof(expected),
		       "1:47: key 'networks[0].mac': must be %s, not '%s'", why, mac);
	assert_refuses(text, expected);
}

static void refuses_addresses_that_name_no_card(void **state)
{
	static const char form[] = "an address such as 52:54:00:12:34:56";
	static const char one[] = "the address of one card (first byte even, not all zero)";

	(void)state;
	refuse_mac("", form);
	refuse_mac("52:54:00:12:34", form);
	refuse_mac("52:54:00:12:34:5", form);
	refuse_mac("52:54:00:12:34:56:", form);
	refuse_mac("52-54-00-12-34-56", form);
	refuse_mac("52:54:00:12:34:5g", form);
	refuse_mac("0x:54:00:12:34:56", form);
	refuse_mac(" 2:54:00:12:34:56", form);
	refuse_mac("53:54:00:12:34:56", one);
	refuse_mac("ff:ff:ff:ff:ff:ff", one);
	refuse_mac("00:00:00:00:00:00", one);
}

static void refuses_arrays_of_the_wrong_length(void **state)
{
	char text[2048] = "{'disks':[";

	(void)state;
	assert_refuses_value("cpu", "[]", "must have 1 to 8 elements, not 0");
	assert_refuses_value("cpu", "['a','b','c','d','e','f','g','h','i']",
			     "must have 1 to 8 elements, not 9");
	for (size_t i = 0; i < 17; i++)
		strcat(text,
		       i == 0 ? "{'path':'a','format':'raw'}" : ",{'path':'a','format':'raw'}");
	strcat(text, "]}");
	assert_refuses(text, "1:10: key 'disks': must have 0 to 16 elements, not 17");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_numbers_out_of_range),
		cmocka_unit_test(refuses_values_of_another_type),
		cmocka_unit_test(refuses_unknown_words),
		cmocka_unit_test(refuses_names_that_are_not_plain),
		cmocka_unit_test(refuses_strings_that_are_too_long),
		cmocka_unit_test(refuses_an_empty_path),
		cmocka_unit_test(refuses_other_forms_of_numbers_in_strings),
		cmocka_unit_test(refuses_base64_of_another_length),
		cmocka_unit_test(refuses_versions_of_another_form),
		cmocka_unit_test(refuses_addresses_that_name_no_card),
		cmocka_unit_test(refuses_arrays_of_the_wrong_length),
	};

	return cmocka_run_group_tests_name("policy/guest_value", tests, NULL, NULL);
}
