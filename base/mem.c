// SPDX-License-Identifier: Apache-2.0
// Allocation that aborts instead of failing.

#include "base/mem.h"

#include <stdlib.h>

#include "base/log.h"

void *mem_must(void *memory)
{
	if (memory == NULL) {
		log_error("out of memory");
		abort();
	}
	return memory;
}

void *mem_zeroed(size_t n, size_t size)
{
	return mem_must(calloc(n == 0 ? 1 : n, size));
}

void *mem_resize(void *memory, size_t n, size_t size)
{
	return mem_must(reallocarray(memory, n == 0 ? 1 : n, size));
}
