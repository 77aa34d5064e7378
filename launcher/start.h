/* SPDX-License-Identifier: Apache-2.0 */
/* Answers PROBE and START: gathers QEMU's descriptors and starts it. */
#ifndef SNPLAUNCH_LAUNCHER_START_H
#define SNPLAUNCH_LAUNCHER_START_H

#include "launcher/monitor.h"

/* Starts a QEMU without a guest; its QMP descriptor goes into 'reply'. */
int start_probe(struct monitor *monitor, struct wire_message *request, struct wire_message *reply,
		struct err *err) MUST_CHECK;

/* Answers with the arguments that QEMU would be started with. */
int start_argv(struct monitor *monitor, struct wire_message *request, struct wire_message *reply,
	       struct err *err) MUST_CHECK;

/*
 * Starts the guest of the struct plan in 'request', after checking the plan and that the
 * descriptors with it are what it says: sealed memfds, disks with the plan's access. Takes
 * the disks' out of 'request'; the front's, as request.h orders them, go into 'reply'.
 */
int start_guest(struct monitor *monitor, struct wire_message *request, struct wire_message *reply,
		struct err *err) MUST_CHECK;

#endif
