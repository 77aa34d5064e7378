// SPDX-License-Identifier: Apache-2.0
// Starting QEMU, with a program in its place that does what it is told: what it gets, how it ends,
// and that a failure is told and leaves nothing.

#include "tests/launcher/spawn_fixture.h"

#include <signal.h>

#include "plan/layout.h"

static int set_up(void **state)
{
	return set_up_with(state, find_program(INMATE));
}

static void start(struct fixture *fixture)
{
	spawned_run(&fixture->spawned);
	expect_success(fixture->spawned.result, &fixture->spawned.err);
}

#define TELL(fixture, ...) spawned_tell(&(fixture)->spawned, __VA_ARGS__, NULL)

// --- How QEMU ends -------------------------------------------------------------------------------

static void expect_end(struct fixture *fixture, int code, int status)
{
	struct notice_gone gone;

	assert_true(becomes_readable(fixture->spawned.init.pidfd));
	gone = spawned_gone(&fixture->spawned);
	assert_int_equal(gone.code, code);
	assert_int_equal(gone.status, status);
}

static void tells_the_exit_status(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "exit=7");
	start(fixture);
	expect_end(fixture, CLD_EXITED, 7);
}

static void tells_the_signal(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "raise=15", "exit=1");
	start(fixture);
	expect_end(fixture, CLD_KILLED, SIGTERM);
}

// As PID 1 of its namespace an abort would look like a SIGKILL.
static void tells_an_abort_from_a_kill(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "raise=6", "exit=1");
	start(fixture);
	expect_end(fixture, CLD_KILLED, SIGABRT);
}

static void tells_a_forbidden_call(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "parent", "exit=1");
	start(fixture);
	expect_end(fixture, CLD_KILLED, SIGSYS);
	assert_string_equal(printed(fixture), "");
}

static void only_logs_a_forbidden_call_if_told_so(void **state)
{
	struct fixture *fixture = *state;

	fixture->spawned.order.seccomp = SECCOMP_LOG;
	TELL(fixture, "parent", "exit=4");
	start(fixture);
	expect_end(fixture, CLD_EXITED, 4);
	assert_string_equal(printed(fixture), "1\n");
}

static void reaps_what_qemu_leaves_behind(void **state)
{
	struct fixture *fixture = *state;

	fixture->spawned.order.seccomp = SECCOMP_LOG; // else it could make no process
	TELL(fixture, "fork", "exit=3");
	start(fixture);
	expect_end(fixture, CLD_EXITED, 3);
	// The waiting one had the pipe too, and went with its namespace.
	assert_string_equal(printed(fixture), "");
}

static void ends_qemu_when_its_init_is_killed(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "ignore", "wait");
	start(fixture);
	assert_int_equal(kill(fixture->spawned.init.pid, SIGKILL), 0);
	expect_end(fixture, 0, 0);
	assert_string_equal(printed(fixture), "");
}

static void ends_qemu_on_release(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "wait");
	start(fixture);
	child_release(&fixture->spawned.init);
	assert_int_equal(fixture->spawned.init.pid, 0);
	assert_int_equal(fixture->spawned.init.pidfd, -1);
	assert_string_equal(printed(fixture), "");
	child_release(&fixture->spawned.init);
}

// The launcher is killed: its end of the pipe is closed when everything below it is gone too.
static void ends_qemu_when_the_launcher_is_killed(void **state)
{
	struct fixture *fixture = *state;
	int ready[2];
	char byte;
	pid_t launcher;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	launcher = fork();
	assert_true(launcher >= 0);
	if (launcher == 0) {
		TELL(fixture, "ignore", "wait");
		spawned_run(&fixture->spawned);
		(void)!write(ready[1], fixture->spawned.result == 0 ? "y" : "n", 1);
		for (;;)
			(void)pause();
	}
	close_fd(&ready[1]);
	close_fd(&fixture->spawned.stderr_ends[1]);
	assert_true(becomes_readable(ready[0]));
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 'y');
	assert_int_equal(kill(launcher, SIGKILL), 0);
	assert_int_equal(wait_for_exit(launcher), -1);
	assert_string_equal(printed(fixture), "");
	close_fd(&ready[0]);
}

// --- What QEMU gets ------------------------------------------------------------------------------

static void passes_arguments_byte_for_byte(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "arguments", "a b\t\"c\"", "");
	start(fixture);
	assert_memory_equal(printed(fixture), "qemu-system-x86_64|-name|web|", 29);
	assert_non_null(strstr(fixture->text, "|-append|arguments\na b\t\"c\"\n\n|"));
}

