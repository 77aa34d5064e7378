// SPDX-License-Identifier: Apache-2.0
// Starting the front: without privilege, with nothing but what is kept for it.

#include "tests/launcher/spawn_fixture.h"

static int set_up(void **state)
{
	return set_up_with(state, "/bin/sh");
}

static int start_front(struct fixture *fixture, const char *script, const int *kept, size_t n_kept)
{
	struct spawned *spawned = &fixture->spawned;
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	const struct program program = { "front", spawned->exe_fd, argv, kept, n_kept };

	return spawn_front(&spawned->init, &program, spawned->policy.front_uid, &spawned->err);
}

// The front's standard descriptors are ours, so it prints into a descriptor that it keeps.
static const char *run_front(struct fixture *fixture, const char *script)
{
	struct spawned *spawned = &fixture->spawned;
	int out_fd = spawned->stderr_ends[1];
	char text[400];

	(void)snprintf(text, sizeof(text), "exec >&%d; %s", out_fd, script);
	expect_success(start_front(fixture, text, &out_fd, 1), &spawned->err);
	close_fd(&spawned->stderr_ends[1]);
	return printed(fixture);
}

static void starts_the_front_without_privilege(void **state)
{
	struct fixture *fixture = *state;
	const char *text = run_front(
		fixture, "exec grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs)' /proc/self/status");

	if (geteuid() == 0)
		expect_identity(text, SNPLAUNCH_FRONT_UID, SNPLAUNCH_FRONT_UID);
	else
		assert_non_null(strstr(text, "NoNewPrivs:\t1\n"));
}

static void gives_the_front_nothing_but_what_is_kept(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int stray = memfd_create("stray", MFD_CLOEXEC);
	char expected[40];
	const char *text = run_front(fixture, "cd /proc/self/fd && echo *");

	assert_true(stray >= 0);
	(void)snprintf(expected, sizeof(expected), "0 1 2 3 %d\n",
		       fixture->spawned.stderr_ends[0] + 1);
	assert_string_equal(text, expected);
}

static void gives_the_front_a_fixed_environment(void **state)
{
	struct fixture *fixture = *state;

	(void)setenv("SECRET", "1", 1);
	(void)setenv("SNPLAUNCH_DEBUG", "anything", 1);
	(void)setenv("JOURNAL_STREAM", "8:1", 1);
	assert_string_equal(run_front(fixture, "tr '\\0' '\\n' < /proc/self/environ"),
			    "PATH=/usr/bin\nLC_ALL=C\nJOURNAL_STREAM=1\nSNPLAUNCH_DEBUG=1\n");
	(void)unsetenv("SNPLAUNCH_DEBUG");
	(void)unsetenv("JOURNAL_STREAM");
}

static void tells_the_fronts_exit_status(void **state)
{
	struct fixture *fixture = *state;
	struct spawned *spawned = &fixture->spawned;

	expect_success(start_front(fixture, "exit 9", NULL, 0), &spawned->err);
	assert_int_equal(child_wait(&spawned->init, &spawned->err), 9);
	assert_int_equal(spawned->init.pid, 0);
}

static void tells_the_signal_that_killed_the_front(void **state)
{
	struct fixture *fixture = *state;
	struct spawned *spawned = &fixture->spawned;

	expect_success(start_front(fixture, "kill -KILL $$", NULL, 0), &spawned->err);
	assert_int_equal(child_wait(&spawned->init, &spawned->err), -1);
	expect_error(&spawned->err, ERR_BUG, "the front was killed by signal 9 (Killed)");
}

static void tells_when_the_front_cannot_be_executed(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before;

	open_program(fixture, "no program", 0755);
	n_before = count_fds();
	assert_int_equal(start_front(fixture, "", NULL, 0), -1);
	expect_error(&fixture->spawned.err, ERR_HOST,
		     "front: cannot execute the front program: Exec format error");
	assert_int_equal(count_fds(), n_before);
	assert_true(has_no_children());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(starts_the_front_without_privilege),
		TEST(gives_the_front_nothing_but_what_is_kept),
		TEST(gives_the_front_a_fixed_environment),
		TEST(tells_the_fronts_exit_status),
		TEST(tells_the_signal_that_killed_the_front),
		TEST(tells_when_the_front_cannot_be_executed),
	};

	return cmocka_run_group_tests_name("launcher/spawn front", tests, close_what_is_inherited,
					   NULL);
}
