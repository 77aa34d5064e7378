/* SPDX-License-Identifier: Apache-2.0 */
/* The whole of a firmware image in memory, where nobody can change or cut it any more. */
#ifndef SNPLAUNCH_CLI_IMAGE_FILE_H
#define SNPLAUNCH_CLI_IMAGE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct image_file {
	uint8_t *bytes; /* owner: the struct */
	size_t len;
};

/*
 * Reads the regular file 'fd' to its end. Errors: ERR_INPUT when it is empty, has more than 'len_max'
 * bytes, or changes its size meanwhile.
 */
int image_file_read(struct image_file *image, int fd, size_t len_max, struct err *err) MUST_CHECK;
void image_file_release(struct image_file *image);

#endif
