/* SPDX-License-Identifier: Apache-2.0 */
/* What a launch should measure, computed from the bytes that QEMU gets. */
#ifndef SNPLAUNCH_CLI_REHEARSAL_EXPECT_H
#define SNPLAUNCH_CLI_REHEARSAL_EXPECT_H

#include "base/err.h"
#include "cli/artifact.h"
#include "cli/rehearsal_trace.h"
#include "plan/plan.h"

/* All is borrowed. */
struct expect_from {
	const struct plan *plan;
	const struct artifact *firmware;
	const struct artifact *kernel; /* fd -1: none, like the next */
	const struct artifact *initrd;
};

/*
 * Computes every range and the digest. Errors: ERR_HOST for a CPU model whose signature is not
 * known; ERR_INPUT for firmware that lacks what the level needs. Owner: caller, trace_release().
 */
int rehearsal_expect(struct trace *expected, const struct expect_from *from,
		     struct err *err) MUST_CHECK;

#endif
