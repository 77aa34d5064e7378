// SPDX-License-Identifier: Apache-2.0
// Keeps and compares what launches measure.

#include "cli/rehearsal_trace.h"

#include <string.h>

#include "base/mem.h"

struct trace_range *trace_add(struct trace *trace)
{
	struct trace_range *range;

	trace->ranges = mem_resize(trace->ranges, trace->n + 1, sizeof(*trace->ranges));
	range = &trace->ranges[trace->n++];
	*range = (struct trace_range){ 0 };
	return range;
}

long trace_parts_at(const struct trace *one, const struct trace *other)
{
	size_t n = one->n > other->n ? one->n : other->n;

	for (size_t i = 0; i < n; i++)
		if (i >= one->n || i >= other->n ||
		    strcmp(one->ranges[i].digest, other->ranges[i].digest) != 0)
			return (long)i;
	return -1;
}

void trace_release(struct trace *trace)
{
	free(trace->ranges);
	*trace = (struct trace){ 0 };
}
