/* SPDX-License-Identifier: Apache-2.0 */
/* A launch in the foreground: what run and rehearse have in common, from the facts to the end. */
#ifndef SNPLAUNCH_CLI_FOREGROUND_H
#define SNPLAUNCH_CLI_FOREGROUND_H

#include "base/argv.h"
#include "base/err.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/control.h"
#include "cli/events.h"
#include "cli/launch.h"
#include "cli/record.h"
#include "host/explain.h"

/* Who says why a launch failed. */
enum foreground_source { SAID_BY_QEMU, SAID_ON_CONSOLE, FOREGROUND_SOURCES };

struct foreground {
	const struct options *options; /* borrowed, like the next */
	struct client *client;
	struct launch *launch;
	struct events events;
	struct console console;
	struct console firmware_log;
	struct control control;
	struct record record;
	struct argv argv;			    /* QEMU's */
	struct explanation why[FOREGROUND_SOURCES]; /* of a failure; empty: nothing that is known */
};

/*
 * Makes everything empty, and has the record hear the events, which go to 'events_fd' (-1: nowhere).
 * Must: the struct stays where it is. Owner: caller, foreground_release().
 */
void foreground_init(struct foreground *foreground, const struct options *options,
		     struct client *client, int events_fd);
void foreground_release(struct foreground *foreground);

/*
 * Stages 2 to 5: everything before QEMU, and the record of it. Must: come after launch_read(), and
 * in a rehearsal after launch_rehearse().
 */
int foreground_prepare(struct foreground *foreground, struct err *err) MUST_CHECK;

/*
 * Starts QEMU and supervises it to its end, as supervise() does. Sets *stop_wished when somebody
 * asked for that end.
 */
int foreground_supervise(struct foreground *foreground, bool *stop_wished,
			 struct err *err) MUST_CHECK;

/* Tells the last event. 'err' matters unless 'status' is 0. */
void foreground_tell_exited(struct foreground *foreground, const struct err *err, int status);

#endif
