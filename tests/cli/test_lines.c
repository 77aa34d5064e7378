// SPDX-License-Identifier: Apache-2.0
// Lines from what QEMU or a guest wrote: bounded, printable, whole.

#include "tests/base/process.h"

#include "cli/lines.h"

struct fixture {
	struct lines lines;
	size_t n;
	char heard[16384]; /* each line with '|' behind it */
};

static struct fixture fixture;

static void take_line(void *context, const char *line)
{
	struct fixture *heard = context;
	size_t used = strlen(heard->heard);

	heard->n++;
	for (const char *at = line; *at != '\0'; at++)
		assert_in_range(*at, 0x20, 0x7e);
	(void)snprintf(heard->heard + used, sizeof(heard->heard) - used, "%s|", line);
}

static void take_raw(void *context, const char *line)
{
	struct fixture *heard = context;

	(void)snprintf(heard->heard, sizeof(heard->heard), "%s|", line);
}

static int set_up(void **state)
{
	(void)state;
	memset(&fixture, 0, sizeof(fixture));
	fixture.lines.take = take_line;
	fixture.lines.context = &fixture;
	return 0;
}

static void add(const char *text)
{
	lines_add(&fixture.lines, text, strlen(text));
}

static void hands_out_whole_lines(void **state)
{
	(void)state;
	add("one\ntwo\r\n\nfo");
	assert_string_equal(fixture.heard, "one|two||");
	add("ur");
	assert_string_equal(fixture.heard, "one|two||");
	add("\r\n");
	assert_string_equal(fixture.heard, "one|two||four|");
}

static void hands_out_the_rest_once(void **state)
{
	(void)state;
	add("one\ntwo");
	lines_finish(&fixture.lines);
	lines_finish(&fixture.lines);
	assert_string_equal(fixture.heard, "one|two|");
	add("\n");
	assert_string_equal(fixture.heard, "one|two||");
}

static void escapes_what_is_not_printable(void **state)
{
	(void)state;
	lines_add(&fixture.lines, "a\x1b[31m\0\xff\"\t\rb\n", 13);
	assert_string_equal(fixture.heard, "a\\x1b[31m\\x00\\xff\\\"\\t\\rb|");
}

static void hands_out_a_long_line_in_pieces(void **state)
{
	char text[LINES_BYTES_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	lines_add(&fixture.lines, text, LINES_BYTES_MAX);
	assert_int_equal(fixture.n, 0);
	add("\n");
	assert_int_equal(fixture.n, 1);
	assert_int_equal(strlen(fixture.heard), LINES_BYTES_MAX + 1);
	lines_add(&fixture.lines, text, sizeof(text));
	assert_int_equal(fixture.n, 2);
	add("\n");
	assert_int_equal(fixture.n, 3);
	assert_string_equal(fixture.heard + 2 * LINES_BYTES_MAX + 2, "x|");
}

static void hands_out_raw_lines_as_they_are(void **state)
{
	(void)state;
	fixture.lines.raw = true;
	fixture.lines.take = take_raw;
	lines_add(&fixture.lines, "a\tb\0\xff\"c\r\n", 9);
	assert_string_equal(fixture.heard, "a\tb \xff\"c|");
}

// Four characters for each byte still fit.
static void shows_the_longest_line_of_bytes_that_are_escaped(void **state)
{
	char text[LINES_BYTES_MAX];

	(void)state;
	memset(text, '\x01', sizeof(text));
	lines_add(&fixture.lines, text, sizeof(text));
	lines_finish(&fixture.lines);
	assert_int_equal(fixture.n, 1);
	assert_int_equal(strlen(fixture.heard), 4 * LINES_BYTES_MAX + 1);
	assert_string_equal(fixture.heard + 4 * LINES_BYTES_MAX - 8, "\\x01\\x01|");
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(hands_out_whole_lines),
		TEST(hands_out_the_rest_once),
		TEST(escapes_what_is_not_printable),
		TEST(hands_out_a_long_line_in_pieces),
		TEST(hands_out_raw_lines_as_they_are),
		TEST(shows_the_longest_line_of_bytes_that_are_escaped),
	};

	return cmocka_run_group_tests_name("cli/lines", tests, NULL, NULL);
}
