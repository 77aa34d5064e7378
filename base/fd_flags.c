// SPDX-License-Identifier: Apache-2.0
// Changes the flags of open descriptors.

#include "base/fd_flags.h"

#include <fcntl.h>

int fd_set_nonblocking(int fd, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return err_sys(err, "cannot make a descriptor non-blocking");
	return 0;
}
