// SPDX-License-Identifier: Apache-2.0
// What the JSON scanner accepts, and each refusal with its kind, text and place.

#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json_scan.h"
#include "base/mem.h"

static const struct json_limits limits = {
	.bytes_max = 64 * 1024,
	.depth_max = 16,
	.keys_max = 8,
	.kind = ERR_GUEST_FILE,
};

static void assert_accepts_bytes(const char *text, size_t len)
{
	struct err err = { .kind = ERR_NONE };

	if (json_scan(text, len, &limits, NULL, &err) < 0)
		fail_msg("refused %s: %s", text, err.text);
}

static void assert_accepts(const char *text)
{
	assert_accepts_bytes(text, strlen(text));
}

static void assert_refuses_bytes(const char *text, size_t len, unsigned int line,
				 unsigned int column, const char *why)
{
	struct json_place place = { 0, 0 };
	struct err err = { .kind = ERR_NONE };

	assert_int_equal(json_scan(text, len, &limits, &place, &err), -1);
	assert_string_equal(err.text, why);
	assert_int_equal(err.kind, ERR_GUEST_FILE);
	assert_int_equal(place.line, line);
	assert_int_equal(place.column, column);
}

static void assert_refuses(const char *text, unsigned int line, unsigned int column,
			   const char *why)
{
	assert_refuses_bytes(text, strlen(text), line, column, why);
}

static void accepts_every_kind_of_value(void **state)
{
	(void)state;
	assert_accepts("{}");
	assert_accepts("[]");
	assert_accepts(" \t\r\n[ ] \t\r\n");
	assert_accepts("true");
	assert_accepts("false");
	assert_accepts("0");
	assert_accepts("\"\"");
	assert_accepts("{ \"a\" : [ 1 , -2 , { \"b\" : true } ] , \"\" : \"x\" }");
}

static void refuses_an_empty_text(void **state)
{
	(void)state;
	assert_refuses("", 1, 1, "empty text");
	assert_refuses(" \n ", 2, 2, "empty text");
}

static void refuses_a_byte_order_mark(void **state)
{
	(void)state;
	assert_refuses("\xef\xbb\xbf{}", 1, 1, "byte order mark");
}

static void refuses_a_text_that_is_too_long(void **state)
{
	AUTO(mem) char *text = mem_zeroed(64 * 1024 + 2, 1);

	(void)state;
	memset(text, ' ', 64 * 1024 + 1);
	text[0] = '1';
	assert_accepts_bytes(text, 64 * 1024);
	assert_refuses_bytes(text, 64 * 1024 + 1, 1, 1, "longer than 65536 bytes");
}

static void refuses_deep_nesting(void **state)
{
	(void)state;
	assert_accepts("[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]");
	assert_refuses("[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", 1, 17,
		       "nested deeper than 16 levels");
	assert_refuses("[[[[[[[[[[[[[[[[{}]]]]]]]]]]]]]]]]", 1, 17, "nested deeper than 16 levels");
	assert_accepts("[[[[[[[[[[[[[[[1],[2],[3]]]]]]]]]]]]]]]");
}

static void refuses_too_many_keys(void **state)
{
	(void)state;
	assert_accepts("[{\"a\":1,\"b\":2,\"c\":3,\"d\":4},{\"a\":1,\"b\":2,\"c\":3,\"d\":4}]");
	assert_refuses("[{\"a\":1,\"b\":2,\"c\":3,\"d\":4},\n"
		       "{\"a\":1,\"b\":2,\"c\":3,\"d\":4,\"e\":5}]",
		       2, 26, "more than 8 keys");
}

