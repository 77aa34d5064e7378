// SPDX-License-Identifier: Apache-2.0
// Starts children. Between clone and exec a child reports failures through a close-on-exec pipe,
// as a struct err; its end without one means that the program was executed.

#include "launcher/spawn.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "config.h"
#include "confine/layers.h"
#include "confine/namespaces.h"
#include "confine/privileges.h"

// A child that is neither executed nor failed by then never will be.
#define SPAWN_TIMEOUT_MS 10000
// A killed process may still have to wait for a disk.
#define DEATH_TIMEOUT_MS 10000
// What the jail program adds to the number of the signal that killed QEMU, for its exit status.
#define KILLED_BY_SIGNAL 128

// All that QEMU gets, and the first half of what the front gets.
#define FIXED_ENVIRONMENT (char *)"PATH=/usr/bin", (char *)"LC_ALL=C"

static_assert(sizeof(struct err) <= PIPE_BUF, "a child's error arrives whole");

// A child before it executes its program.
struct birth {
	// What it does until then. Returns only with an error.
	void (*become)(const struct birth *birth, struct err *err);
	const void *start;
	uint64_t flags;
	int cgroup_fd;
	int error_fd; // its own end of a pipe to its parent
	// Of the jail program: written to its standard input when its ids are mapped. NULL: none.
	struct order *order;
	int order_ends[2];
	uint64_t memlock_mib;
};

void child_init(struct child *child)
{
	*child = (struct child){ .pidfd = -1 };
}

void child_release(struct child *child)
{
	struct pollfd death = { .fd = child->pidfd, .events = POLLIN };

	if (child->pid > 0) {
		(void)kill(child->pid, SIGKILL); // ours until it is reaped below
		if (poll(&death, 1, DEATH_TIMEOUT_MS) == 0)
			log_error("process %d was killed and does not end: the kernel holds it",
				  child->pid);
		else
			(void)waitpid(child->pid, NULL, 0);
	}
	close_fd(&child->pidfd);
	child_init(child);
}

