/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of messages: literal text, gaps, and the numbers that are to be read. */
#ifndef SNPLAUNCH_HOST_FAILURE_PATTERN_H
#define SNPLAUNCH_HOST_FAILURE_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a number in a message means. */
enum failure_value_kind {
	FAILURE_VALUE_PLAIN,	/* %n: a count, an address */
	FAILURE_VALUE_FIRMWARE, /* %f: a code of the AMD-SP, its firmware or its driver */
	FAILURE_VALUE_ERRNO,	/* %e: a negative errno */
	FAILURE_VALUE_GHCB,	/* %g: set and reason, "0x1:0x4", as set << 8 | reason */
	FAILURE_VALUE_KINDS,
};

#define FAILURE_VALUES_MAX 4

struct failure_values {
	size_t n;
	struct failure_value {
		enum failure_value_kind kind;
		int64_t number;
	} items[FAILURE_VALUES_MAX];
};

/*
 * True when the pattern is somewhere in the line, which is one string; then 'values' has its numbers.
 *
 *	*	any text; what stands before and behind it is found one after the other
 *	%n %f %e %g	a number, decimal or 0x-hexadecimal; "{-5,7}" behind it: one of these
 *	%w	what is no blank, quote, comma or parenthesis; may be nothing
 *
 * All else stands for itself, and is a whole word where it begins or ends with one: "fw_error=2" is
 * not in "fw_error=21", and "LAUNCH_START" is not in "SNP_LAUNCH_START". Behind a gap stands at
 * least one such character; at the beginning four, by which the catalogue's index finds a pattern.
 * Time is linear in the line's length.
 */
bool failure_pattern_match(const char *pattern, const char *line, struct failure_values *values);

#endif
