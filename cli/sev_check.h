/* SPDX-License-Identifier: Apache-2.0 */
/* Whether QEMU has launched the guest that the plan is about. */
#ifndef SNPLAUNCH_CLI_SEV_CHECK_H
#define SNPLAUNCH_CLI_SEV_CHECK_H

#include "base/err.h"
#include "host/reading.h"
#include "plan/plan.h"
#include "qmp/replies.h"

/* What a launch must be like. All is borrowed. */
struct sev_wanted {
	const struct plan *plan;
	const struct sev_reading *platform; /* for a QEMU that may not ask it */
	enum qmp_sev_state state;
};

/*
 * Compares what query-sev says: protection, type, state, guest policy, and a version of the AMD-SP's
 * interface that is at least the policy's. Errors: ERR_PROTOCOL; ERR_HOST for the version.
 */
int sev_check(const struct qmp_sev *sev, const struct sev_wanted *wanted,
	      struct err *err) MUST_CHECK;

#endif
