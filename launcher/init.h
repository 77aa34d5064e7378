/* SPDX-License-Identifier: Apache-2.0 */
/* The first process of QEMU's PID namespace: it reaps, and tells how QEMU ended. */
#ifndef SNPLAUNCH_LAUNCHER_INIT_H
#define SNPLAUNCH_LAUNCHER_INIT_H

#include <sys/types.h>

#include "base/attributes.h"

/*
 * Waits for QEMU, writes its struct notice_gone to 'status_fd' and exits; the kernel then ends
 * whatever else is in the namespace. Closes every other descriptor first.
 */
NORETURN void init_run(pid_t qemu_pid, int status_fd);

#endif
