// SPDX-License-Identifier: Apache-2.0
// Moves bytes between the guest's serial port, the terminal and a log.

#include "cli/console.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd_flags.h"
#include "base/log.h"
#include "base/mem.h"

#define MOVE_BYTES 4096
// Room that is kept for saying how much was dropped.
#define DROP_NOTICE_BYTES 64

static size_t queue_room(const struct console_queue *queue)
{
	return queue->size - queue->len;
}

static void queue_push(struct console_queue *queue, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		queue->bytes[(queue->start + queue->len++) % queue->size] = bytes[i];
}

// The longest piece at the front that lies in one place.
static size_t queue_piece(const struct console_queue *queue, const char **bytes)
{
	size_t to_end = queue->size - queue->start;

	*bytes = queue->bytes + queue->start;
	return queue->len < to_end ? queue->len : to_end;
}

static void queue_pop(struct console_queue *queue, size_t len)
{
	queue->start = (queue->start + len) % queue->size;
	queue->len -= len;
}

static void queue_init(struct console_queue *queue, size_t size)
{
	*queue = (struct console_queue){ .size = size, .bytes = mem_zeroed(size, 1) };
}

void console_init(struct console *console)
{
	*console = (struct console){ .guest_fd = -1, .out_fd = -1, .in_fd = -1 };
}

void console_release(struct console *console)
{
	close_fd(&console->guest_fd);
	close_fd(&console->out_fd);
	free(console->output.bytes);
	free(console->input.bytes);
	console_init(console);
}

// From the background, changing the terminal would stop us.
static bool is_foreground_terminal(int fd)
{
	return isatty(fd) == 1 && tcgetpgrp(fd) == getpgrp();
}

static int make_raw(struct console *console, struct err *err)
{
	struct termios settings;

	if (tcgetattr(console->in_fd, &settings) < 0)
		return err_sys(err, "cannot read the terminal's settings");
	cfmakeraw(&settings);
	if (tcsetattr(console->in_fd, TCSANOW, &settings) < 0)
		return err_sys(err, "cannot make the terminal raw");
	console->is_raw = true;
	log_settings.raw_terminal = true;
	log_info("console: %s q powers the guest down, %s k kills it, %s twice sends it",
		 CONSOLE_ESCAPE_NAME, CONSOLE_ESCAPE_NAME, CONSOLE_ESCAPE_NAME);
	return 0;
}

static int open_input(struct console *console, struct err *err)
{
	bool terminal = isatty(STDIN_FILENO) == 1;

	if (terminal && !is_foreground_terminal(STDIN_FILENO))
		return 0;
	console->in_fd = STDIN_FILENO;
	return terminal ? make_raw(console, err) : 0;
}

int console_open(struct console *console, enum console_kind kind, int guest_fd, int out_fd,
		 struct err *err)
{
	struct stat st;

	console->out_fd = out_fd;
	if (console_reconnect(console, guest_fd, err) < 0)
		return -1;
	queue_init(&console->output, CONSOLE_OUTPUT_BYTES);
	queue_init(&console->input, CONSOLE_INPUT_BYTES);
	console->log_left = kind == CONSOLE_LOG ? CONSOLE_LOG_BYTES_MAX : UINT64_MAX;
	if (out_fd >= 0 && fstat(out_fd, &st) == 0) {
		console->out_is_terminal = isatty(out_fd) == 1;
		console->out_is_socket = S_ISSOCK(st.st_mode);
	}
	return kind == CONSOLE_STDIO ? open_input(console, err) : 0;
}

int console_reconnect(struct console *console, int guest_fd, struct err *err)
{
	close_fd(&console->guest_fd);
	console->guest_fd = guest_fd;
	return guest_fd < 0 ? 0 : fd_set_nonblocking(guest_fd, err);
}

short console_guest_events(const struct console *console)
{
	return (short)(POLLIN | (console->input.len > 0 ? POLLOUT : 0));
}

short console_out_events(const struct console *console)
{
	return console->output.len > 0 ? POLLOUT : 0;
}

short console_in_events(const struct console *console)
{
	return console->in_fd >= 0 && queue_room(&console->input) > 0 ? POLLIN : 0;
}

// True for what may reach a file or a pipe: text, without the control bytes that a terminal obeys.
static bool passes_filter(struct console *console, unsigned char byte)
{
	switch (console->filter) {
	case FILTER_AFTER_C2: // UTF-8 has a second set of control characters, C2 80 to C2 9F
		console->filter = FILTER_TEXT;
		return byte >= 0x80 && byte <= 0x9f ? false : passes_filter(console, byte);
	case FILTER_TEXT:
		if (byte == 0x1b)
			console->filter = FILTER_ESCAPE;
		else if (byte == 0xc2)
			console->filter = FILTER_AFTER_C2;
		return byte == '\n' || byte == '\t' || (byte >= 0x20 && byte != 0x7f);
	case FILTER_ESCAPE:
		console->filter = byte == '['				? FILTER_SEQUENCE :
				  strchr("]PX^_", byte) && byte != '\0' ? FILTER_STRING :
									  FILTER_TEXT;
		return false;
	case FILTER_SEQUENCE:
		if (byte >= 0x40 && byte <= 0x7e)
			console->filter = FILTER_TEXT;
		return false;
	case FILTER_STRING:
		if (byte == 0x07 || byte == '\n')
			console->filter = FILTER_TEXT;
		else if (byte == 0x1b)
			console->filter = FILTER_ESCAPE;
		return false;
	}
	return false;
}