static void refuses_a_repeated_key(void **state)
{
	(void)state;
	assert_refuses("{\"a\":1,\n \"b\":2,\n \"a\":3}", 3, 2, "key 'a' appears twice");
	assert_refuses("{\"a\":1, \"\\u0061\":3}", 1, 9, "key '\\\\u0061' appears twice");
	assert_refuses("{\"\\u0061\":1, \"a\":3}", 1, 14, "key 'a' appears twice");
	assert_refuses("{\"\xc3\xa9\":1, \"\\u00E9\":3}", 1, 10, "key '\\\\u00E9' appears twice");
	assert_refuses("{\"\xf0\x9f\x98\x80\":1, \"\\ud83d\\uDE00\":3}", 1, 12,
		       "key '\\\\ud83d\\\\uDE00' appears twice");
	assert_refuses("{\"/\":1, \"\\/\":3}", 1, 9, "key '\\\\/' appears twice");
	assert_refuses("{\"\":1, \"\":3}", 1, 8, "key '' appears twice");
	assert_refuses("{\"o\":{\"a\":1, \"a\":3}}", 1, 14, "key 'a' appears twice");
}

static void names_the_first_of_several_repeated_keys(void **state)
{
	(void)state;
	assert_refuses("{\"z\":1, \"a\":2, \"z\":3, \"a\":4, \"z\":5}", 1, 16,
		       "key 'z' appears twice");
}

static void accepts_the_same_key_in_different_objects(void **state)
{
	(void)state;
	assert_accepts("{\"a\":{\"a\":{\"a\":1}}, \"b\":[{\"a\":1},{\"a\":2}]}");
	assert_accepts("{\"a\":1, \"A\":2, \"aa\":3, \"\":4}");
}

static void finds_repeated_keys_among_very_many_in_time(void **state)
{
	const struct json_limits many = {
		.bytes_max = 16 * 1024 * 1024,
		.depth_max = 4,
		.keys_max = 300000,
		.kind = ERR_PROTOCOL,
	};
	size_t size = 300000 * 20;
	AUTO(mem) char *text = mem_zeroed(size, 1);
	struct json_place place;
	struct err err;
	size_t used = 1;

	(void)state;
	text[0] = '{';
	for (unsigned int i = 0; i < 200000; i++)
		used += (size_t)snprintf(text + used, size - used, "\"k%06u\":%u,\n",
					 i * 7919 % 200000, i % 10);
	(void)snprintf(text + used, size - used, "\"last\":1}");
	if (json_scan(text, strlen(text), &many, NULL, &err) < 0)
		fail_msg("%s", err.text);
	(void)snprintf(text + used, size - used, "\"k000000\":1}");
	assert_int_equal(json_scan(text, strlen(text), &many, &place, &err), -1);
	assert_string_equal(err.text, "key 'k000000' appears twice");
	assert_int_equal(err.kind, ERR_PROTOCOL);
	assert_int_equal(place.line, 200001);
	assert_int_equal(place.column, 1);
}

static void refuses_nul_in_strings_and_keys(void **state)
{
	(void)state;
	assert_refuses("{\"a\\u0000b\":1}", 1, 4, "\\u0000 in a string");
	assert_refuses("[\"\\u0000\"]", 1, 3, "\\u0000 in a string");
	assert_refuses_bytes("[\"a\0b\"]", 7, 1, 4, "NUL byte in a string");
	assert_refuses_bytes("[1]\0", 4, 1, 4, "expected the end of the text, found '\\x00'");
	assert_refuses_bytes("\0", 1, 1, 1, "expected a value, found '\\x00'");
}

static void refuses_raw_control_bytes_in_strings(void **state)
{
	(void)state;
	for (char c = 1; c < 0x20; c++) {
		const char text[] = { '[', '"', c, '"', ']', '\0' };

		assert_refuses(text, 1, 3, "control byte in a string");
	}
	assert_accepts("[\"\x7f\"]");
}

static void accepts_every_escape(void **state)
{
	(void)state;
	assert_accepts("[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\uFFFF\\uabcd\\ud83d\\ude00\"]");
}

