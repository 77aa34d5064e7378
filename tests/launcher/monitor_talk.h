/* SPDX-License-Identifier: Apache-2.0 */
/* What a test in the front's place says to the launcher's loop and hears from it. */
#ifndef SNPLAUNCH_TESTS_LAUNCHER_MONITOR_TALK_H
#define SNPLAUNCH_TESTS_LAUNCHER_MONITOR_TALK_H

#include "tests/launcher/monitors.h"
#include "tests/base/wire_say.h"

static inline void let_front_exit(struct fixture *fixture, char status)
{
	assert_int_equal(write(fixture->leash_fd, &status, 1), 1);
}

static inline void say(struct fixture *fixture, uint32_t type, const void *payload, size_t len)
{
	expect_success(wire_say(fixture->wire_fd, type, payload, len, &fixture->err),
		       &fixture->err);
}

/* The same with a descriptor, which stays the caller's. */
static inline void say_with(struct fixture *fixture, uint32_t type, const void *payload, size_t len,
			    int fd)
{
	struct wire_message *message = &fixture->message;

	wire_message_release(message);
	wire_fill(message, type, payload, len);
	message->fds[0] = fd;
	message->n_fds = 1;
	expect_success(wire_send(fixture->wire_fd, message, &fixture->err), &fixture->err);
	message->n_fds = 0;
}

static inline void hear(struct fixture *fixture, uint32_t type)
{
	wire_message_release(&fixture->message);
	assert_true(becomes_readable(fixture->wire_fd));
	expect_success(wire_receive(fixture->wire_fd, &fixture->message, &fixture->err),
		       &fixture->err);
	if (type == REPLY_DONE && fixture->message.type == REPLY_FAILED)
		fail_msg("%s", ((struct err *)(void *)fixture->message.payload)->text);
	assert_int_equal(fixture->message.type, type);
}

static inline void hear_failure(struct fixture *fixture, enum err_kind kind, const char *text)
{
	struct err told;

	hear(fixture, REPLY_FAILED);
	assert_int_equal(fixture->message.len, sizeof(told));
	memcpy(&told, fixture->message.payload, sizeof(told));
	assert_true(err_is_valid(&told));
	expect_error(&told, kind, text);
}

static inline void ask_open(struct fixture *fixture, uint32_t role, const char *path)
{
	struct request_open request = { .role = role };

	(void)snprintf(request.path, sizeof(request.path), "%s", path);
	say(fixture, REQUEST_OPEN, &request, sizeof(request));
}

#endif
