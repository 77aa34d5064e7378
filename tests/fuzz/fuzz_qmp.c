// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the input is what a hostile QEMU sends. Its first byte chooses the commands that
// are outstanding meanwhile, so that every decoder is reached. Nothing is asserted but that each
// read ends well or with an error that says something.

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "qmp/session.h"

// Below the socket's buffer: all of an input is sent at once.
#define INPUT_MAX ((size_t)64 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// As the supervisor does: the next command follows each answer.
static void send_next(struct qmp_session *session, unsigned int *command, struct err *err)
{
	struct qmp_command next = {
		.name = session->id == 0 ? QMP_CAPABILITIES : 1 + *command % (QMP_COMMANDS - 1),
		.implements = "accel",
		.typename = "sev-guest",
		.packet_header = "AA==",
		.secret = "AA==",
	};

	*command += session->id != 0;
	if (qmp_session_send(session, &next, 0, err) < 0)
		abort();
}

static void converse(struct qmp_session *session, unsigned int command)
{
	AUTO(qmp_message) struct qmp_message message = { 0 };
	struct err err = { 0 };

	do {
		qmp_message_release(&message);
		if (qmp_session_read(session, &message, &err) < 0) {
			assert(err.kind == ERR_PROTOCOL && err.text[0] != '\0');
			assert(err_is_valid(&err));
			return;
		}
		if (session->awaited == QMP_AWAITS_NOTHING && message.kind != QMP_CLOSED)
			send_next(session, &command, &err);
	} while (message.kind != QMP_CLOSED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(qmp_session) struct qmp_session session = QMP_SESSION_EMPTY;
	AUTO(fd) int peer = -1;
	struct err err;
	int ends[2];

	if (size < 1 || size > INPUT_MAX ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	peer = ends[1];
	if (qmp_session_init(&session, ends[0], &qmp_limits_supervise, 0, &err) < 0 ||
	    send(peer, data + 1, size - 1, MSG_NOSIGNAL) != (ssize_t)size - 1 ||
	    shutdown(peer, SHUT_WR) < 0)
		abort();
	converse(&session, data[0]);
	return 0;
}
