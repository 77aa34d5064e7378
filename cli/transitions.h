/* SPDX-License-Identifier: Apache-2.0 */
/* The states of a launch, what happens to it, and what each leads to. */
#ifndef SNPLAUNCH_CLI_TRANSITIONS_H
#define SNPLAUNCH_CLI_TRANSITIONS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/text_base64.h"
#include "cli/client.h"
#include "cli/console.h"
#include "cli/control.h"
#include "cli/events.h"
#include "cli/launch.h"
#include "cli/lines.h"
#include "cli/secret_packet.h"
#include "host/explain.h"
#include "qmp/session.h"

/* What helps when a launch has missed its deadline. */
#define TRANSITIONS_LONGER "give it longer with --launch-timeout-ms"

/* Where a launch is. The transition table in transitions.c says what leads from one to the next. */
enum run_state {
	RUN_GREETING,	  /* QEMU was executed; its greeting is awaited */
	RUN_CAPABILITIES, /* each of these awaits the reply to the command of its name */
	RUN_STATUS,
	RUN_SEV,
	RUN_MEASURE,
	RUN_OWNER,  /* the launch is measured; its owner says when to go on */
	RUN_INJECT, /* the owner's secret was given to QEMU */
	RUN_CONT,
	RUN_CONFIRM, /* query-status after cont */
	RUN_RUNNING,
	RUN_POWERDOWN, /* the guest was asked to power down */
	RUN_QUIT,      /* QEMU was asked to quit */
	RUN_ENDING,    /* the guest is down, QEMU is about to exit */
	RUN_KILLED,    /* the launcher was asked to kill QEMU */
	RUN_GONE,
	RUN_STATES,
};

/* What happens to a launch. */
enum run_event {
	ON_GREETING,
	ON_REPLY,
	ON_REPLY_SECRET, /* query-sev says that the launch may be measured: sev and sev-es */
	ON_REFUSAL,
	ON_SHUTDOWN,  /* QMP's SHUTDOWN */
	ON_NEWS,      /* any other event of QMP */
	ON_STOP_WISH, /* a signal, or the escape key */
	ON_KILL_WISH,
	ON_CONTINUE, /* the owner lets the guest run; the secret is in 'packet' */
	ON_DEADLINE,
	ON_PROTOCOL, /* QEMU broke it; the error is in 'failure' */
	ON_CLOSED,   /* QEMU closed QMP */
	ON_GONE,     /* QEMU has ended */
	RUN_EVENTS,
};

struct supervisor {
	const struct launch *launch;
	struct client *client;
	struct events *events;
	struct console *console;
	struct qmp_session session;
	struct console *firmware_log; /* the debug port's output, into a file */
	const struct argv *argv;      /* QEMU's command line */
	struct control *control;
	struct start_facts facts;
	int64_t started_ms;
	int stderr_fd; /* QEMU's, -1: none or closed. Owner: the supervisor */
	struct lines stderr_lines;
	size_t stderr_left;	 /* bytes of lines that are still shown */
	uint64_t stderr_dropped; /* bytes of lines that were not */
	enum run_state state;
	int64_t deadline_ms; /* of the state, 0: none */
	bool ran;	     /* cont succeeded */
	bool stop_wished;    /* a signal came when nothing was left to do but wait */
	bool has_shutdown;
	struct qmp_shutdown shutdown;
	struct qmp_message message; /* the one being handled */
	struct qmp_sev sev;	    /* what was measured; not before RUN_MEASURE */
	char measurement[TEXT_BASE64_SIZE(QMP_LAUNCH_MEASURE_BYTES)]; /* "": not measured */
	struct secret_packet packet;
	int signal_number;	/* of the last signal, 0: none */
	bool forced;		/* we ended QEMU, not the guest */
	struct err failure;	/* the first; kind ERR_NONE: none */
	char last_words[512];	/* QEMU's last line on standard error, escaped */
	struct explanation why; /* what its standard error tells of a failed launch */
};

/* Does what the table has for the supervisor's state and this event. */
void happen(struct supervisor *supervisor, enum run_event event);

/* Keeps the first failure: the one that is told at the end. */
void keep_failure(struct supervisor *supervisor, const struct err *err);

/* Words for states and events, for messages. */
const char *run_state_word(enum run_state state);
const char *run_event_word(enum run_event event);

#endif
