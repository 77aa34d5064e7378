/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the filters QEMU gets. */
#ifndef SNPLAUNCH_CONFINE_QEMU_FILTERS_H
#define SNPLAUNCH_CONFINE_QEMU_FILTERS_H

#include <stddef.h>

#include "confine/filter.h"
#include "launcher/host_policy.h"
#include "plan/plan.h"

#define QEMU_FILTERS_MAX 2

/*
 * The filters for a guest of 'level', LEVEL_UNSET for a QEMU without one, in the order in which they
 * are loaded: one for SEV_ISSUE_CMD, unless QEMU's own list decides, and that list. Returns how many.
 */
size_t qemu_filters(enum filter filters[static QEMU_FILTERS_MAX], enum level level,
		    enum sev_issue_cmd sev_issue_cmd, enum seccomp_action action);

#endif
