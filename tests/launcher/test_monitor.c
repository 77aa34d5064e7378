// SPDX-License-Identifier: Apache-2.0
// The launcher's loop: what it answers, what ends it, and that it ends without leaving anything.

#include "tests/launcher/monitor_talk.h"

// --- Ends ----------------------------------------------------------------------------------------

static void passes_on_the_fronts_exit_status(void **state)
{
	struct fixture *fixture = *state;

	let_front_exit(fixture, 42);
	expect_end(fixture, 42, "");
}

static void serves_on_until_a_front_that_closed_its_wire_ends(void **state)
{
	struct fixture *fixture = *state;

	close_fd(&fixture->wire_fd);
	let_front_exit(fixture, 3);
	expect_end(fixture, 3, "");
}

static void says_that_the_front_was_killed(void **state)
{
	struct fixture *fixture = *state;

	close_fd(&fixture->leash_fd);
	expect_end(fixture, 70, "launcher: the front was killed by signal 9 (Killed)\n");
}

static void tells_the_front_of_signals_and_ends_at_the_third(void **state)
{
	struct fixture *fixture = *state;
	uint32_t signal_number;

	say(fixture, REQUEST_STOP, NULL, 0);
	hear(fixture, REPLY_DONE); // now it listens to signals
	for (int i = 0; i < 2; i++) {
		assert_int_equal(kill(fixture->pid, SIGTERM), 0);
		hear(fixture, NOTICE_SIGNAL);
		assert_int_equal(fixture->message.len, sizeof(signal_number));
		memcpy(&signal_number, fixture->message.payload, sizeof(signal_number));
		assert_int_equal(signal_number, SIGTERM);
	}
	assert_int_equal(kill(fixture->pid, SIGTERM), 0);
	expect_end(fixture, 128 + SIGTERM, "launcher: ended at once by the third signal\n");
}

// --- Messages that a correct front does not send -------------------------------------------------

struct wrong {
	uint32_t type;
	size_t len;
	size_t n_fds;
	int status;
	const char *text;
};

static const struct wrong wrongs[] = {
	{ 99, 0, 0, 70, "launcher: the front sent a message of unknown type 99\n" },
	{ UINT32_MAX, 0, 0, 70, "launcher: the front sent a message of unknown type 4294967295\n" },
	{ REPLY_DONE, 0, 0, 70, "launcher: the front sent a message of unknown type 6\n" },
	{ NOTICE_GONE, 8, 0, 70, "launcher: the front sent a message of unknown type 9\n" },
	{ REQUEST_OPEN, 0, 0, 70, "launcher: the front sent OPEN with 0 bytes\n" },
	{ REQUEST_OPEN, sizeof(struct request_open) - 1, 0, 70,
	  "launcher: the front sent OPEN with 4099 bytes\n" },
	{ REQUEST_OPEN, sizeof(struct request_open) + 1, 0, 70,
	  "launcher: the front sent OPEN with 4101 bytes\n" },
	{ REQUEST_OPEN, sizeof(struct request_open), 1, 70,
	  "launcher: the front sent OPEN with 1 descriptors\n" },
	{ REQUEST_PROBE, sizeof(struct plan_needs) + 1, 1, 70,
	  "launcher: the front sent PROBE with 157 bytes\n" },
	{ REQUEST_PROBE, sizeof(struct plan_needs), 0, 70,
	  "launcher: the front sent PROBE with 0 descriptors\n" },
	{ REQUEST_CACHE, sizeof(struct request_cache) - 1, 1, 70,
	  "launcher: the front sent CACHE with 64 bytes\n" },
	{ REQUEST_CACHE, sizeof(struct request_cache), 2, 70,
	  "launcher: the front sent CACHE with 2 descriptors\n" },
	{ REQUEST_START, sizeof(struct plan_needs) - 1, 1, 70,
	  "launcher: the front sent START with 155 bytes\n" },
	{ REQUEST_START, sizeof(struct plan_needs), 0, 70,
	  "launcher: the front sent START with 0 descriptors\n" },
	{ REQUEST_START, sizeof(struct plan_needs), START_FDS_MAX + 1, 70,
	  "launcher: the front sent START with 29 descriptors\n" },
	{ REQUEST_STOP, 1, 0, 70, "launcher: the front sent STOP with 1 bytes\n" },
	{ WIRE_CLOSED, 3, 1, 70, "launcher: malformed message of 7 bytes\n" },
};

static void ends_at_a_message_that_does_not_fit_the_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrongs); i++) {
		struct fixture *fixture;

		assert_int_equal(set_up((void **)&fixture), 0);
		fixture->message.type = wrongs[i].type;
		fixture->message.len = wrongs[i].len;
		fixture->message.n_fds = wrongs[i].n_fds;
		for (size_t n = 0; n < wrongs[i].n_fds; n++)
			fixture->message.fds[n] = STDIN_FILENO;
		expect_success(wire_send(fixture->wire_fd, &fixture->message, &fixture->err),
			       &fixture->err);
		fixture->message.n_fds = 0; // standard input stays ours
		expect_end(fixture, wrongs[i].status, wrongs[i].text);
		assert_int_equal(tear_down((void **)&fixture), 0);
	}
}

// --- Requests ------------------------------------------------------------------------------------

