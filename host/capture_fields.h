/* SPDX-License-Identifier: Apache-2.0 */
/* The members of a capture that are structs, for its writer and its reader. */
#ifndef SNPLAUNCH_HOST_CAPTURE_FIELDS_H
#define SNPLAUNCH_HOST_CAPTURE_FIELDS_H

#include "qmp/json.h"

#define CAPTURE_ANSWERS 3
#define CAPTURE_FIELDS_MAX 16
#define CAPTURE_HEX_SIZE 24

/* A state, and where that is "done" or "failed" the members of a table. */
struct capture_answer {
	const char *key;
	size_t offset; /* in struct host_readings, of a struct whose first member is its state */
	const struct qmp_field *fields;
	size_t n_fields;
};

extern const struct capture_answer capture_answers[CAPTURE_ANSWERS];

#endif
