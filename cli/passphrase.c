// SPDX-License-Identifier: Apache-2.0
// Reads a line from standard input, with a terminal's echo switched off, byte by byte so that the
// next line stays for the next key. A signal, of which the launcher tells, ends the wait.

#include "cli/passphrase.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/text_escape.h"

// The front ignores signals; its launcher hears them.
static int await_input(struct client *client, struct err *err)
{
	struct pollfd waiting[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = client->fd, .events = POLLIN },
	};

	while (TEMP_FAILURE_RETRY(poll(waiting, ARRAY_LEN(waiting), -1)) >= 0) {
		int number;

		if (waiting[1].revents == 0)
			return 0;
		if (client_read_notice(client, err) < 0)
			return -1;
		number = client_take_signal(client);
		if (number == 0)
			continue;
		(void)err_set(err, ERR_SIGNAL, "ended by signal %d", number);
		err->errnum = number;
		return -1;
	}
	return err_sys(err, "cannot wait for a passphrase");
}

// Returns its length, or -1.
static int read_line(struct client *client, char *out, size_t size, struct err *err)
{
	size_t len = 0;

	for (;;) {
		char byte;
		ssize_t n;

		if (await_input(client, err) < 0)
			return -1;
		n = TEMP_FAILURE_RETRY(read(STDIN_FILENO, &byte, 1));
		if (n < 0)
			return err_sys_kind(err, ERR_INPUT, "cannot read the passphrase");
		if (n == 0 && len == 0)
			return err_set(err, ERR_INPUT, "standard input has no passphrase");
		if (n == 0 || byte == '\n')
			return (int)len;
		if (len == size)
			return err_set(err, ERR_INPUT, "the passphrase is longer than %zu bytes",
				       size);
		out[len++] = byte;
	}
}

static int ask(struct passphrase *passphrase, const struct termios *settings, char *out,
	       size_t size)
{
	struct termios quiet = *settings;
	int len;

	quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
	if (tcsetattr(STDIN_FILENO, TCSANOW, &quiet) < 0)
		return err_sys(&passphrase->err, "cannot switch off the terminal's echo");
	(void)fprintf(stderr, "passphrase of '%s': ", TEXT_SHOW(passphrase->key));
	len = read_line(passphrase->client, out, size, &passphrase->err);
	(void)fputc('\n', stderr);
	// The launcher does it too, at its end.
	(void)tcsetattr(STDIN_FILENO, TCSANOW, settings);
	return len;
}

int passphrase_get(void *context, char *out, size_t size)
{
	struct passphrase *passphrase = context;
	struct termios settings;

	if (tcgetattr(STDIN_FILENO, &settings) == 0)
		return ask(passphrase, &settings, out, size);
	if (passphrase->stdin_allowed)
		return read_line(passphrase->client, out, size, &passphrase->err);
	return err_set(&passphrase->err, ERR_USAGE,
		       "it is encrypted: start snplaunch on a terminal, which asks for the "
		       "passphrase, or give " PASSPHRASE_OPTION);
}
