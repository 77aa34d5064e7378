// SPDX-License-Identifier: Apache-2.0
// Starting QEMU, with programs of the system in its place: what it gets, what it may not have, how
// it ends, and that a failure is told and leaves nothing.

#include "tests/launcher/spawn_fixture.h"

#include <signal.h>

static void run_shell(struct fixture *fixture, const char *script)
{
	spawned_run_shell(&fixture->spawned, script);
	expect_success(fixture->spawned.result, &fixture->spawned.err);
}

// --- How QEMU ends -------------------------------------------------------------------------------

static void tells_the_exit_status(void **state)
{
	struct fixture *fixture = *state;
	struct notice_gone gone;

	run_shell(fixture, "exit 7");
	gone = spawned_gone(&fixture->spawned);
	assert_int_equal(gone.code, CLD_EXITED);
	assert_int_equal(gone.status, 7);
	assert_true(becomes_readable(fixture->spawned.child.pidfd));
}

static void tells_the_signal(void **state)
{
	struct fixture *fixture = *state;
	struct notice_gone gone;

	run_shell(fixture, "kill -TERM $$; exit 1");
	gone = spawned_gone(&fixture->spawned);
	assert_int_equal(gone.code, CLD_KILLED);
	assert_int_equal(gone.status, SIGTERM);
}

// As PID 1 of its namespace an abort would look like a SIGKILL.
static void tells_an_abort_from_a_kill(void **state)
{
	struct fixture *fixture = *state;
	struct notice_gone gone;

	run_shell(fixture, "ulimit -c 0; kill -ABRT $$; exit 1");
	gone = spawned_gone(&fixture->spawned);
	assert_true(gone.code == CLD_KILLED || gone.code == CLD_DUMPED);
	assert_int_equal(gone.status, SIGABRT);
}

static void reaps_what_qemu_leaves_behind(void **state)
{
	struct fixture *fixture = *state;
	struct notice_gone gone;

	run_shell(fixture, "(exit 1) & (exit 2) & sleep 1000 & exit 3");
	gone = spawned_gone(&fixture->spawned);
	assert_int_equal(gone.code, CLD_EXITED);
	assert_int_equal(gone.status, 3);
	// The sleeping one had the pipe too, and went with its namespace.
	assert_string_equal(printed(fixture), "");
}

static void ends_qemu_when_its_init_is_killed(void **state)
{
	struct fixture *fixture = *state;
	struct notice_gone gone;

	run_shell(fixture, "trap '' TERM INT HUP; while :; do sleep 1000; done");
	assert_int_equal(kill(fixture->spawned.child.pid, SIGKILL), 0);
	assert_true(becomes_readable(fixture->spawned.child.pidfd));
	assert_string_equal(printed(fixture), "");
	assert_int_equal(read(fixture->spawned.child.status_fd, &gone, sizeof(gone)), 0);
}

