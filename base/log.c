// SPDX-License-Identifier: Apache-2.0
// Log lines: formatted once, written with one call, so that lines of two processes do not mix.

#include "base/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048

enum log_level { LOG_ERROR = 3, LOG_WARNING = 4, LOG_INFO = 6, LOG_DEBUG = 7 };

static struct {
	const char *program;
	bool to_journal;
	bool debug_wanted;
	bool raw_terminal;
} settings = { .program = "snplaunch" };

void log_init(const char *program, bool to_journal, bool debug_wanted)
{
	settings.program = program;
	settings.to_journal = to_journal;
	settings.debug_wanted = debug_wanted;
}

void log_set_raw_terminal(bool raw)
{
	settings.raw_terminal = raw;
}

static void write_line(enum log_level level, const char *fmt, va_list args)
{
	const char *line_end = settings.raw_terminal ? "\r\n" : "\n";
	const char *word = level == LOG_WARNING ? "warning: " : "";
	char line[LINE_MAX_BYTES];
	const size_t room = sizeof(line) - 2;
	int saved = errno;
	size_t used;

	if (settings.to_journal)
		(void)snprintf(line, room, "<%d>%s", (int)level, word);
	else
		(void)snprintf(line, room, "%s: %s", settings.program, word);
	used = strlen(line);
	(void)vsnprintf(line + used, room - used, fmt, args);
	used = strlen(line);
	memcpy(line + used, line_end, strlen(line_end) + 1);
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		errno = saved; // there is nowhere else to say it
	errno = saved;
}

#define DEFINE_LOG(name, level) \
	void log_##name(const char *fmt, ...) \
	{ \
		va_list args; \
\
		va_start(args, fmt); \
		write_line(level, fmt, args); \
		va_end(args); \
	}

DEFINE_LOG(error, LOG_ERROR)
DEFINE_LOG(warning, LOG_WARNING)
DEFINE_LOG(info, LOG_INFO)

void log_debug(const char *fmt, ...)
{
	va_list args;

	if (!settings.debug_wanted)
		return;
	va_start(args, fmt);
	write_line(LOG_DEBUG, fmt, args);
	va_end(args);
}
