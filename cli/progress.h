/* SPDX-License-Identifier: Apache-2.0 */
/* One line on the terminal for work that takes longer than a second; nothing anywhere else. */
#ifndef SNPLAUNCH_CLI_PROGRESS_H
#define SNPLAUNCH_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *act; /* such as "hashing"; both are borrowed */
	const char *what;
	uint64_t total;	 /* bytes */
	int64_t next_ms; /* when the line is due again */
	bool wanted;	 /* standard error is a terminal */
	bool shown;
};

void progress_start(struct progress *progress, const char *act, const char *what, uint64_t total);

/* Says how far it is, at most some times a second. */
void progress_step(struct progress *progress, uint64_t done);

/* Removes the line. */
void progress_end(struct progress *progress);

#endif
