// SPDX-License-Identifier: Apache-2.0
// Bounded text: escapes, names, fields, numbers and base64 at their edges.

#include "tests/base/process.h"

#include "base/text.h"
#include "base/text_base64.h"
#include "base/text_base64_decode.h"
#include "base/text_escape.h"
#include "base/text_number.h"

// --- Escaping ------------------------------------------------------------------------------------

static void escapes_every_byte_into_printable_text(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 256; i++) {
		unsigned char byte = (unsigned char)i;
		char expected[8];
		char out[16];

		if (strchr("\n\r\t\"\\", byte) != NULL && byte != '\0')
			(void)snprintf(expected, sizeof(expected), "\\%c",
				       "nrt\"\\"[strchr("\n\r\t\"\\", byte) - "\n\r\t\"\\"]);
		else if (byte < 0x20 || byte > 0x7e)
			(void)snprintf(expected, sizeof(expected), "\\x%02x", byte);
		else
			(void)snprintf(expected, sizeof(expected), "%c", byte);
		assert_string_equal(text_escape(out, sizeof(out), &byte, 1), expected);
	}
}

static void shows_a_whole_text_that_just_fits(void **state)
{
	char out[8];

	(void)state;
	assert_string_equal(text_escape(out, sizeof(out), "abcdefg", 7), "abcdefg");
	assert_string_equal(text_escape(out, sizeof(out), "abc\x01", 4), "abc\\x01");
	assert_string_equal(text_escape(out, sizeof(out), "", 0), "");
	assert_string_equal(text_escape(out, 4, "abc", 3), "abc");
}

static void cuts_a_longer_text_behind_a_whole_escape(void **state)
{
	char out[8];

	(void)state;
	assert_string_equal(text_escape(out, sizeof(out), "abcdefgh", 8), "abcd...");
	assert_string_equal(text_escape(out, sizeof(out), "abcd\x01", 5), "abcd...");
	assert_string_equal(text_escape(out, sizeof(out), "abc\x01z", 5), "abc...");
	assert_string_equal(text_escape(out, sizeof(out), "\x01\x02\x03", 3), "\\x01...");
	assert_string_equal(text_escape(out, 4, "abcd", 4), "...");
}

static void never_writes_behind_the_buffer(void **state)
{
	char long_text[64];
	char out[40];

	(void)state;
	memset(long_text, '\n', sizeof(long_text));
	for (size_t size = 4; size < sizeof(out); size++) {
		for (size_t len = 0; len <= sizeof(long_text); len++) {
			memset(out, '#', sizeof(out));
			(void)text_escape(out, size, long_text, len);
			assert_in_range(strlen(out), 0, size - 1);
			for (size_t i = size; i < sizeof(out); i++)
				assert_int_equal(out[i], '#');
		}
	}
}

// --- Names and fields ----------------------------------------------------------------------------

