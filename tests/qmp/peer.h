/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted QEMU for tests: the other end of a session's socket, in the same process. */
#ifndef SNPLAUNCH_TESTS_QMP_PEER_H
#define SNPLAUNCH_TESTS_QMP_PEER_H

#include "tests/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/err_kind.h"
#include "qmp/session.h"
#include "tests/base/descriptors.h"

#define PEER_GREETING \
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}, " \
	"\"package\": \"Debian\"}, \"capabilities\": [\"oob\"]}}\r\n"

static inline void peer_pair(int ends[static 2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
}

/* Sends bytes as QEMU. They must fit into the socket. */
static inline void peer_say_bytes(int fd, const void *bytes, size_t len)
{
	assert_int_equal(send(fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT), len);
}

static inline void peer_say(int fd, const char *text)
{
	peer_say_bytes(fd, text, strlen(text));
}

/* What snplaunch sent, up to 'size' - 1 bytes. */
static inline const char *peer_hear(int fd, char *text, size_t size)
{
	ssize_t len = recv(fd, text, size - 1, MSG_DONTWAIT);

	assert_true(len >= 0);
	text[len] = '\0';
	return text;
}

/* A session and its peer before the greeting. */
static inline void peer_start(struct qmp_session *session, int *peer, uint32_t timeout_ms)
{
	struct err err;
	int ends[2];

	peer_pair(ends);
	assert_int_equal(
		qmp_session_init(session, ends[0], &qmp_limits_supervise, timeout_ms, &err), 0);
	*peer = ends[1];
}

/* A session whose capabilities are negotiated. */
static inline void peer_start_ready(struct qmp_session *session, int *peer)
{
	struct qmp_message message;
	struct err err;
	char text[256];

	peer_start(session, peer, 0);
	peer_say(*peer, PEER_GREETING "{\"return\": {}, \"id\": 1}\r\n");
	assert_int_equal(qmp_session_call(session,
					  &(struct qmp_command){ .name = QMP_CAPABILITIES }, 0,
					  &message, &err),
			 0);
	assert_int_equal(message.kind, QMP_REPLY);
	(void)peer_hear(*peer, text, sizeof(text));
}

static inline void peer_expect_error(const struct err *err, enum err_kind kind, const char *text)
{
	assert_string_equal(err->text, text);
	assert_string_equal(err_kind_word(err->kind), err_kind_word(kind));
}

/* Sends a byte with a descriptor, as a hostile QEMU would. */
static inline void peer_send_fd(int fd, int passenger)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec text = { (void *)(uintptr_t) "{", 1 };
	struct msghdr packet = {
		.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};

	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &passenger, sizeof(passenger));
	assert_int_equal(sendmsg(fd, &packet, MSG_NOSIGNAL), 1);
}

/* Starts the real QEMU with its QMP at 'fd', or skips the test with the reason. Owner: caller. */
static inline pid_t peer_start_qemu(int fd, const char *machine)
{
	char chardev[64];
	pid_t pid;

	if (system("command -v qemu-system-x86_64 > /dev/null") != 0) {
		print_message("skipped: qemu-system-x86_64 is not installed\n");
		skip();
	}
	pid = fork();
	assert_true(pid >= 0);
	if (pid != 0)
		return pid;
	(void)snprintf(chardev, sizeof(chardev), "socket,id=q,fd=%d", fd);
	(void)fcntl(fd, F_SETFD, 0);
	(void)execlp("qemu-system-x86_64", "qemu-system-x86_64", "-machine", machine, "-nodefaults",
		     "-no-user-config", "-display", "none", "-S", "-chardev", chardev, "-mon",
		     "chardev=q,mode=control", NULL);
	_exit(127);
}

#endif
