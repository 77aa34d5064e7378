// SPDX-License-Identifier: Apache-2.0
// Starts children. Between clone and exec a child reports failures through a close-on-exec pipe,
// as a struct err; its end without one means that the program was executed.

#include "launcher/spawn.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "config.h"
#include "launcher/init.h"
#include "launcher/privileges.h"

// A child that is neither executed nor failed by then never will be.
#define SPAWN_TIMEOUT_MS 10000
// Above every number that layout_of() gives out, and below any sensible limit of descriptors.
#define PARKING_FD 64

static_assert(sizeof(struct err) <= PIPE_BUF, "a child's error arrives whole");
static_assert(LAYOUT_FIRST_FD + 16 + PLAN_DISKS_MAX + PLAN_NETWORKS_MAX < PARKING_FD,
	      "parked descriptors are out of the way");

// All that QEMU gets, and the first half of what the front gets.
#define FIXED_ENVIRONMENT (char *)"PATH=/usr/bin", (char *)"LC_ALL=C"

static char *const qemu_environment[] = { FIXED_ENVIRONMENT, NULL };

void child_init(struct child *child)
{
	*child = (struct child){ .pidfd = -1, .status_fd = -1 };
}

void child_release(struct child *child)
{
	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL); // ours until it is reaped below
		while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close_fd(&child->pidfd);
	close_fd(&child->status_fd);
	child_init(child);
}

// fork() with namespaces and a pidfd. Returns the pid in the parent, 0 in the child.
static pid_t fork_with(uint64_t flags, int *pidfd)
{
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		.exit_signal = SIGCHLD,
	};

	return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
}

static NORETURN void fail_in_child(int error_fd, const struct err *err)
{
	// If this cannot be written, the parent sees an end without exec, which is an error too.
	ssize_t written = write(error_fd, err, sizeof(*err));

	_exit(written == (ssize_t)sizeof(*err) ? 1 : 2);
}

// Waits until the child has executed its program (the pipe ends) or says why it could not.
static int await_exec(int error_fd, struct err *err)
{
	struct pollfd waiting = { .fd = error_fd, .events = POLLIN };
	struct err reported;
	ssize_t n;

	if (poll(&waiting, 1, SPAWN_TIMEOUT_MS) <= 0)
		return err_set(err, ERR_SYSTEM, "a child did not start within %d ms",
			       SPAWN_TIMEOUT_MS);
	do
		n = read(error_fd, &reported, sizeof(reported));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return 0;
	if (n != (ssize_t)sizeof(reported) || !err_is_valid(&reported))
		return err_set(err, ERR_BUG, "a child failed without saying why");
	*err = reported;
	return -1;
}

// The C library does not let go of its own two signals, which posix_spawn() leaves ignored.
static void reset_signals(void)
{
	static const unsigned long kernel_sigaction[4]; // SIG_DFL, no flags, empty mask
	sigset_t none;

	for (int signal_number = 1; signal_number < NSIG; signal_number++)
		(void)syscall(SYS_rt_sigaction, signal_number, kernel_sigaction, NULL,
			      sizeof(unsigned long)); // SIGKILL and SIGSTOP refuse, rightly
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

// Ties a child's life to its parent's. The launcher alone holds the other end of 'error_fd', so that
// its end is seen when it came first. Must: after the last change of credentials, which would undo it.
static int die_with_parent(int error_fd, struct err *err)
{
	struct pollfd parent = { .fd = error_fd };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(err, "cannot tie a child to its parent");
	if (poll(&parent, 1, 0) < 0 || (parent.revents & POLLERR) != 0)
		return err_set(err, ERR_SYSTEM, "the parent of a child ended while it started");
	return 0;
}

static int make_pipe(int ends[static 2], struct err *err)
{
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "cannot make a pipe");
	return 0;
}

static void ignore_ending_signals(void)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

	for (size_t i = 0; i < ARRAY_LEN(signals); i++)
		(void)signal(signals[i], SIG_IGN);
}

