// SPDX-License-Identifier: Apache-2.0
// The jail: builds what QEMU may see, starts QEMU in it, and stays as its parent.
//
// The launcher has started this program as the first process of new user, mount, PID, network, IPC,
// UTS and cgroup namespaces, as an unprivileged user of the host whose capabilities mean nothing
// outside of that user namespace; so a mistake here endangers no more than a user could. Whether
// root or a user started snplaunch makes no difference here. In time order:
//
//   1 read_order   what to do, from standard input, which is a socket to the launcher.
//   2 inherit      QEMU's arguments and descriptors, from a plan that is checked here.
//   3 root_build   the root, while the host's files can still be seen.
//   4 fork         QEMU's process: its descriptors to their numbers, then every layer, then exec.
//                  Must: clear what identity changes before PDEATHSIG; seccomp last.
//   5 wait         this process becomes as unprivileged as QEMU, and reaps. Why it exists: a process
//                  of another uid is not killed when its parent dies, and QEMU as PID 1 would show
//                  abort() as a different signal. Its own end ends all that is in the namespace.
//
// A failure before QEMU is executed is written to that socket as a struct err. The launcher sees its
// end when QEMU's program has replaced the last copy.

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/signals.h"
#include "confine/filter.h"
#include "confine/layers.h"
#include "confine/privileges.h"
#include "jail/inherit.h"
#include "jail/layers.h"
#include "jail/root.h"

// Above every number that QEMU's descriptors have, and below any sensible limit of descriptors.
#define PARKING_FD 64
// What is added to the number of the signal that killed QEMU, for an exit status.
#define KILLED_BY_SIGNAL 128

static_assert(LAYOUT_FIRST_FD + LAYOUT_FDS_MAX < PARKING_FD,
	      "parked descriptors are out of the way");

static NORETURN void fail(int launcher_fd, const struct err *err)
{
	// If this cannot be written, the launcher takes it for started, and next sees that it has ended.
	_exit(write(launcher_fd, err, sizeof(*err)) == (ssize_t)sizeof(*err) ? 1 : 2);
}

// Moves the launcher's socket away, for QEMU's standard input to take its place.
static int read_order(struct order *order, int *launcher_fd)
{
	*launcher_fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, PARKING_FD);
	return *launcher_fd >= 0 &&
			       read(*launcher_fd, order, sizeof(*order)) ==
				       (ssize_t)sizeof(*order) &&
			       order->n_given <= START_FDS_MAX ?
		       0 :
		       -1;
}

// From other processes of this user, which may be a front that a guest file has taken over.
static int hide(struct err *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(err, "cannot hide itself");
	return 0;
}

// The folder above the bin/ that QEMU lies in: /opt/q for /opt/q/bin/qemu. "" for /usr, which is
// shown anyway, and for a QEMU that the host policy does not name.
static int find_prefix(const struct order *order, char *prefix, size_t size, struct err *err)
{
	char link[32];
	ssize_t len;
	char *bin;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", order->fds[ORDER_EXE]);
	len = readlink(link, prefix, size - 1);
	if (len < 0)
		return err_sys(err, "cannot find out where QEMU lies");
	prefix[len] = '\0';
	bin = strrchr(prefix, '/');
	if (bin != NULL)
		*bin = '\0';
	bin = strrchr(prefix, '/');
	if (!order->is_listed || bin == NULL || bin == prefix || strcmp(bin, "/bin") != 0 ||
	    strncmp(prefix, "/usr/", 5) == 0)
		bin = prefix;
	*bin = '\0';
	return 0;
}

// Without namespaces there is no root to build either, which only "auto" allows.
static int go_without_namespaces(const struct order *order, int launcher_fd, struct err *err)
{
	bool may_go_on = order->confinement == CONFINEMENT_AUTO;

	(void)err_set_errno(err, ERR_HOST, order->refused_errnum, "cannot make a process");
	if (!layer_left_out(LAYER_NAMESPACES) &&
	    layers_miss(LAYER_NAMESPACES, may_go_on, launcher_fd, err) < 0)
		return -1;
	(void)err_set(err, ERR_NONE, "confinement layer 'root' is missing: it needs namespaces");
	err->errnum = LAYER_ROOT;
	return write(launcher_fd, err, sizeof(*err)) < 0 ? err_sys(err, "cannot tell it") : 0;
}

static int park_fd(int *fd, struct err *err)
{
	*fd = fcntl(*fd, F_DUPFD_CLOEXEC, PARKING_FD);
	return *fd < 0 ? err_sys(err, "cannot move a descriptor") : 0;
}

