/* SPDX-License-Identifier: Apache-2.0 */
/* Whether one more guest fits beside those that run, so that none gets what another has. */
#ifndef SNPLAUNCH_LAUNCHER_ADMISSION_H
#define SNPLAUNCH_LAUNCHER_ADMISSION_H

#include "launcher/host_policy.h"
#include "launcher/runtime.h"

/*
 * Counts the guests of the same runtime directory that run, and takes a share for this one if it
 * fits: memory, and an ASID at a measured level. The share counts from when this returns until the
 * directory is given up, or its owner dies. At an ASID limit that nobody names, none are counted,
 * which is said. A rehearsal takes nothing.
 * Errors: ERR_REFUSED for what never fits, ERR_BUSY for what does not now.
 * Must: come when the name is claimed. Then two at once cannot both take the last share.
 */
int admission_take(const struct runtime *runtime, const struct host_policy *policy,
		   const struct plan_needs *needs, struct err *err) MUST_CHECK;

#endif