static void ends_qemu_on_release(void **state)
{
	struct fixture *fixture = *state;

	run_shell(fixture, "sleep 1000 & sleep 1000");
	child_release(&fixture->spawned.child);
	assert_int_equal(fixture->spawned.child.pid, 0);
	assert_int_equal(fixture->spawned.child.pidfd, -1);
	assert_int_equal(fixture->spawned.child.status_fd, -1);
	assert_string_equal(printed(fixture), "");
	child_release(&fixture->spawned.child);
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
		spawned_run_shell(&fixture->spawned, "sleep 1000");
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

static void starts_what_the_descriptor_is(void **state)
{
	struct fixture *fixture = *state;

	spawned_release(&fixture->spawned);
	spawned_init(&fixture->spawned, "/bin/true");
	spawned_run(&fixture->spawned);
	expect_success(fixture->spawned.result, &fixture->spawned.err);
	assert_int_equal(spawned_gone(&fixture->spawned).status, 0);
}

static void passes_arguments_byte_for_byte(void **state)
{
	struct fixture *fixture = *state;

	argv_push(&fixture->spawned.argv, "-c");
	argv_push(&fixture->spawned.argv, "printf '%s|' \"$0\" \"$@\"");
	argv_push(&fixture->spawned.argv, "zero");
	argv_push(&fixture->spawned.argv, "a b\n\"c\"");
	argv_push(&fixture->spawned.argv, "");
	spawned_run(&fixture->spawned);
	expect_success(fixture->spawned.result, &fixture->spawned.err);
	assert_string_equal(printed(fixture), "zero|a b\n\"c\"||");
}

static void gives_a_fixed_environment_and_directory(void **state)
{
	struct fixture *fixture = *state;

	(void)setenv("LD_PRELOAD_TEST", "secret", 1);
	run_shell(fixture, "tr '\\0' '\\n' < /proc/self/environ; pwd");
	assert_string_equal(printed(fixture), "PATH=/usr/bin\nLC_ALL=C\n/\n");
}

// Reading the folder opens one more descriptor, which is the first free one.
static void gives_no_descriptors_but_those_of_the_layout(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int first = memfd_create("first", MFD_CLOEXEC);
	AUTO(fd) int second = memfd_create("second", 0); // not even one that would be inherited
	AUTO(fd) int stray = memfd_create("stray", 0);
	int fds[] = { second, first, second };

	fixture->spawned.start.fds = fds;
	fixture->spawned.start.n_fds = ARRAY_LEN(fds);
	run_shell(fixture, "cd /proc/self/fd && echo *");
	assert_string_equal(printed(fixture), "0 1 2 3 4 5 6\n");
	assert_true(stray >= 0);
}

static void puts_descriptors_at_their_numbers(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int first = memfd_create("first", MFD_CLOEXEC);
	AUTO(fd) int second = memfd_create("second", MFD_CLOEXEC);
	int fds[] = { second, first, second };

	fixture->spawned.start.fds = fds;
	fixture->spawned.start.n_fds = ARRAY_LEN(fds);
	run_shell(fixture, "for n in 0 3 4 5; do readlink /proc/self/fd/$n; done");
	assert_string_equal(printed(fixture), "/dev/null\n/memfd:second (deleted)\n"
					      "/memfd:first (deleted)\n/memfd:second (deleted)\n");
}

// Those that lie where others must go.
static void puts_descriptors_at_their_numbers_whatever_they_had(void **state)
{
	struct fixture *fixture = *state;
	int fds[20];
	char expected[200] = "";

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		char name[24];

		(void)snprintf(name, sizeof(name), "%zu", ARRAY_LEN(fds) - 1 - i);
		fds[ARRAY_LEN(fds) - 1 - i] = memfd_create(name, MFD_CLOEXEC);
		assert_true(fds[ARRAY_LEN(fds) - 1 - i] >= 0);
		(void)snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
			       "%zu ", i);
	}
	fixture->spawned.start.fds = fds;
	fixture->spawned.start.n_fds = ARRAY_LEN(fds);
	run_shell(fixture, "n=3; while [ $n -lt 23 ]; do l=$(readlink /proc/self/fd/$n); "
			   "l=${l#/memfd:}; printf '%s ' ${l% *}; n=$((n + 1)); done");
	assert_string_equal(printed(fixture), expected);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		close_fd(&fds[i]);
}

