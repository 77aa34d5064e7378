// SPDX-License-Identifier: Apache-2.0
// Sends and receives the messages between our two programs.

#include "base/wire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

// In front of each payload. The packet's own length is the length.
struct header {
	uint32_t type;
};

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
};

int wire_pair(int ends[static 2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys(err, "cannot make a socket pair");
	return 0;
}

static void attach_fds(struct msghdr *packet, union control *control, const int *fds, size_t n_fds)
{
	struct cmsghdr *rights;

	memset(control, 0, sizeof(*control));
	packet->msg_control = control->bytes;
	packet->msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
	rights = CMSG_FIRSTHDR(packet);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
	memcpy(CMSG_DATA(rights), fds, n_fds * sizeof(int));
}

static int send_packet(int fd, const struct msghdr *packet, struct err *err)
{
	ssize_t n;

	do
		n = sendmsg(fd, packet, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_sys(err, "cannot send a message to the other half of snplaunch");
	return 0;
}

int wire_send(int fd, uint32_t type, const void *payload, size_t len, struct err *err)
{
	struct header header = { .type = type };
	struct iovec parts[] = {
		{ &header, sizeof(header) },
		{ (void *)(uintptr_t)payload, len },
	};
	struct msghdr packet = { .msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts) };

	return send_packet(fd, &packet, err);
}

int wire_send_fds(int fd, const struct wire_message *message, struct err *err)
{
	struct header header = { .type = message->type };
	struct iovec parts[] = {
		{ &header, sizeof(header) },
		{ (void *)(uintptr_t)message->payload, message->len },
	};
	struct msghdr packet = { .msg_iov = parts, .msg_iovlen = ARRAY_LEN(parts) };
	union control control;

	if (message->n_fds > 0)
		attach_fds(&packet, &control, message->fds, message->n_fds);
	return send_packet(fd, &packet, err);
}

// Takes every descriptor the kernel installed, whatever else is wrong with the packet.
static void collect_fds(struct wire_message *message, struct msghdr *packet)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(packet); c != NULL; c = CMSG_NXTHDR(packet, c)) {
		size_t n;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		if (n > WIRE_FDS_MAX)
			n = WIRE_FDS_MAX; // cannot be: the control buffer has no more room
		memcpy(message->fds, CMSG_DATA(c), n * sizeof(int));
		message->n_fds = n;
	}
}

int wire_receive(int fd, struct wire_message *message, struct err *err)
{
	struct header header;
	struct iovec parts[] = {
		{ &header, sizeof(header) },
		{ message->payload, sizeof(message->payload) },
	};
	union control control;
	struct msghdr packet = {
		.msg_iov = parts,
		.msg_iovlen = ARRAY_LEN(parts),
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t n;

	message->type = WIRE_CLOSED;
	message->len = 0;
	message->n_fds = 0;
	do
		n = recvmsg(fd, &packet, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno != ECONNRESET)
		return err_sys(err, "cannot receive a message from the other half of snplaunch");
	if (n < 0)
		return 0;
	collect_fds(message, &packet); // an empty packet looks like the end, but can carry some
	if (n == 0 && message->n_fds == 0)
		return 0;
	if ((packet.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || (size_t)n < sizeof(header) ||
	    header.type == WIRE_CLOSED) {
		wire_message_release(message);
		return err_set(err, ERR_BUG, "malformed message of %zd bytes", n);
	}
	message->type = header.type;
	message->len = (size_t)n - sizeof(header);
	return 0;
}

void wire_message_release(struct wire_message *message)
{
	for (size_t i = 0; i < message->n_fds; i++)
		close_fd(&message->fds[i]);
	message->n_fds = 0;
}
