/* SPDX-License-Identifier: Apache-2.0 */
/* Small acts on file descriptors that more than one program needs. */
#ifndef SNPLAUNCH_BASE_FD_H
#define SNPLAUNCH_BASE_FD_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

/* Writes all of 'len' bytes to a blocking fd, through interruptions. */
int fd_write_all(int fd, const void *bytes, size_t len, struct err *err) MUST_CHECK;

/* Switches O_NONBLOCK on. Only for descriptions that nobody else shares. */
int fd_set_nonblocking(int fd, struct err *err) MUST_CHECK;

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_now_ms(void);

/* Milliseconds from now to 'deadline_ms', at least 0, for poll(); -1 when there is no deadline (0). */
int clock_poll_ms(int64_t deadline_ms);

#endif
