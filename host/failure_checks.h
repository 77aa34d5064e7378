/* SPDX-License-Identifier: Apache-2.0 */
/* Which checks of a machine look at what causes a failure. */
#ifndef SNPLAUNCH_HOST_FAILURE_CHECKS_H
#define SNPLAUNCH_HOST_FAILURE_CHECKS_H

#include "host/failures.h"

#define FAILURE_CHECKS_MAX 4

struct failure_checks {
	const char *failure;
	const char *checks[FAILURE_CHECKS_MAX]; /* NULL behind the last */
};

/* The rows in order, NULL behind the last. */
const struct failure_checks *failure_checks_at(size_t i);

/* Those of a failure; NULL: none can see it. */
const struct failure_checks *failure_checks_find(const struct failure *failure);

#endif
