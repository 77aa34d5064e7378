// SPDX-License-Identifier: Apache-2.0
// Keeps what run's own stages computed, range by range.

#include "cli/rehearsal_expect.h"

#include <stdio.h>
#include <string.h>

static void write_digest(char out[static TRACE_DIGEST_SIZE], const struct launch_digest *digest)
{
	for (size_t i = 0; i < digest->len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", digest->bytes[i]);
}

static void keep_range(void *context, const struct launch_range *range)
{
	struct trace_range *kept = trace_add(context);

	(void)snprintf(kept->what, sizeof(kept->what), "%s",
		       range->name == NULL ? "unknown section" : range->name);
	kept->is_vmsa = strcmp(kept->what, "VMSA") == 0;
	kept->vcpu = range->vcpu;
	kept->has_gpa = range->gpa != 0;
	kept->gpa = range->gpa;
	kept->len = range->len;
	write_digest(kept->digest, &range->digest);
}

int rehearsal_expect(struct trace *expected, const struct launch *launch, struct err *err)
{
	const struct launch_observer observer = { keep_range, expected };

	(void)measurement_hex(expected->digest, &launch->measurement);
	return launch_observe(launch, &observer, err);
}