static size_t filter_bytes(struct console *console, char *bytes, size_t len)
{
	size_t kept = 0;

	if (console->out_is_terminal)
		return len;
	for (size_t i = 0; i < len; i++)
		if (passes_filter(console, (unsigned char)bytes[i]))
			bytes[kept++] = bytes[i];
	return kept;
}

static void say_dropped(struct console *console)
{
	char notice[DROP_NOTICE_BYTES];
	int len = snprintf(notice, sizeof(notice), "\r\n[%" PRIu64 " bytes dropped]\r\n",
			   console->dropped);

	queue_push(&console->output, notice, (size_t)len);
	console->dropped = 0;
}

// Takes all of it or none, so that what is missing is one gap with its size in it.
static void keep_output(struct console *console, const char *bytes, size_t len)
{
	size_t wanted = len + (console->dropped > 0 ? DROP_NOTICE_BYTES : 0);

	if (wanted > queue_room(&console->output)) {
		console->dropped += len;
		return;
	}
	if (console->dropped > 0)
		say_dropped(console);
	queue_push(&console->output, bytes, len);
}

static void take_output(struct console *console, char *bytes, size_t len)
{
	if (console->lines != NULL)
		lines_add(console->lines, bytes, len);
	if (console->out_fd < 0)
		return;
	len = filter_bytes(console, bytes, len);
	if (len > console->log_left) {
		static const char full[] = "\n[log is full]\n";

		keep_output(console, bytes, (size_t)console->log_left);
		if (console->log_left > 0)
			keep_output(console, full, sizeof(full) - 1);
		console->log_left = 0;
		return;
	}
	console->log_left -= len;
	keep_output(console, bytes, len);
}

void console_read_guest(struct console *console)
{
	char bytes[MOVE_BYTES];
	ssize_t n = read(console->guest_fd, bytes, sizeof(bytes));

	if (n > 0)
		take_output(console, bytes, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_fd(&console->guest_fd);
}

void console_write_guest(struct console *console)
{
	const char *bytes;
	size_t len = queue_piece(&console->input, &bytes);
	ssize_t n = send(console->guest_fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n > 0)
		queue_pop(&console->input, (size_t)n);
}

// After poll() a pipe takes this much without waiting, even where it could not be opened again.
static ssize_t write_out(const struct console *console, const char *bytes, size_t len)
{
	if (len > PIPE_BUF)
		len = PIPE_BUF;
	if (console->out_is_socket)
		return send(console->out_fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	return write(console->out_fd, bytes, len);
}

void console_write_out(struct console *console)
{
	const char *bytes;
	size_t len = queue_piece(&console->output, &bytes);
	ssize_t n = write_out(console, bytes, len);

	if (n > 0) {
		queue_pop(&console->output, (size_t)n);
	} else if (n < 0 && errno != EAGAIN && errno != EINTR) {
		console->output.len = 0; // nobody is left to read it
		close_fd(&console->out_fd);
	}
}

static enum console_wish take_escaped(struct console *console, char typed)
{
	static const struct {
		char key;
		enum console_wish wish;
	} wishes[] = {
		{ 'q', CONSOLE_WISH_POWERDOWN },
		{ 'k', CONSOLE_WISH_KILL },
	};

	console->escaped = false;
	if (typed == CONSOLE_ESCAPE)
		queue_push(&console->input, &typed, 1);
	for (size_t i = 0; i < ARRAY_LEN(wishes); i++)
		if (typed == wishes[i].key)
			return wishes[i].wish;
	return CONSOLE_WISH_NONE;
}

static enum console_wish take_typed(struct console *console, char typed)
{
	if (console->escaped)
		return take_escaped(console, typed);
	if (console->is_raw && typed == CONSOLE_ESCAPE)
		console->escaped = true;
	else
		queue_push(&console->input, &typed, 1);
	return CONSOLE_WISH_NONE;
}

enum console_wish console_read_in(struct console *console)
{
	enum console_wish wish = CONSOLE_WISH_NONE;
	char bytes[MOVE_BYTES];
	size_t room = queue_room(&console->input);
	ssize_t n = read(console->in_fd, bytes, room < sizeof(bytes) ? room : sizeof(bytes));

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		console->in_fd = -1; // the guest runs on without input
	for (ssize_t i = 0; i < n && wish == CONSOLE_WISH_NONE; i++)
		wish = take_typed(console, bytes[i]);
	return wish;
}

static bool is_ready(int fd, short events, int timeout_ms)
{
	struct pollfd waiting = { .fd = fd, .events = events };

	return fd >= 0 && poll(&waiting, 1, timeout_ms) > 0;
}

static void write_rest(struct console *console, int64_t deadline_ms)
{
	while (console->output.len > 0 &&
	       is_ready(console->out_fd, POLLOUT, clock_poll_ms(deadline_ms)))
		console_write_out(console);
}

void console_finish(struct console *console, int timeout_ms)
{
	int64_t deadline_ms = clock_now_ms() + timeout_ms;

	// A guest that was not killed may go on for ever.
	while (clock_now_ms() < deadline_ms && is_ready(console->guest_fd, POLLIN, 0)) {
		console_read_guest(console);
		if (console->output.len > 0 && is_ready(console->out_fd, POLLOUT, 0))
			console_write_out(console);
	}
	write_rest(console, deadline_ms);
	// Behind what is kept, for which there may have been no room.
	if (console->dropped > 0 && queue_room(&console->output) >= DROP_NOTICE_BYTES) {
		say_dropped(console);
		write_rest(console, deadline_ms);
	}
}
