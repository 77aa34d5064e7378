// SPDX-License-Identifier: Apache-2.0
// The console's way to the guest, the guest's end, and the end of all.

#include "tests/cli/consoles.h"

#include "base/clock.h"

// --- Input ---------------------------------------------------------------------------------------

static enum console_wish type(struct fixture *fixture, const char *text)
{
	fixture->console.in_fd = fixture->in_fd;
	assert_int_equal(write(fixture->typist, text, strlen(text)), strlen(text));
	return console_read_in(&fixture->console);
}

static void expect_guest_reads(struct fixture *fixture, const char *expected)
{
	char text[64] = "";

	while (fixture->console.input.len > 0)
		console_write_guest(&fixture->console);
	(void)recv(fixture->guest, text, sizeof(text) - 1, MSG_DONTWAIT);
	assert_string_equal(text, expected);
}

static void passes_input_to_the_guest(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(console_guest_events(&fixture->console), POLLIN);
	assert_int_equal(type(fixture, "root\n\x1d\x03"), CONSOLE_WISH_NONE);
	assert_int_equal(console_guest_events(&fixture->console), POLLIN | POLLOUT);
	expect_guest_reads(fixture, "root\n\x1d\x03"); // not a terminal: nothing is special
	assert_int_equal(console_guest_events(&fixture->console), POLLIN);
}

static void understands_the_escape_key_of_a_raw_terminal(void **state)
{
	struct fixture *fixture = *state;

	fixture->console.is_raw = true;
	assert_int_equal(type(fixture, "a\x1d\x1d"
				       "b"),
			 CONSOLE_WISH_NONE);
	expect_guest_reads(fixture, "a\x1d"
				    "b");
	assert_int_equal(type(fixture, "\x1dx"), CONSOLE_WISH_NONE);
	expect_guest_reads(fixture, "");
	assert_int_equal(type(fixture, "\x1dq"), CONSOLE_WISH_POWERDOWN);
	assert_int_equal(type(fixture, "\x1dk"), CONSOLE_WISH_KILL);
	assert_int_equal(type(fixture, "c\x1d"), CONSOLE_WISH_NONE);
	assert_int_equal(type(fixture, "q"), CONSOLE_WISH_POWERDOWN);
	assert_int_equal(type(fixture, "q"), CONSOLE_WISH_NONE);
	expect_guest_reads(fixture, "cq");
}

static void keeps_a_bounded_amount_for_a_guest_that_does_not_read(void **state)
{
	struct fixture *fixture = *state;
	char text[CONSOLE_INPUT_BYTES + 100];

	memset(text, 'x', sizeof(text));
	fixture->console.in_fd = fixture->in_fd;
	assert_int_equal(write(fixture->typist, text, sizeof(text)), sizeof(text));
	while (console_in_events(&fixture->console) != 0)
		assert_int_equal(console_read_in(&fixture->console), CONSOLE_WISH_NONE);
	assert_int_equal(fixture->console.input.len, CONSOLE_INPUT_BYTES);
	assert_int_equal(fixture->console.in_fd, fixture->in_fd);
	console_write_guest(&fixture->console);
	assert_int_equal(console_in_events(&fixture->console), POLLIN);
}

static void lets_the_guest_run_on_when_input_ends(void **state)
{
	struct fixture *fixture = *state;

	fixture->console.in_fd = fixture->in_fd;
	close_fd(&fixture->typist);
	assert_int_equal(console_read_in(&fixture->console), CONSOLE_WISH_NONE);
	assert_int_equal(fixture->console.in_fd, -1);
	assert_int_equal(console_in_events(&fixture->console), 0);
	guest_says(fixture, "still here");
	expect_read(fixture, "still here");
}

// --- The guest's end -----------------------------------------------------------------------------

static void survives_a_guest_that_hangs_up(void **state)
{
	struct fixture *fixture = *state;

	(void)type(fixture, "unread");
	guest_says(fixture, "last words");
	close_fd(&fixture->guest);
	console_write_guest(&fixture->console);
	console_read_guest(&fixture->console);
	assert_int_equal(fixture->console.guest_fd, -1);
	expect_read(fixture, "last words");
}

