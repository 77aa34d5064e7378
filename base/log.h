/* SPDX-License-Identifier: Apache-2.0 */
/* One line each to stderr, with the journal's level prefix when systemd reads it. errno is kept. */
#ifndef SNPLAUNCH_BASE_LOG_H
#define SNPLAUNCH_BASE_LOG_H

#include <stdbool.h>

#include "base/attributes.h"

/*
 * Sets the program's name for the front of each line (borrowed, static), and whether the lines go
 * to the journal ("<3>" in front) and whether debug lines are wanted.
 */
void log_init(const char *program, bool to_journal, bool debug_wanted);

/* While true, lines end with CR LF because the terminal is raw. */
void log_set_raw_terminal(bool raw);

void log_error(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_warning(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_info(const char *fmt, ...) PRINTF_LIKE(1, 2);
void log_debug(const char *fmt, ...) PRINTF_LIKE(1, 2);

#endif
