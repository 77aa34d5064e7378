/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of a small file in memory. */
#ifndef SNPLAUNCH_CLI_TEXT_FILE_H
#define SNPLAUNCH_CLI_TEXT_FILE_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

struct text_file {
	char *bytes; /* 'len' of them and a NUL; owner: the struct */
	size_t len;
};

/*
 * Reads 'fd' to its end. What is longer than 'len_max' is cut there, so a reader with a smaller
 * limit refuses it by its own words. Errors: ERR_INPUT.
 */
int text_file_read(struct text_file *file, int fd, size_t len_max, struct err *err) MUST_CHECK;
void text_file_release(struct text_file *file);
DEFINE_AUTO(text_file, struct text_file, text_file_release);

#endif
