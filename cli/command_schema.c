// SPDX-License-Identifier: Apache-2.0
// snplaunch schema: the JSON Schema of a guest file or a policy file, for editors.

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "cli/command.h"
#include "policy/host_policy_file.h"

static const struct {
	const char *name;
	char *(*make)(void);
} schemas[] = {
	{ "guest", guest_schema },
	{ "policy", host_policy_schema },
};

int command_schema(const struct options *options, struct client *client)
{
	const char *name = options->arguments[0] != NULL ? options->arguments[0] : "";
	struct err err;

	(void)client;
	for (size_t i = 0; i < ARRAY_LEN(schemas); i++) {
		AUTO(mem) char *schema = NULL;

		if (strcmp(schemas[i].name, name) != 0)
			continue;
		schema = schemas[i].make();
		puts(schema);
		return 0;
	}
	(void)err_set(&err, ERR_USAGE, "schema of what? snplaunch schema guest, or policy");
	return command_fail(&err);
}
