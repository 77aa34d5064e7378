/* SPDX-License-Identifier: Apache-2.0 */
/* Which descriptors QEMU inherits, and under which numbers: a pure function of the plan. */
#ifndef SNPLAUNCH_LAUNCHER_LAYOUT_H
#define SNPLAUNCH_LAUNCHER_LAYOUT_H

#include <stddef.h>

#include "launcher/plan.h"

#define LAYOUT_FIRST_FD 3
#define LAYOUT_FDS_MAX (PLAN_FD_KINDS - 2 + PLAN_DISKS_MAX + PLAN_NETWORKS_MAX)

/* Who brings a descriptor. */
enum fd_source {
	FD_SOCKET, /* a new pair; the front gets the other end */
	FD_KVM,
	FD_VSOCK,
	FD_TAP,
	FD_SEALED, /* a memfd that comes with START */
	FD_DISK,   /* comes with START */
};

struct layout_fd {
	enum fd_source source;
	const char *noun; /* for messages */
	size_t index;	  /* among the plan's disks or networks */
};

struct layout {
	/* Numbers from LAYOUT_FIRST_FD up without gaps; -1 for what the plan does not have. */
	int qmp;
	int console;
	int firmware_log;
	int kvm;
	int vsock;
	int firmware;
	int kernel;
	int initrd;
	int dh_cert;
	int session;
	int disks[PLAN_DISKS_MAX];
	int networks[PLAN_NETWORKS_MAX];
	/* One behind the last. */
	int end;
	/* What they are: fds[i] has the number LAYOUT_FIRST_FD + i. */
	struct layout_fd fds[LAYOUT_FDS_MAX];
};

/*
 * Lays out a plan that plan_check() accepted. One without a firmware is a probe's: it has QMP, and
 * /dev/kvm when it says so.
 */
struct layout layout_of(const struct plan *plan);

#endif
