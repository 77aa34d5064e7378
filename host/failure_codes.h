/* SPDX-License-Identifier: Apache-2.0 */
/* Names and meanings of the numbers in messages. */
#ifndef SNPLAUNCH_HOST_FAILURE_CODES_H
#define SNPLAUNCH_HOST_FAILURE_CODES_H

#include "host/failure_pattern.h"

struct failure_code {
	int64_t number;
	const char *name;
	const char *meaning;
};

/* NULL for a number that says nothing, or of which nothing is known. */
const struct failure_code *failure_code_find(const struct failure_value *value);

/* Writes a value as its source does: "21", "-22", "0x1:0x4". Returns 'out'. */
char *failure_value_text(char *out, size_t size, const struct failure_value *value);

/* "firmware", "errno", "termination"; a plain number is called "number". */
const char *failure_value_word(enum failure_value_kind kind);

#endif
