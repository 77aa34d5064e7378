/* SPDX-License-Identifier: Apache-2.0 */
/* Device nodes that are QEMU's own, so that the host's may stay closed to it. */
#ifndef SNPLAUNCH_LAUNCHER_DEVICES_H
#define SNPLAUNCH_LAUNCHER_DEVICES_H

#include <sys/types.h>

#include "base/err.h"
#include "launcher/request.h"

/*
 * Makes a file system, mounted nowhere yet, with the nodes that QEMU opens by their path: null,
 * urandom, sev at the levels that use it, and kvm for a QEMU that cannot be given a descriptor. They
 * belong to 'owner' and nobody else may open them. A rehearsal gets neither of the last two. Owner of *out_fd: caller.
 * Must: run with CAP_SYS_ADMIN, CAP_MKNOD and CAP_CHOWN.
 */
int devices_make(const struct plan_needs *needs, uid_t owner, int *out_fd,
		 struct err *err) MUST_CHECK;

/*
 * Opens /dev/sev for reading, by which the AMD-SP can be asked and not changed. Owner of *out_fd: caller.
 * Errors: ERR_HOST.
 */
int devices_open_platform(int *out_fd, struct err *err) MUST_CHECK;

#endif
