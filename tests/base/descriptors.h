/* SPDX-License-Identifier: Apache-2.0 */
/* Leaks of descriptors, for tests. */
#ifndef SNPLAUNCH_TESTS_BASE_DESCRIPTORS_H
#define SNPLAUNCH_TESTS_BASE_DESCRIPTORS_H

#include "tests/unit.h"

#include <dirent.h>

/* How many descriptors this process has open. */
static inline size_t count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(folder);
	while (readdir(folder) != NULL)
		n++;
	(void)closedir(folder);
	return n;
}

#endif
