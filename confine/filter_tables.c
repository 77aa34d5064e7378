// SPDX-License-Identifier: Apache-2.0
// What each process may ask of the kernel, one call and one reason a row. What is in no row ends
// the process, unless its filter says otherwise.
//
// Filters are inherited and add up, and the strictest answer counts. So a filter that is loaded
// first has the parts of those that follow it.

#include "confine/filter_tables.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/if_tun.h>
#include <linux/keyctl.h>
#include <linux/kvm.h>
#include <linux/psp-sev.h>
#include <linux/seccomp.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "base/attributes.h"

static_assert(SYS_set_mempolicy_home_node == FILTER_NEWEST_CALL, "that call of Linux 5.17");

// xfs_fs.h is in no package that is needed otherwise.
#define XFS_IOC_DIOINFO _IOR('X', 30, uint32_t[3])

// The type of an ioctl: which driver it is for.
#define IOCTL_TYPE_MASK 0xff00
#define IOCTL_TYPE(letter) ((uint32_t)(letter) << 8)

#define THREAD_FLAGS (CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD)
#define PROCESS_FLAGS \
	(CLONE_NEWNS | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | \
	 CLONE_NEWCGROUP | CLONE_PTRACE | CLONE_VFORK)

#define BITS(nth, mask, value) \
	{ \
		nth, (uint32_t)(mask), (uint32_t)(value) \
	}
#define IS(nth, value) BITS(nth, UINT32_MAX, value)
#define IS_NULL(nth) \
	{ \
		nth, UINT64_MAX, 0 \
	}

#define ROW(name, answer, why, ...) \
	{ \
		.call = #name, .number = SYS_##name, .conditions = { __VA_ARGS__ }, \
		.action = (answer), .reason = (why) \
	}
#define ALLOW(name, why) ROW(name, SECCOMP_RET_ALLOW, why, { 0 })
#define ALLOW_IF(name, condition, why) ROW(name, SECCOMP_RET_ALLOW, why, condition)
#define ALLOW_IF_BOTH(name, one, other, why) ROW(name, SECCOMP_RET_ALLOW, why, one, other)
#define FAIL(name, number, why) ROW(name, SECCOMP_RET_ERRNO | (number), why, { 0 })
#define FAIL_IF(name, condition, number, why) \
	ROW(name, SECCOMP_RET_ERRNO | (number), why, condition)

// --- The programs of snplaunch -------------------------------------------------------------------

static const struct filter_row own_rows[] = {
	ALLOW(read, "files, pipes, signals, console"),
	ALLOW(write, "console, logs, events, memory files"),
	ALLOW(writev, "last words of the C library"),
	ALLOW(close, "descriptors"),
	ALLOW(fstat, "what a descriptor is"),
	ALLOW_IF(newfstatat, IS(4, AT_EMPTY_PATH), "fstat() of some C libraries"),
	ALLOW_IF(fcntl, IS(2, F_GETFL), "stdio, non-blocking sockets"),
	ALLOW_IF(fcntl, IS(2, F_SETFL), "non-blocking sockets"),
	ALLOW_IF(ioctl, IS(2, TCGETS), "is it a terminal"),
	ALLOW_IF(ioctl, IS(2, TCSETS), "the raw terminal, and the restored one"),
	ALLOW_IF(ioctl, IS(2, TIOCGPGRP), "is the terminal ours"),
	ALLOW(getpgrp, "is the terminal ours"),
	ALLOW(recvmsg, "launcher and front"),
	ALLOW(sendmsg, "launcher and front"),
	ALLOW(poll, "the loop"),
	ALLOW(ppoll, "the loop"),
	ALLOW(restart_syscall, "a wait that a stop interrupted"),
	ALLOW(rt_sigreturn, "a wait that a stop interrupted"),
	ALLOW(clock_gettime, "without the vDSO"),
	ALLOW(clock_nanosleep, "waiting"),
	ALLOW(brk, "memory"),
	ALLOW(munmap, "memory"),
	ALLOW(mremap, "memory"),
	ALLOW(madvise, "memory"),
	ALLOW_IF(mmap, BITS(3, PROT_EXEC, 0), "memory that is not code"),
	ALLOW(getrandom, "malloc, json-c's hash seed"),
	ALLOW(futex, "locks of libraries"),
	ALLOW(getpid, "messages, abort()"),
	ALLOW(gettid, "abort()"),
	ALLOW(rt_sigprocmask, "abort()"),
	ALLOW_IF(tgkill, IS(3, SIGABRT), "abort()"),
	ALLOW(exit_group, "the end"),
};

