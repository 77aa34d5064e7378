/* SPDX-License-Identifier: Apache-2.0 */
/* The capabilities that the launcher keeps when root has started it, and what for. */
#ifndef SNPLAUNCH_CONFINE_CAPABILITIES_H
#define SNPLAUNCH_CONFINE_CAPABILITIES_H

#include <stdbool.h>

#define CAPABILITY_ROWS 10

struct capability_row {
	unsigned int number;
	const char *word;
	const char *reason;
	bool to_end; /* needed even when nothing will be started any more */
};

extern const struct capability_row capability_rows[CAPABILITY_ROWS];

#endif
