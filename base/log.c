// SPDX-License-Identifier: Apache-2.0
// Log lines: formatted once, written with one call, so that lines of two processes do not mix.

#include "base/log.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MESSAGE_SIZE 2000
#define LINE_SIZE 2048 // also takes what stands around a message
// A reader who has stopped reading misses lines; nothing may wait for it.
#define READER_TIMEOUT_MS 100

struct log_settings log_settings = { .program = "snplaunch" };

// Copies a message that may quote a guest file or QEMU. What a terminal would obey instead of show
// becomes \xNN: control bytes, and UTF-8's C1 controls.
static size_t copy_visible(char *out, size_t size, const char *message)
{
	unsigned char before = '\0';
	size_t used = 0;

	for (; *message != '\0' && used + sizeof("\\xNN") <= size; message++) {
		unsigned char byte = (unsigned char)*message;

		if (byte < 0x20 || byte == 0x7f || (before == 0xc2 && byte >= 0x80 && byte < 0xa0))
			used += (size_t)snprintf(out + used, size - used, "\\x%02x", byte);
		else
			out[used++] = *message;
		before = byte;
	}
	out[used] = '\0';
	return used;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	const char *word = level == LOG_LEVEL_WARNING ? "warning: " : "";
	const char *end = log_settings.raw_terminal ? "\r\n" : "\n";
	struct pollfd reader = { .fd = STDERR_FILENO, .events = POLLOUT };
	char message[MESSAGE_SIZE];
	char line[LINE_SIZE];
	int saved = errno;
	size_t len;
	va_list args;

	if (level == LOG_LEVEL_DEBUG && !log_settings.debug_wanted)
		return;
	va_start(args, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	if (log_settings.to_journal)
		len = (size_t)snprintf(line, sizeof(line), "<%d>%s", (int)level, word);
	else
		len = (size_t)snprintf(line, sizeof(line), "%s: %s", log_settings.program, word);
	len += copy_visible(line + len, MESSAGE_SIZE, message);
	(void)snprintf(line + len, sizeof(line) - len, "%s", end);
	if (poll(&reader, 1, READER_TIMEOUT_MS) > 0 && write(STDERR_FILENO, line, strlen(line)) < 0)
		errno = saved; // there is nowhere else to say it
	errno = saved;
}