static const struct filter_row supervising_rows[] = {
	ALLOW(recvfrom, "QMP, console, control socket"),
	ALLOW(sendto, "QMP, console, events, control socket"),
	ALLOW(accept4, "who asks about the guest"),
	ALLOW(getppid, "tells them which process is the launcher"),
	ALLOW_IF(socketpair, IS(1, AF_UNIX), "QMP, console of a guest that is started"),
	ALLOW(pipe2, "standard error of a guest that is started"),
	ALLOW(pwrite64, "the launch record"),
	ALLOW(ftruncate, "the launch record and other output"),
};

static const struct filter_row planning_rows[] = {
	ALLOW(pread64, "headers of artifacts"),
	ALLOW(lseek, "stdio"),
	ALLOW(memfd_create, "artifacts"),
	ALLOW_IF(fcntl, IS(2, F_ADD_SEALS), "artifacts"),
	ALLOW_IF(fcntl, IS(2, F_GET_SEALS), "artifacts"),
	ALLOW_IF(ioctl, IS(2, KVM_GET_API_VERSION), "host facts"),
	ALLOW_IF(ioctl, IS(2, KVM_CHECK_EXTENSION), "host facts"),
	ALLOW_IF(ioctl, IS(2, KVM_GET_DEVICE_ATTR), "host facts"),
	ALLOW_IF(ioctl, IS(2, SEV_ISSUE_CMD), "host facts, by a descriptor that only reads"),
	ALLOW(uname, "of which kernel facts are kept"),
	ALLOW_IF(mprotect, BITS(3, PROT_EXEC, 0), "memory that is not code"),
	ALLOW_IF(seccomp, IS(1, SECCOMP_SET_MODE_FILTER), "the stricter filter that follows"),
};

static const struct filter_row waiting_rows[] = {
	ALLOW_IF(kill, IS(2, SIGKILL), "ends QEMU and the front"),
	ALLOW_IF(pidfd_send_signal, IS(2, SIGKILL), "ends QEMU and the front"),
	ALLOW(wait4, "reaps them"),
	ALLOW(waitid, "reaps them"),
	ALLOW(flock, "one guest of a name"),
	ALLOW(unlinkat, "the runtime directory, the guest's cgroup"),
};

