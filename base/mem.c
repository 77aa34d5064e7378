// SPDX-License-Identifier: Apache-2.0
// Allocation that aborts instead of failing.

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static void *must(void *memory)
{
	if (memory == NULL) {
		log_error("out of memory");
		abort();
	}
	return memory;
}

void *mem_zeroed(size_t n, size_t size)
{
	return must(calloc(n == 0 ? 1 : n, size));
}

void *mem_resize(void *memory, size_t n, size_t size)
{
	return must(reallocarray(memory, n == 0 ? 1 : n, size));
}

char *mem_string(const char *string)
{
	return must(strdup(string));
}