static void gives_default_signals(void **state)
{
	struct fixture *fixture = *state;
	sigset_t blocked;
	sigset_t saved;

	(void)sigfillset(&blocked);
	assert_int_equal(sigprocmask(SIG_SETMASK, &blocked, &saved), 0);
	(void)signal(SIGPIPE, SIG_IGN);
	run_shell(fixture, "grep -E '^Sig(Blk|Ign)' /proc/self/status");
	(void)signal(SIGPIPE, SIG_DFL);
	assert_int_equal(sigprocmask(SIG_SETMASK, &saved, NULL), 0);
	assert_string_equal(printed(fixture),
			    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

static void gives_no_terminal_and_a_pid_namespace(void **state)
{
	struct fixture *fixture = *state;

	run_shell(fixture, "echo $$; [ -t 0 ] || (: < /dev/tty) 2> /dev/null || echo none");
	assert_string_equal(printed(fixture), "2\nnone\n");
}

// --- What QEMU may not have ----------------------------------------------------------------------

static void takes_all_privilege_from_qemu_started_by_root(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	run_shell(fixture, STATUS_SCRIPT);
	expect_identity(printed(fixture), SNPLAUNCH_QEMU_UID);
}

// What an ordinary user's launch did; plain bytes, because it comes through a pipe.
struct user_launch {
	struct err err;
	int result;
	int gone_status;
	size_t n_leaked_fds;
	bool has_children;
	char text[1024];
};

static size_t read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	return len;
}

static void launch_as_user(void *result)
{
	struct user_launch *launch = result;
	struct spawned spawned;
	struct notice_gone gone = { 0 };
	size_t n_before = count_fds();

	spawned_init(&spawned, SHELL);
	spawned_run_shell(&spawned, STATUS_SCRIPT);
	launch->result = spawned.result;
	launch->err = spawned.err;
	if (spawned.result == 0) {
		launch->text[read_all(spawned.stderr_ends[0], launch->text, sizeof(launch->text))] =
			'\0';
		if (read(spawned.child.status_fd, &gone, sizeof(gone)) == sizeof(gone))
			launch->gone_status = gone.status;
	}
	spawned_release(&spawned);
	launch->n_leaked_fds = count_fds() - n_before;
	launch->has_children = !has_no_children();
}

// True where users get no user namespace, which the launcher says too.
static bool lacks_user_namespaces(int result, const struct err *err)
{
	static const char told[] = "QEMU: this kernel gives you no user namespace: allow it";

	return result < 0 && strncmp(err->text, told, strlen(told)) == 0;
}

static void takes_all_privilege_from_qemu_started_by_a_user(void **state)
{
	static struct user_launch launch;

	(void)state;
	launch.gone_status = -1;
	run_as_user(launch_as_user, &launch, sizeof(launch));
	if (lacks_user_namespaces(launch.result, &launch.err)) {
		assert_int_equal(launch.err.kind, ERR_HOST);
		print_message("skipped: %s\n", launch.err.text);
		skip();
	}
	expect_success(launch.result, &launch.err);
	expect_identity(launch.text, geteuid() == 0 ? ORDINARY_ID : geteuid());
	assert_int_equal(launch.gone_status, 0);
	assert_int_equal(launch.n_leaked_fds, 0);
	assert_false(launch.has_children);
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
	assert_int_equal(spawned->child.pid, 0);
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
	int fds[] = { 999 };

	fixture->spawned.start.exe_fd = -1;
	expect_failure(fixture, ERR_SYSTEM, "QEMU: cannot move a descriptor: Bad file descriptor");
	spawned_release(&fixture->spawned);
	spawned_init(&fixture->spawned, SHELL);
	fixture->spawned.start.fds = fds;
	fixture->spawned.start.n_fds = 1;
	expect_failure(fixture, ERR_SYSTEM, "QEMU: cannot move a descriptor: Bad file descriptor");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

// Who may make no namespace cannot start QEMU at all.
static bool can_start_qemu(void)
{
	struct spawned spawned;
	bool can;

	spawned_init(&spawned, "/bin/true");
	spawned_run(&spawned);
	can = !lacks_user_namespaces(spawned.result, &spawned.err);
	if (!can)
		print_message("[  SKIPPED ] launcher/spawn: %s\n", spawned.err.text);
	spawned_release(&spawned);
	return can;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_the_exit_status),
		TEST(tells_the_signal),
		TEST(tells_an_abort_from_a_kill),
		TEST(reaps_what_qemu_leaves_behind),
		TEST(ends_qemu_when_its_init_is_killed),
		TEST(ends_qemu_on_release),
		TEST(ends_qemu_when_the_launcher_is_killed),
		TEST(starts_what_the_descriptor_is),
		TEST(passes_arguments_byte_for_byte),
		TEST(gives_a_fixed_environment_and_directory),
		TEST(gives_no_descriptors_but_those_of_the_layout),
		TEST(puts_descriptors_at_their_numbers),
		TEST(puts_descriptors_at_their_numbers_whatever_they_had),
		TEST(gives_default_signals),
		TEST(gives_no_terminal_and_a_pid_namespace),
		TEST(takes_all_privilege_from_qemu_started_by_root),
		TEST(takes_all_privilege_from_qemu_started_by_a_user),
		TEST(fails_for_what_is_no_program),
		TEST(fails_for_what_may_not_be_executed),
		TEST(fails_for_a_script_and_a_missing_interpreter),
		TEST(fails_without_descriptors_that_exist),
	};

	if (!can_start_qemu())
		return 0;
	return cmocka_run_group_tests_name("launcher/spawn", tests, close_what_is_inherited, NULL);
}
