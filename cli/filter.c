// SPDX-License-Identifier: Apache-2.0
// The front's seccomp filter: an allow-list with a reason in each row. What is not in it kills.

#include "cli/filter.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base/attributes.h"

// A row without 'argument' allows every argument; else one argument's low 32 bits, masked, must be
// 'value'. The kernel ignores the high half of an int, so comparing all 64 bits could be evaded.
struct filter_row {
	const char *reason;
	int number;
	int argument; // from 1; 0: none
	uint32_t mask;
	uint32_t value;
};

#define ALLOW(name, why) \
	{ \
		why, SCMP_SYS(name), 0, 0, 0 \
	}
#define ALLOW_ONLY(name, nth, mask, value, why) \
	{ \
		why, SCMP_SYS(name), nth, mask, value \
	}
#define ALLOW_FCNTL(command, why) ALLOW_ONLY(fcntl, 2, UINT32_MAX, command, why)
#define ALLOW_IOCTL(request, why) ALLOW_ONLY(ioctl, 2, UINT32_MAX, (uint32_t)(request), why)

static const struct filter_row rows[] = {
	ALLOW(read, "files and console"),
	ALLOW(readv, "stdio"),
	ALLOW(write, "console, logs, events, memory files"),
	ALLOW(writev, "abort()"),
	ALLOW(pread64, "headers of artifacts"),
	ALLOW(lseek, "stdio"),
	ALLOW(close, "descriptors"),
	ALLOW(fstat, "what a descriptor is"),
	ALLOW(newfstatat, "fstat() of newer C libraries"),
	ALLOW_FCNTL(F_GETFL, "stdio, non-blocking sockets"),
	ALLOW_FCNTL(F_SETFL, "non-blocking sockets"),
	ALLOW_FCNTL(F_ADD_SEALS, "artifacts"),
	ALLOW_FCNTL(F_GET_SEALS, "artifacts"),
	ALLOW(memfd_create, "artifacts"),
	ALLOW(recvmsg, "the launcher, QMP"),
	ALLOW(recvfrom, "QMP"),
	ALLOW(sendmsg, "the launcher"),
	ALLOW(sendto, "QMP, console, events"),
	ALLOW(poll, "the loop"),
	ALLOW(ppoll, "the loop"),
	ALLOW(restart_syscall, "a wait that a stop interrupted"),
	ALLOW(rt_sigreturn, "a wait that a stop interrupted"),
	ALLOW(clock_gettime, "without the vDSO"),
	ALLOW(clock_nanosleep, "waiting"),
	ALLOW(uname, "of which kernel facts are kept"),
	ALLOW(getpid, "messages"),
	ALLOW(getpgrp, "is the terminal ours"),
	ALLOW(getrandom, "json-c's hash seed, malloc"),
	ALLOW(brk, "memory"),
	ALLOW(munmap, "memory"),
	ALLOW(mremap, "memory"),
	ALLOW(madvise, "memory"),
	ALLOW(futex, "library locks"),
	ALLOW(exit_group, "the end"),
	ALLOW(rt_sigprocmask, "abort()"),
	ALLOW(gettid, "abort()"),
	ALLOW_ONLY(tgkill, 3, UINT32_MAX, 6, "abort()"),
	ALLOW_ONLY(mmap, 3, PROT_EXEC, 0, "memory that is not code"),
	ALLOW_ONLY(mprotect, 3, PROT_EXEC, 0, "memory that is not code"),
	ALLOW_IOCTL(TCGETS, "is it a terminal"),
	ALLOW_IOCTL(TCSETS, "the raw terminal"),
	ALLOW_IOCTL(TIOCGPGRP, "is the terminal ours"),
	ALLOW_IOCTL(KVM_GET_API_VERSION, "host facts"),
	ALLOW_IOCTL(KVM_CHECK_EXTENSION, "host facts"),
};

static int add_row(scmp_filter_ctx filter, const struct filter_row *row)
{
	struct scmp_arg_cmp only;

	if (row->argument == 0)
		return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, row->number, 0, NULL);
	only = SCMP_CMP(((unsigned int)row->argument - 1), SCMP_CMP_MASKED_EQ, row->mask,
			row->value);
	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, row->number, 1, &only);
}

int filter_load(struct err *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	int result = filter == NULL ? -ENOMEM : 0;

	for (size_t i = 0; i < ARRAY_LEN(rows) && result == 0; i++)
		result = add_row(filter, &rows[i]);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	if (result == 0)
		return 0;
	errno = -result;
	return err_sys(err, "cannot load the front's seccomp filter");
}
