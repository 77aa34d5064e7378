// SPDX-License-Identifier: Apache-2.0
// Numbers and bytes of options, checks made with them, and how results are printed.

#include "tests/base/process.h"

#include "cli/checks.h"
#include "cli/option_value.h"
#include "cli/result.h"

static struct options options;
static struct err err;

static void give(const char *option, const char *value)
{
	const char *const arguments[] = { option, value, NULL };

	options_release(&options);
	expect_success(options_read(&options, command_find("id-block"),
				    (char *const *)(uintptr_t)arguments, &err),
		       &err);
}

static void reads_bytes_in_both_spellings(void **state)
{
	static const char *const spellings[] = { "000102030405060708090a0b0c0d0e0f",
						 "000102030405060708090A0B0C0D0E0F",
						 "AAECAwQFBgcICQoLDA0ODw==" };
	uint8_t bytes[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		memset(bytes, 0xff, sizeof(bytes));
		give("--image-id", spellings[i]);
		assert_int_equal(option_bytes(&options, "--image-id", bytes, 16, &err), 1);
		for (size_t j = 0; j < sizeof(bytes); j++)
			assert_int_equal(bytes[j], j);
	}
	assert_int_equal(option_bytes(&options, "--family-id", bytes, 16, &err), 0);
	assert_int_equal(bytes[15], 15);
}

static void refuses_other_bytes(void **state)
{
	static const char *const wrong[] = { "",
					     "00",
					     "000102030405060708090a0b0c0d0e0g",
					     "000102030405060708090a0b0c0d0e0f0",
					     " 00102030405060708090a0b0c0d0e0f",
					     "AAECAwQFBgcICQoLDA0ODw=",
					     "AAECAwQFBgcICQoLDA0ODx==" };
	uint8_t bytes[16];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		give("--image-id", wrong[i]);
		assert_int_equal(option_bytes(&options, "--image-id", bytes, 16, &err), -1);
		assert_int_equal(err.kind, ERR_USAGE);
	}
	expect_error(&err, ERR_USAGE,
		     "option '--image-id': must be 16 bytes, as 32 hexadecimal digits or in "
		     "base64, not 'AAECAwQFBgcICQoLDA0ODx=='");
}

static void reads_numbers_up_to_their_limit(void **state)
{
	uint64_t number = 7;

	(void)state;
	give("--guest-svn", "0xffffffff");
	assert_int_equal(option_number(&options, "--policy", UINT64_MAX, &number, &err), 0);
	assert_int_equal(number, 7);
	assert_int_equal(option_number(&options, "--guest-svn", UINT32_MAX, &number, &err), 1);
	assert_int_equal(number, UINT32_MAX);
	assert_int_equal(option_number(&options, "--guest-svn", 255, &number, &err), -1);
	expect_error(&err, ERR_USAGE,
		     "option '--guest-svn': must be a number from 0 to 255, not '0xffffffff'");
}

// --- Checks and results --------------------------------------------------------------------------

static void counts_what_is_wrong(void **state)
{
	struct checks checks = { .list = json_object_new_array() };
	struct err verdict;

	(void)state;
	checks_add(&checks, "root", CHECK_NOT_MADE, "no root");
	checks_compare(&checks, "bytes", (const uint8_t *)"ab", (const uint8_t *)"ab", 2);
	expect_success(checks_verdict(&checks, &err), &err);
	checks_compare(&checks, "bytes", (const uint8_t *)"ab", (const uint8_t *)"ac", 2);
	checks_compare_number(&checks, "number", 1, 2);
	(void)err_set(&verdict, ERR_VERDICT, "it does not verify");
	expect_success(checks_add_result(&checks, "signature", -1, &verdict), &verdict);
	(void)err_set(&verdict, ERR_INPUT, "it cannot be read");
	assert_int_equal(checks_add_result(&checks, "signature", -1, &verdict), -1);
	assert_int_equal(checks_verdict(&checks, &err), -1);
	expect_error(&err, ERR_VERDICT, "3 of 4 checks went wrong");
	assert_string_equal(
		json_object_to_json_string_ext(checks.list, JSON_C_TO_STRING_PLAIN),
		"[{\"check\":\"root\",\"result\":\"not checked\",\"detail\":\"no root\"},"
		"{\"check\":\"bytes\",\"result\":\"ok\"},"
		"{\"check\":\"bytes\",\"result\":\"wrong\",\"detail\":\"is 6162, not 6163\"},"
		"{\"check\":\"number\",\"result\":\"wrong\",\"detail\":\"is 0x1, not 0x2\"},"
		"{\"check\":\"signature\",\"result\":\"wrong\",\"detail\":\"it does not verify\"}]");
	json_object_put(checks.list);
}

static void prints_every_kind_of_member(void **state)
{
	struct json_object *result = json_tokener_parse(
		"{\"text\":\"a\\u001bb\",\"flag\":true,\"list\":[\"x\",\"y\"],\"empty\":[],"
		"\"object\":{\"n\":1,\"m\":\"z\"},"
		"\"table\":[{\"a\":\"long\",\"b\":\"1\"},{\"a\":\"s\",\"b\":\"2\"}]}");
	char output[1024] = "";
	FILE *real = stdout; // which glibc lets a program exchange

	(void)state;
	stdout = fmemopen(output, sizeof(output), "w");
	result_print_text(result);
	(void)fclose(stdout);
	stdout = real;
	assert_string_equal(output, "text                    a\\x1bb\n"
				    "flag                    yes\n"
				    "list                    x, y\n"
				    "empty                   none\n"
				    "object                  n 1, m z\n"
				    "table                   long  1\n"
				    "                        s     2\n");
	json_object_put(result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_bytes_in_both_spellings),
		cmocka_unit_test(refuses_other_bytes),
		cmocka_unit_test(reads_numbers_up_to_their_limit),
		cmocka_unit_test(counts_what_is_wrong),
		cmocka_unit_test(prints_every_kind_of_member),
	};
	int status = cmocka_run_group_tests_name("cli/option_value", tests, NULL, NULL);

	options_release(&options);
	return status;
}
