/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's resource limits. */
#ifndef SNPLAUNCH_CONFINE_LIMITS_H
#define SNPLAUNCH_CONFINE_LIMITS_H

#include <sys/resource.h>

#define LIMIT_ROWS 3

struct limit_row {
	int resource;
	const char *word;
	rlim_t max; /* soft and hard; one that is lower already stays */
	const char *reason;
};

extern const struct limit_row limit_rows[LIMIT_ROWS];

#endif
