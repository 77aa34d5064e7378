/* SPDX-License-Identifier: Apache-2.0 */
/* Drives a launch over QMP and stays with the guest until it is gone. */
#ifndef SNPLAUNCH_CLI_SUPERVISE_H
#define SNPLAUNCH_CLI_SUPERVISE_H

#include "base/err.h"
#include "cli/client.h"
#include "cli/console.h"
#include "cli/control.h"
#include "cli/events.h"
#include "cli/launch.h"
#include "host/explain.h"

/* What outlives one start of QEMU: all borrowed. */
struct supervision {
	const struct launch *launch;
	struct client *client;
	struct events *events;
	struct console *console;      /* its guest end is connected here */
	struct console *firmware_log; /* likewise */
	const struct argv *argv;      /* QEMU's command line */
	struct control *control;      /* where others ask about the guest */
	/* Set by supervise(): somebody asked for the end, so a reset starts nothing again. */
	bool stop_wished;
	/* Likewise: what QEMU's standard error tells of a failed launch, which was said already. */
	struct explanation why;
};

/*
 * Starts QEMU and supervises it to its end. Returns 0 when the guest powered off, else -1 with the
 * reason: ERR_RESET, ERR_CRASH, ERR_SIGNAL, ERR_DEADLINE, ERR_HOST, ERR_PROTOCOL, or what kept
 * QEMU from being started.
 */
int supervise(struct supervision *supervision, struct err *err) MUST_CHECK;

#endif
