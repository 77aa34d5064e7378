/* SPDX-License-Identifier: Apache-2.0 */
/* Finds the launch behind a digest: from the command line to a search, and what it found. */
#ifndef SNPLAUNCH_CLI_RECORD_MATCH_H
#define SNPLAUNCH_CLI_RECORD_MATCH_H

#include <json-c/json.h>

#include "base/err.h"
#include "cli/client.h"
#include "cli/command.h"

/*
 * Searches for the digest that is the second argument, with the guest file that is the third, and
 * options. Of --firmware, --kernel, --initrd and --cmdline each may be given several times here, and
 * all are tried. Owner of '*result': caller. Errors: ERR_USAGE; ERR_INPUT,
 * also when none of the images has a digest of this length.
 */
int record_match(struct json_object **result, const struct options *options, struct client *client,
		 struct err *err) MUST_CHECK;

void record_match_print(struct json_object *result);

#endif
