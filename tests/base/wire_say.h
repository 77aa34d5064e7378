/* SPDX-License-Identifier: Apache-2.0 */
/* Messages without descriptors, in one call. */
#ifndef SNPLAUNCH_TESTS_BASE_WIRE_SAY_H
#define SNPLAUNCH_TESTS_BASE_WIRE_SAY_H

#include "base/wire.h"

static inline int wire_say(int fd, uint32_t type, const void *payload, size_t len, struct err *err)
{
	static struct wire_message message;

	wire_fill(&message, type, payload, len);
	return wire_send(fd, &message, err);
}

#endif
