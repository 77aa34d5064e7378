/* SPDX-License-Identifier: Apache-2.0 */
/* Questions with a verdict, and the verdict on all of them. */
#ifndef SNPLAUNCH_CLI_CHECKS_H
#define SNPLAUNCH_CLI_CHECKS_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum check_result {
	CHECK_NOT_MADE,
	CHECK_OK,
	CHECK_WRONG,
	CHECK_RESULTS,
};

/* Zeroed but for 'list', which is a JSON array that somebody else owns. */
struct checks {
	struct json_object *list; /* of objects with check, result and, for most, detail */
	size_t n;
	size_t n_wrong;
};

/* 'what' is the word for programs, too: "launch_digest". 'detail' may be empty. */
void checks_add(struct checks *checks, const char *what, enum check_result result,
		const char *detail);

/*
 * Adds what came of a function that fails with ERR_VERDICT for a negative verdict: 'result' is what
 * it returned. Returns -1 when it failed for another reason, which is no verdict.
 */
int checks_add_result(struct checks *checks, const char *what, int result,
		      const struct err *err) MUST_CHECK;

/*
 * Compare numbers that are bits, others, and bytes (at most 64); the detail of a wrong one has both, as
 * hexadecimal numbers, as decimal ones, and as hexadecimal digits.
 */
void checks_compare_number(struct checks *checks, const char *what, uint64_t found,
			   uint64_t expected);
void checks_compare_decimal(struct checks *checks, const char *what, uint64_t found,
			    uint64_t expected);
void checks_compare(struct checks *checks, const char *what, const uint8_t *found,
		    const uint8_t *expected, size_t len);

/* The verdict. Errors: ERR_VERDICT when a check went wrong. */
int checks_verdict(const struct checks *checks, struct err *err) MUST_CHECK;

#endif
