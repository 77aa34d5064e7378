/* SPDX-License-Identifier: Apache-2.0 */
/* The events of QMP that a supervisor acts on, as C types. */
#ifndef SNPLAUNCH_QMP_EVENTS_H
#define SNPLAUNCH_QMP_EVENTS_H

#include <stdbool.h>

#include <json-c/json.h>

#include "base/err.h"
#include "qmp/replies.h"

/* In the order of event_rows[]. */
enum qmp_event_name {
	QMP_EVENT_OTHER, /* one that nobody here acts on; its name is in 'text' */
	QMP_EVENT_SHUTDOWN,
	QMP_EVENT_RESET,
	QMP_EVENT_STOP,
	QMP_EVENT_RESUME,
	QMP_EVENT_POWERDOWN,
	QMP_EVENT_GUEST_PANICKED,
	QMP_EVENT_BLOCK_IO_ERROR,
	QMP_EVENTS,
};

/* Who caused a SHUTDOWN or RESET (QAPI ShutdownCause); a word that we do not know is the first. */
enum qmp_shutdown_reason {
	QMP_REASON_UNKNOWN,
	QMP_REASON_NONE,
	QMP_REASON_HOST_ERROR,
	QMP_REASON_HOST_QMP_QUIT,
	QMP_REASON_HOST_QMP_SYSTEM_RESET,
	QMP_REASON_HOST_SIGNAL,
	QMP_REASON_HOST_UI,
	QMP_REASON_GUEST_SHUTDOWN,
	QMP_REASON_GUEST_RESET,
	QMP_REASON_GUEST_PANIC,
	QMP_REASON_SUBSYSTEM_RESET,
	QMP_REASON_SNAPSHOT_LOAD,
	QMP_REASONS,
};

/* SHUTDOWN and RESET. */
struct qmp_shutdown {
	bool guest;
	enum qmp_shutdown_reason reason; /* unknown before QEMU 4.0 */
};

struct qmp_guest_panicked {
	char action[QMP_TEXT_SIZE]; /* "pause", "poweroff", "run" */
	char info[QMP_TEXT_SIZE];   /* JSON, escaped and cut; empty when QEMU gave none */
};

struct qmp_block_io_error {
	char device[QMP_TEXT_SIZE];
	char node_name[QMP_TEXT_SIZE]; /* empty when QEMU gave none */
	char operation[QMP_TEXT_SIZE]; /* "read" or "write" */
	char action[QMP_TEXT_SIZE];    /* "stop": the guest is paused; "report", "ignore" */
	char reason[QMP_TEXT_SIZE];    /* the text of errno */
	bool nospace;
};

struct qmp_event {
	enum qmp_event_name name;
	char text[QMP_NAME_SIZE]; /* the name as QEMU sent it, escaped */
	union {
		struct qmp_shutdown shutdown; /* QMP_EVENT_SHUTDOWN, QMP_EVENT_RESET */
		struct qmp_guest_panicked guest_panicked;
		struct qmp_block_io_error block_io_error;
	};
};

/* "guest-reset"; "unknown" for QMP_REASON_UNKNOWN. */
const char *qmp_shutdown_reason_word(enum qmp_shutdown_reason reason);

/* Decodes a message that has the member 'event'. Errors: ERR_PROTOCOL, naming the member. */
int qmp_event_decode(struct qmp_event *event, struct json_object *message,
		     struct err *err) MUST_CHECK;

#endif
