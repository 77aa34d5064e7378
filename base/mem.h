/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is always there: a process that cannot get it ends, and the kernel ends its guest. */
#ifndef SNPLAUNCH_BASE_MEM_H
#define SNPLAUNCH_BASE_MEM_H

#include <stddef.h>

/* Returns memory that a call of the C library gave, unless it gave none: strdup(), vasprintf(). */
void *mem_must(void *memory);

/* Zeroed memory for 'n' objects of 'size' bytes. Owner: caller, free(). */
void *mem_zeroed(size_t n, size_t size);

/* Grows or shrinks 'memory' (may be NULL) to 'n' objects of 'size' bytes; new bytes are undefined. */
void *mem_resize(void *memory, size_t n, size_t size);

#endif
