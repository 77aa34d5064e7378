// SPDX-License-Identifier: Apache-2.0
// One row for each QMP command: its name and its arguments.

#include "qmp/commands.h"

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "qmp/json.h"

#define ARGUMENTS_MAX 2

// An argument of a command: its key, and where struct qmp_command has it.
struct argument {
	const char *key;
	size_t offset;
};

#define ARGUMENT(json_key, member) \
	{ \
		(json_key), offsetof(struct qmp_command, member) \
	}

static const struct command_row {
	const char *word;
	bool concrete_only; // "abstract": false
	struct argument arguments[ARGUMENTS_MAX];
} command_rows[] = {
	[QMP_CAPABILITIES] = { .word = "qmp_capabilities" },
	[QMP_QUERY_VERSION] = { .word = "query-version" },
	[QMP_QUERY_STATUS] = { .word = "query-status" },
	[QMP_QUERY_KVM] = { .word = "query-kvm" },
	[QMP_QUERY_SEV] = { .word = "query-sev" },
	[QMP_QUERY_SEV_LAUNCH_MEASURE] = { .word = "query-sev-launch-measure" },
	[QMP_QUERY_SEV_CAPABILITIES] = { .word = "query-sev-capabilities" },
	[QMP_QUERY_MACHINES] = { .word = "query-machines" },
	[QMP_QUERY_CPU_DEFINITIONS] = { .word = "query-cpu-definitions" },
	[QMP_QOM_LIST_TYPES] = {
		.word = "qom-list-types",
		.concrete_only = true,
		.arguments = { ARGUMENT("implements", implements) },
	},
	[QMP_QOM_LIST_PROPERTIES] = {
		.word = "qom-list-properties",
		.arguments = { ARGUMENT("typename", typename) },
	},
	[QMP_SEV_INJECT_LAUNCH_SECRET] = {
		.word = "sev-inject-launch-secret",
		.arguments = { ARGUMENT("packet-header", packet_header),
			       ARGUMENT("secret", secret) },
	},
	[QMP_CONT] = { .word = "cont" },
	[QMP_SYSTEM_POWERDOWN] = { .word = "system_powerdown" },
	[QMP_QUIT] = { .word = "quit" },
};
static_assert(ARRAY_LEN(command_rows) == QMP_COMMANDS, "each command has a row");

const char *qmp_command_word(enum qmp_command_name name)
{
	assert((unsigned int)name < QMP_COMMANDS);
	return command_rows[name].word;
}

static void encode_arguments(struct json_object *arguments, const struct qmp_command *command)
{
	const struct command_row *row = &command_rows[command->name];

	if (row->concrete_only)
		json_object_object_add(arguments, "abstract", json_object_new_boolean(false));
	if (command->has_gpa)
		json_object_object_add(arguments, "gpa", json_object_new_uint64(command->gpa));
	for (size_t i = 0; i < ARGUMENTS_MAX && row->arguments[i].key != NULL; i++) {
		const char *value;

		memcpy(&value, (const char *)command + row->arguments[i].offset, sizeof(value));
		assert(value != NULL);
		json_object_object_add(arguments, row->arguments[i].key,
				       json_object_new_string(value));
	}
}

char *qmp_command_encode(const struct qmp_command *command, uint32_t id)
{
	AUTO(json) struct json_object *message = json_object_new_object();
	struct json_object *arguments = json_object_new_object();
	const char *text;
	char *line;
	size_t len;

	json_object_object_add(message, "execute",
			       json_object_new_string(qmp_command_word(command->name)));
	json_object_object_add(message, "id", json_object_new_int64(id));
	encode_arguments(arguments, command);
	json_object_object_add(message, "arguments", arguments);
	text = json_object_to_json_string_length(
		message, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	line = mem_zeroed(len + 2, 1);
	memcpy(line, text, len);
	line[len] = '\n';
	return line;
}
