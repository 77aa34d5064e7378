/* SPDX-License-Identifier: Apache-2.0 */
/* Small files that the command line names. */
#ifndef SNPLAUNCH_CLI_INPUT_FILE_H
#define SNPLAUNCH_CLI_INPUT_FILE_H

#include "cli/client.h"
#include "cli/text_file.h"

/*
 * Reads 'path' through the launcher, one byte more than 'len_max' at most, so that its reader
 * refuses what is longer.
 */
int input_file_read(struct text_file *file, struct client *client, const char *path, size_t len_max,
		    struct err *err) MUST_CHECK;

#endif
