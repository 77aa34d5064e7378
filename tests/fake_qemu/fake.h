/* SPDX-License-Identifier: Apache-2.0 */
/* What the fake QEMU knows, and how it says things. */
#ifndef SNPLAUNCH_TESTS_FAKE_QEMU_FAKE_H
#define SNPLAUNCH_TESTS_FAKE_QEMU_FAKE_H

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/fd.h"

#define LINE_MAX_BYTES 4096
#define STEPS_MAX 8

typedef void act_function(const char *argument);

struct step {
	const char *moment;
	act_function *act;
	const char *argument; /* "" when there is none */
};

static struct {
	int qmp_fd;
	int console_fd;
	bool is_running;
	size_t n_steps;
	struct step steps[STEPS_MAX];
	char id[16];		      /* of the command that is being answered */
	char message[LINE_MAX_BYTES]; /* what an honest QEMU would say at this moment */
} fake = { .qmp_fd = -1, .console_fd = -1 };

static inline NORETURN void sleep_forever(void)
{
	for (;;)
		(void)poll(NULL, 0, -1); /* pause() is not for QEMU */
}

static inline void sleep_ms(long ms)
{
	struct timespec left = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&left, NULL);
}

/* A launcher that hangs up on a misbehaving QEMU is right to. */
static inline bool say_bytes(int fd, const void *bytes, size_t len)
{
	struct err err;

	return fd_write_all(fd, bytes, len, &err) == 0;
}

static inline bool say(const char *text)
{
	return say_bytes(fake.qmp_fd, text, strlen(text));
}

/* Says on standard error how far it has come, for the test to see. */
static inline void tell(const char *deed)
{
	char text[64];

	(void)snprintf(text, sizeof(text), "fake: %s\n", deed);
	(void)say_bytes(STDERR_FILENO, text, strlen(text));
}

static inline void PRINTF_LIKE(1, 2) prepare(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(fake.message, sizeof(fake.message), fmt, args);
	va_end(args);
}

static inline void say_shutdown(const char *reason)
{
	prepare("{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"SHUTDOWN\", "
		"\"data\": {\"guest\": %s, \"reason\": \"%s\"}}\r\n",
		strncmp(reason, "guest", 5) == 0 ? "true" : "false", reason);
	(void)say(fake.message);
}

#endif