static NORETURN void become_front(int exe_fd, char *const *argv, int error_fd)
{
	char *environment[] = { FIXED_ENVIRONMENT, NULL, NULL, NULL };
	size_t n = 2;
	uid_t id = geteuid() == 0 ? SNPLAUNCH_FRONT_UID : geteuid();
	struct err err;

	if (getenv("JOURNAL_STREAM") != NULL)
		environment[n++] = (char *)"JOURNAL_STREAM=1";
	if (getenv("SNPLAUNCH_DEBUG") != NULL)
		environment[n++] = (char *)"SNPLAUNCH_DEBUG=1";
	reset_signals();
	ignore_ending_signals();
	if (privileges_drop(id, &err) < 0 || die_with_parent(error_fd, &err) < 0)
		fail_in_child(error_fd, &err);
	(void)syscall(SYS_execveat, exe_fd, "", argv, environment, AT_EMPTY_PATH);
	(void)err_sys_kind(&err, ERR_HOST, "cannot execute the front program");
	fail_in_child(error_fd, &err);
}

int spawn_front(struct child *child, int exe_fd, char *const *argv, const int *kept_fds,
		size_t n_kept, struct err *err)
{
	AUTO(child) struct child started;
	int pipe_ends[2];
	int result;

	child_init(&started);
	if (make_pipe(pipe_ends, err) < 0)
		return -1;
	started.pid = fork_with(0, &started.pidfd);
	if (started.pid == 0) {
		close_fd(&pipe_ends[0]); // so that the launcher's is the only one
		for (size_t i = 0; i < n_kept; i++)
			(void)fcntl(kept_fds[i], F_SETFD, 0);
		become_front(exe_fd, argv, pipe_ends[1]);
	}
	close_fd(&pipe_ends[1]);
	result = started.pid < 0 ? err_sys(err, "cannot fork") : await_exec(pipe_ends[0], err);
	close_fd(&pipe_ends[0]);
	if (result < 0)
		return err_context(err, "front");
	*child = started;
	child_init(&started);
	return 0;
}

// Puts every descriptor at its number: first all out of the way, then down in order.
static int arrange_fds(const struct qemu_start *start, struct err *err)
{
	int parked[PARKING_FD];

	assert(start->n_fds < PARKING_FD);
	for (size_t i = 0; i < start->n_fds; i++) {
		parked[i] = fcntl(start->fds[i], F_DUPFD_CLOEXEC, PARKING_FD);
		if (parked[i] < 0)
			return err_sys(err, "cannot move a descriptor");
	}
	for (size_t i = 0; i < start->n_fds; i++)
		if (dup2(parked[i], LAYOUT_FIRST_FD + (int)i) < 0)
			return err_sys(err, "cannot place a descriptor");
	return 0;
}

static int park_fd(int *fd, struct err *err)
{
	int parked = fcntl(*fd, F_DUPFD_CLOEXEC, PARKING_FD);

	if (parked < 0)
		return err_sys(err, "cannot move a descriptor");
	*fd = parked;
	return 0;
}

static int arrange_standard_fds(int stderr_fd, struct err *err)
{
	AUTO(fd) int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null_fd < 0)
		return err_sys(err, "cannot open '/dev/null'");
	if (dup2(null_fd, STDIN_FILENO) < 0 || dup2(stderr_fd, STDOUT_FILENO) < 0 ||
	    dup2(stderr_fd, STDERR_FILENO) < 0)
		return err_sys(err, "cannot place the standard descriptors");
	return 0;
}

// All that QEMU keeps is 0 to 2 and what the layout numbers; the rest closes when it is executed.
static int arrange_all_fds(const struct qemu_start *start, int *exe_fd, int *error_fd,
			   struct err *err)
{
	unsigned int end = LAYOUT_FIRST_FD + (unsigned int)start->n_fds;

