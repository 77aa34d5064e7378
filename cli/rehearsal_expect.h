/* SPDX-License-Identifier: Apache-2.0 */
/* What a launch should measure, range by range. */
#ifndef SNPLAUNCH_CLI_REHEARSAL_EXPECT_H
#define SNPLAUNCH_CLI_REHEARSAL_EXPECT_H

#include "base/err.h"
#include "cli/launch.h"
#include "cli/rehearsal_trace.h"

/*
 * Keeps every range and the digest of a launch. Must: come after launch_measure(). Owner: caller,
 * trace_release().
 */
int rehearsal_expect(struct trace *expected, const struct launch *launch,
		     struct err *err) MUST_CHECK;

#endif
