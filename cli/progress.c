// SPDX-License-Identifier: Apache-2.0
// The progress line.

#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define QUIET_MS 1000
#define INTERVAL_MS 200
#define MIB ((uint64_t)1024 * 1024)

void progress_start(struct progress *progress, const char *act, const char *what, uint64_t total)
{
	*progress = (struct progress){
		.act = act,
		.what = what,
		.total = total,
		.next_ms = clock_now_ms() + QUIET_MS,
		.wanted = isatty(STDERR_FILENO) == 1,
	};
}

void progress_step(struct progress *progress, uint64_t done)
{
	int64_t now_ms;

	if (!progress->wanted)
		return;
	now_ms = clock_now_ms();
	if (now_ms < progress->next_ms)
		return;
	progress->next_ms = now_ms + INTERVAL_MS;
	progress->shown = true;
	(void)fprintf(stderr, "\r%s the %s: %" PRIu64 " of %" PRIu64 " MiB", progress->act,
		      progress->what, done / MIB, progress->total / MIB);
}

void progress_end(struct progress *progress)
{
	if (progress->shown)
		(void)fputs("\r\033[K", stderr);
	progress->shown = false;
}
