// SPDX-License-Identifier: Apache-2.0
// Keeps the order of a QMP conversation: greeting, one command, its reply, events anywhere after.

#include "qmp/session.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "qmp/json.h"

#define DEPTH_MAX 16
// Members of all objects of one line. No more than values, which are counted before.
#define KEYS_MAX 16384

// A value of json-c takes up to 800 bytes, so these are 3 MiB and 26 MiB at worst.
// query-cpu-definitions of QEMU 10.0 is the longest answer: 64 KiB and 9000 values.
const struct qmp_limits qmp_limits_supervise = { (size_t)256 * 1024, 4096 };
const struct qmp_limits qmp_limits_probe = { (size_t)8 * 1024 * 1024, 32768 };

static void await(struct qmp_session *session, enum qmp_awaited awaited, uint32_t timeout_ms)
{
	session->awaited = awaited;
	session->timeout_ms = timeout_ms;
	session->deadline_ms = timeout_ms == 0 ? 0 : clock_now_ms() + timeout_ms;
}

int qmp_session_init(struct qmp_session *session, int fd, const struct qmp_limits *limits,
		     uint32_t timeout_ms, struct err *err)
{
	*session = (struct qmp_session){ .limits = *limits };
	await(session, QMP_AWAITS_GREETING, timeout_ms);
	return qmp_frame_init(&session->frame, fd, limits->line_max, err);
}

int qmp_session_fd(const struct qmp_session *session)
{
	return session->frame.closed ? -1 : session->frame.fd;
}

// Sends all of a line or fails: QEMU has read everything before it, for it has replied.
static int send_line(struct qmp_session *session, const char *line, struct err *err)
{
	size_t len = strlen(line);
	ssize_t sent;

	do
		sent = send(session->frame.fd, line, len, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent < 0 && (errno == EPIPE || errno == ECONNRESET))
		return 0; // what QEMU said before it went is still to be read
	if (sent < 0 && errno != EAGAIN)
		return err_sys(err, "cannot send to QEMU's QMP socket");
	if (sent < 0 || (size_t)sent < len)
		return err_set(err, ERR_PROTOCOL, "QEMU does not read from its QMP socket");
	return 0;
}

int qmp_session_send(struct qmp_session *session, const struct qmp_command *command,
		     uint32_t timeout_ms, struct err *err)
{
	AUTO(mem) char *line = NULL;

	assert(session->awaited == QMP_AWAITS_NOTHING);
	assert((command->name == QMP_CAPABILITIES) == (session->id == 0));
	session->command = command->name;
	session->id++;
	await(session, QMP_AWAITS_REPLY, timeout_ms);
	line = qmp_command_encode(command, session->id);
	if (session->frame.closed)
		return 0;
	if (send_line(session, line, err) < 0)
		return err_context(err, "command '%s'", qmp_command_word(command->name));
	return 0;
}

// --- One decoder for each kind of message; 'object' is the whole message. ------------------------

static int read_greeting(struct qmp_session *session, struct qmp_message *message,
			 struct json_object *object, struct err *err)
{
	struct json_object *greeting;
	struct json_object *version;

	if (session->awaited != QMP_AWAITS_GREETING)
		return err_set(err, ERR_PROTOCOL, "a second greeting");
	message->kind = QMP_GREETING;
	if (qmp_member_find(&greeting, object, "QMP", json_type_object, ERR_PROTOCOL, err) < 0 ||
	    qmp_member_find(&version, greeting, "version", json_type_object, ERR_PROTOCOL, err) <
		    0 ||
	    qmp_version_decode(&message->greeting, version, err) < 0)
		return err_context(err, "greeting");
	await(session, QMP_AWAITS_NOTHING, 0);
	return 0;
}

// A reply or a refusal must answer the command that is awaited, by its id.
static int check_answer(const struct qmp_session *session, struct json_object *object,
			struct err *err)
{
	struct json_object *id;

	if (session->awaited != QMP_AWAITS_REPLY)
		return err_set(err, ERR_PROTOCOL, "a reply that nobody asked for");
	if (qmp_member_find(&id, object, "id", json_type_int, ERR_PROTOCOL, err) < 0)
		return -1;
	if (json_object_get_int64(id) != (int64_t)session->id)
		return err_set(err, ERR_PROTOCOL, "member 'id' must be %u, not %s", session->id,
			       json_object_get_string(id));
	return 0;
}

static int read_reply(struct qmp_session *session, struct qmp_message *message,
		      struct json_object *object, struct err *err)
{
	struct json_object *value = json_object_object_get(object, "return");

	if (check_answer(session, object, err) < 0 ||
	    qmp_reply_decode(&message->reply, session->command, value, err) < 0)
		return -1;
	message->kind = QMP_REPLY;
	await(session, QMP_AWAITS_NOTHING, 0);
	return 0;
}

static int read_refusal(struct qmp_session *session, struct qmp_message *message,
			struct json_object *object, struct err *err)
{
	static const struct qmp_field fields[] = {
		QMP_FIELD(struct qmp_refusal, class, "class"),
		QMP_FIELD(struct qmp_refusal, desc, "desc"),
	};
	struct qmp_refusal *refusal = &message->refusal;
	struct json_object *error;

	message->kind = QMP_REFUSAL;
	refusal->command = session->command;
	if (qmp_member_find(&error, object, "error", json_type_object, ERR_PROTOCOL, err) < 0 ||
	    qmp_fields_read(refusal, error, fields, ARRAY_LEN(fields), ERR_PROTOCOL, err) < 0)
		return -1;
	// Without an id it answers a line of ours that QEMU could not read: say what it said.
	if (check_answer(session, object, err) < 0)
		return err_context(err, "error '%s'", refusal->desc);
	await(session, QMP_AWAITS_NOTHING, 0);
	return 0;
}

