// SPDX-License-Identifier: Apache-2.0
// Looks up what a host's kernel said in the catalogue of failures.

#include "cli/probe_log.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text_escape.h"
#include "cli/input_file.h"
#include "cli/lines.h"

static void take_line(void *context, const char *line)
{
	struct probe_log *log = context;
	struct explanation found;
	char shown[LINES_SHOWN_SIZE];
	size_t i = 0;

	if (!explain_line(&found, line) || found.failure->is_noise || found.failure->is_harmless)
		return;
	while (i < log->n && log->items[i].failure != found.failure)
		i++;
	if (i == PROBE_LOG_FINDINGS_MAX)
		return;
	if (i == log->n) {
		log->n++;
		log->items[i].failure = found.failure;
		log->items[i].line =
			mem_must(strdup(text_escape(shown, sizeof(shown), line, strlen(line))));
	}
	log->items[i].times++;
}

int probe_log_read(struct probe_log *log, const char *path, struct client *client, struct err *err)
{
	AUTO(text_file) struct text_file text = { 0 };
	struct lines lines = { .take = take_line, .context = log, .raw = true };

	if (input_file_read(&text, client, path, PROBE_LOG_BYTES_MAX, err) < 0)
		return -1;
	lines_add(&lines, text.bytes, text.len);
	lines_finish(&lines);
	log->is_read = true;
	return 0;
}

void probe_log_release(struct probe_log *log)
{
	for (size_t i = 0; i < log->n; i++)
		free(log->items[i].line);
	log->n = 0;
}