static void connects_to_a_guest_that_was_started_again(void **state)
{
	struct fixture *fixture = *state;
	int port[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, port), 0);
	expect_success(console_reconnect(&fixture->console, port[0], &fixture->err), &fixture->err);
	assert_int_equal(fcntl(port[0], F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	close_fd(&fixture->guest);
	fixture->guest = port[1];
	guest_says(fixture, "second");
	expect_read(fixture, "second");
}

static void finishes_with_all_that_the_guest_said(void **state)
{
	struct fixture *fixture = *state;
	char text[64] = "";

	guest_says(fixture, "queued, ");
	assert_int_equal(send(fixture->guest, "unread", 6, MSG_NOSIGNAL), 6);
	close_fd(&fixture->guest);
	console_finish(&fixture->console, PATIENCE_MS);
	assert_int_equal(read(fixture->reader, text, sizeof(text) - 1), 14);
	assert_string_equal(text, "queued, unread");
	assert_int_equal(fixture->console.guest_fd, -1);
}

static void says_at_the_end_how_much_was_dropped(void **state)
{
	struct fixture *fixture = *state;
	char text[64] = "";

	fixture->console.dropped = 7;
	console_finish(&fixture->console, PATIENCE_MS);
	assert_true(read(fixture->reader, text, sizeof(text) - 1) > 0);
	assert_string_equal(text, "\r\n[7 bytes dropped]\r\n");
}

static void finishes_in_time_when_nobody_reads(void **state)
{
	struct fixture *fixture = *state;
	int64_t started_ms = clock_now_ms();

	for (size_t i = 0; i < 10; i++)
		guest_says_pattern(fixture, 0, SMALL_PIPE);
	console_finish(&fixture->console, 20);
	assert_in_range(clock_now_ms() - started_ms, 20, PATIENCE_MS);
	assert_true(fixture->console.output.len > 0);
}

// Somebody else's pipe cannot be made non-blocking, so nothing may be written without a poll().
static void finishes_in_time_when_nobody_reads_a_blocking_pipe(void **state)
{
	struct fixture *fixture = *state;
	int64_t started_ms = clock_now_ms();

	assert_int_equal(fcntl(fixture->console.out_fd, F_SETFL, 0), 0);
	for (size_t i = 0; i < 10; i++)
		assert_true(send(fixture->guest, "text", 4, MSG_NOSIGNAL) == 4);
	for (size_t i = 0; i < SMALL_PIPE; i++)
		assert_int_equal(write(fixture->console.out_fd, "x", 1), 1);
	(void)alarm(PATIENCE_MS / 1000); // a wait for ever ends the test program
	console_finish(&fixture->console, 20);
	(void)alarm(0);
	assert_in_range(clock_now_ms() - started_ms, 20, PATIENCE_MS);
	assert_int_equal(fixture->console.output.len, 40);
}

static void finishes_in_time_when_the_guest_never_stops(void **state)
{
	struct fixture *fixture = *state;
	int64_t started_ms = clock_now_ms();

	close_fd(&fixture->console.guest_fd);
	fixture->console.guest_fd = open("/dev/zero", O_RDONLY | O_CLOEXEC); // there is always more
	(void)alarm(PATIENCE_MS / 1000);
	console_finish(&fixture->console, 50);
	(void)alarm(0);
	assert_in_range(clock_now_ms() - started_ms, 50, PATIENCE_MS);
}

static void is_nothing_before_it_is_opened(void **state)
{
	struct console console;

	(void)state;
	console_init(&console);
	assert_int_equal(console_out_events(&console), 0);
	assert_int_equal(console_in_events(&console), 0);
	console_finish(&console, 1000);
	console_release(&console);
	console_release(&console);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passes_input_to_the_guest),
		TEST(understands_the_escape_key_of_a_raw_terminal),
		TEST(keeps_a_bounded_amount_for_a_guest_that_does_not_read),
		TEST(lets_the_guest_run_on_when_input_ends),
		TEST(survives_a_guest_that_hangs_up),
		TEST(connects_to_a_guest_that_was_started_again),
		TEST(finishes_with_all_that_the_guest_said),
		TEST(says_at_the_end_how_much_was_dropped),
		TEST(finishes_in_time_when_nobody_reads),
		TEST(finishes_in_time_when_nobody_reads_a_blocking_pipe),
		TEST(finishes_in_time_when_the_guest_never_stops),
		TEST(is_nothing_before_it_is_opened),
	};

	(void)signal(SIGPIPE, SIG_IGN); // as in the front
	return cmocka_run_group_tests_name("cli/console input", tests, NULL, NULL);
}
