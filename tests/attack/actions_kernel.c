// SPDX-License-Identifier: Apache-2.0
// Attacks on the machine as a whole, and on parts of the kernel that no honest QEMU uses. Each that
// could harm asks for what even who may cannot have; the error tells the one from the other.

#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/quota.h>
#include <linux/reboot.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define NOWHERE "/nonexistent"

// --- The machine --------------------------------------------------------------------------------

static long load_module(const struct action *action)
{
	(void)action;
	return syscall(SYS_init_module, NULL, 0UL, "");
}

static long load_module_file(const struct action *action)
{
	(void)action;
	return syscall(SYS_finit_module, -1, "", 0);
}

static long unload_module(const struct action *action)
{
	(void)action;
	return syscall(SYS_delete_module, "snplaunch_attack", O_NONBLOCK);
}

static long load_kernel(const struct action *action)
{
	(void)action;
	return syscall(SYS_kexec_load, 0UL, 1024UL, NULL, 0UL);
}

static long load_kernel_file(const struct action *action)
{
	(void)action;
	return syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, 0UL);
}

static long restart(const struct action *action)
{
	(void)action;
	return syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, 0x12345, NULL);
}

static long swap_on(const struct action *action)
{
	return swapon(action->path, 0);
}

static long swap_off(const struct action *action)
{
	return swapoff(action->path);
}

static long account(const struct action *action)
{
	return acct(action->path);
}

static long set_quota(const struct action *action)
{
	int fd = open(action->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : syscall(SYS_quotactl_fd, fd, QCMD(Q_SETQUOTA, USRQUOTA), 0, NULL);
}

static long set_clock(const struct action *action)
{
	struct timespec now;

	(void)action;
	return clock_gettime(CLOCK_REALTIME, &now) < 0 ? -1 : clock_settime(CLOCK_REALTIME, &now);
}

static long set_time(const struct action *action)
{
	struct timeval now;

	(void)action;
	return gettimeofday(&now, NULL) < 0 ? -1 : settimeofday(&now, NULL);
}

static long adjust_clock(const struct action *action)
{
	struct timex adjustment = { .modes = ADJ_TICK, .tick = 10000 };

	return action->number == 0 ? adjtimex(&adjustment) :
				     clock_adjtime(CLOCK_REALTIME, &adjustment);
}

static long set_host_name(const struct action *action)
{
	char name[64] = "";

	(void)action;
	return gethostname(name, sizeof(name) - 1) < 0 ? -1 : sethostname(name, strlen(name));
}

static long set_domain_name(const struct action *action)
{
	(void)action;
	return setdomainname("(none)", 6);
}

static long set_log_level(const struct action *action)
{
	(void)action;
	return syscall(SYS_syslog, 8, NULL, 0); // the level 0 does not exist
}

static long hang_up(const struct action *action)
{
	(void)action;
	return vhangup();
}

// --- The processor ------------------------------------------------------------------------------

static long allow_ports(const struct action *action)
{
	(void)action;
	return syscall(SYS_ioperm, 0x80UL, 1UL, 1);
}

static long allow_all_ports(const struct action *action)
{
	(void)action;
	return syscall(SYS_iopl, 3);
}

static long read_ldt(const struct action *action)
{
	char entries[64];

	return syscall(SYS_modify_ldt, action->number, entries, sizeof(entries));
}

// --- Parts of the kernel ------------------------------------------------------------------------

static long make_map(const struct action *action)
{
	union bpf_attr attributes = {
		.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1
	};

	(void)action;
	return syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof(attributes));
}

static long load_program(const struct action *action)
{
	static const struct bpf_insn exit_zero[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	static const char license[] = "GPL";
	union bpf_attr attributes = { .prog_type = (uint32_t)action->number,
				      .insn_cnt = ARRAY_LEN(exit_zero),
				      .insns = (uintptr_t)exit_zero,
				      .license = (uintptr_t)license };

	return syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof(attributes));
}

static long handle_faults(const struct action *action)
{
	return syscall(SYS_userfaultfd, O_CLOEXEC | (int)action->number);
}

static long measure(const struct action *action)
{
	const struct perf_event_attr attributes = { .type = PERF_TYPE_SOFTWARE,
						    .size = sizeof(attributes),
						    .config = PERF_COUNT_SW_CPU_CLOCK };

	(void)action;
	return syscall(SYS_perf_event_open, &attributes, -1, 0, -1, 0UL);
}

static long make_ring(const struct action *action)
{
	struct io_uring_params parameters = { .flags = (uint32_t)action->number };

	return syscall(SYS_io_uring_setup, 8, &parameters);
}

