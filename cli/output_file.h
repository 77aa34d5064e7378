/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a command writes. */
#ifndef SNPLAUNCH_CLI_OUTPUT_FILE_H
#define SNPLAUNCH_CLI_OUTPUT_FILE_H

#include <stddef.h>

#include "cli/client.h"

/* Makes 'path', which an output's option names, a file of these bytes. */
int output_file_write(struct client *client, const char *path, const void *bytes, size_t len,
		      struct err *err) MUST_CHECK;

#endif
