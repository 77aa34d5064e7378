// SPDX-License-Identifier: Apache-2.0
// The console's way to a reader who may be slow or gone, from a guest that may be hostile.

#include "tests/cli/consoles.h"

// --- Output --------------------------------------------------------------------------------------

static void passes_text_on(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(console_out_events(&fixture->console), 0);
	guest_says(fixture, "login: \xc3\xa4\t\n");
	assert_int_equal(console_out_events(&fixture->console), POLLOUT);
	expect_read(fixture, "login: \xc3\xa4\t\n");
	assert_int_equal(console_out_events(&fixture->console), 0);
}

static void leaves_out_what_a_terminal_obeys(void **state)
{
	static const struct {
		const char *said;
		const char *read;
	} rows[] = {
		{ "a\x1b[31mred\x1b[0m\n", "ared\n" },
		{ "a\r\nb\r\n", "a\nb\n" },
		{ "\a\b\f\v\x0e\x0f\x7f.", "." },
		{ "\x1b]0;title\x07z", "z" },
		{ "\x1b]0;title\x1b\\z", "z" },
		{ "\x1bP1;2|payload\x1b\\z", "z" },
		{ "\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\z", "z" },
		{ "\x1b[?1;2;3$pz", "z" },
		{ "\x1b"
		  "cz",
		  "z" },
		{ "\x1b]unfinished\nz", "z" },
		{ "\x1b[38;5;1mz", "z" },
		{ "a\xc2\x9b"
		  "31mb\xc2\xa9.",
		  "a\xc2"
		  "31mb\xc2\xa9." },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fixture *fixture = *state;

		guest_says(fixture, rows[i].said);
		expect_read(fixture, rows[i].read);
	}
}

static void leaves_it_out_wherever_reads_cut_it(void **state)
{
	static const char text[] = "a\x1b[31mb\x1b]0;t\x07"
				   "c\x1bPx\x1b\\d";
	struct fixture *fixture = *state;

	for (size_t cut = 1; cut < sizeof(text) - 1; cut++) {
		guest_says_bytes(fixture, text, cut);
		guest_says_bytes(fixture, text + cut, sizeof(text) - 1 - cut);
		expect_read(fixture, "abcd");
	}
	for (size_t i = 0; i < sizeof(text) - 1; i++)
		guest_says_bytes(fixture, text + i, 1);
	expect_read(fixture, "abcd");
}

// Whatever a guest sends, no byte reaches a file or pipe that begins a command to a terminal.
static void lets_no_control_byte_through(void **state)
{
	struct fixture *fixture = *state;
	char text[512] = "";
	uint32_t random = 12345;

	for (int round = 0; round < 2000; round++) {
		char bytes[40];

		for (size_t i = 0; i < sizeof(bytes); i++) {
			random = random * 1103515245U + 12345;
			bytes[i] = (char)(random >> 16 & ((random >> 8 & 1) ? 0xff : 0x1f));
		}
		guest_says_bytes(fixture, bytes, sizeof(bytes));
		text[0] = '\0';
		drain(fixture, text, sizeof(text));
		for (const char *at = text; *at != '\0'; at++)
			assert_true((unsigned char)*at >= 0x20 || *at == '\n' || *at == '\t');
	}
}

static void gives_a_terminal_everything(void **state)
{
	struct fixture *fixture = *state;

	fixture->console.out_is_terminal = true;
	guest_says(fixture, "\x1b[31mred\r\n");
	expect_read(fixture, "\x1b[31mred\r\n");
}

static void gives_lines_to_whoever_wants_them(void **state)
{
	struct fixture *fixture = *state;

	fixture->lines.take = take_line;
	fixture->lines.context = fixture;
	fixture->console.lines = &fixture->lines;
	guest_says(fixture, "one\r\ntw");
	close_fd(&fixture->console.out_fd);
	guest_says(fixture, "o\x1b[0m\n");
	assert_string_equal(fixture->heard, "one|two\\x1b[0m|");
	assert_int_equal(console_out_events(&fixture->console), POLLOUT); // of the first line
}

// --- A slow reader -------------------------------------------------------------------------------

