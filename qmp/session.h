/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A conversation with one QEMU over QMP: its greeting, one command at a time with a deadline, and
 * events in between. It never blocks: poll() its descriptor for input, read until QMP_NOTHING,
 * then check the deadline. Whatever QEMU says out of turn is an error.
 */
#ifndef SNPLAUNCH_QMP_SESSION_H
#define SNPLAUNCH_QMP_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"
#include "qmp/commands.h"
#include "qmp/events.h"
#include "qmp/frame.h"
#include "qmp/replies.h"

/* How much QEMU may say in one line. A probe asks for long lists, a supervisor does not. */
struct qmp_limits {
	size_t line_max;   /* bytes */
	size_t values_max; /* numbers, strings, arrays, ... */
};

extern const struct qmp_limits qmp_limits_supervise; /* 256 KiB */
extern const struct qmp_limits qmp_limits_probe;     /* 8 MiB */

/* What the session waits for. */
enum qmp_awaited { QMP_AWAITS_GREETING, QMP_AWAITS_NOTHING, QMP_AWAITS_REPLY };

struct qmp_session {
	struct qmp_frame frame;
	struct qmp_limits limits;
	enum qmp_awaited awaited;
	enum qmp_command_name command; /* the one whose reply is awaited */
	uint32_t id;		       /* of the last command */
	uint32_t timeout_ms;	       /* of what is awaited */
	int64_t deadline_ms;	       /* by clock_now_ms(); 0: no deadline */
};

/* A session that was never started, for AUTO(qmp_session). */
#define QMP_SESSION_EMPTY \
	{ \
		.frame = {.fd = -1 } \
	}

enum qmp_message_kind {
	QMP_NOTHING,  /* no more for now: poll() */
	QMP_GREETING, /* 'greeting'; now a command may be sent, qmp_capabilities first */
	QMP_REPLY,    /* 'reply' */
	QMP_REFUSAL,  /* 'refusal': QEMU could not or would not do the command */
	QMP_EVENT,    /* 'event' */
	QMP_CLOSED,   /* QEMU has closed the socket or is gone; said again at each further read */
};

struct qmp_refusal {
	enum qmp_command_name command;
	char class[QMP_NAME_SIZE]; /* "GenericError"; escaped */
	char desc[512];		   /* escaped */
};

struct qmp_message {
	enum qmp_message_kind kind;
	union {
		struct qmp_version greeting;
		struct qmp_reply reply;
		struct qmp_refusal refusal;
		struct qmp_event event;
	};
};

/*
 * Takes over 'fd', a connected stream socket, even when it fails. The greeting must come within
 * 'timeout_ms' (0: no deadline).
 */
int qmp_session_init(struct qmp_session *session, int fd, const struct qmp_limits *limits,
		     uint32_t timeout_ms, struct err *err) MUST_CHECK;

/* For poll(), with POLLIN; -1, which poll() skips, once the socket is closed. */
int qmp_session_fd(const struct qmp_session *session);

/*
 * Sends a command. Only when nothing is awaited, and qmp_capabilities first; anything else is our
 * own mistake. The reply must come within 'timeout_ms' (0: no deadline). A QEMU that is gone is
 * told by the next read, not here.
 * Errors: ERR_PROTOCOL when QEMU does not read what was sent before.
 */
int qmp_session_send(struct qmp_session *session, const struct qmp_command *command,
		     uint32_t timeout_ms, struct err *err) MUST_CHECK;

/*
 * Reads one message; what 'message' held is not released. Owner: caller, qmp_message_release().
 * Errors: ERR_PROTOCOL, saying what was awaited. The socket is then closed.
 */
int qmp_session_read(struct qmp_session *session, struct qmp_message *message,
		     struct err *err) MUST_CHECK;

/* When what is awaited must have come, for clock_poll_ms(); 0: nothing is awaited. */
int64_t qmp_session_deadline_ms(const struct qmp_session *session);

/* Errors: ERR_DEADLINE when it has passed, naming what is awaited. */
int qmp_session_check_deadline(const struct qmp_session *session, struct err *err) MUST_CHECK;

/*
 * Blocks: awaits the greeting if it has not come, sends, and waits for the reply or the refusal.
 * Events are dropped. For probes and tests.
 * Errors: also ERR_DEADLINE, and ERR_PROTOCOL when QEMU closes the socket instead of replying.
 */
int qmp_session_call(struct qmp_session *session, const struct qmp_command *command,
		     uint32_t timeout_ms, struct qmp_message *message, struct err *err) MUST_CHECK;

/* Closes the socket and frees the memory. A second release does nothing. */
void qmp_session_release(struct qmp_session *session);

/* Frees the lists and texts of a reply. Accepts a zeroed struct. */
void qmp_message_release(struct qmp_message *message);

DEFINE_AUTO(qmp_session, struct qmp_session, qmp_session_release);
DEFINE_AUTO(qmp_message, struct qmp_message, qmp_message_release);

#endif
