/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts bytes that QEMU or the guest wrote into bounded, printable lines. */
#ifndef SNPLAUNCH_CLI_LINES_H
#define SNPLAUNCH_CLI_LINES_H

#include <stdbool.h>
#include <stddef.h>

#define LINES_BYTES_MAX 1024
/* One such line as a string, when each of its bytes is escaped. */
#define LINES_SHOWN_SIZE (LINES_BYTES_MAX * 4 + 1)

/* Gets one line, without its end and, unless it is wanted raw, with everything unprintable escaped. */
typedef void line_taker(void *context, const char *line);

/* A zeroed struct with its taker set is ready. A longer line is handed out in pieces. */
struct lines {
	line_taker *take;
	void *context;
	bool raw; /* lines as they are, but a space for a NUL */
	size_t len;
	char bytes[LINES_BYTES_MAX + 1];
};

/* Hands out each line that these bytes complete. */
void lines_add(struct lines *lines, const void *bytes, size_t len);

/* Hands out what is left without a line end. */
void lines_finish(struct lines *lines);

#endif