static const struct filter_row serving_rows[] = {
	// OPEN, CACHE
	ALLOW(openat, "devices, logs, directories"),
	ALLOW(openat2, "what the front asks for"),
	ALLOW(newfstatat, "what a name is"),
	ALLOW(fstatfs, "is it a stored file"),
	ALLOW(fcntl, "copies, seals, close-on-exec"),
	ALLOW(pread64, "small files"),
	ALLOW(lseek, "small files"),
	ALLOW(readlinkat, "where this program lies"),
	ALLOW(sendfile, "the cache"),
	ALLOW(getuid, "as whom"),
	ALLOW(geteuid, "as whom"),
	ALLOW(getgid, "as whom"),
	ALLOW(getegid, "as whom"),
	ALLOW(getgroups, "files that root did not name are opened as somebody else"),
	ALLOW(setgroups, "files that root did not name are opened as somebody else"),
	ALLOW(setfsuid, "files that root did not name are opened as somebody else"),
	ALLOW(setfsgid, "files that root did not name are opened as somebody else"),
	ALLOW_IF(socket, IS(1, AF_UNIX), "control sockets; is there such a tap device"),
	ALLOW(bind, "the guest's control socket"),
	ALLOW(listen, "the guest's control socket"),
	ALLOW(connect, "another guest's control socket"),
	ALLOW_IF(ioctl, IS(2, SIOCGIFINDEX), "is there such a tap device"),
	ALLOW_IF(ioctl, IS(2, TUNSETIFF), "attaches to a tap device"),
	ALLOW_IF(socketpair, IS(1, AF_UNIX), "a child's order, and its errors before exec"),
	// START, PROBE: the parent
	ALLOW(clone3, "the first process of a PID namespace"),
	ALLOW(pidfd_open, "waits for a child"),
	// START, PROBE: the children until QEMU is executed
	ALLOW_IF(clone, BITS(1, THREAD_FLAGS | PROCESS_FLAGS, 0), "fork()"),
	ALLOW(getppid, "did the parent end meanwhile"),
	ALLOW(setsid, "no terminal's signals"),
	ALLOW(rt_sigaction, "no inherited dispositions"),
	ALLOW(umask, "modes as written"),
	ALLOW(chdir, "the root directory"),
	ALLOW(fchdir, "the new root"),
	ALLOW(mkdirat, "the new root, the guest's cgroup"),
	ALLOW(mknodat, "the new root"),
	ALLOW(symlinkat, "the new root"),
	ALLOW(fchownat, "the new root"),
	ALLOW(fchown, "the new root"),
	ALLOW(fchmod, "the new root"),
	ALLOW(fchmodat, "the new root"),
	ALLOW(open_tree, "the new root"),
	ALLOW(move_mount, "the new root"),
	ALLOW(mount_setattr, "the new root"),
	ALLOW(fsopen, "the new root"),
	ALLOW(fsconfig, "the new root"),
	ALLOW(fsmount, "the new root"),
	ALLOW(mount, "the new root"),
	ALLOW(umount2, "the old root"),
	ALLOW(pivot_root, "the new root"),
	ALLOW_IF(keyctl, IS(1, KEYCTL_JOIN_SESSION_KEYRING), "no keys of the caller's session"),
	ALLOW_IF_BOTH(keyctl, IS(1, KEYCTL_READ), IS(2, KEY_SPEC_SESSION_KEYRING),
		      "no keys of the caller's session"),
	ALLOW(setrlimit, "limits"),
	ALLOW(getrlimit, "limits"),
	ALLOW(prlimit64, "limits"),
	ALLOW(capget, "no capabilities"),
	ALLOW(capset, "no capabilities"),
	ALLOW(setuid, "no way back to root"),
	ALLOW(setgid, "no way back to root"),
	ALLOW(setresuid, "another user"),
	ALLOW(setresgid, "another user"),
	ALLOW(prctl, "no new privileges, no capabilities, the parent's death"),
	ALLOW(landlock_create_ruleset, "Landlock"),
	ALLOW(landlock_add_rule, "Landlock"),
	ALLOW(landlock_restrict_self, "Landlock"),
	ALLOW(dup2, "descriptors at their numbers"),
	ALLOW(dup3, "descriptors at their numbers"),
	ALLOW(close_range, "no other descriptors"),
};

static const struct filter_row init_rows[] = {
	ALLOW(dup2, "keeps the status pipe"),
	ALLOW(close_range, "keeps nothing else"),
	ALLOW(waitid, "reaps"),
	ALLOW(rt_sigreturn, "a wait that a stop interrupted"),
	ALLOW(restart_syscall, "a wait that a stop interrupted"),
	ALLOW(write, "how QEMU ended"),
	ALLOW(exit_group, "the end, also of all that is left"),
};

// --- QEMU ----------------------------------------------------------------------------------------
// Measured with QEMU 10.0 under TCG and KVM, its three ways of disk input and output, taps, and all
// that the supervisor asks.

