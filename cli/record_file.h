/* SPDX-License-Identifier: Apache-2.0 */
/* Launch records that somebody kept: read, and looked into by the names of their members. */
#ifndef SNPLAUNCH_CLI_RECORD_FILE_H
#define SNPLAUNCH_CLI_RECORD_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/err.h"
#include "cli/client.h"

#define RECORD_TEXT_SIZE 256

/*
 * Whether bytes, of which the last is followed by a NUL, begin as a record does. What a kill has torn
 * is one, too.
 */
bool record_file_is_one(const char *bytes, size_t len);

/*
 * Reads the record that the command line names. Owner: caller, AUTO(json) of qmp/json.h.
 * Errors: ERR_INPUT for what is no record, or not of a format that is known.
 */
int record_file_read(struct json_object **out, const char *path, struct client *client,
		     struct err *err) MUST_CHECK;

/* The member at a way such as "inputs.kernel.sha256"; NULL when there is none. Borrowed. */
struct json_object *record_file_find(struct json_object *record, const char *way);

/* The same as text as it stands there; NULL when it is missing. Borrowed from the record. */
const char *record_file_text(struct json_object *record, const char *way);

#endif
