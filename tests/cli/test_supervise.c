// SPDX-License-Identifier: Apache-2.0
// Whole launches, with a scripted launcher and QEMU at the other ends: what comes of each.

#include "tests/cli/supervise_fixture.h"

// --- A guest that runs ---------------------------------------------------------------------------

static void tells_the_firmware_that_was_asked(void **state)
{
	static const struct step steps[] = { EXITS(1) };
	struct fixture *fixture = *state;

	fixture->launch->plan.level = LEVEL_SEV_SNP;
	fixture->launch->readings.sev = (struct sev_reading){ .state = READING_DONE,
							      .api_major = 1,
							      .api_minor = 55,
							      .build = 21,
							      .platform_state = 2 };
	assert_int_equal(launch(fixture, steps, ARRAY_LEN(steps)), -1);
	assert_non_null(strstr(fixture->told, "\"sev_firmware\":\"1.55.21\""));
	assert_non_null(strstr(fixture->told, "\"sev_state\":\"working\""));
}

static void tells_no_firmware_that_nobody_asked(void **state)
{
	LAUNCH(RUNS, { .says = SHUTDOWN("true", "guest-shutdown") }, EXITS(0));
	assert_int_equal(result, 0);
	assert_null(strstr(fixture->told, "sev_firmware"));
}

