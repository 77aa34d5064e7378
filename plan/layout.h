/* SPDX-License-Identifier: Apache-2.0 */
/* Which descriptors QEMU inherits, and under which numbers: a pure function of the plan. */
#ifndef SNPLAUNCH_PLAN_LAYOUT_H
#define SNPLAUNCH_PLAN_LAYOUT_H

#include <stddef.h>

#include "plan/plan.h"

#define LAYOUT_FIRST_FD 3
#define LAYOUT_FDS_MAX (PLAN_FD_KINDS - 2 + PLAN_DISKS_MAX + PLAN_NETWORKS_MAX)

/* What a descriptor is, and who brings it: the front with START, or the launcher. */
enum fd_source {
	FD_SOCKET,  /* the front keeps the other end */
	FD_SEALED,  /* the front's memfd */
	FD_ACCOUNT, /* the front's, which it reads when QEMU has ended */
	FD_DISK,    /* the front's, from OPEN */
	FD_KVM,	    /* this and the rest the launcher opens */
	FD_VSOCK,
	FD_TAP,
	FD_LIBRARY,
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
	int scenario;
	int account;
	int library;
	int disks[PLAN_DISKS_MAX];
	int networks[PLAN_NETWORKS_MAX];
	/* One behind the last. */
	int end;
	/* What they are: fds[i] has the number LAYOUT_FIRST_FD + i. */
	struct layout_fd fds[LAYOUT_FDS_MAX];
};

/*
 * Lays out a plan that plan_check() accepted. One without a firmware is a probe's: it has QMP, and
 * /dev/kvm and what a rehearsal needs when it says so.
 */
struct layout layout_of(const struct plan *plan);

#endif
