/* SPDX-License-Identifier: Apache-2.0 */
/* JSON somebody wrote: strictly parsed, and the places of its values for messages. */
#ifndef SNPLAUNCH_POLICY_JSON_FILE_H
#define SNPLAUNCH_POLICY_JSON_FILE_H

#include <json-c/json.h>

#include "base/auto.h"
#include "base/json_scan.h"

static inline void json_put(struct json_object **object)
{
	json_object_put(*object);
	*object = NULL;
}

DEFINE_AUTO(json, struct json_object *, json_put);

#define JSON_FILE_BYTES_MAX ((size_t)64 * 1024)

/* The limits of a guest file, a policy file and an option in JSON. */
extern const struct json_limits json_file_limits;

/*
 * Parses what json_scan() accepts. Errors and 'place' as there. Owner: caller, json_put().
 */
int json_file_parse(const char *text, size_t len, const struct json_limits *limits,
		    struct json_object **out, struct json_place *place, struct err *err) MUST_CHECK;

/*
 * The way to a value: a chain of steps from the innermost to the outermost. json-c keeps members in
 * the order of the text, so a step is the number of a member or element; NULL is the whole text.
 */
struct json_step {
	const struct json_step *outer;
	/* NULL for an element of an array. */
	const char *key;
	size_t index;
};

enum json_end { JSON_KEY, JSON_VALUE };

/* Where a step's key or value stands in a text that json_file_parse() has accepted. */
struct json_place json_file_place(const char *text, size_t len, const struct json_step *step,
				  enum json_end end);

/* Writes a step as "disks[0].path" and returns 'out'; cut where it does not fit. */
char *json_step_name(char *out, size_t size, const struct json_step *step);

#endif
