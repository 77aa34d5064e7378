/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between our two programs: one packet each on a SOCK_SEQPACKET socketpair, a type, a
 * bounded payload and a bounded number of descriptors. What is larger, cut or malformed is an error.
 */
#ifndef SNPLAUNCH_BASE_WIRE_H
#define SNPLAUNCH_BASE_WIRE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/auto.h"
#include "base/err.h"

/* Bytes of the largest payload: room for a path. What is larger goes by descriptor. */
#define WIRE_PAYLOAD_MAX ((size_t)8 * 1024)
#define WIRE_FDS_MAX 32

/* The type of a message that says that the peer has closed its end. No message on the wire has it. */
#define WIRE_CLOSED 0U

struct wire_message {
	uint32_t type;
	size_t len;
	size_t n_fds;
	/* Owner: the message, until taken with take_fd(). All O_CLOEXEC. */
	int fds[WIRE_FDS_MAX];
	/* 'len' bytes are valid. */
	uint8_t payload[WIRE_PAYLOAD_MAX];
};

/* Makes a pair of connected ends, both O_CLOEXEC. Owner: caller. */
int wire_pair(int ends[static 2], struct err *err) MUST_CHECK;

/*
 * Sends one message; its descriptors stay the caller's.
 * Errors: ERR_SYSTEM, errnum EPIPE when the peer is gone, EAGAIN when it does not read.
 */
int wire_send(int fd, const struct wire_message *message, struct err *err) MUST_CHECK;

/* Fills a message without descriptors. */
static inline void wire_fill(struct wire_message *message, uint32_t type, const void *payload,
			     size_t len)
{
	message->type = type;
	message->len = len;
	message->n_fds = 0;
	if (len > 0)
		memcpy(message->payload, payload, len);
}

/*
 * Waits for one message and fills 'message'. A closed peer is the type WIRE_CLOSED.
 * Errors: ERR_BUG for a message that is too large, cut, without a type, or with too many
 * descriptors; what came with it is closed.
 */
int wire_receive(int fd, struct wire_message *message, struct err *err) MUST_CHECK;

/* Closes the descriptors that were not taken. Accepts a zeroed struct that was never filled. */
void wire_message_release(struct wire_message *message);

#endif
