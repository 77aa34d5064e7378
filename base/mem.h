/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is always there: a process that cannot get it ends, and the kernel ends its guest. */
#ifndef SNPLAUNCH_BASE_MEM_H
#define SNPLAUNCH_BASE_MEM_H

#include <stddef.h>

/* Zeroed memory for 'n' objects of 'size' bytes. Owner: caller, free(). */
void *mem_zeroed(size_t n, size_t size);

/* Grows or shrinks 'memory' (may be NULL) to 'n' objects of 'size' bytes; new bytes are undefined. */
void *mem_resize(void *memory, size_t n, size_t size);

/* A copy of a string. Owner: caller, free(). */
char *mem_string(const char *string);

#endif
