/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that a test can stop, so that a flood is one however slow the machine is. */
#ifndef SNPLAUNCH_TESTS_QMP_STOPPED_CLOCK_H
#define SNPLAUNCH_TESTS_QMP_STOPPED_CLOCK_H

#include <stdint.h>

#include "base/clock.h"

static int64_t stopped_at_ms; /* 0 while it goes */

/* The linker puts the second in the first's place; see the Makefile. */
int64_t __real_clock_now_ms(void);
int64_t __wrap_clock_now_ms(void);

int64_t __wrap_clock_now_ms(void)
{
	return stopped_at_ms != 0 ? stopped_at_ms : __real_clock_now_ms();
}

static inline void clock_stop(void)
{
	stopped_at_ms = __real_clock_now_ms();
}

static inline void clock_go_on(void)
{
	stopped_at_ms = 0;
}

#endif