int child_wait(struct child *child, struct err *err)
{
	int status = 0;

	while (waitpid(child->pid, &status, 0) < 0 && errno == EINTR)
		;
	child->pid = 0;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return err_set(err, ERR_BUG, "the front was killed by signal %d (%s)", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
}

uint32_t spawn_missing_layers;

// A note about a missing layer is no failure; each is said once.
static void tell(const struct err *note)
{
	if ((spawn_missing_layers & 1U << note->errnum) == 0)
		log_warning("%s", note->text);
	spawn_missing_layers |= 1U << note->errnum;
}

// The child is not believed, as it may be an unprivileged one already.
static bool is_note(const struct err *note)
{
	return note->kind == ERR_NONE && (unsigned int)note->errnum < LAYERS &&
	       memchr(note->text, '\0', sizeof(note->text)) != NULL;
}

// Waits until the child has executed its program (the pipe ends) or says why it could not.
static int await_exec(int error_fd, struct err *err)
{
	struct pollfd waiting = { .fd = error_fd, .events = POLLIN };
	struct err reported;
	ssize_t n;

	while (poll(&waiting, 1, SPAWN_TIMEOUT_MS) > 0) {
		n = read(error_fd, &reported, sizeof(reported));
		if (n == 0)
			return 0;
		if (n != (ssize_t)sizeof(reported) ||
		    (!is_note(&reported) && !err_is_valid(&reported)))
			return err_set(err, ERR_BUG, "a child failed without saying why");
		*err = reported;
		if (reported.kind != ERR_NONE)
			return -1;
		tell(&reported);
	}
	return err_set(err, ERR_SYSTEM, "a child did not start within %d ms", SPAWN_TIMEOUT_MS);
}

static NORETURN void fail_in_child(int error_fd, const struct err *err)
{
	// If this cannot be written, the parent takes it for started, and next sees that it has ended.
	_exit(write(error_fd, err, sizeof(*err)) == (ssize_t)sizeof(*err) ? 1 : 2);
}

static int write_id_file(pid_t pid, const char *name, const char *text)
{
	char path[40];
	AUTO(fd) int fd = -1;

	(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

// Ids keep their numbers inside.
static int map(pid_t pid, const char *name, uint32_t id, uint32_t other)
{
	char text[64];
	int n = snprintf(text, sizeof(text), "%u %u 1\n", id, id);

	if (other != id)
		(void)snprintf(text + n, sizeof(text) - (size_t)n, "%u %u 1\n", other, other);
	return write_id_file(pid, name, text);
}

// A user can map no other ids than the own ones, and groups only for good.
static int map_ids(const struct order *order, pid_t pid, struct err *err)
{
	bool privileged = getuid() == 0;

	if ((!privileged && write_id_file(pid, "setgroups", "deny") < 0) ||
	    map(pid, "uid_map", order->init_uid, order->qemu_uid) < 0 ||
	    map(pid, "gid_map", privileged ? order->init_uid : getgid(),
		privileged ? order->qemu_uid : getgid()) < 0)
		return err_sys(err, "cannot map ids into a user namespace");
	return 0;
}

static int give_order(struct birth *birth, pid_t pid, struct err *err)
{
	const struct rlimit memlock = { birth->memlock_mib << 20, birth->memlock_mib << 20 };
	struct order *order = birth->order;

	order->error_fd = birth->error_fd; // forked, so the number is the child's, too
	if (order->has_namespaces && map_ids(order, pid, err) < 0)
		return -1;
	if (birth->memlock_mib > 0 && prlimit(pid, RLIMIT_MEMLOCK, &memlock, NULL) < 0)
		return err_sys_kind(err, ERR_REFUSED,
				    "cannot let QEMU lock %" PRIu64
				    " MiB of memory: raise the limit (ulimit -l, LimitMEMLOCK=)",
				    birth->memlock_mib);
	if (write(birth->order_ends[1], order, sizeof(*order)) < 0)
		return err_sys(err, "cannot order a jail");
	return 0;
}

static int spawn(struct child *child, struct birth *birth, struct err *err)
{
	AUTO(child) struct child started;
	struct clone_args args = {
		.flags = birth->flags | CLONE_PIDFD |
			 (birth->cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0ULL),
		.cgroup = (uint64_t)(unsigned int)birth->cgroup_fd,
		.pidfd = (uint64_t)(uintptr_t)&started.pidfd,
		.exit_signal = SIGCHLD,
	};
	int ends[2];
	int result = 0;

	child_init(&started);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "cannot make a pipe");
	birth->error_fd = ends[1];
	started.pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (started.pid == 0) {
		close_fd(&ends[0]); // so that the launcher's is the only one
		birth->become(birth, err);
		fail_in_child(birth->error_fd, err);
	}
	close_fd(&ends[1]);
	if (started.pid < 0)
		result = err_sys_kind(err, ERR_BUSY, "cannot make a process");
	else if (birth->order != NULL)
		result = give_order(birth, started.pid, err);
	if (result == 0)
		result = await_exec(ends[0], err);
	close_fd(&ends[0]);
	if (result < 0)
		return -1;
	*child = started;
	child_init(&started);
	return 0;
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

static void keep_fd(int fd)
{
	if (fd >= 0)
		(void)fcntl(fd, F_SETFD, 0); // fails for what is not open, which nobody then has
}

static void become_front(const struct birth *birth, struct err *err)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };
	const struct front_start *start = birth->start;
	char *environment[] = { FIXED_ENVIRONMENT, NULL, NULL, NULL };
	size_t n = 2;

	if (getenv("JOURNAL_STREAM") != NULL)
		environment[n++] = (char *)"JOURNAL_STREAM=1";
	if (getenv("SNPLAUNCH_DEBUG") != NULL)
		environment[n++] = (char *)"SNPLAUNCH_DEBUG=1";
	reset_signals();
	// Not the keys of whoever started us; where this fails there are none.
	(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
	for (size_t i = 0; i < start->n_kept; i++)
		keep_fd(start->kept_fds[i]);
	if (privileges_drop(start->uid, birth->error_fd, err) < 0)
		return;
	(void)syscall(SYS_execveat, start->exe_fd, "", start->argv, environment, AT_EMPTY_PATH);
	(void)err_sys_kind(err, ERR_HOST, "cannot execute the front program");
}

uid_t spawn_front_uid(const struct host_policy *policy)
{
	return getuid() != 0	      ? getuid() :
	       policy->front_uid != 0 ? policy->front_uid :
					SNPLAUNCH_FRONT_UID;
}

uid_t spawn_qemu_uid(const struct host_policy *policy)
{
	return getuid() != 0	     ? getuid() :
	       policy->qemu_uid != 0 ? policy->qemu_uid :
				       SNPLAUNCH_QEMU_UID;
}

int spawn_front(struct child *child, const struct front_start *start, struct err *err)
{
	struct birth birth = { .become = become_front, .start = start, .cgroup_fd = -1 };

	return spawn(child, &birth, err) < 0 ? err_context(err, "front") : 0;
}

// Takes its id in the user namespace, and what only that namespace honours through exec.
static int take_identity(const struct order *order, int error_fd, struct err *err)
{
	static const unsigned int needed[] = { CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID, CAP_SETPCAP };
	uid_t id = order->init_uid;
	bool by_root = id != order->qemu_uid; // a user has but one

	if (!order->has_namespaces)
		return privileges_drop(id, error_fd, err);
	if ((by_root && setresgid(id, id, id) < 0) || setresuid(id, id, id) < 0)
		return err_sys(err, "cannot become user %u", id);
	capng_setpid(0); // not the parent's
	capng_clear(CAPNG_SELECT_ALL);
	for (size_t i = 0; i < ARRAY_LEN(needed); i++)
		(void)capng_update(CAPNG_ADD,
				   (capng_type_t)(CAPNG_EFFECTIVE | CAPNG_PERMITTED |
						  CAPNG_INHERITABLE | CAPNG_BOUNDING_SET |
						  CAPNG_AMBIENT),
				   needed[i]);
	if (capng_apply(CAPNG_SELECT_ALL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "cannot keep the capabilities of a user namespace");
	return 0;
}

static void become_jail(const struct birth *birth, struct err *err)
{
#ifdef SNPLAUNCH_TEST_LAYERS
	char *const *environment = environ;
#else
	static char *const environment[] = { FIXED_ENVIRONMENT, NULL };
#endif
	const struct qemu_start *start = birth->start;
	const struct order *order = birth->order;
	struct pollfd mapped = { .fd = birth->order_ends[0], .events = POLLIN };

	reset_signals();
	(void)setsid(); // no terminal's signals reach QEMU; a new process cannot be a group leader
	(void)close(birth->order_ends[1]); // the launcher's is then the only one
	if (poll(&mapped, 1, SPAWN_TIMEOUT_MS) <= 0 || (mapped.revents & POLLIN) == 0 ||
	    dup2(mapped.fd, STDIN_FILENO) < 0) {
		(void)err_set(err, ERR_SYSTEM, "the parent of a child ended while it started");
		return;
	}
	if (take_identity(order, birth->error_fd, err) < 0)
		return;
	keep_fd(birth->error_fd);
	keep_fd(order->exe_fd);
	keep_fd(order->stderr_fd);
	keep_fd(order->dev_fd);
	for (size_t i = 0; i < order->n_fds; i++)
		keep_fd(order->fds[i]);
	(void)syscall(SYS_execveat, start->jail_fd, "", start->argv->items, environment,
		      AT_EMPTY_PATH);
	(void)err_sys_kind(err, ERR_HOST, "cannot execute the jail program");
}

static int spawn_jail(struct child *init, const struct qemu_start *start, bool in_namespaces,
		      struct err *err)
{
	struct order order = *start->order;
	struct birth birth = {
		.become = become_jail,
		.start = start,
		.flags = in_namespaces ? NAMESPACES : 0,
		.cgroup_fd = start->cgroup_fd,
		.order = &order,
		.memlock_mib = start->memlock_mib,
	};
	int result;

	order.has_namespaces = in_namespaces;
	order.qemu_uid = spawn_qemu_uid(start->policy);
	// Without a PID namespace only a parent of the same user takes QEMU along when it is killed.
	order.init_uid = in_namespaces ? spawn_front_uid(start->policy) : order.qemu_uid;
	if (pipe2(birth.order_ends, O_CLOEXEC) < 0)
		return err_sys(err, "cannot make a pipe");
	result = spawn(init, &birth, err);
	close_fd(&birth.order_ends[0]);
	close_fd(&birth.order_ends[1]);
	return result;
}

// What clone3() says where the kernel or its administrator allows no namespaces.
static bool refuses_namespaces(const struct err *err)
{
	return err->kind == ERR_BUSY &&
	       (err->errnum == EPERM || err->errnum == ENOSPC || err->errnum == EUSERS ||
		err->errnum == EINVAL || err->errnum == ENOSYS);
}

int spawn_qemu(struct child *init, const struct qemu_start *start, struct err *err)
{
	bool may_go_on = start->policy->confinement == CONFINEMENT_AUTO;
	int result = spawn_jail(init, start, !layer_left_out(LAYER_NAMESPACES), err);

	if (result < 0 && refuses_namespaces(err)) {
		if (layer_miss(LAYER_NAMESPACES, may_go_on, err) < 0)
			return -1;
		tell(err);
		result = spawn_jail(init, start, false, err);
	}
	return result < 0 ? err_context(err, "QEMU") : 0;
}

struct notice_gone spawn_outcome(const siginfo_t *info)
{
	if (info->si_code != CLD_EXITED)
		return (struct notice_gone){ 0 };
	if (info->si_status < KILLED_BY_SIGNAL)
		return (struct notice_gone){ CLD_EXITED, info->si_status };
	return (struct notice_gone){ CLD_KILLED, info->si_status - KILLED_BY_SIGNAL };
}
