/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware image can do, and why not the rest, by its content. */
#ifndef SNPLAUNCH_CLI_FIRMWARE_LOOK_H
#define SNPLAUNCH_CLI_FIRMWARE_LOOK_H

#include <json-c/json.h>

#include "cli/artifact.h"

/*
 * Adds to 'result' all that is found in a sealed image. 'unfit' says why it boots at no level,
 * whatever is found; empty: nothing is known against it.
 */
int firmware_look(struct json_object *result, const struct artifact *image, const char *unfit,
		  struct err *err) MUST_CHECK;

#endif
