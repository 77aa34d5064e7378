/* SPDX-License-Identifier: Apache-2.0 */
/* What a firmware image can do, and why not the rest, by its content alone. */
#ifndef SNPLAUNCH_CLI_FIRMWARE_LOOK_H
#define SNPLAUNCH_CLI_FIRMWARE_LOOK_H

#include <json-c/json.h>

#include "cli/artifact.h"

/* Adds to 'result' all that is found in a sealed image. */
int firmware_look(struct json_object *result, const struct artifact *image,
		  struct err *err) MUST_CHECK;

#endif
