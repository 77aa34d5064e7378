/* SPDX-License-Identifier: Apache-2.0 */
/* What a launch measures, range by range: as it was computed, and as the software AMD-SP saw it. */
#ifndef SNPLAUNCH_CLI_REHEARSAL_TRACE_H
#define SNPLAUNCH_CLI_REHEARSAL_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

/* SHA-384 in hexadecimal digits, with NUL. SHA-256 is shorter. */
#define TRACE_DIGEST_SIZE (2 * 48 + 1)
#define TRACE_WORD_SIZE 24

struct trace_range {
	char what[TRACE_WORD_SIZE]; /* "firmware", "VMSA"; what was caused has only a page type */
	bool is_vmsa;
	uint32_t vcpu;			/* of a VMSA, from 0 */
	bool has_gpa;			/* a VMSA of SEV-ES has none */
	uint64_t gpa;			/* guest-physical */
	uint64_t len;			/* bytes; 0: not told */
	char digest[TRACE_DIGEST_SIZE]; /* with this range as the last */
};

struct trace {
	size_t n;
	struct trace_range *ranges;	/* owner: the trace */
	char digest[TRACE_DIGEST_SIZE]; /* of the finished launch; "": it was not finished */
};

/* A zeroed range at the end. Borrowed until the next one is added. */
struct trace_range *trace_add(struct trace *trace);

/* The first range after which the digests differ, or that one of the two lacks; -1: they agree. */
long trace_parts_at(const struct trace *one, const struct trace *other);

void trace_release(struct trace *trace);
DEFINE_AUTO(trace, struct trace, trace_release);

#endif
