// SPDX-License-Identifier: Apache-2.0
// Small acts on file descriptors.

#include "base/fd.h"

#include <errno.h>

int fd_write_all(int fd, const void *bytes, size_t len, struct err *err)
{
	const char *next = bytes;
	const char *end = next + len;

	while (next < end) {
		ssize_t n = TEMP_FAILURE_RETRY(write(fd, next, (size_t)(end - next)));

		if (n < 0)
			return err_sys(err, "cannot write %td bytes", end - next);
		next += n;
	}
	return 0;
}