static const struct filter_row qemu_rows[] = {
	ALLOW_IF(execveat, IS(5, AT_EMPTY_PATH), "the launcher executes QEMU by descriptor"),
	ALLOW(arch_prctl, "starting a program"),
	ALLOW(set_tid_address, "starting a program"),
	ALLOW(set_robust_list, "starting a program or a thread"),
	ALLOW(rseq, "starting a program or a thread"),
	ALLOW_IF_BOTH(prlimit64, IS(1, 0), IS_NULL(3), "reads its own limits"),
	ALLOW(readlink, "libraries"),
	ALLOW(access, "libraries"),
	ALLOW(openat, "libraries, ROMs; its root has nothing else"),
	ALLOW(newfstatat, "libraries, ROMs"),
	ALLOW(fstat, "libraries, ROMs"),
	ALLOW(getdents64, "libraries that look at the machine"),
	ALLOW(fchdir, "libraries that look at the machine"),
	ALLOW(statfs, "libraries that look at the machine"),
	ALLOW(fstatfs, "kinds of file systems"),
	ALLOW(sysinfo, "how much memory there is"),
	ALLOW(uname, "which kernel this is"),
	ALLOW(sched_getaffinity, "how many processors there are"),
	FAIL(get_mempolicy, EPERM, "libnuma tries; no policy is wanted"),
	FAIL(set_mempolicy, EPERM, "libnuma tries; no policy is wanted"),

	ALLOW(brk, "memory"),
	ALLOW(mmap, "memory; code of libraries and of TCG"),
	ALLOW(mprotect, "memory; code of libraries and of TCG"),
	ALLOW(munmap, "memory"),
	ALLOW(mremap, "memory"),
	ALLOW(madvise, "memory"),
	ALLOW(memfd_create, "the guest's memory"),
	ALLOW(ftruncate, "the guest's memory"),
	ALLOW(fallocate, "the guest's memory, disks"),

	ALLOW_IF(clone, BITS(1, THREAD_FLAGS | PROCESS_FLAGS, THREAD_FLAGS), "threads"),
	FAIL(clone3, ENOSYS, "the C library then uses clone, whose flags can be judged"),
	ALLOW(futex, "threads"),
	ALLOW(gettid, "threads"),
	ALLOW(getpid, "messages, abort()"),
	ALLOW(tgkill, "threads; its PID namespace has nobody else"),
	ALLOW(sched_yield, "threads"),
	ALLOW(exit, "threads"),
	ALLOW(exit_group, "the end"),
	ALLOW(rt_sigaction, "signals"),
	ALLOW(rt_sigprocmask, "signals, coroutines"),
	ALLOW(rt_sigreturn, "signals"),
	ALLOW(signalfd4, "signals"),
	ALLOW(restart_syscall, "a wait that a stop interrupted"),

	ALLOW(read, "files, pipes, sockets"),
	ALLOW(write, "files, pipes, sockets"),
	ALLOW(readv, "files, sockets"),
	ALLOW(writev, "files, sockets"),
	ALLOW(pread64, "disks"),
	ALLOW(pwrite64, "disks"),
	ALLOW(preadv, "disks"),
	ALLOW(pwritev, "disks"),
	ALLOW(fdatasync, "disks"),
	ALLOW(fsync, "disks"),
	ALLOW(lseek, "sizes, holes"),
	ALLOW(io_setup, "disks with aio=native"),
	ALLOW(io_destroy, "disks with aio=native"),
	ALLOW(io_submit, "disks with aio=native"),
	ALLOW(io_getevents, "disks with aio=native"),
	FAIL(io_uring_setup, ENOSYS, "QEMU then uses threads; too much of the kernel otherwise"),
	FAIL(io_uring_enter, ENOSYS, "QEMU then uses threads; too much of the kernel otherwise"),
	FAIL(io_uring_register, ENOSYS, "QEMU then uses threads; too much of the kernel otherwise"),
	ALLOW(close, "descriptors"),
	ALLOW_IF(fcntl, IS(2, F_GETFD), "flags"),
	ALLOW_IF(fcntl, IS(2, F_SETFD), "flags"),
	ALLOW_IF(fcntl, IS(2, F_GETFL), "flags"),
	ALLOW_IF(fcntl, IS(2, F_SETFL), "flags"),
	ALLOW_IF(fcntl, IS(2, F_DUPFD_CLOEXEC), "copies"),
	ALLOW_IF(fcntl, IS(2, F_OFD_GETLK), "locks of disks"),
	ALLOW_IF(fcntl, IS(2, F_OFD_SETLK), "locks of disks"),
	ALLOW_IF(fcntl, IS(2, F_GETLK), "locks of disks, on file systems without better ones"),
	ALLOW_IF(fcntl, IS(2, F_SETLK), "locks of disks, on file systems without better ones"),
	ALLOW_IF(fcntl, IS(2, F_ADD_SEALS), "the guest's memory"),
	ALLOW_IF(fcntl, IS(2, F_GET_SEALS), "the guest's memory"),
	FAIL(fcntl, EINVAL, "leases, signals: as if the kernel knew none"),
	ALLOW(eventfd2, "the loop, virtio queues"),
	ALLOW(poll, "the loop"),
	ALLOW(ppoll, "the loop"),
	ALLOW(epoll_create1, "the loop without io_uring"),
	ALLOW(epoll_ctl, "the loop without io_uring"),
	ALLOW(epoll_wait, "the loop without io_uring"),
	ALLOW(epoll_pwait, "the loop without io_uring"),

	ALLOW(sendmsg, "QMP, console"),
	ALLOW(recvmsg, "QMP, console"),
	ALLOW(getsockname, "QMP, console"),
	ALLOW(getpeername, "QMP, console"),
	ALLOW(getsockopt, "QMP, console"),
	ALLOW(setsockopt, "QMP, console"),
	FAIL(socket, EPERM, "libraries try; all sockets are inherited"),
	FAIL(connect, EPERM, "libraries try; all sockets are inherited"),

	ALLOW(clock_gettime, "without the vDSO"),
	ALLOW(clock_getres, "without the vDSO"),
	ALLOW(gettimeofday, "without the vDSO"),
	ALLOW(time, "without the vDSO"),
	ALLOW(clock_nanosleep, "waiting"),
	ALLOW(getrandom, "random numbers, malloc"),
	ALLOW(seccomp, "QEMU's own -sandbox"),
	ALLOW_IF(prctl, IS(1, PR_SET_NAME), "names of threads"),
	ALLOW_IF(prctl, IS(1, PR_GET_NAME), "names of threads"),
	ALLOW_IF(prctl, IS(1, PR_SET_TIMERSLACK), "timers"),
	ALLOW_IF(prctl, IS(1, PR_CAPBSET_READ), "libcap, of modules that it loads to list types"),
	ALLOW_IF(prctl, IS(1, PR_MCE_KILL), "memory errors"),
	ALLOW_IF(prctl, IS(1, PR_SET_NO_NEW_PRIVS), "QEMU's own -sandbox"),
	ALLOW_IF(prctl, IS(1, PR_SET_SECCOMP), "QEMU's own -sandbox"),

	ALLOW_IF(ioctl, BITS(2, IOCTL_TYPE_MASK, IOCTL_TYPE(KVMIO)), "KVM"),
	ALLOW_IF(ioctl, BITS(2, IOCTL_TYPE_MASK, IOCTL_TYPE(0xaf)), "vhost"),
	ALLOW_IF(ioctl, IS(2, SEV_ISSUE_CMD), "the state of the platform, at the SEV levels"),
	ALLOW_IF(ioctl, IS(2, FIONBIO), "non-blocking sockets"),
	ALLOW_IF(ioctl, IS(2, FIONREAD), "sockets"),
	ALLOW_IF(ioctl, IS(2, TUNGETIFF), "tap devices"),
	ALLOW_IF(ioctl, IS(2, TUNGETFEATURES), "tap devices"),
	ALLOW_IF(ioctl, IS(2, TUNSETOFFLOAD), "tap devices"),
	ALLOW_IF(ioctl, IS(2, TUNSETSNDBUF), "tap devices"),
	ALLOW_IF(ioctl, IS(2, TUNSETVNETHDRSZ), "tap devices"),
	ALLOW_IF(ioctl, IS(2, TUNSETVNETLE), "tap devices"),
	ALLOW_IF(ioctl, IS(2, TUNSETVNETBE), "tap devices"),
	ALLOW_IF(ioctl, IS(2, BLKROGET), "block devices"),
	ALLOW_IF(ioctl, IS(2, BLKSSZGET), "block devices"),
	ALLOW_IF(ioctl, IS(2, BLKPBSZGET), "block devices"),
	ALLOW_IF(ioctl, IS(2, BLKGETSIZE64), "block devices"),
	ALLOW_IF(ioctl, IS(2, BLKIOMIN), "block devices"),
	ALLOW_IF(ioctl, IS(2, BLKIOOPT), "block devices"),
	ALLOW_IF(ioctl, IS(2, BLKALIGNOFF), "block devices"),
	ALLOW_IF(ioctl, IS(2, BLKDISCARDZEROES), "block devices"),
	ALLOW_IF(ioctl, IS(2, BLKDISCARD), "discards in block devices"),
	ALLOW_IF(ioctl, IS(2, BLKZEROOUT), "zeroes in block devices"),
	ALLOW_IF(ioctl, IS(2, FS_IOC_FSGETXATTR), "hints of file systems"),
	ALLOW_IF(ioctl, IS(2, XFS_IOC_DIOINFO), "alignment of direct input and output"),
	FAIL(ioctl, ENOTTY, "QEMU tries out what a descriptor can do"),
};

