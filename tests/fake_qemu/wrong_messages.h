/* SPDX-License-Identifier: Apache-2.0 */
/* Acts that answer with what an honest QEMU never says. */
#ifndef SNPLAUNCH_TESTS_FAKE_QEMU_WRONG_MESSAGES_H
#define SNPLAUNCH_TESTS_FAKE_QEMU_WRONG_MESSAGES_H

#include <stdlib.h>
#include <sys/socket.h>

#include "tests/fake_qemu/fake.h"

static inline void act_garbage(const char *argument)
{
	(void)argument;
	(void)say("this is \x1b[31mnot JSON\r\n");
}

/* Piece by piece, so that it takes no memory itself. */
static inline bool say_many(char byte, size_t len)
{
	char bytes[4096];

	memset(bytes, byte, sizeof(bytes));
	for (; len > sizeof(bytes); len -= sizeof(bytes))
		if (!say_bytes(fake.qmp_fd, bytes, sizeof(bytes)))
			return false;
	return say_bytes(fake.qmp_fd, bytes, len);
}

static inline void act_long(const char *argument)
{
	(void)argument;
	(void)say_many('x', (size_t)10 * 1024 * 1024);
}

static inline void act_brackets(const char *argument)
{
	(void)argument;
	(void)say_many('[', 1000000);
	(void)say("\r\n");
}

static inline void act_slow(const char *argument)
{
	tell("slow");
	for (const char *next = fake.message; *next != '\0'; next++) {
		(void)say_bytes(fake.qmp_fd, next, 1);
		sleep_ms(atoi(argument));
	}
}

/* What is right, and nothing that should follow. */
static inline void act_reply(const char *argument)
{
	(void)argument;
	(void)say(fake.message);
}

static inline void act_early(const char *argument)
{
	(void)argument;
	(void)say("{\"return\": {}, \"id\": 1}\r\n");
}

static inline void act_wrong_id(const char *argument)
{
	(void)argument;
	(void)say("{\"return\": {}, \"id\": 4711}\r\n");
}

static inline void act_no_id(const char *argument)
{
	(void)argument;
	(void)say("{\"return\": {}}\r\n");
}

static inline void act_refuse(const char *argument)
{
	(void)argument;
	prepare("{\"id\": %s, \"error\": {\"class\": \"GenericError\", "
		"\"desc\": \"the fake\\u001b[31m refuses\"}}\r\n",
		fake.id);
	(void)say(fake.message);
}

static inline void act_state(const char *argument)
{
	prepare("{\"return\": {\"status\": \"%s\", \"running\": false}, \"id\": %s}\r\n", argument,
		fake.id);
	(void)say(fake.message);
}

static inline void act_enabled(const char *argument)
{
	(void)argument;
	prepare("{\"return\": {\"enabled\": true, \"api-major\": 1, \"api-minor\": 55, "
		"\"build-id\": 8, \"state\": \"launch-update\", \"sev-type\": \"sev-snp\", "
		"\"snp-policy\": 196608}, \"id\": %s}\r\n",
		fake.id);
	(void)say(fake.message);
}

/* Two objects in one line. */
static inline void act_twins(const char *argument)
{
	size_t len = strcspn(fake.message, "\r");

	(void)argument;
	(void)say_bytes(fake.qmp_fd, fake.message, len);
	(void)say(fake.message);
}

/* The same message in two lines. */
static inline void act_again(const char *argument)
{
	(void)argument;
	(void)say(fake.message);
	(void)say(fake.message);
}

/* The message with its last member once more. */
static inline void act_duplicate(const char *argument)
{
	size_t len = strcspn(fake.message, "\r");

	(void)argument;
	fake.message[len - 1] = '\0'; /* the closing brace */
	(void)say(fake.message);
	(void)say(", \"id\": 1, \"id\": 1}\r\n");
}

static inline void act_cut(const char *argument)
{
	(void)argument;
	(void)say_bytes(fake.qmp_fd, fake.message, strlen(fake.message) / 2);
	_exit(0);
}

static inline void act_descriptors(const char *argument)
{
	int fds[3] = { STDERR_FILENO, STDERR_FILENO, STDERR_FILENO };
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(fds))];
	} control = { .header = { .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS,
				  .cmsg_len = CMSG_LEN(sizeof(fds)) } };
	struct iovec text = { fake.message, strlen(fake.message) };
	struct msghdr packet = { .msg_iov = &text,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes) };

	(void)argument;
	memcpy(CMSG_DATA(&control.header), fds, sizeof(fds));
	(void)sendmsg(fake.qmp_fd, &packet, MSG_NOSIGNAL);
}

static const char event_line[] = "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, "
				 "\"event\": \"NICE_DAY\"}\r\n";

/* Only an event. */
static inline void act_event(const char *argument)
{
	(void)argument;
	(void)say(event_line);
}

/* As many events as asked for, then the message of the moment. */
static inline void act_events(const char *argument)
{
	for (int left = atoi(argument); left > 0; left--)
		(void)say(event_line);
	(void)say(fake.message);
}

/* Events without end, almost as long as a line may be: the cheapest bytes for whoever reads them. */
static inline void act_flood_events(const char *argument)
{
	(void)argument;
	while (say("{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, "
		   "\"event\": \"NICE_DAY\", \"data\": {\"text\": \"") &&
	       say_many('x', (size_t)255 * 1024) && say("\"}}\r\n"))
		;
	sleep_forever();
}

#endif
