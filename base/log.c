// SPDX-License-Identifier: Apache-2.0
// Log lines: formatted once, written with one call, so that lines of two processes do not mix.

#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES 2048
// A reader who has stopped reading misses lines; nothing may wait for it.
#define READER_TIMEOUT_MS 100

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

// True for what a terminal would obey instead of show: control bytes, and UTF-8's C1 controls.
static bool is_control(const char *at, const char *start)
{
	unsigned char byte = (unsigned char)*at;
	bool after_c2 = at > start && (unsigned char)at[-1] == 0xc2;

	return byte < 0x20 || byte == 0x7f || (after_c2 && byte >= 0x80 && byte <= 0x9f);
}

// Copies a message that may quote a guest file or QEMU, with its control bytes as \xNN.
static void copy_visible(char *out, size_t size, const char *message)
{
	size_t used = 0;

	for (const char *at = message; *at != '\0' && used + sizeof("\\xNN") <= size; at++) {
		if (is_control(at, message))
			used += (size_t)snprintf(out + used, size - used, "\\x%02x",
						 (unsigned char)*at);
		else
			out[used++] = *at;
	}
	out[used] = '\0';
}

PRINTF_LIKE(2, 0)
static void write_line(enum log_level level, const char *fmt, va_list args)
{
	const char *line_end = settings.raw_terminal ? "\r\n" : "\n";
	const char *word = level == LOG_WARNING ? "warning: " : "";
	struct pollfd reader = { .fd = STDERR_FILENO, .events = POLLOUT };
	char message[LINE_MAX_BYTES];
	char line[LINE_MAX_BYTES];
	int saved = errno;
	size_t used;

	(void)vsnprintf(message, sizeof(message), fmt, args);
	if (settings.to_journal)
		(void)snprintf(line, sizeof(line), "<%d>%s", (int)level, word);
	else
		(void)snprintf(line, sizeof(line), "%s: %s", settings.program, word);
	used = strlen(line);
	copy_visible(line + used, sizeof(line) - used - strlen(line_end), message);
	used = strlen(line);
	memcpy(line + used, line_end, strlen(line_end) + 1);
	if (poll(&reader, 1, READER_TIMEOUT_MS) > 0 && write(STDERR_FILENO, line, strlen(line)) < 0)
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