static void knows_plain_names(void **state)
{
	static const char *const plain[] = { "a", "0", "Z9", "web-1.img", "a_b", "EPYC-v4", "a--" };
	static const char *const other[] = { "",	 ".",	  "..",	 ".a",	     "-a",  "_a",
					     "a/b",	 "a b",	  "a,b", "a\n",	     "a=b", "a:b",
					     "\xc3\xa4", "a\x7f", "a+b", "123456789" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		assert_true(text_is_plain_name(plain[i], 9));
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		assert_false(text_is_plain_name(other[i], 8));
	assert_true(text_is_plain_name("12345678", 8));
}

// A field that is not terminated must not be read past its end; the sanitizer watches.
static void does_not_read_behind_an_unterminated_name(void **state)
{
	AUTO(mem) char *name = malloc(9);

	(void)state;
	memset(name, 'a', 9);
	assert_false(text_is_plain_name(name, 8));
	assert_false(text_field_is_clean(name, 9));
}

static void knows_clean_fields(void **state)
{
	char field[8] = "abc";

	(void)state;
	assert_true(text_field_is_clean(field, sizeof(field)));
	field[7] = 'x';
	assert_false(text_field_is_clean(field, sizeof(field)));
	memset(field, 0, sizeof(field));
	assert_true(text_field_is_clean(field, sizeof(field)));
	memset(field, 'x', 7);
	assert_true(text_field_is_clean(field, sizeof(field)));
	memset(field, 'x', 8);
	assert_false(text_field_is_clean(field, sizeof(field)));
}

static void copies_into_a_field_what_fits(void **state)
{
	char field[8] = "xxxxxxx";

	(void)state;
	assert_int_equal(text_copy_field(field, sizeof(field), "ab"), 0);
	assert_memory_equal(field, "ab\0\0\0\0\0\0", 8);
	assert_int_equal(text_copy_field(field, sizeof(field), "12345678"), -1);
	assert_memory_equal(field, "ab\0\0\0\0\0\0", 8);
	assert_int_equal(text_copy_field(field, sizeof(field), "1234567"), 0);
	assert_string_equal(field, "1234567");
}

// --- Numbers -------------------------------------------------------------------------------------

static void parses_whole_numbers(void **state)
{
	static const struct {
		const char *text;
		uint64_t value;
	} rows[] = {
		{ "0", 0 },   { "1", 1 },      { "18446744073709551615", UINT64_MAX },
		{ "0x0", 0 }, { "0xfF", 255 }, { "0xffffffffffffffff", UINT64_MAX },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t value = 77;

		assert_int_equal(text_parse_u64(rows[i].text, &value), 0);
		assert_true(value == rows[i].value);
	}
}

static void refuses_what_is_no_whole_number(void **state)
{
	static const char *const texts[] = {
		"",
		" 1",
		"1 ",
		"+1",
		"-1",
		"-0",
		"00",
		"01",
		"1.0",
		"1e3",
		"0x",
		"0X1",
		"0xg",
		"x1",
		"1\n",
		"0b1",
		"١",
		"1,0",
		"0x-1",
		"0x 1",
		"18446744073709551616",
		"0x10000000000000000",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		uint64_t value = 77;

		assert_int_equal(text_parse_u64(texts[i], &value), -1);
		assert_true(value == 77);
	}
}

// --- Base64 --------------------------------------------------------------------------------------

static void encodes_the_vectors_of_rfc_4648(void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char out[TEXT_BASE64_SIZE(6)];

		text_base64_encode(out, (const uint8_t *)rows[i][0], strlen(rows[i][0]));
		assert_string_equal(out, rows[i][1]);
	}
}

static void decodes_what_it_encodes(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 100; len++) {
		char text[TEXT_BASE64_SIZE(100)];
		uint8_t bytes[100];
		uint8_t back[101];

		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)(i * 37 + len * 101);
		text_base64_encode(text, bytes, len);
		assert_int_equal(strlen(text), TEXT_BASE64_SIZE(len) - 1);
		memset(back, 0xee, sizeof(back));
		assert_int_equal(text_base64_decode(back, len, text), 0);
		assert_memory_equal(back, bytes, len);
		assert_int_equal(back[len], 0xee);
		assert_int_equal(text_base64_decode(back, len + 3, text), -1);
		if (len >= 3)
			assert_int_equal(text_base64_decode(back, len - 3, text), -1);
	}
}

static void refuses_base64_that_is_not_canonical(void **state)
{
	static const struct {
		const char *text;
		size_t len;
	} rows[] = {
		{ "Zh==", 1 },	  // bits behind the end
		{ "Zm9=", 2 },	  // likewise
		{ "Zg=", 1 },	  // padding is missing
		{ "Zg", 1 },	  //
		{ "Zg===", 1 },	  // too much of it
		{ "Zg==\n", 1 },  // something behind
		{ "Z=g=", 1 },	  // padding inside
		{ "====", 1 },	  //
		{ "Zg==", 2 },	  // one byte, not two
		{ "Zm8=", 1 },	  // two bytes, not one
		{ "Zm9v", 2 },	  //
		{ "Zg=A", 1 },	  //
		{ "Zm 9", 3 },	  //
		{ "Zm-_", 3 },	  // the alphabet for URLs
		{ "Zm9\xc3", 3 }, //
		{ "", 1 },	  //
		{ "AAAA", 0 },	  //
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint8_t out[8];

		assert_int_equal(text_base64_decode(out, rows[i].len, rows[i].text), -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_every_byte_into_printable_text),
		cmocka_unit_test(shows_a_whole_text_that_just_fits),
		cmocka_unit_test(cuts_a_longer_text_behind_a_whole_escape),
		cmocka_unit_test(never_writes_behind_the_buffer),
		cmocka_unit_test(knows_plain_names),
		cmocka_unit_test(does_not_read_behind_an_unterminated_name),
		cmocka_unit_test(knows_clean_fields),
		cmocka_unit_test(copies_into_a_field_what_fits),
		cmocka_unit_test(parses_whole_numbers),
		cmocka_unit_test(refuses_what_is_no_whole_number),
		cmocka_unit_test(encodes_the_vectors_of_rfc_4648),
		cmocka_unit_test(decodes_what_it_encodes),
		cmocka_unit_test(refuses_base64_that_is_not_canonical),
	};

	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
