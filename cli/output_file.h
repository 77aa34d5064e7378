/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that a command writes, and writes anew where its own kind of file is already: nobody loses a
 * key or an image because a name was mistaken for another.
 */
#ifndef SNPLAUNCH_CLI_OUTPUT_FILE_H
#define SNPLAUNCH_CLI_OUTPUT_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cli/client.h"

struct output_file {
	const char *path;    /* the value of an output's option. Borrowed */
	const char *becomes; /* for messages: "an ID block". Borrowed */
	/* Whether a file that begins with these bytes (some, and a NUL) is of that kind. */
	bool (*is_one)(const char *bytes, size_t len);
	size_t len_max; /* 'is_one' is shown one byte more at most */
	int fd;		/* -1 before output_file_open(). Owner: the struct, output_file_close() */
	/* After output_file_look(): the file that may be overwritten. */
	bool has_seen;
	dev_t device;
	ino_t inode;
};

/*
 * Looks at what is there, without making or changing anything. Errors: ERR_INPUT when something else
 * is in the file than what it becomes.
 */
int output_file_look(struct output_file *file, struct client *client, struct err *err) MUST_CHECK;

/*
 * Makes the file, or opens the one that was looked at, and leaves it as it is. Must: come after
 * output_file_look(). Errors: ERR_INPUT when another file has come there since.
 */
int output_file_open(struct output_file *file, struct client *client, struct err *err) MUST_CHECK;

/* Whether these bytes begin with a JSON object whose first key, with its quotes, is this one. */
bool output_file_begins_with(const char *bytes, size_t len, const char *key);

/* Whether both, which are open, are one file. */
bool output_file_is_same(const struct output_file *file, const struct output_file *other);

/* Makes the file, which is open, one of these bytes. */
int output_file_write(const struct output_file *file, const void *bytes, size_t len,
		      struct err *err) MUST_CHECK;

/* Accepts one that was never opened. */
void output_file_close(struct output_file *file);
DEFINE_AUTO(output_file, struct output_file, output_file_close);

#endif
