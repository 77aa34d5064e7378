/* SPDX-License-Identifier: Apache-2.0 */
/* Small acts on file descriptors that more than one program needs. */
#ifndef SNPLAUNCH_BASE_FD_H
#define SNPLAUNCH_BASE_FD_H

#include <stddef.h>

#include "base/auto.h"
#include "base/err.h"

/* Writes all of 'len' bytes to a blocking fd, through interruptions. */
int fd_write_all(int fd, const void *bytes, size_t len, struct err *err) MUST_CHECK;

#endif