static long share_memory(const struct action *action)
{
	int id = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);

	(void)action;
	return id < 0 ? -1 : shmctl(id, IPC_RMID, NULL);
}

static long make_queue(const struct action *action)
{
	int id = msgget(IPC_PRIVATE, IPC_CREAT | 0600);

	(void)action;
	return id < 0 ? -1 : msgctl(id, IPC_RMID, NULL);
}

static long make_semaphores(const struct action *action)
{
	int id = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);

	(void)action;
	return id < 0 ? -1 : semctl(id, 0, IPC_RMID);
}

static long open_posix_queue(const struct action *action)
{
	mqd_t queue = mq_open(action->path, O_CREAT | O_RDWR, 0600, NULL);

	return queue < 0 ? -1 : mq_unlink(action->path);
}

static long change_personality(const struct action *action)
{
	return personality((unsigned long)action->number);
}

static long secret_memory(const struct action *action)
{
	(void)action;
	return syscall(SYS_memfd_secret, 0);
}

static const struct action actions[] = {
	ACTION("init_module", "load a module from memory", load_module, .right_errno = ENOEXEC),
	ACTION("finit_module", "load a module from a file", load_module_file, .right_errno = EBADF),
	ACTION("delete_module", "unload a module", unload_module, .right_errno = ENOENT),
	ACTION("kexec_load", "load another kernel", load_kernel, .right_errno = EINVAL),
	ACTION("kexec_file_load", "load another kernel from a file", load_kernel_file,
	       .right_errno = EBADF),
	ACTION("reboot", "restart the machine", restart, .right_errno = EINVAL),
	ACTION("swapon", "swap to a file", swap_on, .path = NOWHERE, .right_errno = ENOENT),
	ACTION("swapoff", "stop swapping", swap_off, .path = NOWHERE, .right_errno = ENOENT),
	ACTION("acct", "have every process recorded", account, .path = NOWHERE,
	       .right_errno = ENOENT),
	ACTION("quotactl", "change a quota", set_quota, .path = "/", .right_errno = ESRCH),
	ACTION("clock_settime", "set the clock", set_clock),
	ACTION("settimeofday", "set the clock", set_time),
	ACTION("adjtimex", "change the clock's speed", adjust_clock),
	ACTION("clock_adjtime", "change the clock's speed", adjust_clock, .number = 1),
	ACTION("sethostname", "rename the machine", set_host_name),
	ACTION("setdomainname", "rename its domain", set_domain_name),
	ACTION("syslog", "change what the console shows", set_log_level, .right_errno = EINVAL),
	ACTION("vhangup", "hang up the terminal", hang_up),
	ACTION("ioperm", "reach a port of the hardware", allow_ports),
	ACTION("iopl", "reach every port of the hardware", allow_all_ports),
	ACTION("modify_ldt", "read its segment descriptors", read_ldt,
	       .nothing =
		       "they are its own, and empty; to write one is modify_ldt too, which is why no "
		       "filter allows it"),
	ACTION("bpf/map", "make a map", make_map, .anybody = true),
	ACTION("bpf/socket-filter", "load a program for a socket", load_program,
	       .number = BPF_PROG_TYPE_SOCKET_FILTER, .anybody = true),
	ACTION("bpf/kprobe", "load a program that sees the kernel", load_program,
	       .number = BPF_PROG_TYPE_KPROBE),
	ACTION("userfaultfd/user", "stop itself at will", handle_faults,
	       .number = UFFD_USER_MODE_ONLY, .anybody = true),
	ACTION("userfaultfd/kernel", "stop the kernel at will", handle_faults),
	ACTION("perf_event_open", "measure the whole machine", measure),
	ACTION("io_uring/plain", "make a ring of requests that no filter sees", make_ring,
	       .anybody = true),
	ACTION("io_uring/thread", "likewise, with a thread of the kernel", make_ring,
	       .number = IORING_SETUP_SQPOLL, .anybody = true),
	ACTION("shmget", "share memory with who knows its number", share_memory, .anybody = true),
	ACTION("msgget", "make a queue", make_queue, .anybody = true),
	ACTION("semget", "make semaphores", make_semaphores, .anybody = true),
	ACTION("mq_open", "make a queue with a name", open_posix_queue, .path = "/snplaunch-attack",
	       .anybody = true),
	ACTION("personality/randomize", "put memory where it can be guessed", change_personality,
	       .number = ADDR_NO_RANDOMIZE, .anybody = true),
	ACTION("personality/exec", "make all memory code", change_personality,
	       .number = READ_IMPLIES_EXEC, .anybody = true),
	ACTION("memfd_secret", "hide memory from the machine", secret_memory, .anybody = true),
};

DEFINE_ACTIONS(kernel_actions, actions);
