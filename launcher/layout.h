/* SPDX-License-Identifier: Apache-2.0 */
/* Which descriptor number each thing has inside QEMU: a pure function of the plan. */
#ifndef SNPLAUNCH_LAUNCHER_LAYOUT_H
#define SNPLAUNCH_LAUNCHER_LAYOUT_H

#include "launcher/plan.h"

#define LAYOUT_FIRST_FD 3

/* Numbers from LAYOUT_FIRST_FD up without gaps; -1 for what the plan does not have. */
struct layout {
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
};

struct layout layout_of(const struct plan *plan);

#endif
