// SPDX-License-Identifier: Apache-2.0
// Attacks on other processes, and by new ones. The parent is the launcher in the front's place and
// init in QEMU's; a second guest runs beside each attack.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define PIDS_TRIED 131072
#ifndef SYS_process_mrelease
#define SYS_process_mrelease 448
#endif

long end_child(long pid)
{
	if (pid == 0)
		_exit(0);
	if (pid > 0)
		(void)waitpid((pid_t)pid, NULL, 0); // a sibling is reaped by the parent
	return pid;
}

// --- New processes ------------------------------------------------------------------------------

static long fork_one(const struct action *action)
{
	(void)action;
	return end_child(syscall(SYS_fork));
}

// vfork() itself cannot be called from a function that returns.
static long vfork_one(const struct action *action)
{
	(void)action;
	return end_child(syscall(SYS_clone, CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, 0UL));
}

static long clone_one(const struct action *action)
{
	return end_child(
		syscall(SYS_clone, (unsigned long)action->number | SIGCHLD, NULL, NULL, NULL, 0UL));
}

static long clone3_one(const struct action *action)
{
	struct clone_args args = { .exit_signal = SIGCHLD };

	(void)action;
	return end_child(syscall(SYS_clone3, &args, sizeof(args)));
}

// The new program reports; it was told what to say.
static long execute_shell(const struct action *action)
{
	char script[512];
	char *argv[] = { (char *)"sh", (char *)"-c", script, NULL };

	(void)snprintf(script, sizeof(script), "echo '%s' >&2",
		       report_line(action, success_word(action)));
	return execve("/bin/sh", argv, (char *[]){ NULL });
}

static long execute_self(const struct action *action)
{
	char *argv[] = { (char *)"attack", (char *)"--say", NULL, NULL };

	argv[2] = (char *)(uintptr_t)report_line(action, success_word(action));
	return execve(action->path, argv, (char *[]){ NULL });
}

static long execute_memfd(const struct action *action)
{
	char *argv[] = { (char *)"nothing", NULL };
	int fd = memfd_create("attack", MFD_CLOEXEC);

	(void)action;
	if (fd < 0 || write(fd, "none", 4) < 0)
		return -1;
	return syscall(SYS_execveat, fd, "", argv, argv + 1, AT_EMPTY_PATH);
}

// --- Signals ------------------------------------------------------------------------------------

// The first process of a PID namespace hears no signal of its own namespace without a handler.
static long signalled(long result)
{
	return result == 0 && !place.is_front ? NOTHING : result;
}

// Signal 0 asks for the right and sends nothing.
static long signal_one(const struct action *action)
{
	return signalled(kill(action->number != 0 ? (pid_t)action->number : getppid(), 0));
}

static long signal_all(const struct action *action)
{
	(void)action;
	return kill(-1, 0);
}

static bool is_another(pid_t pid)
{
	return pid != getpid() && pid != getppid();
}

static long signal_range(const struct action *action)
{
	bool refused = false;

	(void)action;
	for (pid_t pid = 2; pid < PIDS_TRIED; pid++) {
		if (is_another(pid) && kill(pid, 0) == 0)
			return 0;
		refused = refused || errno == EPERM;
	}
	errno = refused ? EPERM : ESRCH;
	return -1;
}

static long abort_range(const struct action *action)
{
	(void)action;
	for (pid_t pid = 2; pid < PIDS_TRIED; pid++)
		if (is_another(pid) && syscall(SYS_tgkill, pid, pid, 0) == 0)
			return 0;
	errno = ESRCH;
	return -1;
}

static long queue_signal(const struct action *action)
{
	// What nobody but the kernel may say: this came from a timer.
	siginfo_t info = { .si_signo = SIGTERM, .si_code = SI_TIMER };

	(void)action;
	return signalled(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &info));
}

// --- Handles of processes -----------------------------------------------------------------------

static int open_parent(void)
{
	return (int)syscall(SYS_pidfd_open, getppid(), 0);
}

static long open_pidfd(const struct action *action)
{
	(void)action;
	return open_parent();
}

static long signal_by_pidfd(const struct action *action)
{
	int fd = open_parent();

	(void)action;
	return fd < 0 ? -1 : signalled(syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0));
}

static long take_descriptor(const struct action *action)
{
	int fd = open_parent();

	(void)action;
	return fd < 0 ? -1 : syscall(SYS_pidfd_getfd, fd, 0, 0);
}

static long advise_other(const struct action *action)
{
	struct iovec range = { NULL, 4096 };
	int fd = open_parent();

	(void)action;
	return fd < 0 ? -1 : syscall(SYS_process_madvise, fd, &range, 1, MADV_COLD, 0);
}

static long release_other(const struct action *action)
{
	int fd = open_parent();

	(void)action;
	return fd < 0 ? -1 : syscall(SYS_process_mrelease, fd, 0);
}

