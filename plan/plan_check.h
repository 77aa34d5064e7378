/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a plan that somebody sent is one that this launcher starts. */
#ifndef SNPLAUNCH_PLAN_PLAN_CHECK_H
#define SNPLAUNCH_PLAN_PLAN_CHECK_H

#include "base/err.h"
#include "plan/plan.h"

/*
 * Checks every field: in range, words plain, flags 0 or 1, unused bytes zero, and the combinations
 * that the levels forbid. Errors: ERR_REFUSED, naming the field.
 */
int plan_check(const struct plan *plan, struct err *err) MUST_CHECK;

#endif
