/* SPDX-License-Identifier: Apache-2.0 */
/* One line each to stderr, with the journal's level prefix when systemd reads it. errno is kept. */
#ifndef SNPLAUNCH_BASE_LOG_H
#define SNPLAUNCH_BASE_LOG_H

#include <stdbool.h>

#include "base/attributes.h"

/* How this process writes its lines; main() says it once, before the first. */
struct log_settings {
	/* In front of each line. Borrowed, static. */
	const char *program;
	/* Instead of the program's name the journal gets a line's level: "<3>". */
	bool to_journal;
	bool debug_wanted;
	/* Lines end with CR LF. */
	bool raw_terminal;
};
extern struct log_settings log_settings;

/* Priorities of syslog(3). */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_error(...) log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif
