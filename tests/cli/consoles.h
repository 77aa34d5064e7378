/* SPDX-License-Identifier: Apache-2.0 */
/* A console with its guest, its reader and its typist at hand. */
#ifndef SNPLAUNCH_TESTS_CLI_CONSOLES_H
#define SNPLAUNCH_TESTS_CLI_CONSOLES_H

#include "tests/base/process.h"

#include <signal.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/mem.h"
#include "cli/console.h"

#define SMALL_PIPE 4096

struct fixture {
	struct console console;
	struct lines lines;
	int guest;  /* the guest's end of its serial port */
	int reader; /* the other end of the console's output */
	int typist; /* the other end of the console's input */
	int in_fd;
	size_t n_fds;
	struct err err;
	char heard[512]; /* lines, each with '|' behind it */
};

static inline void take_line(void *context, const char *line)
{
	struct fixture *fixture = context;
	size_t used = strlen(fixture->heard);

	(void)snprintf(fixture->heard + used, sizeof(fixture->heard) - used, "%s|", line);
}

static inline int set_up_kind(void **state, enum console_kind kind)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));
	int port[2];
	int out[2];
	int in[2];

	*state = fixture;
	fixture->n_fds = count_fds();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, port), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_true(fcntl(out[1], F_SETPIPE_SZ, SMALL_PIPE) == SMALL_PIPE);
	fixture->guest = port[1];
	fixture->reader = out[0];
	fixture->typist = in[1];
	fixture->in_fd = in[0];
	console_init(&fixture->console);
	return console_open(&fixture->console, kind, port[0], out[1], &fixture->err);
}

/* The kind "none" with an output: what stdio adds is standard input, which a test sets by hand. */
static inline int set_up(void **state)
{
	return set_up_kind(state, CONSOLE_NONE);
}

static inline int set_up_log(void **state)
{
	return set_up_kind(state, CONSOLE_LOG);
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	console_release(&fixture->console);
	close_fd(&fixture->guest);
	close_fd(&fixture->reader);
	close_fd(&fixture->typist);
	close_fd(&fixture->in_fd);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

static inline void guest_says_bytes(struct fixture *fixture, const char *bytes, size_t len)
{
	assert_int_equal(send(fixture->guest, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT), len);
	console_read_guest(&fixture->console);
}

static inline void guest_says(struct fixture *fixture, const char *text)
{
	guest_says_bytes(fixture, text, strlen(text));
}

/* Writes all that the pipe takes, and appends what its reader gets to 'text'. */
static inline void drain(struct fixture *fixture, char *text, size_t size)
{
	size_t used = strlen(text);
	ssize_t n;

	do {
		if (console_out_events(&fixture->console) != 0)
			console_write_out(&fixture->console);
		n = read(fixture->reader, text + used, size - 1 - used);
		if (n > 0)
			used += (size_t)n;
	} while (n > 0 || console_out_events(&fixture->console) != 0);
	text[used] = '\0';
}

static inline void expect_read(struct fixture *fixture, const char *expected)
{
	char text[512] = "";

	drain(fixture, text, sizeof(text));
	assert_string_equal(text, expected);
}

static inline char pattern_at(size_t i)
{
	return (char)('a' + i % 23);
}

/* Sends 'len' bytes of a pattern that began 'sent' bytes ago. */
static inline void guest_says_pattern(struct fixture *fixture, size_t sent, size_t len)
{
	char bytes[SMALL_PIPE];

	for (size_t i = 0; i < len; i++)
		bytes[i] = pattern_at(sent + i);
	guest_says_bytes(fixture, bytes, len);
}

#endif
