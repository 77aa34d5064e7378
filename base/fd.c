// SPDX-License-Identifier: Apache-2.0
// Small acts on file descriptors and the clock they wait by.

#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <time.h>

void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd); // nothing is left to do with a failed close
	*fd = -1;
	errno = saved;
}

int fd_write_all(int fd, const void *bytes, size_t len, struct err *err)
{
	const char *next = bytes;

	while (len > 0) {
		ssize_t n = write(fd, next, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, "cannot write %zu bytes", len);
		next += n;
		len -= (size_t)n;
	}
	return 0;
}

int fd_set_nonblocking(int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_sys(err, "cannot make a descriptor non-blocking");
	return 0;
}

int64_t clock_now_ms(void)
{
	struct timespec now;

	if (clock_gettime(CLOCK_MONOTONIC, &now) < 0)
		return 0;
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int clock_poll_ms(int64_t deadline_ms)
{
	int64_t left;

	if (deadline_ms == 0)
		return -1;
	left = deadline_ms - clock_now_ms();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}
