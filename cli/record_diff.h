/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between two launch records, and whether the launch digest follows. */
#ifndef SNPLAUNCH_CLI_RECORD_DIFF_H
#define SNPLAUNCH_CLI_RECORD_DIFF_H

#include <stdbool.h>

#include <json-c/json.h>

#define RECORD_CHANGES_MAX 32

struct record_change {
	const char *what;
	const char *before; /* borrowed from the records; NULL: not there */
	const char *after;
	bool is_measured;
};

struct record_diff {
	size_t n;
	struct record_change changes[RECORD_CHANGES_MAX];
	const char *before; /* digests; NULL: level off. Borrowed */
	const char *after;
	bool is_same;  /* the digest */
	bool explains; /* it differs if and only if something that is measured does */
};

/* Compares two records, which must outlive 'diff'. */
void record_diff_make(struct record_diff *diff, struct json_object *before,
		      struct json_object *after);

/* Prints it, and as JSON. */
void record_diff_print(const struct record_diff *diff);
struct json_object *record_diff_json(const struct record_diff *diff);

#endif
