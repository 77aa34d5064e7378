// SPDX-License-Identifier: Apache-2.0
// What scopes release.

#include "base/auto.h"

#include <errno.h>

void close_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd); // nothing is left to do with a failed close
	*fd = -1;
	errno = saved;
}
