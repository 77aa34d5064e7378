/* SPDX-License-Identifier: Apache-2.0 */
/* A control group (v2) for one guest: what it may use, and a last way to end it. */
#ifndef SNPLAUNCH_LAUNCHER_CGROUP_H
#define SNPLAUNCH_LAUNCHER_CGROUP_H

#include "launcher/host_policy.h"
#include "plan/plan_needs.h"

/* QEMU's threads beside the vCPUs: its main loop, RCU, migration, and 64 for its thread pool. */
#define CGROUP_THREADS_BESIDE_VCPUS 96

/* A leaf below a parent. A descriptor of -1 means none. */
struct cgroup {
	int parent_fd;
	int fd;
	int kill_fd; /* cgroup.kill, for when nothing may be opened any more */
	char name[PLAN_NAME_SIZE + sizeof("snplaunch-")];
};

void cgroup_init(struct cgroup *cgroup);

/* Kills what is still in it and removes it. */
void cgroup_release(struct cgroup *cgroup);

/*
 * Makes the guest's leaf and its limits: memory.max (the guest's and the policy's overhead), one OOM
 * group, pids.max, and misc.max where the policy limits ASIDs. Limits whose controller is absent are
 * left out, and said. Where the policy names no cgroup, the launcher's own is the parent, and to get
 * none is no error.
 * Errors: ERR_HOST or ERR_REFUSED, when the policy names a cgroup that cannot have the leaf.
 */
int cgroup_make(struct cgroup *cgroup, const struct host_policy *policy,
		const struct plan_needs *needs, struct err *err) MUST_CHECK;

#endif