static void gives_a_fixed_environment_and_directory(void **state)
{
	struct fixture *fixture = *state;

	(void)setenv("LD_PRELOAD_TEST", "secret", 1);
	TELL(fixture, "environment", "link=/proc/self/cwd");
	start(fixture);
	assert_string_equal(printed(fixture), "PATH=/usr/bin\nLC_ALL=C\n/\n");
}

static void gives_descriptors_at_their_numbers_and_no_others(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int first = memfd_create("first", MFD_CLOEXEC);
	AUTO(fd) int second = memfd_create("second", 0); // not even one that would be inherited
	AUTO(fd) int vsock = open("/dev/zero", O_RDWR | O_CLOEXEC);
	AUTO(fd) int stray = memfd_create("stray", 0);
	struct spawned *spawned = &fixture->spawned;
	char pipe_name[40] = "";
	char link[40];
	char expected[400];

	assert_true(stray >= 0);
	plan_add_disk(&spawned->plan, "a", DISK_QCOW2);
	plan_add_disk(&spawned->plan, "b", DISK_QCOW2);
	plan_add_disk(&spawned->plan, "c", DISK_QCOW2);
	spawned_give(spawned, second);
	spawned_give(spawned, first);
	spawned_give(spawned, second);
	spawned->plan.vsock_cid = 42;
	spawned->order.fds[ORDER_VSOCK] = vsock;
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", spawned->stderr_ends[1]);
	assert_true(readlink(link, pipe_name, sizeof(pipe_name) - 1) > 0);
	TELL(fixture, "descriptors");
	start(fixture);
	(void)snprintf(expected, sizeof(expected),
		       "0:/dev/null\n1:%s\n2:%s\n3:/dev/null\n4:/dev/zero\n"
		       "5:/memfd:artifact (deleted)\n6:/memfd:artifact (deleted)\n"
		       "7:/memfd:second (deleted)\n8:/memfd:first (deleted)\n"
		       "9:/memfd:second (deleted)\n",
		       pipe_name, pipe_name);
	assert_string_equal(printed(fixture), expected);
}

// Those that lie where others must go.
static void gives_descriptors_at_their_numbers_whatever_they_had(void **state)
{
	enum { FIRST_DISK = LAYOUT_FIRST_FD + 3 }; // after QMP, firmware and kernel
	struct fixture *fixture = *state;
	struct spawned *spawned = &fixture->spawned;
	int *disks = spawned->order.fds + ORDER_GIVEN + spawned->order.n_given;
	char expected[60 * PLAN_DISKS_MAX] = "";
	const char *text;

	for (size_t i = 0; i < PLAN_DISKS_MAX; i++)
		plan_add_disk(&spawned->plan, "disk", DISK_QCOW2);
	spawned->order.n_given += PLAN_DISKS_MAX;
	for (size_t i = 0; i < PLAN_DISKS_MAX; i++) {
		size_t place = PLAN_DISKS_MAX - 1 - i;
		size_t len = strlen(expected);
		char name[24];

		(void)snprintf(name, sizeof(name), "%zu", place);
		disks[place] = memfd_create(name, MFD_CLOEXEC);
		assert_true(disks[place] >= 0);
		(void)snprintf(expected + len, sizeof(expected) - len, "%zu:/memfd:%zu (deleted)\n",
			       FIRST_DISK + i, i);
	}
	TELL(fixture, "descriptors");
	start(fixture);
	text = strstr(printed(fixture), "\n6:");
	assert_non_null(text);
	assert_string_equal(text + 1, expected);
	for (size_t i = 0; i < PLAN_DISKS_MAX; i++)
		close_fd(&disks[i]);
}

