// SPDX-License-Identifier: Apache-2.0
// Argument lists, and JSON whose values never become syntax.

#include "tests/base/process.h"

#include "base/argv.h"
#include "base/json_scan.h"
#include "base/mem.h"
#include "base/text.h"

static void is_terminated_after_every_push(void **state)
{
	AUTO(argv) struct argv argv = { 0 };

	(void)state;
	for (size_t i = 0; i < 50; i++) {
		argv_pushf(&argv, "item %zu", i);
		assert_int_equal(argv.n, i + 1);
		assert_null(argv.items[argv.n]);
	}
	argv_push_pair(&argv, "-a", "b c");
	assert_int_equal(argv.n, 52);
	assert_string_equal(argv.items[0], "item 0");
	assert_string_equal(argv.items[50], "-a");
	assert_string_equal(argv.items[51], "b c");
	assert_null(argv.items[52]);
}

static void copies_what_is_pushed(void **state)
{
	AUTO(argv) struct argv argv = { 0 };
	char item[] = "abc";

	(void)state;
	argv_push(&argv, item);
	item[0] = 'x';
	assert_string_equal(argv.items[0], "abc");
}

static void is_empty_again_after_release(void **state)
{
	struct argv argv = { 0 };

	(void)state;
	argv_release(&argv);
	argv_push(&argv, "a");
	argv_release(&argv);
	assert_null(argv.items);
	assert_int_equal(argv.n, 0);
	argv_release(&argv);
}

// Strict JSON by the project's own scanner, which tests/base/test_json_scan.c tests.
static void expect_json(const char *text)
{
	const struct json_limits limits = {
		.kind = ERR_BUG,
		.bytes_max = 1024 * 1024,
		.depth_max = 1,
		.keys_max = 100,
		.null_allowed = true,
	};
	struct err err;

	expect_success(json_scan(text, strlen(text), &limits, NULL, &err), &err);
}

// Decodes the string at 'at', which begins behind its quote; returns what follows its end.
static const char *decode_string(const char *at, char *out)
{
	for (; *at != '"'; at++) {
		unsigned int byte;

		assert_true(*at != '\0');
		if (*at != '\\') {
			*out++ = *at;
			continue;
		}
		assert_int_equal(sscanf(at, "\\u%4x", &byte), 1);
		assert_in_range(byte, 1, 0x7f);
		*out++ = (char)byte;
		at += 5;
	}
	*out = '\0';
	return at + 1;
}

// {"key":VALUE} and nothing else, whatever VALUE holds.
static void expect_value_survives(const char *value)
{
	AUTO(argv) struct argv argv = { 0 };
	AUTO(mem) char *decoded = mem_zeroed(strlen(value) + 1, 1);
	struct json_text object = { 0 };
	static const char head[] = "{\"key\":\"";

	json_text_word(&object, "key", value);
	argv_push_json(&argv, "-device", &object);
	assert_int_equal(argv.n, 2);
	assert_string_equal(argv.items[0], "-device");
	assert_memory_equal(argv.items[1], head, strlen(head));
	assert_string_equal(decode_string(argv.items[1] + strlen(head), decoded), "}");
	assert_string_equal(decoded, value);
	assert_null(object.bytes);
	assert_int_equal(object.len, 0);
}

static void keeps_values_from_becoming_syntax(void **state)
{
	static const char *const values[] = {
		"",
		"plain",
		"\"},{\"",
		"\"",
		"\\",
		"\\\"",
		"\\u0022",
		"\",\"driver\":\"host\",\"x\":\"",
		"a,b=c",
		"\n\r\t\b\f\x01\x1f",
		"\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80",
		"\x7f",
		"%s%n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		expect_value_survives(values[i]);
	for (unsigned int byte = 1; byte < 0x80; byte++) {
		char value[] = { 'a', (char)byte, (char)byte, 'z', '\0' };

		expect_value_survives(value);
	}
}

static void keeps_keys_from_becoming_syntax(void **state)
{
	AUTO(argv) struct argv argv = { 0 };
	struct json_text object = { 0 };

	(void)state;
	json_text_word(&object, "a\":{\"b", "c");
	argv_push_json(&argv, "-object", &object);
	expect_json(argv.items[1]);
	assert_string_equal(argv.items[1], "{\"a\\u0022:{\\u0022b\":\"c\"}");
}

static void writes_members_of_every_type(void **state)
{
	static const uint8_t bytes[] = { 0xfb, 0xff, 0x00, 0x01 };
	AUTO(argv) struct argv argv = { 0 };
	struct json_text object = { 0 };

	(void)state;
	json_text_word(&object, "word", "w");
	json_text_number(&object, "zero", 0);
	json_text_number(&object, "largest", UINT64_MAX);
	json_text_bool(&object, "yes", true);
	json_text_bool(&object, "no", false);
	json_text_null(&object, "nothing");
	json_text_fdset(&object, "set", 4294967295U);
	json_text_fd_path(&object, "path", 2147483647);
	json_text_base64(&object, "bytes", bytes, sizeof(bytes));
	json_text_base64(&object, "none", bytes, 0);
	argv_push_json(&argv, "-object", &object);
	expect_json(argv.items[1]);
	assert_string_equal(
		argv.items[1],
		"{\"word\":\"w\",\"zero\":0,\"largest\":18446744073709551615,"
		"\"yes\":true,\"no\":false,\"nothing\":null,\"set\":\"/dev/fdset/4294967295\","
		"\"path\":\"/proc/self/fd/2147483647\",\"bytes\":\"+/8AAQ==\","
		"\"none\":\"\"}");
}

static void writes_an_object_without_members(void **state)
{
	AUTO(argv) struct argv argv = { 0 };
	struct json_text object = { 0 };

	(void)state;
	argv_push_json(&argv, "-object", &object);
	assert_string_equal(argv.items[1], "{}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_terminated_after_every_push),
		cmocka_unit_test(copies_what_is_pushed),
		cmocka_unit_test(is_empty_again_after_release),
		cmocka_unit_test(keeps_values_from_becoming_syntax),
		cmocka_unit_test(keeps_keys_from_becoming_syntax),
		cmocka_unit_test(writes_members_of_every_type),
		cmocka_unit_test(writes_an_object_without_members),
	};

	return cmocka_run_group_tests_name("base/argv", tests, NULL, NULL);
}