static int read_event(struct qmp_session *session, struct qmp_message *message,
		      struct json_object *object, struct err *err)
{
	if (session->awaited == QMP_AWAITS_GREETING)
		return err_set(err, ERR_PROTOCOL, "an event");
	message->kind = QMP_EVENT;
	return qmp_event_decode(&message->event, object, err);
}

static const struct kind_row {
	const char *key; // the member that makes a message one of this kind
	int (*read)(struct qmp_session *session, struct qmp_message *message,
		    struct json_object *object, struct err *err);
} kind_rows[] = {
	{ "QMP", read_greeting },
	{ "return", read_reply },
	{ "error", read_refusal },
	{ "event", read_event },
};

static int read_object(struct qmp_session *session, struct qmp_message *message,
		       struct json_object *object, struct err *err)
{
	const struct kind_row *kind = NULL;

	for (size_t i = 0; i < ARRAY_LEN(kind_rows); i++) {
		if (!json_object_object_get_ex(object, kind_rows[i].key, NULL))
			continue;
		if (kind != NULL)
			return err_set(err, ERR_PROTOCOL, "a message with both '%s' and '%s'",
				       kind->key, kind_rows[i].key);
		kind = &kind_rows[i];
	}
	if (kind == NULL)
		return err_set(err, ERR_PROTOCOL,
			       "a message that is no greeting, reply, error or event");
	return kind->read(session, message, object, err);
}

static int read_line(struct qmp_session *session, struct qmp_message *message,
		     const struct qmp_line *line, struct err *err)
{
	const struct json_limits limits = {
		.bytes_max = session->limits.line_max,
		.depth_max = DEPTH_MAX,
		.keys_max = KEYS_MAX,
		.null_allowed = true,
		.kind = ERR_PROTOCOL,
	};
	AUTO(json) struct json_object *object = NULL;

	if (qmp_json_read(&object, line->bytes, line->len, &limits, session->limits.values_max,
			  err) < 0)
		return -1;
	return read_object(session, message, object, err);
}

// Puts in front of an error what QEMU should have said.
static int add_awaited(const struct qmp_session *session, struct err *err)
{
	switch (session->awaited) {
	case QMP_AWAITS_GREETING:
		return err_context(err, "instead of QEMU's greeting");
	case QMP_AWAITS_REPLY:
		return err_context(err, "QEMU's reply to '%s'", qmp_command_word(session->command));
	case QMP_AWAITS_NOTHING:
		break;
	}
	return err_context(err, "QMP");
}

int qmp_session_read(struct qmp_session *session, struct qmp_message *message, struct err *err)
{
	struct qmp_line line;

	*message = (struct qmp_message){ .kind = QMP_NOTHING };
	if (qmp_frame_next(&session->frame, &line, err) < 0 ||
	    (line.kind == QMP_LINE_WHOLE && read_line(session, message, &line, err) < 0)) {
		*message = (struct qmp_message){ .kind = QMP_NOTHING };
		qmp_frame_release(&session->frame);
		return add_awaited(session, err);
	}
	if (line.kind == QMP_LINE_CLOSED)
		message->kind = QMP_CLOSED;
	return 0;
}

int64_t qmp_session_deadline_ms(const struct qmp_session *session)
{
	return session->awaited == QMP_AWAITS_NOTHING ? 0 : session->deadline_ms;
}

int qmp_session_check_deadline(const struct qmp_session *session, struct err *err)
{
	int64_t deadline_ms = qmp_session_deadline_ms(session);

	if (deadline_ms == 0 || clock_now_ms() < deadline_ms)
		return 0;
	if (session->awaited == QMP_AWAITS_GREETING)
		return err_set(err, ERR_DEADLINE, "QEMU did not greet over QMP within %u ms",
			       session->timeout_ms);
	return err_set(err, ERR_DEADLINE, "QEMU did not reply to '%s' within %u ms",
		       qmp_command_word(session->command), session->timeout_ms);
}

// --- Blocking ------------------------------------------------------------------------------------

static int wait_for_input(struct qmp_session *session, struct err *err)
{
	struct pollfd input = { .fd = qmp_session_fd(session), .events = POLLIN };

	if (qmp_session_check_deadline(session, err) < 0)
		return -1;
	if (poll(&input, 1, clock_poll_ms(qmp_session_deadline_ms(session))) < 0 && errno != EINTR)
		return err_sys(err, "cannot wait for QEMU's QMP socket");
	return 0;
}

// Waits for what is awaited, whatever else comes.
static int wait_for_awaited(struct qmp_session *session, struct qmp_message *message,
			    struct err *err)
{
	while (session->awaited != QMP_AWAITS_NOTHING) {
		if (qmp_session_read(session, message, err) < 0)
			return -1;
		if (message->kind == QMP_CLOSED) {
			(void)err_set(err, ERR_PROTOCOL, "QEMU closed its QMP socket");
			return add_awaited(session, err);
		}
		if (message->kind == QMP_NOTHING && wait_for_input(session, err) < 0)
			return -1;
	}
	return 0;
}

int qmp_session_call(struct qmp_session *session, const struct qmp_command *command,
		     uint32_t timeout_ms, struct qmp_message *message, struct err *err)
{
	if (wait_for_awaited(session, message, err) < 0)
		return -1;
	if (qmp_session_send(session, command, timeout_ms, err) < 0)
		return -1;
	return wait_for_awaited(session, message, err);
}

void qmp_session_release(struct qmp_session *session)
{
	qmp_frame_release(&session->frame);
}

void qmp_message_release(struct qmp_message *message)
{
	if (message->kind == QMP_REPLY)
		qmp_reply_release(&message->reply);
	message->kind = QMP_NOTHING;
}
