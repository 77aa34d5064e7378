/* SPDX-License-Identifier: Apache-2.0 */
/* Answers OPEN and CACHE. */
#ifndef SNPLAUNCH_LAUNCHER_OPEN_H
#define SNPLAUNCH_LAUNCHER_OPEN_H

#include "launcher/monitor.h"

/* Opens what 'request' names for its role and puts the descriptor into 'reply'. */
int open_for_front(struct monitor *monitor, const struct wire_message *request,
		   struct wire_message *reply, struct err *err) MUST_CHECK;

/*
 * Stores what the sealed memfd of a struct request_cache holds. Only after a probe, and once: the
 * cache holds answers of QEMU, and only one that was asked gives new ones.
 */
int cache_for_front(struct monitor *monitor, const struct wire_message *request,
		    struct wire_message *reply, struct err *err) MUST_CHECK;

#endif
