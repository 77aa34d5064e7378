// SPDX-License-Identifier: Apache-2.0
// Reaps the children of a PID namespace until QEMU is among them.
//
// Why it exists: a process of another uid is not killed when its parent dies, and QEMU as PID 1
// would show abort() as a different signal. The end of a namespace's first process ends them all.

#include "launcher/init.h"

#include <errno.h>
#include <linux/close_range.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/request.h"

// Keeps nothing but the status pipe: an open pipe end or lock here would outlive its owner.
static int keep_only(int fd)
{
	if (dup2(fd, 0) < 0)
		return -1;
	(void)syscall(SYS_close_range, 1U, ~0U,
		      0U); // since Linux 5.9; spawn_qemu() has used it by now
	return 0;
}

void init_run(pid_t qemu_pid, int status_fd)
{
	struct notice_gone gone = { 0 };
	siginfo_t info;

	if (keep_only(status_fd) < 0)
		_exit(1);
	for (;;) {
		info.si_pid = 0;
		if (waitid(P_ALL, 0, &info, WEXITED) < 0 && errno != EINTR)
			_exit(1);
		if (info.si_pid != qemu_pid)
			continue;
		gone.code = info.si_code;
		gone.status = info.si_status;
		_exit(write(0, &gone, sizeof(gone)) == (ssize_t)sizeof(gone) ? 0 : 1);
	}
}
