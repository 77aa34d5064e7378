/* SPDX-License-Identifier: Apache-2.0 */
/* Flags of open descriptors. */
#ifndef SNPLAUNCH_BASE_FD_FLAGS_H
#define SNPLAUNCH_BASE_FD_FLAGS_H

#include "base/err.h"

/* Switches O_NONBLOCK on. Only for descriptions that nobody else shares. */
int fd_set_nonblocking(int fd, struct err *err) MUST_CHECK;

#endif