static void opens_what_the_front_asks_for(void **state)
{
	struct fixture *fixture = *state;
	char byte;

	ask_open(fixture, OPEN_ARTIFACT, "/proc/self/exe");
	hear(fixture, REPLY_DONE);
	assert_int_equal(fixture->message.n_fds, 1);
	assert_int_equal(pread(fixture->message.fds[0], &byte, 1, 0), 1);
	assert_int_equal(byte, 0x7f);
	ask_open(fixture, OPEN_CONSOLE, "");
	hear(fixture, REPLY_DONE);
	assert_int_equal(fixture->message.n_fds, 1);
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

static void refuses_malformed_opens_and_goes_on(void **state)
{
	struct fixture *fixture = *state;
	struct request_open request = { .role = OPEN_ARTIFACT };

	ask_open(fixture, OPEN_NONE, "a");
	hear_failure(fixture, ERR_REFUSED, "OPEN for unknown role 0");
	ask_open(fixture, OPEN_ROLES, "a");
	hear_failure(fixture, ERR_REFUSED, "OPEN for unknown role 18");
	ask_open(fixture, UINT32_MAX, "a");
	hear_failure(fixture, ERR_REFUSED, "OPEN for unknown role 4294967295");
	ask_open(fixture, OPEN_ARTIFACT, "");
	hear_failure(fixture, ERR_REFUSED, "OPEN with a malformed path");
	ask_open(fixture, OPEN_SEV, "/dev/mem");
	hear_failure(fixture, ERR_REFUSED, "OPEN with a malformed path");
	ask_open(fixture, OPEN_KVM, "/dev/kvm");
	hear_failure(fixture, ERR_REFUSED, "OPEN with a malformed path");
	memset(request.path, 'a', sizeof(request.path));
	say(fixture, REQUEST_OPEN, &request, sizeof(request));
	hear_failure(fixture, ERR_REFUSED, "OPEN with a malformed path");
	request.path[4] = '\0';
	say(fixture, REQUEST_OPEN, &request, sizeof(request));
	hear_failure(fixture, ERR_REFUSED, "OPEN with a malformed path");
	ask_open(fixture, OPEN_NAME, "../web");
	hear_failure(fixture, ERR_REFUSED, "OPEN of '../web', which is not a plain name");
	ask_open(fixture, OPEN_CACHE, "a/\x1b[31m");
	hear_failure(fixture, ERR_REFUSED, "OPEN of 'a/\x1b[31m', which is not a plain name");
	ask_open(fixture, OPEN_LOG, "other.log");
	hear_failure(fixture, ERR_REFUSED, "OPEN of 'other.log', which is no log");
	ask_open(fixture, OPEN_LOG, "console.log");
	hear_failure(fixture, ERR_BUG, "no name is claimed yet");
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

// The cache holds QEMU's answers, so somebody must have asked it.
static void caches_nothing_before_a_probe(void **state)
{
	struct fixture *fixture = *state;
	struct request_cache request = { .name = "facts.json" };

	say_with(fixture, REQUEST_CACHE, &request, sizeof(request), STDIN_FILENO);
	hear_failure(fixture, ERR_REFUSED, "CACHE without a probe");
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

static void stops_nothing_when_nothing_runs(void **state)
{
	struct fixture *fixture = *state;

	say(fixture, REQUEST_STOP, NULL, 0);
	hear(fixture, REPLY_DONE);
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

static void expect_refused_probe(struct fixture *fixture, struct plan_needs needs, const char *text)
{
	say_with(fixture, REQUEST_PROBE, &needs, sizeof(needs), STDERR_FILENO);
	hear_failure(fixture, ERR_REFUSED, text);
}

static void refuses_a_probe_that_needs_what_guests_need(void **state)
{
	struct fixture *fixture = *state;
	struct plan_needs needs = { .accel = ACCEL_TCG };

	expect_refused_probe(fixture, (struct plan_needs){ .accel = ACCELS },
			     "START: 'accel' must be 1 to 2, not 3");
	expect_refused_probe(fixture, (struct plan_needs){ .accel = ACCEL_TCG, .kvm_by_path = 2 },
			     "START: 'kvm_by_path' must be 0 to 1, not 2");
	expect_refused_probe(fixture, (struct plan_needs){ .accel = ACCEL_TCG, .level = LEVEL_SEV },
			     "START: 'level' must be 0 to 0, not 2");
	expect_refused_probe(fixture, (struct plan_needs){ .accel = ACCEL_TCG, .has_vsock = 1 },
			     "START: 'has_vsock' must be 0 to 0, not 1");
	expect_refused_probe(fixture, (struct plan_needs){ .accel = ACCEL_TCG, .n_taps = 1 },
			     "START: 'n_taps' must be 0 to 0, not 1");
	say_with(fixture, REQUEST_PROBE, &needs, sizeof(needs), STDERR_FILENO);
	hear_failure(fixture, ERR_BUG, "no QEMU was opened before it was to be started");
	let_front_exit(fixture, 0);
	expect_end(fixture, 0, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passes_on_the_fronts_exit_status),
		TEST(serves_on_until_a_front_that_closed_its_wire_ends),
		TEST(says_that_the_front_was_killed),
		TEST(tells_the_front_of_signals_and_ends_at_the_third),
		cmocka_unit_test(ends_at_a_message_that_does_not_fit_the_table),
		TEST(opens_what_the_front_asks_for),
		TEST(refuses_malformed_opens_and_goes_on),
		TEST(caches_nothing_before_a_probe),
		TEST(stops_nothing_when_nothing_runs),
		TEST(refuses_a_probe_that_needs_what_guests_need),
	};

	return cmocka_run_group_tests_name("launcher/monitor", tests, NULL, NULL);
}
