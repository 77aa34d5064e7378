// SPDX-License-Identifier: Apache-2.0
// Starts children. Each has a socket to us until it executes its program, at whose end it reports
// failures as a struct err; the socket's end without one means that the program was executed.

#include "launcher/spawn.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/auto.h"
#include "base/log.h"
#include "base/wire.h"
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
// A word, and as many numbers of descriptors as there may be.
#define HELPER_OPTION_SIZE 512
// What SEV and SEV-ES, which pin the guest's memory, pin beside it: firmware and the like.
#define MEMLOCK_BESIDE_GUEST_MIB 64

// A child before it executes its program.
struct birth {
	const struct program *program;
	uid_t uid; // of the front; also the gid
	uint64_t flags;
	int cgroup_fd; // -1: none
	struct order
		*order; // of the jail program, which gets it when its ids are mapped; NULL: none
	int parent_fd;	// its socket to its parent; the jail program's standard input
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

uint32_t spawn_missing;

// A note about a missing layer is no failure; each is said once.
static void tell(const struct err *note)
{
	if ((spawn_missing & 1U << note->errnum) == 0)
		log_warning("%s", note->text);
	spawn_missing |= 1U << note->errnum;
}

// The child is not believed, as it may be an unprivileged one already.
static bool is_note(const struct err *note)
{
	return note->kind == ERR_NONE && (unsigned int)note->errnum < LAYERS &&
	       memchr(note->text, '\0', sizeof(note->text)) != NULL;
}

// Waits until the child has executed its program (the socket ends) or says why it could not.
static int await_exec(int child_fd, struct err *err)
{
	struct pollfd waiting = { .fd = child_fd, .events = POLLIN };

	while (poll(&waiting, 1, SPAWN_TIMEOUT_MS) > 0) {
		ssize_t n = read(child_fd, err, sizeof(*err));

		if (n < 0 && errno == ECONNRESET)
			continue; // it has left its order unread; what it said comes next
		if (n == 0)
			return 0;
		if (n != (ssize_t)sizeof(*err) || (!is_note(err) && !err_is_valid(err)))
			return err_set(err, ERR_BUG, "a child failed without saying why");
		if (err->kind != ERR_NONE)
			return -1;
		tell(err);
	}
	return err_set(err, ERR_SYSTEM, "a child did not start within %d ms", SPAWN_TIMEOUT_MS);
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

static int raise_memlock(const struct plan_needs *needs, pid_t pid, struct err *err)
{
	bool pins =
		(needs->level == LEVEL_SEV || needs->level == LEVEL_SEV_ES) && !needs->rehearses;
	uint64_t mib = (uint64_t)needs->memory_mib + MEMLOCK_BESIDE_GUEST_MIB;
	const struct rlimit memlock = { mib << 20, mib << 20 };

	if (pins && prlimit(pid, RLIMIT_MEMLOCK, &memlock, NULL) < 0)
		return err_sys_kind(err, ERR_REFUSED,
				    "cannot let QEMU lock %" PRIu64
				    " MiB of memory: raise the limit (ulimit -l, LimitMEMLOCK=)",
				    mib);
	return 0;
}

static int give_order(const struct order *order, pid_t pid, int child_fd, struct err *err)
{
	if ((order->has_namespaces && map_ids(order, pid, err) < 0) ||
	    raise_memlock(&order->needs, pid, err) < 0)
		return -1;
	if (write(child_fd, order, sizeof(*order)) < 0 && errno != EPIPE) // it ended, and said why
		return err_sys(err, "cannot order a jail");
	return 0;
}

// Takes its id in the user namespace, and what only that namespace honours through exec.
static int take_identity(const struct birth *birth, struct err *err)
{
	const int sets = CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE |
			 CAPNG_BOUNDING_SET | CAPNG_AMBIENT;
	uid_t id = birth->order->init_uid;
	bool by_root = id != birth->order->qemu_uid; // a user has but one

	if ((by_root && setresgid(id, id, id) < 0) || setresuid(id, id, id) < 0)
		return err_sys(err, "cannot become user %u", id);
	capng_setpid(0); // not the parent's
	capng_clear(CAPNG_SELECT_ALL);
	(void)capng_updatev(CAPNG_ADD, (capng_type_t)sets, CAP_SYS_ADMIN, CAP_SETUID, CAP_SETGID,
			    CAP_SETPCAP, -1);
	if (capng_apply(CAPNG_SELECT_ALL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "cannot keep the capabilities of a user namespace");
	return 0;
}

static int become_jail(const struct birth *birth, struct err *err)
{
	struct pollfd mapped = { .fd = birth->parent_fd, .events = POLLIN };

	if (poll(&mapped, 1, SPAWN_TIMEOUT_MS) <= 0 || (mapped.revents & POLLHUP) != 0 ||
	    dup2(mapped.fd, STDIN_FILENO) < 0)
		return err_set(err, ERR_SYSTEM, "the parent of a child ended while it started");
	return birth->order->has_namespaces ?
		       take_identity(birth, err) :
		       privileges_drop(birth->order->init_uid, birth->parent_fd, err);
}

static void execute(const struct birth *birth, struct err *err)
{
#ifdef SNPLAUNCH_TEST_LAYERS
	char *const *environment = environ;
#else
	char *environment[] = { (char *)"PATH=/usr/bin", (char *)"LC_ALL=C", NULL, NULL, NULL };
	size_t n = 2;

	if (getenv("JOURNAL_STREAM") != NULL)
		environment[n++] = (char *)"JOURNAL_STREAM=1";
	if (getenv("SNPLAUNCH_DEBUG") != NULL)
		environment[n++] = (char *)"SNPLAUNCH_DEBUG=1";
#endif
	// Not the keys of whoever started us; where this fails there are none. Before the user changes,
	// because root may have more keyrings than others.
	if (!layer_left_out(LAYER_KEYRING))
		(void)syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL);
	if ((birth->order != NULL ? become_jail(birth, err) :
				    privileges_drop(birth->uid, birth->parent_fd, err)) < 0)
		return;
	for (size_t i = 0; i < birth->program->n_kept; i++)
		if (birth->program->kept_fds[i] >=
		    0) // fails for what is not open, which nobody has
			(void)fcntl(birth->program->kept_fds[i], F_SETFD, 0);
	(void)syscall(SYS_execveat, birth->program->fd, "", birth->program->argv, environment,
		      AT_EMPTY_PATH);
	(void)err_sys_kind(err, ERR_HOST, "cannot execute the %s program", birth->program->noun);
}

static int spawn(struct child *child, struct birth *birth, struct err *err)
{
	AUTO(child) struct child started;
	AUTO(fd) int child_fd = -1;
	AUTO(fd) int parent_fd = -1;
	struct clone_args args = {
		.flags = birth->flags | CLONE_PIDFD |
			 (birth->cgroup_fd >= 0 ? CLONE_INTO_CGROUP : 0ULL),
		.cgroup = (uint64_t)(unsigned int)birth->cgroup_fd,
		.pidfd = (uint64_t)(uintptr_t)&started.pidfd,
		.exit_signal = SIGCHLD,
	};
	int ends[2];

	child_init(&started);
	if (wire_pair(ends, err) < 0)
		return -1;
	child_fd = ends[0];
	parent_fd = ends[1];
	birth->parent_fd = parent_fd;
	started.pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (started.pid == 0) {
		close_fd(&child_fd); // so that the launcher's is the only one
		execute(birth, err);
		// If this cannot be said, it counts as started, and next its end is seen.
		_exit(write(parent_fd, err, sizeof(*err)) == (ssize_t)sizeof(*err) ? 1 : 2);
	}
	close_fd(&parent_fd);
	if (started.pid < 0)
		return err_sys_kind(err, ERR_BUSY, "cannot make a process");
	if (birth->order != NULL && give_order(birth->order, started.pid, child_fd, err) < 0)
		return -1;
	if (await_exec(child_fd, err) < 0)
		return -1;
	*child = started;
	child_init(&started);
	return 0;
}

int spawn_front(struct child *child, const struct program *program, uid_t uid, struct err *err)
{
	struct birth birth = { program, uid, .cgroup_fd = -1 };

	return spawn(child, &birth, err) < 0 ? err_context(err, "front") : 0;
}

int spawn_helper(const char *word, int front_fd, const int *fds, size_t n, uid_t uid,
		 struct err *err)
{
	AUTO(child) struct child helper;
	char option[HELPER_OPTION_SIZE];
	char *argv[] = { (char *)"snplaunch", option, NULL };
	const struct program program = { "front", front_fd, argv, fds, n };
	int used = snprintf(option, sizeof(option), "--%s=%d", word, fds[0]);

	for (size_t i = 1; i < n; i++)
		used += snprintf(option + used, sizeof(option) - (size_t)used, ",%d", fds[i]);
	child_init(&helper);
	return spawn_front(&helper, &program, uid, err) < 0 ? -1 : child_wait(&helper, err);
}

static int spawn_jail(struct child *init, const struct qemu_start *start, bool in_namespaces,
		      struct err *err)
{
	static char *const argv[] = { (char *)"snplaunch-jail", NULL };
	struct order *order = start->order;
	const struct program program = { "jail", start->jail_fd, argv, order->fds,
					 ORDER_GIVEN + order->n_given };
	struct birth birth = { &program, .cgroup_fd = start->cgroup_fd,
			       .flags = in_namespaces ? NAMESPACES : 0, .order = order };

	order->has_namespaces = in_namespaces;
	order->qemu_uid = start->policy->qemu_uid;
	// Without a PID namespace only a parent of the same user takes QEMU along when it is killed.
	order->init_uid = in_namespaces ? start->policy->front_uid : order->qemu_uid;
	return spawn(init, &birth, err);
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
	int result = spawn_jail(init, start, !layer_left_out(LAYER_NAMESPACES), err);

	if (result < 0 && refuses_namespaces(err)) {
		start->order->refused_errnum = err->errnum; // the jail program says what that means
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
