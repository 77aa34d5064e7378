/* SPDX-License-Identifier: Apache-2.0 */
/* Files that a command makes, and that nothing else must have been in. */
#ifndef SNPLAUNCH_CLI_NEW_FILE_H
#define SNPLAUNCH_CLI_NEW_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/client.h"

struct new_file {
	const char *path; /* the value of an output's option. Borrowed */
	bool is_private;  /* must be readable by its owner alone */
	int fd;		  /* -1 before it is opened. Owner: the struct, new_file_close() */
};

/*
 * Makes the file, or takes an empty one. Errors: ERR_INPUT when something is in it, and when others
 * could read what is private.
 */
int new_file_open(struct new_file *file, struct client *client, struct err *err) MUST_CHECK;

int new_file_write(const struct new_file *file, const void *bytes, size_t len,
		   struct err *err) MUST_CHECK;

/* The same in base64, in one line. */
int new_file_write_base64(const struct new_file *file, const void *bytes, size_t len,
			  struct err *err) MUST_CHECK;

/* Accepts one that was never opened. */
void new_file_close(struct new_file *file);
DEFINE_AUTO(new_file, struct new_file, new_file_close);

#endif
