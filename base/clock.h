/* SPDX-License-Identifier: Apache-2.0 */
/* The clock that deadlines are told by. */
#ifndef SNPLAUNCH_BASE_CLOCK_H
#define SNPLAUNCH_BASE_CLOCK_H

#include <stdint.h>

/* Milliseconds of CLOCK_MONOTONIC. */
int64_t clock_now_ms(void);

/* Milliseconds from now to 'deadline_ms', at least 0, for poll(); -1 when there is no deadline (0). */
int clock_poll_ms(int64_t deadline_ms);

#endif