static void keeps_the_order_around_the_queues_end(void **state)
{
	struct fixture *fixture = *state;
	size_t sent = 0;
	size_t received = 0;

	for (size_t round = 0; round < 300; round++) {
		char text[SMALL_PIPE + 1] = "";
		size_t len = 1 + round * 37 % 1500;

		guest_says_pattern(fixture, sent, len);
		sent += len;
		if (round % 3 == 0)
			continue; // so that the queue is never quite empty
		console_write_out(&fixture->console);
		text[0] = '\0';
		for (ssize_t i = 0, n = read(fixture->reader, text, SMALL_PIPE); i < n; i++)
			assert_int_equal(text[i], pattern_at(received++));
		assert_in_range(fixture->console.output.len, 0, CONSOLE_OUTPUT_BYTES);
	}
	assert_int_equal(fixture->console.dropped, 0);
	assert_int_equal(sent - received, fixture->console.output.len);
}

static void counts_exactly_what_a_stopped_reader_misses_and_says_it_once(void **state)
{
	static char text[2 * CONSOLE_OUTPUT_BYTES];
	struct fixture *fixture = *state;
	unsigned long long said = 0;
	size_t sent = 0;
	size_t kept;
	char *notice;

	for (int i = 0; i < 100; i++, sent += 1000) {
		guest_says_pattern(fixture, sent, 1000);
		if (console_out_events(&fixture->console) != 0)
			console_write_out(&fixture->console);
		assert_in_range(fixture->console.output.len, 0, CONSOLE_OUTPUT_BYTES);
		assert_int_equal(fixture->console.output.size, CONSOLE_OUTPUT_BYTES);
	}
	assert_true(fixture->console.dropped > 0);
	text[0] = '\0';
	drain(fixture, text, sizeof(text));
	kept = strlen(text);
	assert_int_equal(kept + fixture->console.dropped, sent);
	assert_null(strstr(text, "dropped"));
	for (size_t i = 0; i < kept; i++)
		assert_int_equal(text[i], pattern_at(i));
	guest_says(fixture, "again\n");
	guest_says(fixture, "and on\n");
	text[0] = '\0';
	drain(fixture, text, sizeof(text));
	notice = strstr(text, "\r\n[");
	assert_ptr_equal(notice, text);
	assert_int_equal(sscanf(notice, "\r\n[%llu bytes dropped]", &said), 1);
	assert_int_equal(said + kept, sent);
	assert_string_equal(strchr(text, ']'), "]\r\nagain\nand on\n");
	assert_int_equal(fixture->console.dropped, 0);
}

static void closes_an_output_whose_reader_is_gone(void **state)
{
	struct fixture *fixture = *state;

	guest_says(fixture, "text");
	close_fd(&fixture->reader);
	console_write_out(&fixture->console);
	assert_int_equal(fixture->console.out_fd, -1);
	guest_says(fixture, "more"); // the guest does not notice
	assert_int_equal(console_out_events(&fixture->console), 0);
}

// --- A log ---------------------------------------------------------------------------------------

static void writes_a_log_up_to_its_limit(void **state)
{
	struct fixture *fixture = *state;

	assert_true(fixture->console.log_left == CONSOLE_LOG_BYTES_MAX);
	fixture->console.log_left = 10;
	guest_says(fixture, "1234\x1b[0m56");
	guest_says(fixture, "789");
	guest_says(fixture, "0abc");
	guest_says(fixture, "def");
	expect_read(fixture, "1234567890\n[log is full]\n");
	guest_says(fixture, "ghi");
	expect_read(fixture, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passes_text_on),
		TEST(leaves_out_what_a_terminal_obeys),
		TEST(leaves_it_out_wherever_reads_cut_it),
		TEST(lets_no_control_byte_through),
		TEST(gives_a_terminal_everything),
		TEST(gives_lines_to_whoever_wants_them),
		TEST(keeps_the_order_around_the_queues_end),
		TEST(counts_exactly_what_a_stopped_reader_misses_and_says_it_once),
		TEST(closes_an_output_whose_reader_is_gone),
		cmocka_unit_test_setup_teardown(writes_a_log_up_to_its_limit, set_up_log,
						tear_down),
	};

	(void)signal(SIGPIPE, SIG_IGN); // as in the front
	return cmocka_run_group_tests_name("cli/console", tests, NULL, NULL);
}
