/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What takes privilege to start a guest, as plain bytes: all that the launcher hears of a plan. The
 * jail program, which reads the plan, starts none that needs anything else.
 */
#ifndef SNPLAUNCH_PLAN_PLAN_NEEDS_H
#define SNPLAUNCH_PLAN_PLAN_NEEDS_H

#include "plan/plan.h"

struct plan_needs {
	char name[PLAN_NAME_SIZE]; /* the claimed one */
	uint8_t kvm_by_path;	   /* 0 or 1, like those that follow */
	uint8_t has_vsock;
	uint8_t may_relaunch;
	uint8_t rehearses; /* devices are not opened, so to say this wrongly gains nothing */
	uint8_t reserved[3];
	uint32_t level; /* enum level; unset: no plan, a QEMU without a guest */
	uint32_t accel; /* enum accel */
	uint32_t vcpus;
	uint32_t memory_mib;
	uint32_t n_taps;
	char taps[PLAN_NETWORKS_MAX][PLAN_INTERFACE_SIZE]; /* zero behind the last */
};

/* Zero in every byte that is no member, so that two can be compared whole. */
void plan_needs(struct plan_needs *needs, const struct plan *plan);

#endif