static void refuses_broken_escapes(void **state)
{
	static const char *const texts[] = {
		"[\"\\x41\"]",	 "[\"\\'\"]",
		"[\"\\u12\"]",	 "[\"\\u12G4\"]",
		"[\"\\U0041\"]", "[\"\\0\"]",
		"[\"\\u",	 "[\"\\",
		"[\"\\ud800\\u", "[\"\\ud800\\u12x4\"]",
		"[\"\\u+123\"]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_refuses(texts[i], 1, 3, "unknown escape in a string");
}

static void refuses_lone_surrogates(void **state)
{
	static const char *const texts[] = {
		"[\"\\ud800\"]",	"[\"\\udbff\"]",	"[\"\\udc00\"]",
		"[\"\\udfff\"]",	"[\"\\ud800x\"]",	"[\"\\ud800\\n\"]",
		"[\"\\ud800\\u0041\"]", "[\"\\ud800\\ud800\"]", "[\"\\udc00\\ud800\"]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_refuses(texts[i], 1, 3, "lone surrogate in a string");
}

static void accepts_the_borders_of_utf8(void **state)
{
	(void)state;
	assert_accepts("[\"\xc2\x80\xdf\xbf\"]");
	assert_accepts("[\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"]");
	assert_accepts("[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]");
}

static void refuses_bytes_that_are_not_utf8(void **state)
{
	static const char *const texts[] = {
		"[\"\x80\"]",
		"[\"\xbf\"]",
		"[\"\xff\"]",
		"[\"\xfe\"]",
		"[\"\xc0\x80\"]",
		"[\"\xc1\xbf\"]",
		"[\"\xe0\x80\x80\"]",
		"[\"\xe0\x9f\xbf\"]",
		"[\"\xf0\x80\x80\x80\"]",
		"[\"\xf0\x8f\xbf\xbf\"]",
		"[\"\xf4\x90\x80\x80\"]",
		"[\"\xf8\x88\x80\x80\x80\"]",
		"[\"\xed\xa0\x80\"]",
		"[\"\xed\xbf\xbf\"]",
		"[\"\xc3\"]",
		"[\"\xe2\x82\"]",
		"[\"\xf0\x9f\x98\"]",
		"[\"\xc3",
		"[\"\xe2\x82",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_refuses(texts[i], 1, 3, "bytes in a string that are not UTF-8");
}

static void refuses_strings_that_do_not_end(void **state)
{
	(void)state;
	assert_refuses("[\"abc", 1, 2, "string without an end");
	assert_refuses("{\"abc", 1, 2, "string without an end");
	assert_refuses("[\"abc\\\"", 1, 2, "string without an end");
}

static void refuses_single_quotes(void **state)
{
	(void)state;
	assert_refuses("['a']", 1, 2, "expected a value, found '''");
	assert_refuses("{'a':1}", 1, 2, "expected a key in double quotes, found '''");
}

static void refuses_words_that_are_not_json(void **state)
{
	(void)state;
	assert_refuses("NaN", 1, 1, "expected a value, found 'N'");
	assert_refuses("[Infinity]", 1, 2, "expected a value, found 'I'");
	assert_refuses("-Infinity", 1, 2, "expected a digit, found 'I'");
	assert_refuses("TRUE", 1, 1, "expected a value, found 'T'");
	assert_refuses("tru", 1, 1, "expected a value, found 't'");
	assert_refuses("truex", 1, 5, "expected the end of the text, found 'x'");
	assert_refuses("[nul]", 1, 2, "expected a value, found 'n'");
	assert_refuses("{a:1}", 1, 2, "expected a key in double quotes, found 'a'");
}

static void accepts_null_only_when_allowed(void **state)
{
	struct json_limits with_null = limits;
	struct err err;

	(void)state;
	assert_refuses("{\"a\":null}", 1, 6, "null is not accepted");
	with_null.null_allowed = true;
	assert_int_equal(json_scan("{\"a\":null}", 10, &with_null, NULL, &err), 0);
}

static void accepts_integers_of_64_bits(void **state)
{
	(void)state;
	assert_accepts("[0, 1, -1, 10, 9223372036854775807, -9223372036854775808]");
	assert_accepts("[9223372036854775808, 18446744073709551615]");
}

static void refuses_integers_that_do_not_fit(void **state)
{
	static const char *const texts[] = {
		"[18446744073709551616]",  "[-9223372036854775809]",
		"[99999999999999999999]",  "[100000000000000000000000000000000000000000]",
		"[-18446744073709551615]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		assert_refuses(texts[i], 1, 2, "number that does not fit 64 bits");
}

static void refuses_numbers_written_otherwise(void **state)
{
	(void)state;
	assert_refuses("[01]", 1, 2, "number with a leading zero");
	assert_refuses("[-01]", 1, 2, "number with a leading zero");
	assert_refuses("[00]", 1, 2, "number with a leading zero");
	assert_refuses("[-0]", 1, 2, "-0 is not an integer here, write 0");
	assert_refuses("[-]", 1, 3, "expected a digit, found ']'");
	assert_refuses("-", 1, 2, "expected a digit, found the end of the text");
	assert_refuses("[+1]", 1, 2, "expected a value, found '+'");
	assert_refuses("[.5]", 1, 2, "expected a value, found '.'");
	assert_refuses("[1.]", 1, 4, "expected a digit, found ']'");
	assert_refuses("[1e]", 1, 4, "expected a digit, found ']'");
	assert_refuses("[1e+]", 1, 5, "expected a digit, found ']'");
	assert_refuses("[1.e5]", 1, 4, "expected a digit, found 'e'");
	assert_refuses("[0x10]", 1, 3, "expected ',' or ']', found 'x'");
	assert_refuses("[1 2]", 1, 4, "expected ',' or ']', found '2'");
	assert_refuses("[1_000]", 1, 3, "expected ',' or ']', found '_'");
}

static void leaves_fractions_to_the_reader(void **state)
{
	(void)state;
	assert_accepts("[1.0, -0.5, 1e3, 1E+3, 1.5e-3, -0.0, 0e1]");
	assert_accepts("[1.000000000000000000000000000000]");
	assert_refuses("[1.0000000000000000000000000000000]", 1, 2, "number of more than 32 bytes");
}

static void refuses_text_behind_the_value(void **state)
{
	(void)state;
	assert_refuses("{} {}", 1, 4, "expected the end of the text, found '{'");
	assert_refuses("1,", 1, 2, "expected the end of the text, found ','");
	assert_refuses("{}\n\n}", 3, 1, "expected the end of the text, found '}'");
}

static void refuses_commas_and_comments_out_of_place(void **state)
{
	(void)state;
	assert_refuses("[1,]", 1, 4, "expected a value, found ']'");
	assert_refuses("[,1]", 1, 2, "expected a value, found ','");
	assert_refuses("[1,,2]", 1, 4, "expected a value, found ','");
	assert_refuses("{\"a\":1,}", 1, 8, "expected a key in double quotes, found '}'");
	assert_refuses("{,}", 1, 2, "expected a key in double quotes, found ','");
	assert_refuses("{\"a\" 1}", 1, 6, "expected ':', found '1'");
	assert_refuses("{\"a\":}", 1, 6, "expected a value, found '}'");
	assert_refuses("{\"a\":1 \"b\":2}", 1, 8, "expected ',' or '}', found '\\\"'");
	assert_refuses("/* c */ {}", 1, 1, "expected a value, found '/'");
	assert_refuses("{} // c", 1, 4, "expected the end of the text, found '/'");
	assert_refuses("# c\n{}", 1, 1, "expected a value, found '#'");
}

static void refuses_values_that_do_not_end(void **state)
{
	(void)state;
	assert_refuses("{", 1, 2, "expected a key in double quotes, found the end of the text");
	assert_refuses("[", 1, 2, "expected a value, found the end of the text");
	assert_refuses("[1", 1, 3, "expected ',' or ']', found the end of the text");
	assert_refuses("{\"a\"", 1, 5, "expected ':', found the end of the text");
	assert_refuses("{\"a\":", 1, 6, "expected a value, found the end of the text");
	assert_refuses("{\"a\":1", 1, 7, "expected ',' or '}', found the end of the text");
	assert_refuses("[}", 1, 2, "expected a value, found '}'");
	assert_refuses("]", 1, 1, "expected a value, found ']'");
}

static void refuses_white_space_of_other_kinds(void **state)
{
	(void)state;
	assert_refuses("\f{}", 1, 1, "expected a value, found '\\x0c'");
	assert_refuses("\xc2\xa0{}", 1, 1, "expected a value, found '\\xc2'");
}

static void every_start_of_a_text_is_refused(void **state)
{
	static const char text[] = "{\"a\":[true,-1.5e3,\"\\ud83d\\ude00\xc3\xa9\"],\"b\":{}}";
	struct err err;

	(void)state;
	assert_accepts(text);
	for (size_t len = 0; len < sizeof(text) - 1; len++) {
		// An exact copy, so that the address sanitizer sees any byte too many.
		AUTO(mem) char *start = mem_zeroed(len, 1);

		memcpy(start, text, len);
		assert_int_equal(json_scan(start, len, &limits, NULL, &err), -1);
	}
}

static void counts_lines_and_columns_from_one(void **state)
{
	static const char text[] = "ab\n\ncd";
	static const struct json_place places[] = {
		{ 1, 1 }, { 1, 2 }, { 1, 3 }, { 2, 1 }, { 3, 1 }, { 3, 2 }, { 3, 3 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct json_place place = json_place_of(text, sizeof(text) - 1, i);

		assert_int_equal(place.line, places[i].line);
		assert_int_equal(place.column, places[i].column);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_every_kind_of_value),
		cmocka_unit_test(refuses_an_empty_text),
		cmocka_unit_test(refuses_a_byte_order_mark),
		cmocka_unit_test(refuses_a_text_that_is_too_long),
		cmocka_unit_test(refuses_deep_nesting),
		cmocka_unit_test(refuses_too_many_keys),
		cmocka_unit_test(refuses_a_repeated_key),
		cmocka_unit_test(names_the_first_of_several_repeated_keys),
		cmocka_unit_test(accepts_the_same_key_in_different_objects),
		cmocka_unit_test(finds_repeated_keys_among_very_many_in_time),
		cmocka_unit_test(refuses_nul_in_strings_and_keys),
		cmocka_unit_test(refuses_raw_control_bytes_in_strings),
		cmocka_unit_test(accepts_every_escape),
		cmocka_unit_test(refuses_broken_escapes),
		cmocka_unit_test(refuses_lone_surrogates),
		cmocka_unit_test(accepts_the_borders_of_utf8),
		cmocka_unit_test(refuses_bytes_that_are_not_utf8),
		cmocka_unit_test(refuses_strings_that_do_not_end),
		cmocka_unit_test(refuses_single_quotes),
		cmocka_unit_test(refuses_words_that_are_not_json),
		cmocka_unit_test(accepts_null_only_when_allowed),
		cmocka_unit_test(accepts_integers_of_64_bits),
		cmocka_unit_test(refuses_integers_that_do_not_fit),
		cmocka_unit_test(refuses_numbers_written_otherwise),
		cmocka_unit_test(leaves_fractions_to_the_reader),
		cmocka_unit_test(refuses_text_behind_the_value),
		cmocka_unit_test(refuses_commas_and_comments_out_of_place),
		cmocka_unit_test(refuses_values_that_do_not_end),
		cmocka_unit_test(refuses_white_space_of_other_kinds),
		cmocka_unit_test(every_start_of_a_text_is_refused),
		cmocka_unit_test(counts_lines_and_columns_from_one),
	};

	return cmocka_run_group_tests_name("base/json_scan", tests, NULL, NULL);
}
