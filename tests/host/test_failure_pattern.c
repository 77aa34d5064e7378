// SPDX-License-Identifier: Apache-2.0
// Patterns of messages, and the codes that they read.

#include "tests/unit.h"

#include <string.h>

#include "base/attributes.h"
#include "host/failure_codes.h"
#include "host/failure_pattern.h"

struct pattern_row {
	const char *pattern;
	const char *line;
	bool matches;
};

static void matches_patterns(void **state)
{
	static const struct pattern_row rows[] = {
		{ "word", "a word here", true },
		{ "word", "words", false },
		{ "word", "a sword", false },
		{ "word", "sword and word", true },
		{ "LAUNCH_START", "SNP_LAUNCH_START", false },
		{ "(word", "s(word", true },
		{ "one*two", "one two", true },
		{ "one*two", "two one", false },
		{ "one*two*one", "one two", false },
		{ "n=%n", "n=5", true },
		{ "n=%n", "n=-5,", true },
		{ "n=%n", "n=5x", false },
		{ "n=%n", "n=0x", false },
		{ "n=%n", "n=- 5", false },
		{ "n=%n", "n= 5", false },
		{ "n=%n", "n=x n=7", true },
		{ "n=%n{5,-6}", "n=-6", true },
		{ "n=%n{5,-6}", "n=6", false },
		{ "n=%n{5}", "n=0x5", true },
		{ "n=%n{5}", "n=4 n=5", true },
		{ "n=%n{5}*end", "n=5 end n=4", true },
		{ "at '%w'", "at 'x-y.z'", true },
		{ "at '%w'", "at ''", true },
		{ "at '%w'", "at 'x y'", false },
		{ "at %g", "at 0x1:0x4", true },
		{ "at %g", "at 1:4", true },
		{ "at %g", "at 0x1:", false },
		{ "at %g", "at 0x1:0x100", false },
		{ "at %g", "at -1:2", false },
		{ "word", "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct failure_values values;

		if (failure_pattern_match(rows[i].pattern, rows[i].line, &values) !=
		    rows[i].matches)
			fail_msg("'%s' in '%s'", rows[i].pattern, rows[i].line);
	}
}

static void reads_numbers(void **state)
{
	struct failure_values values;

	(void)state;
	assert_true(failure_pattern_match("ret=%e fw_error=%f*at %n",
					  "ret=1 ret=-22 fw_error=0x15 at 99999999999999999999",
					  &values));
	assert_int_equal(values.n, 3);
	assert_int_equal(values.items[0].kind, FAILURE_VALUE_ERRNO);
	assert_int_equal(values.items[0].number, -22);
	assert_int_equal(values.items[1].kind, FAILURE_VALUE_FIRMWARE);
	assert_int_equal(values.items[1].number, 0x15);
	assert_int_equal(values.items[2].kind, FAILURE_VALUE_PLAIN);
	assert_int_equal(values.items[2].number, INT64_MAX);
}

// --- Codes ---------------------------------------------------------------------------------------

static void names_codes(void **state)
{
	static const struct {
		struct failure_value value;
		const char *text;
		const char *name;
	} rows[] = {
		{ { FAILURE_VALUE_FIRMWARE, 21 }, "21", "UNSUPPORTED" },
		{ { FAILURE_VALUE_FIRMWARE, -1 }, "-1", "NO_FW_CALL" },
		{ { FAILURE_VALUE_FIRMWARE, 0xffffffff }, "4294967295", "NO_FW_CALL" },
		{ { FAILURE_VALUE_FIRMWARE, 63 }, "63", "RESPONSE_TOO_LARGE" },
		{ { FAILURE_VALUE_FIRMWARE, 0x8003 }, "32771", "a PSP code" },
		{ { FAILURE_VALUE_FIRMWARE, 30 }, "30", NULL },
		{ { FAILURE_VALUE_FIRMWARE, 0x10000 }, "65536", NULL },
		{ { FAILURE_VALUE_ERRNO, -22 }, "-22", "EINVAL" },
		{ { FAILURE_VALUE_ERRNO, 22 }, "22", NULL },
		{ { FAILURE_VALUE_GHCB, 0x104 }, "0x1:0x4", "CPUID" },
		{ { FAILURE_VALUE_GHCB, 0x2 }, "0x0:0x2", "SNP_UNSUPPORTED" },
		{ { FAILURE_VALUE_GHCB, 0x1ff }, "0x1:0xff", NULL },
		{ { FAILURE_VALUE_PLAIN, 21 }, "21", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct failure_code *code = failure_code_find(&rows[i].value);
		char text[40];

		assert_string_equal(failure_value_text(text, sizeof(text), &rows[i].value),
				    rows[i].text);
		assert_int_equal(code == NULL, rows[i].name == NULL);
		if (code != NULL)
			assert_string_equal(code->name, rows[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches_patterns),
		cmocka_unit_test(reads_numbers),
		cmocka_unit_test(names_codes),
	};

	return cmocka_run_group_tests_name("host/failure_pattern", tests, NULL, NULL);
}
