// SPDX-License-Identifier: Apache-2.0
// Launches of encrypted guests, with a scripted launcher and QEMU: what is measured before they run.

#include "tests/cli/supervise_fixture.h"

#define SEV_ES(state) SEV("true", "\"state\": \"" state "\", \"policy\": 5, \"handle\": 1")
#define MEASURES(measurement) \
	IS_PRELAUNCH, { .hears = "\"query-sev\"", .says = RETURN("3", SEV_ES("launch-secret")) }, \
	{ \
		.hears = "\"query-sev-launch-measure\"", \
		.says = RETURN("4", "{\"data\": \"" measurement "\"}") \
	}
#define IS_MEASURED \
	MEASURES("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), \
	{ \
		.hears = "\"cont\"", .says = RETURN("5", "{}") \
	}

static void measures_an_encrypted_guest_before_it_runs(void **state)
{
	static const struct step steps[] = {
		IS_MEASURED,
		{ .hears = "\"query-sev\"", .says = RETURN("6", SEV_ES("running")) },
		{ .says = SHUTDOWN("true", "guest-shutdown") },
		EXITS(0),
	};
	struct fixture *fixture = *state;

	fixture->launch->plan.level = LEVEL_SEV_ES;
	fixture->launch->plan.sev.policy = 5;
	expect_success(launch(fixture, steps, ARRAY_LEN(steps)), &fixture->err);
	EXPECT_TOLD("started", "up", "measured", "running", "shutdown");
}

// By keys of zeros, of a digest of zeros.
static void verifies_a_measurement_with_keys_of_a_test(void **state)
{
	static const struct step steps[] = {
		MEASURES("3u/Y6Ql5bv8c6OphX1NF7epXiEfoOmEi"
			 "FEZZ4rqxJ8EAAAAAAAAAAAAAAAAAAAAA"),
		{ .hears = "\"cont\"", .says = RETURN("5", "{}") },
		{ .hears = "\"query-sev\"", .says = RETURN("6", SEV_ES("running")) },
		{ .says = SHUTDOWN("true", "guest-shutdown") },
		EXITS(0),
	};
	struct fixture *fixture = *state;

	fixture->launch->plan.level = LEVEL_SEV_ES;
	fixture->launch->plan.sev.policy = 5;
	fixture->launch->has_test_keys = true;
	fixture->launch->test_keys.policy = 5;
	expect_success(launch(fixture, steps, ARRAY_LEN(steps)), &fixture->err);
	assert_non_null(
		strstr(fixture->printed, "the measurement is of the computed launch digest"));
}

static void ends_a_launch_that_was_measured_as_another(void **state)
{
	static const struct step steps[] = {
		MEASURES("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
		{ .hears_stop = true },
		{ .ends = true },
	};
	struct fixture *fixture = *state;

	fixture->launch->plan.level = LEVEL_SEV_ES;
	fixture->launch->plan.sev.policy = 5;
	fixture->launch->has_test_keys = true;
	fixture->launch->test_keys.policy = 5;
	expect_outcome(fixture, launch(fixture, steps, ARRAY_LEN(steps)), ERR_VERDICT,
		       "launch: the measurement is not of this launch: digest, policy (0x5), "
		       "firmware version or keys differ");
	EXPECT_TOLD("started", "up", "measured");
}

// QEMU goes on when LAUNCH_MEASURE fails, but says so.
static void tells_why_an_encrypted_guest_was_not_measured(void **state)
{
	static const struct step steps[] = {
		IS_PRELAUNCH,
		{ .hears = "\"query-sev\"",
		  .says_stderr = "qemu: LAUNCH_MEASURE ret=-5 fw_error=3 ''\n",
		  .says = RETURN("3", SEV_ES("launch-update")) },
		{ .hears_stop = true },
		{ .ends = true },
	};
	struct fixture *fixture = *state;

	fixture->launch->plan.level = LEVEL_SEV_ES;
	fixture->launch->plan.sev.policy = 5;
	assert_int_equal(launch(fixture, steps, ARRAY_LEN(steps)), -1);
	assert_int_equal(fixture->err.kind, ERR_HOST);
	assert_non_null(strstr(fixture->printed, "code: firmware 3: INVALID_CONFIG"));
}

static void ends_an_encrypted_guest_that_is_not_really_running(void **state)
{
	static const struct step steps[] = {
		IS_MEASURED,
		{ .hears = "\"query-sev\"", .says = RETURN("6", SEV_ES("launch-secret")) },
		{ .hears_stop = true },
		{ .ends = true },
	};
	struct fixture *fixture = *state;

	fixture->launch->plan.level = LEVEL_SEV_ES;
	fixture->launch->plan.sev.policy = 5;
	expect_outcome(fixture, launch(fixture, steps, ARRAY_LEN(steps)), ERR_PROTOCOL,
		       "launch: query-sev's 'state' is 'launch-secret', must be 'running'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(measures_an_encrypted_guest_before_it_runs),
		TEST(verifies_a_measurement_with_keys_of_a_test),
		TEST(ends_a_launch_that_was_measured_as_another),
		TEST(tells_why_an_encrypted_guest_was_not_measured),
		TEST(ends_an_encrypted_guest_that_is_not_really_running),
	};

	return cmocka_run_group_tests_name("cli/supervise_sev", tests, NULL, NULL);
}
