/* SPDX-License-Identifier: Apache-2.0 */
/* What the catalogue of failures knows of a kernel log. */
#ifndef SNPLAUNCH_CLI_PROBE_LOG_H
#define SNPLAUNCH_CLI_PROBE_LOG_H

#include "cli/client.h"
#include "host/explain.h"

#define PROBE_LOG_FINDINGS_MAX 64
#define PROBE_LOG_BYTES_MAX ((size_t)4 * 1024 * 1024)

/* Zeroed, it is empty. */
struct probe_log {
	bool is_read;
	size_t n;
	struct {
		const struct failure *failure;
		char *line; /* the first that says so, escaped. Owner: the struct */
		uint64_t times;
	} items[PROBE_LOG_FINDINGS_MAX];
};

/* Reads the file, of which the first PROBE_LOG_BYTES_MAX bytes count. Errors: ERR_INPUT. */
int probe_log_read(struct probe_log *log, const char *path, struct client *client,
		   struct err *err) MUST_CHECK;
void probe_log_release(struct probe_log *log);

#endif
