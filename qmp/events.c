// SPDX-License-Identifier: Apache-2.0
// One row for each QMP event that a supervisor acts on.

#include "qmp/events.h"

#include <assert.h>
#include <string.h>

#include "base/text_escape.h"
#include "qmp/json.h"

// As QAPI spells ShutdownCause.
static const char *const reasons[] = {
	[QMP_REASON_UNKNOWN] = "unknown",
	[QMP_REASON_NONE] = "none",
	[QMP_REASON_HOST_ERROR] = "host-error",
	[QMP_REASON_HOST_QMP_QUIT] = "host-qmp-quit",
	[QMP_REASON_HOST_QMP_SYSTEM_RESET] = "host-qmp-system-reset",
	[QMP_REASON_HOST_SIGNAL] = "host-signal",
	[QMP_REASON_HOST_UI] = "host-ui",
	[QMP_REASON_GUEST_SHUTDOWN] = "guest-shutdown",
	[QMP_REASON_GUEST_RESET] = "guest-reset",
	[QMP_REASON_GUEST_PANIC] = "guest-panic",
	[QMP_REASON_SUBSYSTEM_RESET] = "subsystem-reset",
	[QMP_REASON_SNAPSHOT_LOAD] = "snapshot-load",
};
static_assert(ARRAY_LEN(reasons) == QMP_REASONS, "each reason has a word");

static const struct qmp_field shutdown_fields[] = {
	QMP_FIELD(struct qmp_event, shutdown.guest, "guest"),
	QMP_FIELD_WORD(struct qmp_event, shutdown.reason, "reason", reasons, .optional = true),
};

static const struct qmp_field guest_panicked_fields[] = {
	QMP_FIELD(struct qmp_event, guest_panicked.action, "action"),
};

static const struct qmp_field block_io_error_fields[] = {
	QMP_FIELD(struct qmp_event, block_io_error.device, "device"),
	QMP_FIELD(struct qmp_event, block_io_error.node_name, "node-name", .optional = true),
	QMP_FIELD(struct qmp_event, block_io_error.operation, "operation"),
	QMP_FIELD(struct qmp_event, block_io_error.action, "action"),
	QMP_FIELD(struct qmp_event, block_io_error.reason, "reason"),
	QMP_FIELD(struct qmp_event, block_io_error.nospace, "nospace", .optional = true),
};

#define FIELDS(table) .fields = (table), .n_fields = ARRAY_LEN(table)

static const struct event_row {
	const char *word;
	const struct qmp_field *fields; // of 'data'; NULL when nobody reads it
	size_t n_fields;
} event_rows[] = {
	[QMP_EVENT_OTHER] = { .word = "" },
	[QMP_EVENT_SHUTDOWN] = { .word = "SHUTDOWN", FIELDS(shutdown_fields) },
	[QMP_EVENT_RESET] = { .word = "RESET", FIELDS(shutdown_fields) },
	[QMP_EVENT_STOP] = { .word = "STOP" },
	[QMP_EVENT_RESUME] = { .word = "RESUME" },
	[QMP_EVENT_POWERDOWN] = { .word = "POWERDOWN" },
	[QMP_EVENT_GUEST_PANICKED] = { .word = "GUEST_PANICKED", FIELDS(guest_panicked_fields) },
	[QMP_EVENT_BLOCK_IO_ERROR] = { .word = "BLOCK_IO_ERROR", FIELDS(block_io_error_fields) },
};
static_assert(ARRAY_LEN(event_rows) == QMP_EVENTS, "each event has a row");

const char *qmp_shutdown_reason_word(enum qmp_shutdown_reason reason)
{
	assert((unsigned int)reason < QMP_REASONS);
	return reasons[reason];
}

// What a panicking guest told is an object that differs by hypervisor interface: kept as text.
static void decode_panic_info(struct qmp_event *event, struct json_object *data)
{
	struct json_object *info;
	const char *text;
	size_t len;

	if (!json_object_object_get_ex(data, "info", &info))
		return;
	text = json_object_to_json_string_length(info, JSON_C_TO_STRING_PLAIN, &len);
	text_escape(event->guest_panicked.info, sizeof(event->guest_panicked.info), text, len);
}

static enum qmp_event_name find_row(const char *word)
{
	for (size_t i = QMP_EVENT_OTHER + 1; i < QMP_EVENTS; i++)
		if (strcmp(event_rows[i].word, word) == 0)
			return (enum qmp_event_name)i;
	return QMP_EVENT_OTHER;
}

static int decode_data(struct qmp_event *event, struct json_object *message, struct err *err)
{
	const struct event_row *row = &event_rows[event->name];
	struct json_object *data;

	if (qmp_member_find(&data, message, "data", json_type_object, ERR_PROTOCOL, err) < 0 ||
	    qmp_fields_read(event, data, row->fields, row->n_fields, ERR_PROTOCOL, err) < 0)
		return err_context(err, "event '%s'", row->word);
	if (event->name == QMP_EVENT_GUEST_PANICKED)
		decode_panic_info(event, data);
	return 0;
}

int qmp_event_decode(struct qmp_event *event, struct json_object *message, struct err *err)
{
	struct json_object *word;

	*event = (struct qmp_event){ 0 };
	if (qmp_member_find(&word, message, "event", json_type_string, ERR_PROTOCOL, err) < 0)
		return -1;
	event->name = find_row(json_object_get_string(word));
	text_escape(event->text, sizeof(event->text), json_object_get_string(word),
		    (size_t)json_object_get_string_len(word));
	return event_rows[event->name].fields == NULL ? 0 : decode_data(event, message, err);
}