static void runs_a_guest_until_it_powers_off(void **state)
{
	LAUNCH(RUNS, { .console = "hello\n" }, { .says = SHUTDOWN("true", "guest-shutdown") },
	       EXITS(0));
	char text[40] = "";

	expect_success(result, &fixture->err);
	EXPECT_TOLD("started", "up", "running", "shutdown");
	assert_true(pread(fixture->console.out_fd, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "hello\n");
	assert_false(fixture->supervision.stop_wished);
	assert_int_equal(fixture->console.guest_fd, -1);
}

struct reason {
	const char *says;
	enum err_kind kind;
	const char *text;
};

static void tells_why_the_guest_ended(void **state)
{
	static const struct reason rows[] = {
		{ SHUTDOWN("true", "guest-reset"), ERR_RESET, "the guest asked for a reset" },
		{ SHUTDOWN("true", "subsystem-reset"), ERR_RESET, "the guest asked for a reset" },
		{ SHUTDOWN("true", "guest-panic"), ERR_CRASH, "the guest panicked" },
		{ SHUTDOWN("false", "host-signal"), ERR_CRASH,
		  "QEMU was ended by a signal from outside" },
		{ SHUTDOWN("false", "host-qmp-quit"), ERR_CRASH, "the guest was ended" },
		{ SHUTDOWN("false", "host-error"), ERR_CRASH,
		  "QEMU ended after an error of the host" },
		{ SHUTDOWN("false", "snapshot-load"), ERR_CRASH,
		  "QEMU ended for the reason 'snapshot-load'" },
		{ SHUTDOWN("false", "something-new"), ERR_CRASH,
		  "QEMU ended for the reason 'unknown'" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct step steps[] = { RUNS, { .says = rows[i].says }, EXITS(0) };
		struct fixture *fixture = *state;

		expect_outcome(fixture, launch(fixture, steps, ARRAY_LEN(steps)), rows[i].kind,
			       rows[i].text);
	}
}

static void tells_how_qemu_died_while_the_guest_ran(void **state)
{
	static const struct {
		struct step end;
		const char *text;
	} rows[] = {
		{ EXITS(3), "QEMU ended with status 3 while the guest ran; QEMU said: oops" },
		{ EXITS(0), "QEMU ended with status 0 while the guest ran; QEMU said: oops" },
		{ DIES(SIGSEGV),
		  "QEMU was killed by signal 11 (Segmentation fault) while the guest "
		  "ran; QEMU said: oops" },
		{ DIES(SIGSYS),
		  "QEMU was killed by signal 31 (Bad system call) while the guest ran: "
		  "a seccomp violation; QEMU said: oops" },
		{ { .ends = true },
		  "QEMU's namespace was killed while the guest ran; QEMU said: oops" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct step steps[] = { RUNS,
					      { .says_stderr = "noise\noops\n" },
					      rows[i].end };
		struct fixture *fixture = *state;

		expect_outcome(fixture, launch(fixture, steps, ARRAY_LEN(steps)), ERR_CRASH,
			       rows[i].text);
		assert_string_equal(fixture->printed,
				    "snplaunch: QEMU: noise\nsnplaunch: QEMU: oops\n");
	}
}

// A SHUTDOWN with an exit that is not clean is not the guest's doing.
static void does_not_believe_a_shutdown_of_a_qemu_that_crashed(void **state)
{
	LAUNCH(RUNS, { .says = SHUTDOWN("true", "guest-shutdown") }, DIES(SIGABRT));
	expect_outcome(fixture, result, ERR_CRASH,
		       "QEMU was killed by signal 6 (Aborted) while the guest ran");
}

static void hears_what_qemu_said_before_its_end(void **state)
{
	// All at once, so that the end may be heard first.
	LAUNCH(RUNS, { .says_stderr = "last",
		       .says = SHUTDOWN("true", "guest-reset"),
		       .ends = true,
		       .gone = { CLD_EXITED, 0 } });
	expect_outcome(fixture, result, ERR_RESET, "the guest asked for a reset");
	assert_string_equal(fixture->printed, "snplaunch: QEMU: last\n");
}

static void tells_events_of_the_guest(void **state)
{
	LAUNCH(RUNS,
	       { .says = EVENT("GUEST_PANICKED", "{\"action\": \"poweroff\"}") EVENT(
			 "BLOCK_IO_ERROR",
			 "{\"device\": \"\", \"node-name\": \"disk0\", \"operation\": \"write\", "
			 "\"action\": \"stop\", \"reason\": \"No space left on device\", "
			 "\"nospace\": true}") EVENT("RTC_CHANGE", "{\"offset\": 1}") },
	       { .says = SHUTDOWN("true", "guest-panic") }, EXITS(0));
	expect_outcome(fixture, result, ERR_CRASH, "the guest panicked");
	EXPECT_TOLD("running", "qemu", "qemu", "qemu", "shutdown");
	assert_non_null(strstr(fixture->told, "\"name\":\"RTC_CHANGE\""));
	assert_non_null(strstr(fixture->printed, "disk 'disk0': write failed: No space left on "
						 "device; the guest is paused\n"));
}

// --- A launch that fails -------------------------------------------------------------------------

static void refuses_a_qemu_that_is_not_in_prelaunch(void **state)
{
	LAUNCH(TALKS, { .hears = "\"query-status\"", .says = RETURN("2", STATUS("running")) },
	       { .hears_stop = true }, { .ends = true });
	expect_outcome(fixture, result, ERR_PROTOCOL,
		       "launch: QEMU's run state is 'running', must be 'prelaunch'");
}

static void tells_that_qemu_refuses_to_run_the_guest(void **state)
{
	LAUNCH(IS_ASKED_TO_RUN,
	       { .says_stderr = "sev: LAUNCH_FINISH failed\n",
		 .says = "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\\u001b[31m\"}, "
			 "\"id\": 4}\r\n" },
	       { .hears_stop = true }, { .ends = true });
	expect_outcome(fixture, result, ERR_HOST,
		       "QEMU refused 'cont': no\\x1b[31m; QEMU said: sev: LAUNCH_FINISH failed");
}

static void tells_why_qemu_refuses(void **state)
{
	LAUNCH({ .says_stderr = "qemu: SNP_LAUNCH_FINISH ret=-5 fw_error=10 ''\n"
				"failed to initialize kvm: Operation not permitted\n" },
	       EXITS(1));
	expect_outcome(fixture, result, ERR_HOST,
		       "QEMU ended with status 1 during the launch; QEMU said: failed to "
		       "initialize kvm: Operation not permitted");
	assert_non_null(
		strstr(fixture->printed,
		       "snplaunch: code: firmware 10: BAD_SIGNATURE, a signature is wrong"));
	assert_null(strstr(fixture->printed, "code: errno"));
	assert_non_null(strstr(fixture->printed, "snplaunch: cause: a signature in the ID block"));
	assert_non_null(strstr(fixture->printed, "snplaunch: remedy: sign again with ECDSA"));
}

static void tells_that_qemu_ended_before_it_said_anything(void **state)
{
	LAUNCH({ .says_stderr = "qemu: -m: too little\n" }, EXITS(1));
	expect_outcome(fixture, result, ERR_HOST,
		       "QEMU ended with status 1 during the launch; QEMU said: qemu: -m: too "
		       "little");
	EXPECT_TOLD("started");
}

static void ends_a_qemu_that_breaks_the_protocol(void **state)
{
	LAUNCH({ .says = "{\"return\": {}}\r\n" }, { .hears_stop = true }, { .ends = true });
	assert_int_equal(result, -1);
	assert_int_equal(fixture->err.kind, ERR_PROTOCOL);
}

static void does_not_wait_for_ever_for_a_launch(void **state)
{
	static const struct step steps[] = { GREETS,
					     { .hears = "\"qmp_capabilities\"" },
					     { .hears_stop = true },
					     { .ends = true } };
	struct fixture *fixture = *state;

	fixture->launch->guest.launch_timeout_ms = 50;
	expect_outcome(fixture, launch(fixture, steps, ARRAY_LEN(steps)), ERR_DEADLINE,
		       "the launch did not finish within 50 ms (it was in 'capabilities'): give it "
		       "longer with --launch-timeout-ms");
}

static void tells_that_the_launcher_is_gone(void **state)
{
	LAUNCH(RUNS, { .crashes = true });
	expect_outcome(fixture, result, ERR_BUG, "the launcher is gone");
}

// --- Wishes --------------------------------------------------------------------------------------

static void asks_the_guest_to_power_down_at_the_first_signal(void **state)
{
	LAUNCH(RUNS, { .says = EVENT("RESUME", "{}") }, { .signal_number = SIGTERM },
	       { .hears = "\"system_powerdown\"", .says = RETURN("6", "{}") },
	       { .says = EVENT("POWERDOWN", "{}") SHUTDOWN("true", "guest-shutdown") }, EXITS(0));
	expect_success(result, &fixture->err);
	assert_true(fixture->supervision.stop_wished);
}

// The signal comes while the confirmation that the guest runs is still awaited.
static void keeps_a_signal_until_the_guest_is_known_to_run(void **state)
{
	LAUNCH(IS_ASKED_TO_RUN, { .says = RETURN("4", "{}") },
	       { .hears = "\"query-status\"", .signal_number = SIGTERM },
	       { .says = RETURN("5", STATUS("running")) },
	       { .hears = "\"system_powerdown\"", .says = RETURN("6", "{}") },
	       { .says = SHUTDOWN("true", "guest-shutdown") }, EXITS(0));
	expect_success(result, &fixture->err);
}

static void shows_a_bounded_amount_of_what_qemu_says(void **state)
{
	static char noise[70 * 1024];
	const struct step steps[] = { RUNS, { .says_stderr = noise }, EXITS(1) };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(noise) - 1; i++)
		noise[i] = i % 100 == 99 ? '\n' : 'x';
	assert_int_equal(launch(fixture, steps, ARRAY_LEN(steps)), -1);
	assert_int_equal(fixture->err.kind, ERR_CRASH);
	assert_non_null(strstr(fixture->err.text, "; QEMU said: xxx"));
	assert_in_range(strlen(fixture->printed), 64 * 1024, 100 * 1024);
	assert_non_null(strstr(fixture->printed, "bytes dropped]\n"));
}

static void ends_a_guest_at_the_second_signal(void **state)
{
	LAUNCH(RUNS, { .signal_number = SIGINT },
	       { .hears = "\"system_powerdown\"", .says = RETURN("6", "{}") },
	       { .signal_number = SIGINT }, { .hears = "\"quit\"", .says = RETURN("7", "{}") },
	       { .says = SHUTDOWN("false", "host-qmp-quit") }, EXITS(0));
	expect_outcome(fixture, result, ERR_CRASH,
		       "the guest was ended at once, as a second signal asked for");
}

static void ends_a_guest_that_does_not_power_down_in_time(void **state)
{
	static const struct step steps[] = {
		RUNS,
		{ .signal_number = SIGTERM },
		{ .hears = "\"system_powerdown\"", .says = RETURN("6", "{}") },
		{ .hears = "\"quit\"",
		  .says = RETURN("7", "{}") SHUTDOWN("false", "host-qmp-quit") },
		EXITS(0),
	};
	struct fixture *fixture = *state;

	fixture->launch->guest.shutdown_timeout_ms = 50;
	expect_outcome(fixture, launch(fixture, steps, ARRAY_LEN(steps)), ERR_DEADLINE,
		       "the guest did not power down within 50 ms and was ended");
}

static void gives_a_launch_up_at_a_signal(void **state)
{
	LAUNCH(IS_PRELAUNCH, { .hears = "\"query-sev\"", .signal_number = SIGHUP },
	       { .hears_stop = true }, { .ends = true });
	expect_outcome(fixture, result, ERR_SIGNAL,
		       "ended by signal 1 (Hangup) before the guest ran");
	assert_int_equal(err_exit_status(&fixture->err), 128 + SIGHUP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(runs_a_guest_until_it_powers_off),
		TEST(tells_the_firmware_that_was_asked),
		TEST(tells_no_firmware_that_nobody_asked),
		TEST(tells_why_the_guest_ended),
		TEST(tells_how_qemu_died_while_the_guest_ran),
		TEST(does_not_believe_a_shutdown_of_a_qemu_that_crashed),
		TEST(hears_what_qemu_said_before_its_end),
		TEST(tells_events_of_the_guest),
		TEST(refuses_a_qemu_that_is_not_in_prelaunch),
		TEST(tells_that_qemu_refuses_to_run_the_guest),
		TEST(tells_why_qemu_refuses),
		TEST(tells_that_qemu_ended_before_it_said_anything),
		TEST(ends_a_qemu_that_breaks_the_protocol),
		TEST(does_not_wait_for_ever_for_a_launch),
		TEST(tells_that_the_launcher_is_gone),
		TEST(asks_the_guest_to_power_down_at_the_first_signal),
		TEST(keeps_a_signal_until_the_guest_is_known_to_run),
		TEST(shows_a_bounded_amount_of_what_qemu_says),
		TEST(ends_a_guest_at_the_second_signal),
		TEST(ends_a_guest_that_does_not_power_down_in_time),
		TEST(gives_a_launch_up_at_a_signal),
	};

	(void)signal(SIGPIPE, SIG_IGN); // as in the front
	return cmocka_run_group_tests_name("cli/supervise", tests, NULL, NULL);
}
