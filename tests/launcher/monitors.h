/* SPDX-License-Identifier: Apache-2.0 */
/* The launcher's loop in a process of its own, with the test in the front's place. */
#ifndef SNPLAUNCH_TESTS_LAUNCHER_MONITORS_H
#define SNPLAUNCH_TESTS_LAUNCHER_MONITORS_H

#include "tests/base/process.h"
#include "tests/plan/plans.h"
#include "tests/launcher/spawns.h"

#include <linux/close_range.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "base/mem.h"
#include "launcher/monitor.h"

/* How the loop ended, told by the process that it ran in. */
struct end {
	int status;
	size_t n_leaked_fds;
	bool children_left;
};

struct fixture {
	int wire_fd;  /* ours: the front's end */
	int leash_fd; /* a byte makes the front exit with that status, its end kills it */
	int end_fd;   /* gets the struct end */
	int stderr_fd;
	int qmp_fd; /* our ends of what QEMU got, or -1 */
	int qemu_stderr_fd;
	pid_t pid; /* of the launcher */
	size_t n_fds;
	struct wire_message message;
	struct err err;
	char text[2000];
};

/* The process that the launcher takes for the front. What it says, this test says in its place. */
static inline void be_front(int leash_fd)
{
	char status = 0;

	if (read(leash_fd, &status, 1) == 1)
		_exit(status);
	(void)raise(SIGKILL);
	_exit(127);
}

static inline void start_front(struct monitor *monitor, int leash_fd)
{
	monitor->front.pid = fork();
	if (monitor->front.pid == 0) {
		(void)syscall(SYS_close_range, (unsigned int)leash_fd + 1, ~0U, 0U);
		close_fd(&monitor->wire_fd);
		be_front(leash_fd);
	}
	monitor->front.pidfd = (int)syscall(SYS_pidfd_open, monitor->front.pid, 0);
}

/* By means that the launcher's own filter leaves it. */
static inline size_t count_fds_confined(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFL) >= 0;
	return n;
}

static inline void be_launcher(int wire_fd, int leash_fd, int end_fd)
{
	static char *argv[] = { (char *)"snplaunch", NULL };
	struct monitor monitor;
	struct end end = { 0 };
	struct err err;
	sigset_t heard;
	size_t n_before;

	(void)sigemptyset(&heard);
	(void)sigaddset(&heard, SIGTERM);
	(void)sigprocmask(SIG_SETMASK, &heard, NULL);
	log_settings.program = "launcher";
	n_before = count_fds_confined() - 1; /* 'wire_fd' is the monitor's */
	monitor_init(&monitor);
	monitor.wire_fd = wire_fd;
	if (host_policy_accept(&monitor.policy, &err) < 0)
		abort();
	monitor.files.argv = argv;
	monitor.files.cwd_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	monitor.jail_fd = open(find_program(JAIL), O_PATH | O_CLOEXEC);
	monitor.signal_fd = signalfd(-1, &heard, SFD_CLOEXEC);
	start_front(&monitor, leash_fd);
	err.kind = ERR_NONE;
	end.status = monitor_run(&monitor, &err);
	if (err.kind != ERR_NONE) { // as main() does
		log_error("%s", err.text);
		end.status = err_exit_status(&err);
	}
	monitor_release(&monitor);
	end.n_leaked_fds = count_fds_confined() - n_before;
	end.children_left = !has_no_children();
	_exit(write(end_fd, &end, sizeof(end)) == sizeof(end) ? 0 : 1);
}

static inline int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));
	int wire[2];
	int leash[2];
	int ends[2];
	int errors[2];

	*state = fixture;
	fixture->n_fds = count_fds();
	fixture->qmp_fd = -1;
	fixture->qemu_stderr_fd = -1;
	assert_int_equal(wire_pair(wire, &fixture->err), 0);
	assert_int_equal(pipe2(leash, O_CLOEXEC), 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(pipe2(errors, O_CLOEXEC), 0);
	fixture->pid = fork();
	assert_true(fixture->pid >= 0);
	if (fixture->pid == 0) {
		(void)dup2(errors[1], STDERR_FILENO);
		close_fd(&wire[0]);
		close_fd(&leash[1]);
		be_launcher(wire[1], leash[0], ends[1]);
	}
	fixture->wire_fd = wire[0];
	fixture->leash_fd = leash[1];
	fixture->end_fd = ends[0];
	fixture->stderr_fd = errors[0];
	close_fd(&wire[1]);
	close_fd(&leash[0]);
	close_fd(&ends[1]);
	close_fd(&errors[1]);
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	if (fixture->pid > 0) {
		(void)kill(fixture->pid, SIGKILL);
		(void)waitpid(fixture->pid, NULL, 0);
	}
	wire_message_release(&fixture->message);
	close_fd(&fixture->wire_fd);
	close_fd(&fixture->leash_fd);
	close_fd(&fixture->end_fd);
	close_fd(&fixture->stderr_fd);
	close_fd(&fixture->qmp_fd);
	close_fd(&fixture->qemu_stderr_fd);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

/* The launcher ends by itself, with this status and this as its last words. */
static inline void expect_end(struct fixture *fixture, int status, const char *text)
{
	struct end end;

	(void)read_to_end(fixture->stderr_fd, fixture->text, sizeof(fixture->text));
	assert_string_equal(fixture->text, text);
	assert_int_equal(read(fixture->end_fd, &end, sizeof(end)), sizeof(end));
	assert_int_equal(wait_for_exit(fixture->pid), 0);
	fixture->pid = 0;
	assert_int_equal(end.status, status);
	assert_int_equal(end.n_leaked_fds, 0);
	assert_false(end.children_left);
}

#endif