	if (park_fd(exe_fd, err) < 0 || park_fd(error_fd, err) < 0 ||
	    arrange_standard_fds(start->stderr_fd, err) < 0 || arrange_fds(start, err) < 0)
		return -1;
	if (syscall(SYS_close_range, end, ~0U, CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys(err, "cannot mark descriptors to be closed");
	return 0;
}

static NORETURN void become_qemu(const struct qemu_start *start, int error_fd)
{
	uid_t id = getuid() == 0 ? SNPLAUNCH_QEMU_UID : getuid();
	int exe_fd = start->exe_fd;
	struct err err;

	reset_signals();
	if (chdir("/") < 0) {
		(void)err_sys(&err, "cannot change to '/'");
		fail_in_child(error_fd, &err);
	}
	if (arrange_all_fds(start, &exe_fd, &error_fd, &err) < 0 || privileges_drop(id, &err) < 0 ||
	    die_with_parent(error_fd, &err) < 0)
		fail_in_child(error_fd, &err);
	(void)syscall(SYS_execveat, exe_fd, "", start->argv->items, qemu_environment,
		      AT_EMPTY_PATH);
	(void)err_sys_kind(&err, ERR_HOST, "cannot execute QEMU");
	fail_in_child(error_fd, &err);
}

struct identity {
	uid_t uid;
	gid_t gid;
};

// Runs as PID 1 of the new namespace: starts QEMU and stays to reap it.
static NORETURN void become_init(const struct qemu_start *start, const struct identity *identity,
				 int status_fd, int error_fd)
{
	uid_t id = identity->uid == 0 ? SNPLAUNCH_FRONT_UID : identity->uid;
	struct err err;
	pid_t qemu_pid;

	if (identity->uid != 0 && privileges_map_self(identity->uid, identity->gid, &err) < 0)
		fail_in_child(error_fd, &err);
	(void)setsid(); // no terminal's signals reach QEMU; a new process cannot be a group leader
	qemu_pid = fork();
	if (qemu_pid == 0)
		become_qemu(start, error_fd);
	if (qemu_pid < 0) {
		(void)err_sys(&err, "cannot fork");
		fail_in_child(error_fd, &err);
	}
	reset_signals();
	if (privileges_drop(id, &err) < 0 || die_with_parent(error_fd, &err) < 0)
		fail_in_child(error_fd, &err);
	init_run(qemu_pid, status_fd);
}

static const char userns_remedy[] =
	"this kernel gives you no user namespace: allow it (sysctl kernel.unprivileged_userns_clone=1, "
	"user.max_user_namespaces above 0, kernel.apparmor_restrict_unprivileged_userns=0; a chroot "
	"never has one), or start snplaunch as root";

static int clone_init(struct child *init, const struct qemu_start *start, const int pipes[static 4],
		      struct err *err)
{
	const struct identity identity = { geteuid(), getegid() };
	uint64_t flags = CLONE_NEWPID;

	if (identity.uid != 0)
		flags |= CLONE_NEWUSER;
	init->pid = fork_with(flags, &init->pidfd);
	if (init->pid == 0) {
		(void)close(pipes[0]); // so that the launcher's are the only ones
		(void)close(pipes[2]);
		become_init(start, &identity, pipes[1], pipes[3]);
	}
	if (init->pid < 0 && identity.uid != 0)
		return err_sys_kind(err, ERR_HOST, "%s", userns_remedy);
	if (init->pid < 0)
		return err_sys(err, "cannot make a PID namespace");
	return 0;
}

int spawn_qemu(struct child *init, const struct qemu_start *start, struct err *err)
{
	AUTO(child) struct child started;
	int pipes[4]; // read and write end for the status, then for an error before exec
	int result;

	child_init(&started);
	if (make_pipe(pipes, err) < 0)
		return -1;
	started.status_fd = pipes[0];
	if (make_pipe(pipes + 2, err) < 0) {
		close_fd(&pipes[1]);
		return -1;
	}
	result = clone_init(&started, start, pipes, err);
	close_fd(&pipes[1]);
	close_fd(&pipes[3]);
	if (result == 0)
		result = await_exec(pipes[2], err);
	close_fd(&pipes[2]);
	if (result < 0)
		return err_context(err, "QEMU");
	*init = started;
	child_init(&started);
	return 0;
}
