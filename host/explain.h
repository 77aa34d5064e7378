/* SPDX-License-Identifier: Apache-2.0 */
/* What a line of an error output means. */
#ifndef SNPLAUNCH_HOST_EXPLAIN_H
#define SNPLAUNCH_HOST_EXPLAIN_H

#include "host/failure_pattern.h"
#include "host/failures.h"

/* Plain values; all text is static. */
struct explanation {
	const struct failure *failure; /* NULL: none */
	struct failure_values values;
};

/* Finds what the catalogue knows of a line; false: nothing. Linear in the line's length. */
bool explain_line(struct explanation *explanation, const char *line);

/*
 * Looks for why a launch failed: called with each line, it keeps the first explanation that is
 * neither noise nor harmless, but a more special one goes before it. A zeroed struct is ready.
 */
void explain_launch(struct explanation *why, const char *line);

/* True when both are the same entry with the same codes. */
bool explanation_is_same(const struct explanation *one, const struct explanation *other);

#endif