// --- Reading and tracing ------------------------------------------------------------------------

static long seize(const struct action *action)
{
	(void)action;
	return ptrace(PTRACE_SEIZE, getppid(), NULL, NULL);
}

static long be_traced(const struct action *action)
{
	(void)action;
	return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

// With a bad address, which is found out about last.
static long move_memory(const struct action *action)
{
	char byte[1];
	struct iovec local = { byte, sizeof(byte) };
	struct iovec remote = { NULL, sizeof(byte) };

	return syscall(action->number, getppid(), &local, 1UL, &remote, 1UL, 0UL);
}

static long compare(const struct action *action)
{
	(void)action;
	return syscall(SYS_kcmp, getpid(), getppid(), KCMP_VM, 0UL, 0UL);
}

static long robust_list(const struct action *action)
{
	void *head;
	size_t len;

	(void)action;
	return syscall(SYS_get_robust_list, getppid(), &head, &len);
}

static long migrate(const struct action *action)
{
	unsigned long nodes = 1;

	(void)action;
	return syscall(SYS_migrate_pages, getppid(), 8UL * sizeof(nodes), &nodes, &nodes);
}

static long move_pages_of(const struct action *action)
{
	void *page = NULL;
	int status;

	(void)action;
	return syscall(SYS_move_pages, getppid(), 1UL, &page, NULL, &status, 0);
}

// --- What /proc shows of others -----------------------------------------------------------------

static bool can_look(const struct action *action, const char *path)
{
	char byte;
	int fd = open(path, (int)action->number | O_CLOEXEC | O_NONBLOCK);
	bool can = fd >= 0 && (action->number != O_RDONLY || read(fd, &byte, 1) == 1);
	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
	return can;
}

// All fronts of root's have one user, and one that is just being executed has not hidden itself yet;
// it holds nothing then, so what counts is what can be seen of a front that has begun.
static bool can_still_look(const struct action *action, const char *path)
{
	if (!place.is_front)
		return true;
	(void)usleep(200000);
	return can_look(action, path);
}

// Opens or reads 'path' below each process that is neither we nor, when it is a jail's, init.
static long search_proc(const struct action *action)
{
	DIR *proc = opendir("/proc");
	int last_errno = 0;

	if (proc == NULL)
		return -1;
	for (struct dirent *entry = readdir(proc); entry != NULL; entry = readdir(proc)) {
		pid_t pid = atoi(entry->d_name);
		char path[64];

		if (pid == 0 || pid == getpid() || (!place.is_front && pid == 1))
			continue;
		(void)snprintf(path, sizeof(path), "/proc/%d/%s", pid, action->path);
		errno = 0;
		if (can_look(action, path) && can_still_look(action, path))
			return 0;
		if (errno != 0 && errno != ENOENT && errno != ESRCH)
			last_errno = errno;
	}
	errno = last_errno;
	return last_errno == 0 ? NOTHING : -1;
}

static long open_init(const struct action *action)
{
	return open(action->path, (int)action->number | O_CLOEXEC);
}

// --- Scheduling ---------------------------------------------------------------------------------

static long renice_other(const struct action *action)
{
	(void)action;
	return setpriority(PRIO_PROCESS, (id_t)getppid(), getpriority(PRIO_PROCESS, 0));
}

static long hurry(const struct action *action)
{
	(void)action;
	return setpriority(PRIO_PROCESS, 0, -20);
}

static long schedule(const struct action *action)
{
	const struct sched_param parameters = { .sched_priority =
							action->number == SCHED_FIFO ? 50 : 0 };
	pid_t pid = action->number == SCHED_FIFO ? 0 : getppid();

	return sched_setscheduler(pid, (int)action->number, &parameters);
}

static long schedule_deadline(const struct action *action)
{
	struct {
		uint32_t size, policy;
		uint64_t flags;
		int32_t nice;
		uint32_t priority;
		uint64_t runtime, deadline, period;
	} attributes = { .size = 48,
			 .policy = 6, // SCHED_DEADLINE
			 .runtime = 1000000,
			 .deadline = 10000000,
			 .period = 10000000 };

	(void)action;
	return syscall(SYS_sched_setattr, 0, &attributes, 0);
}

static long set_affinity(const struct action *action)
{
	cpu_set_t cpus;
	pid_t pid = action->number != 0 ? getppid() : 0;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return -1;
	return sched_setaffinity(pid, sizeof(cpus), &cpus);
}

static long io_priority(const struct action *action)
{
	(void)action;
	return syscall(SYS_ioprio_set, 1, 0, 1 << 13); // IOPRIO_WHO_PROCESS, real-time
}

static long own_session(const struct action *action)
{
	(void)action;
	return setsid();
}

static long join_group(const struct action *action)
{
	(void)action;
	return setpgid(getppid(), 0);
}

static const struct action actions[] = {
	ACTION("fork", "start a process", fork_one, .anybody = true),
	ACTION("vfork", "likewise", vfork_one, .anybody = true),
	ACTION("clone/plain", "likewise", clone_one, .anybody = true),
	ACTION("clone/parent", "likewise, as a sibling", clone_one, .number = CLONE_PARENT,
	       .anybody = true),
	ACTION("clone3", "likewise, by a call whose arguments no filter sees", clone3_one,
	       .anybody = true),
	ACTION("execve/shell", "become a shell", execute_shell, .anybody = true),
	ACTION("execve/self", "start over", execute_self, .path = "/proc/self/exe",
	       .anybody = true),
	ACTION("fexecve", "execute what is in memory", execute_memfd, .right_errno = ENOEXEC,
	       .anybody = true,
	       .nothing =
		       "the new program has the same user, root and filters, as QEMU itself had"),
	ACTION("kill/parent", "signal the parent", signal_one),
	ACTION("kill/init", "signal process 1", signal_one, .number = 1),
	// Fronts have one user.
	ACTION("kill-all", "signal every process", signal_all, .anybody = true),
	ACTION("kill-range", "signal every process but the parent, one by one", signal_range,
	       .anybody = true),
	ACTION("tgkill", "likewise, by threads", abort_range, .anybody = true),
	ACTION("rt_sigqueueinfo", "send the parent a signal that names another sender",
	       queue_signal),
	ACTION("pidfd_open", "open the parent", open_pidfd,
	       .nothing =
		       "such a descriptor gives no right: see pidfd_send_signal and pidfd_getfd"),
	ACTION("pidfd_send_signal", "signal the parent by its descriptor", signal_by_pidfd),
	ACTION("pidfd_getfd", "take a descriptor from the parent", take_descriptor),
	ACTION("process_madvise", "push the parent's memory out", advise_other),
	ACTION("process_mrelease", "release the parent's memory", release_other,
	       .right_errno = EINVAL, .nothing = "only of a process that is being killed"),
	ACTION("ptrace/seize", "trace the parent", seize),
	ACTION("ptrace/traceme", "be traced by the parent", be_traced,
	       .nothing = "the parent has to ask for news of us, which it does not"),
	ACTION("process_vm_readv", "read the parent's memory", move_memory,
	       .number = SYS_process_vm_readv, .right_errno = EFAULT),
	ACTION("process_vm_writev", "write the parent's memory", move_memory,
	       .number = SYS_process_vm_writev, .right_errno = EFAULT),
	ACTION("kcmp", "compare kernel addresses with the parent's", compare),
	ACTION("get_robust_list", "read an address of the parent's", robust_list),
	ACTION("migrate_pages", "move the parent's memory", migrate),
	ACTION("move_pages", "ask where the parent's memory lies", move_pages_of),
	ACTION("proc-others/cmdline", "read what others are told", search_proc, .path = "cmdline",
	       .number = O_RDONLY, .anybody = true),
	ACTION("proc-others/environ", "read the environment of others", search_proc,
	       .path = "environ", .number = O_RDONLY),
	ACTION("proc-others/maps", "read where the memory of others lies", search_proc,
	       .path = "maps", .number = O_RDONLY),
	ACTION("proc-mem", "open the memory of others", search_proc, .path = "mem",
	       .number = O_RDWR),
	ACTION("proc-fd", "open the descriptors of others", search_proc, .path = "fd/3",
	       .number = O_PATH),
	ACTION("proc-others/root", "open the root of others", search_proc, .path = "root",
	       .number = O_PATH),
	ACTION("proc-init/mem", "open the memory of process 1", open_init, .path = "/proc/1/mem",
	       .number = O_RDWR),
	ACTION("proc-init/environ", "read the environment of process 1", open_init,
	       .path = "/proc/1/environ", .number = O_RDONLY),
	ACTION("oom", "have others killed first", open_init, .path = "/proc/1/oom_score_adj",
	       .number = O_WRONLY),
	ACTION("setpriority/parent", "change the parent's priority", renice_other),
	ACTION("setpriority/self", "come before others", hurry),
	ACTION("sched_setscheduler/parent", "change how the parent is scheduled", schedule,
	       .number = SCHED_OTHER),
	ACTION("sched_setscheduler/fifo", "run before everything", schedule, .number = SCHED_FIFO),
	ACTION("sched_setattr", "reserve processor time", schedule_deadline),
	ACTION("sched_setaffinity/parent", "tell the parent where to run", set_affinity,
	       .number = 1),
	ACTION("sched_setaffinity/self", "choose where to run", set_affinity,
	       .nothing = "a cgroup's set of processors still bounds it"),
	ACTION("ioprio_set", "come first at the disks", io_priority),
	ACTION("setsid", "begin a session", own_session, .anybody = true),
	ACTION("setpgid", "make the parent a group leader", join_group),
};

DEFINE_ACTIONS(process_actions, actions);
