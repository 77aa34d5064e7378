/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's serial console: to and from our terminal, or into a bounded log. The guest never
 * waits for a reader: what a slow one misses is counted and said.
 */
#ifndef SNPLAUNCH_CLI_CONSOLE_H
#define SNPLAUNCH_CLI_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "cli/lines.h"
#include "policy/guest.h"

#define CONSOLE_OUTPUT_BYTES ((size_t)64 * 1024) /* kept for a reader that is slow */
#define CONSOLE_INPUT_BYTES ((size_t)4 * 1024)	 /* kept for a guest that does not read */
#define CONSOLE_LOG_BYTES_MAX ((uint64_t)16 * 1024 * 1024)

/* Starts a command to snplaunch when the console is a terminal: Ctrl-]. */
#define CONSOLE_ESCAPE 0x1d
#define CONSOLE_ESCAPE_NAME "Ctrl-]"

/* What somebody typed behind the escape key. */
enum console_wish { CONSOLE_WISH_NONE, CONSOLE_WISH_POWERDOWN, CONSOLE_WISH_KILL };

/* A bounded queue of bytes. */
struct console_queue {
	size_t start;
	size_t len;
	size_t size;
	char *bytes; /* owner: the queue */
};

/* How far into an escape sequence the guest's output is, when those are left out. */
enum console_filter { FILTER_TEXT, FILTER_AFTER_C2, FILTER_ESCAPE, FILTER_SEQUENCE, FILTER_STRING };

struct console {
	int guest_fd; /* the serial port's other end, -1: none or closed. Owner: the console */
	int out_fd;   /* where output goes, -1: nowhere. Owner: the console */
	int in_fd;    /* standard input while it is read, else -1. Borrowed */
	bool out_is_terminal;
	bool out_is_socket;
	bool is_raw;
	bool escaped; /* the last byte typed was CONSOLE_ESCAPE */
	enum console_filter filter;
	uint64_t log_left; /* bytes that a log may still take; unused for stdio */
	uint64_t dropped;  /* bytes that the reader has missed and was not told of */
	struct console_queue output;
	struct console_queue input;
	struct lines *lines; /* also gets all output, may be NULL. Borrowed */
};

/* Sets every descriptor to "none". */
void console_init(struct console *console);

/* Restores nothing: the terminal is the launcher's to restore. */
void console_release(struct console *console);
DEFINE_AUTO(console, struct console, console_release);

/*
 * Connects to the guest's serial port 'guest_fd' and the output 'out_fd', which are taken over.
 * For CONSOLE_STDIO standard input is read too, and a terminal there is made raw.
 */
int console_open(struct console *console, enum console_kind kind, int guest_fd, int out_fd,
		 struct err *err) MUST_CHECK;

/* Connects to the serial port of a guest that was started again. */
int console_reconnect(struct console *console, int guest_fd, struct err *err) MUST_CHECK;

/* What to poll() each descriptor for; 0: nothing. */
short console_guest_events(const struct console *console);
short console_out_events(const struct console *console);
short console_in_events(const struct console *console);

/* Call when poll() says so. Each moves a bounded number of bytes and never waits. */
void console_read_guest(struct console *console);
void console_write_guest(struct console *console);
void console_write_out(struct console *console);
enum console_wish console_read_in(struct console *console);

/* Writes what is left, waiting for a slow reader at most 'timeout_ms'. */
void console_finish(struct console *console, int timeout_ms);

#endif
