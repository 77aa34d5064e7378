/* SPDX-License-Identifier: Apache-2.0 */
/* Whether this host would launch what a record says, to the same digest. */
#ifndef SNPLAUNCH_CLI_RECORD_CHECK_H
#define SNPLAUNCH_CLI_RECORD_CHECK_H

#include <stdbool.h>

#include <json-c/json.h>

#include "base/err.h"
#include "cli/client.h"
#include "cli/command.h"

/*
 * Looks at the recorded files again, and at this host or that of --host-facts. '*rows' gets an array
 * with an object for each thing: "what", "same", "verdict" and "text", and where values differ
 * "recorded" and "now". '*is_same' is the verdict. Owner: caller.
 * Errors: ERR_INPUT for a record that cannot be one of a launch; what QEMU and host cannot be asked.
 */
int record_check(struct json_object **rows, bool *is_same, struct json_object *record,
		 const struct options *options, struct client *client, struct err *err) MUST_CHECK;

#endif
