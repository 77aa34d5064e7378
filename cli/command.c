// SPDX-License-Identifier: Apache-2.0
// The table of commands; it drives dispatch and usage.

#include "cli/command.h"

#include <string.h>

#include "base/log.h"

static const struct command commands[] = {
	{ "run", command_run, "[GUEST]", "launch a guest in the foreground and supervise it",
	  OPTIONS_JSON | OPTIONS_GUEST | OPTIONS_EVENTS, true },
	{ "plan", command_plan, "[GUEST]", "show what run would do, without doing it",
	  OPTIONS_JSON | OPTIONS_GUEST, true },
	{ "schema", command_schema, "guest", "print the JSON Schema of a guest file", 0, false },
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

const struct command *command_at(size_t i)
{
	return i < ARRAY_LEN(commands) ? &commands[i] : NULL;
}

int command_fail(const struct err *err)
{
	log_error("%s", err->text);
	return err_exit_status(err);
}