// Empty in all other builds.
static const struct filter_row sanitizer_rows[] = {
#ifdef __SANITIZE_ADDRESS__
	ALLOW(sigaltstack, "the sanitizer, before each call that does not return"),
	ALLOW(open, "the sanitizer of the jail program, when that starts"),
#endif
};

static const struct filter_row sev_deny_rows[] = {
	FAIL_IF(ioctl, IS(2, SEV_ISSUE_CMD), ENOTTY, "it can change the platform for all guests"),
};

static const struct filter_row sev_fake_rows[] = {
	FAIL_IF(ioctl, IS(2, SEV_ISSUE_CMD), 0,
		"it can change the platform for all guests; QEMU goes on without an answer"),
};

// --- The filters ---------------------------------------------------------------------------------

#define PART(rows) \
	{ \
		rows, ARRAY_LEN(rows) \
	}
#define LAUNCHER_PARTS \
	{ \
		PART(own_rows), PART(serving_rows), PART(waiting_rows), PART(init_rows), \
			PART(qemu_rows), PART(sanitizer_rows) \
	}

static const struct filter_table tables[FILTERS] = {
	[FILTER_LAUNCHER] = {
		"launcher",
		"The launcher while it may start a QEMU, and what init and QEMU inherit from it.",
		SECCOMP_RET_KILL_PROCESS,
		LAUNCHER_PARTS,
	},
	[FILTER_LAUNCHER_LOG] = {
		"launcher-log",
		"The launcher where QEMU's calls outside its list are logged instead of ending it.",
		SECCOMP_RET_LOG,
		LAUNCHER_PARTS,
	},
	[FILTER_LAUNCHER_WAITING] = {
		"launcher-waiting",
		"The launcher once it only waits, kills and cleans up.",
		SECCOMP_RET_KILL_PROCESS,
		{ PART(own_rows), PART(waiting_rows), PART(sanitizer_rows) },
	},
	[FILTER_INIT] = {
		"init",
		"The first process of QEMU's PID namespace, which waits for QEMU's end.",
		SECCOMP_RET_KILL_PROCESS,
		{ PART(init_rows), PART(sanitizer_rows) },
	},
	[FILTER_QEMU] = {
		"qemu",
		"QEMU from before it is executed.",
		SECCOMP_RET_KILL_PROCESS,
		{ PART(qemu_rows), PART(sanitizer_rows) },
	},
	[FILTER_QEMU_LOG] = {
		"qemu-log",
		"QEMU where calls outside its list are logged instead of ending it.",
		SECCOMP_RET_LOG,
		{ PART(qemu_rows), PART(sanitizer_rows) },
	},
	[FILTER_SEV_DENY] = {
		"sev-deny",
		"On top, for a QEMU that has no business with the machine's SEV firmware.",
		SECCOMP_RET_ALLOW,
		{ PART(sev_deny_rows) },
	},
	[FILTER_SEV_FAKE] = {
		"sev-fake",
		"On top, for a QEMU that asks the machine's SEV firmware and needs no answer.",
		SECCOMP_RET_ALLOW,
		{ PART(sev_fake_rows) },
	},
	[FILTER_FRONT_PLANNING] = {
		"front-planning",
		"The front while it reads, plans and hashes.",
		SECCOMP_RET_KILL_PROCESS,
		{ PART(own_rows), PART(supervising_rows), PART(planning_rows),
		  PART(sanitizer_rows) },
	},
	[FILTER_FRONT_SUPERVISING] = {
		"front-supervising",
		"The front once all that QEMU needs is there, on top of the other.",
		SECCOMP_RET_KILL_PROCESS,
		{ PART(own_rows), PART(supervising_rows), PART(sanitizer_rows) },
	},
};

const struct filter_table *filter_table(enum filter which)
{
	return &tables[which];
}

const struct filter_row *filter_table_row(const struct filter_table *table, size_t nth)
{
	for (size_t i = 0; i < FILTER_PARTS_MAX; i++) {
		if (nth < table->parts[i].n_rows)
			return &table->parts[i].rows[nth];
		nth -= table->parts[i].n_rows;
	}
	return NULL;
}