static int place_fd(int fd, int number, struct err *err)
{
	return dup2(fd, number) < 0 ? err_sys(err, "cannot place a descriptor") : 0;
}

// All that QEMU keeps is 0 to 2 and what it inherits; the rest closes when it is executed.
static int arrange_fds(struct inheritance *heritage, int *exe_fd, int null_fd, struct err *err)
{
	if (park_fd(&null_fd, err) < 0 || park_fd(exe_fd, err) < 0 ||
	    park_fd(&heritage->stderr_fd, err) < 0)
		return -1;
	for (size_t i = 0; i < heritage->n_fds; i++)
		if (park_fd(&heritage->fds[i], err) < 0)
			return -1;
	if (place_fd(null_fd, STDIN_FILENO, err) < 0 ||
	    place_fd(heritage->stderr_fd, STDOUT_FILENO, err) < 0 ||
	    place_fd(heritage->stderr_fd, STDERR_FILENO, err) < 0)
		return -1;
	for (size_t i = 0; i < heritage->n_fds; i++)
		if (place_fd(heritage->fds[i], LAYOUT_FIRST_FD + (int)i, err) < 0)
			return -1;
	if (syscall(SYS_close_range, LAYOUT_FIRST_FD + (unsigned int)heritage->n_fds, ~0U,
		    CLOSE_RANGE_CLOEXEC) < 0)
		return err_sys(err, "cannot mark descriptors to be closed");
	return 0;
}

static NORETURN void become_qemu(struct jail *jail, struct inheritance *heritage, int null_fd)
{
	struct err err;

	if (arrange_fds(heritage, &jail->exe_fd, null_fd, &err) == 0 &&
	    layers_put_on(jail, &err) == 0) {
		(void)syscall(SYS_execveat, jail->exe_fd, "", heritage->argv.items,
			      heritage->environment.items, AT_EMPTY_PATH);
		(void)err_sys_kind(&err, ERR_HOST, "cannot execute QEMU");
	}
	fail(jail->launcher_fd, &err);
}

static NORETURN void wait_for(pid_t qemu_pid)
{
	siginfo_t info = { 0 };

	while (info.si_pid != qemu_pid)
		if (waitid(P_ALL, 0, &info, WEXITED) < 0 && errno != EINTR)
			_exit(1);
	_exit(info.si_code == CLD_EXITED ? info.si_status : KILLED_BY_SIGNAL + info.si_status);
}

// All that needs the host's files, or more rights than QEMU and its init have.
static int prepare(struct jail *jail, const struct order *order, struct inheritance *heritage,
		   struct err *err)
{
	if (hide(err) < 0 || inherit(heritage, order, err) < 0 ||
	    find_prefix(order, jail->prefix, sizeof(jail->prefix), err) < 0)
		return -1;
	if (!order->has_namespaces)
		return go_without_namespaces(order, jail->launcher_fd, err);
	return layer_left_out(LAYER_ROOT) ? 0 : root_build(order, jail->prefix, err);
}

int main(void)
{
	static struct order order;
	static struct inheritance heritage;
	static struct jail jail = { .order = &order };
	int null_fd = open("/dev/null", O_RDWR | O_CLOEXEC); // while there is the host's
	struct err err;
	pid_t qemu_pid;

	signals_reset();
	(void)setsid(); // no terminal's signals; a new process cannot be a group leader
	if (read_order(&order, &jail.launcher_fd) < 0)
		return 1; // nobody but the launcher starts this
	jail.exe_fd = order.fds[ORDER_EXE];
	jail.init_pid = getpid();
	if (prepare(&jail, &order, &heritage, &err) < 0)
		fail(jail.launcher_fd, &err);
	jail.library_fd = heritage.library_fd;
	qemu_pid = fork();
	if (qemu_pid == 0)
		become_qemu(&jail, &heritage, null_fd);
	if (qemu_pid < 0) {
		(void)err_sys(&err, "cannot make a process");
		fail(jail.launcher_fd, &err);
	}
	if (privileges_drop(order.init_uid, jail.launcher_fd, &err) < 0 ||
	    filter_load(FILTER_INIT, &err) < 0)
		fail(jail.launcher_fd, &err);
	// An open pipe end or lock here would outlive its owner.
	if (syscall(SYS_close_range, 0U, ~0U, 0U) < 0)
		return 1;
	wait_for(qemu_pid);
}