static void gives_default_signals(void **state)
{
	static const char *const words[] = { "SigBlk", "SigIgn", NULL };
	struct fixture *fixture = *state;
	sigset_t blocked;
	sigset_t saved;

	(void)sigfillset(&blocked);
	assert_int_equal(sigprocmask(SIG_SETMASK, &blocked, &saved), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	TELL(fixture, "wait");
	start(fixture);
	(void)signal(SIGPIPE, SIG_DFL);
	assert_int_equal(sigprocmask(SIG_SETMASK, &saved, NULL), 0);
	spawned_status(&fixture->spawned, words, fixture->text, sizeof(fixture->text));
	assert_string_equal(fixture->text,
			    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

static void gives_a_session_and_a_process_id_of_its_own(void **state)
{
	struct fixture *fixture = *state;

	TELL(fixture, "pid", "wait");
	start(fixture);
	assert_int_equal(getsid(spawned_qemu(&fixture->spawned)), fixture->spawned.init.pid);
	assert_true(becomes_readable(fixture->spawned.stderr_ends[0]));
	child_release(&fixture->spawned.init);
	assert_string_equal(printed(fixture), "2\n");
}

// --- What cannot be started ----------------------------------------------------------------------

static void expect_failure(struct fixture *fixture, enum err_kind kind, const char *text)
{
	struct spawned *spawned = &fixture->spawned;
	size_t n_before = count_fds();

	spawned_run(spawned);
	assert_int_equal(spawned->result, -1);
	expect_error(&spawned->err, kind, text);
	assert_int_equal(count_fds(), n_before - 1); // the pipe's end that spawned_run() closes
	assert_true(has_no_children());
	assert_int_equal(spawned->init.pid, 0);
	assert_string_equal(printed(fixture), "");
}

static void fails_for_what_is_no_program(void **state)
{
	struct fixture *fixture = *state;

	open_program(fixture, "neither ELF nor a script", 0755);
	expect_failure(fixture, ERR_HOST, "QEMU: cannot execute QEMU: Exec format error");
}

static void fails_for_what_may_not_be_executed(void **state)
{
	struct fixture *fixture = *state;

	open_program(fixture, "#!/bin/sh\n", 0644);
	expect_failure(fixture, ERR_HOST, "QEMU: cannot execute QEMU: Permission denied");
}

// A script's interpreter could not open the script: its descriptor closes on exec.
static void fails_for_a_script_and_a_missing_interpreter(void **state)
{
	struct fixture *fixture = *state;

	open_program(fixture, "#!/nonexistent\n", 0755);
	expect_failure(fixture, ERR_HOST, "QEMU: cannot execute QEMU: No such file or directory");
	open_program(fixture, "#!/bin/sh\necho started >&2\n", 0755);
	expect_failure(fixture, ERR_HOST, "QEMU: cannot execute QEMU: No such file or directory");
}

static void fails_without_descriptors_that_exist(void **state)
{
	struct fixture *fixture = *state;
	struct spawned *spawned = &fixture->spawned;

	spawned->order.fds[ORDER_EXE] = -1;
	expect_failure(fixture, ERR_SYSTEM,
		       "QEMU: cannot find out where QEMU lies: No such file or directory");
	spawned_release(spawned);
	spawned_init(spawned, find_program(INMATE));
	spawned->plan.has_console = 1;
	spawned->order.fds[ORDER_GIVEN + spawned->order.n_given] = spawned->given[3];
	spawned->order.fds[ORDER_GIVEN + 4] = spawned->given[2];
	spawned->order.fds[ORDER_GIVEN + 3] = 999; // the console
	spawned->order.n_given++;
	expect_failure(fixture, ERR_SYSTEM, "QEMU: cannot move a descriptor: Bad file descriptor");
}

static void fails_without_a_jail(void **state)
{
	struct fixture *fixture = *state;

	fixture->spawned.start.jail_fd = -1;
	expect_failure(fixture, ERR_HOST,
		       "QEMU: cannot execute the jail program: Bad file descriptor");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_the_exit_status),
		TEST(tells_the_signal),
		TEST(tells_an_abort_from_a_kill),
		TEST(tells_a_forbidden_call),
		TEST(only_logs_a_forbidden_call_if_told_so),
		TEST(reaps_what_qemu_leaves_behind),
		TEST(ends_qemu_when_its_init_is_killed),
		TEST(ends_qemu_on_release),
		TEST(ends_qemu_when_the_launcher_is_killed),
		TEST(passes_arguments_byte_for_byte),
		TEST(gives_a_fixed_environment_and_directory),
		TEST(gives_descriptors_at_their_numbers_and_no_others),
		TEST(gives_descriptors_at_their_numbers_whatever_they_had),
		TEST(gives_default_signals),
		TEST(gives_a_session_and_a_process_id_of_its_own),
		TEST(fails_for_what_is_no_program),
		TEST(fails_for_what_may_not_be_executed),
		TEST(fails_for_a_script_and_a_missing_interpreter),
		TEST(fails_without_descriptors_that_exist),
		TEST(fails_without_a_jail),
	};

	if (!can_start_qemu("launcher/spawn"))
		return 0;
	return cmocka_run_group_tests_name("launcher/spawn", tests, close_what_is_inherited, NULL);
}
