// SPDX-License-Identifier: Apache-2.0
// Sends and receives the messages between our two programs.

#include "base/wire.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

// The type stands in front of the payload. The packet's own length is the length.
struct packet {
	uint32_t type;
	struct iovec parts[2];
	struct msghdr header;
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(WIRE_FDS_MAX * sizeof(int))];
};

int wire_pair(int ends[static 2], struct err *err)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys(err, "cannot make a socket pair");
	return 0;
}

static void packet_init(struct packet *packet, const struct wire_message *message, size_t len)
{
	*packet = (struct packet){ .type = message->type };
	packet->parts[0] = (struct iovec){ &packet->type, sizeof(packet->type) };
	packet->parts[1] = (struct iovec){ (void *)(uintptr_t)message->payload, len };
	packet->header.msg_iov = packet->parts;
	packet->header.msg_iovlen = ARRAY_LEN(packet->parts);
	packet->header.msg_control = packet->control;
	packet->header.msg_controllen = sizeof(packet->control);
}

int wire_send(int fd, const struct wire_message *message, struct err *err)
{
	struct packet packet;
	struct cmsghdr *rights;

	packet_init(&packet, message, message->len);
	rights = CMSG_FIRSTHDR(&packet.header);
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len =
		CMSG_LEN(message->n_fds * sizeof(int)); // none is no list, for the kernel
	memcpy(CMSG_DATA(rights), message->fds, sizeof(message->fds));
	packet.header.msg_controllen = CMSG_SPACE(message->n_fds * sizeof(int));
	// Nobody waits for a peer that does not read: an honest one reads each message before it is
	// sent the next.
	if (TEMP_FAILURE_RETRY(sendmsg(fd, &packet.header, MSG_NOSIGNAL | MSG_DONTWAIT)) < 0)
		return err_sys(err, "cannot send a message to the other half of snplaunch");
	return 0;
}

// Takes every descriptor that the kernel installed, whatever else is wrong with the packet. They
// come in one list: nothing is switched on for this socket that would send another.
static void collect_fds(struct wire_message *message, const struct packet *packet)
{
	const struct cmsghdr *rights = CMSG_FIRSTHDR(&packet->header);

	if (rights == NULL || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
		return;
	memcpy(message->fds, CMSG_DATA(rights), sizeof(message->fds));
	message->n_fds = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
}

int wire_receive(int fd, struct wire_message *message, struct err *err)
{
	struct packet packet;
	ssize_t n;
	bool lost;
	int flags;

	message->type = WIRE_CLOSED;
	message->len = 0;
	message->n_fds = 0;
	packet_init(&packet, message, sizeof(message->payload));
	n = TEMP_FAILURE_RETRY(recvmsg(fd, &packet.header, MSG_CMSG_CLOEXEC));
	if (n < 0 && errno != ECONNRESET)
		return err_sys(err, "cannot receive a message from the other half of snplaunch");
	collect_fds(message, &packet); // an empty packet looks like the end, but can carry some
	if (n <= 0 && message->n_fds == 0)
		return 0;
	flags = packet.header.msg_flags;
	lost = (flags & MSG_CTRUNC) != 0 && message->n_fds < WIRE_FDS_MAX;
	if ((flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 || (size_t)n < sizeof(packet.type) ||
	    packet.type == WIRE_CLOSED) {
		wire_message_release(message);
		return lost ? err_set(err, ERR_BUSY,
				      "too few descriptors are allowed (ulimit -n)") :
			      err_set(err, ERR_BUG, "malformed message of %zd bytes", n);
	}
	message->type = packet.type;
	message->len = (size_t)n - sizeof(packet.type);
	return 0;
}

void wire_message_release(struct wire_message *message)
{
	for (size_t i = 0; i < message->n_fds; i++)
		close_fd(&message->fds[i]);
	message->n_fds = 0;
}
