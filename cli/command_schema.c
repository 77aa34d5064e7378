// SPDX-License-Identifier: Apache-2.0
// snplaunch schema: the JSON Schema of a guest file, for editors.

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "cli/command.h"

int command_schema(const struct options *options, struct client *client)
{
	AUTO(mem) char *schema = NULL;
	struct err err;

	(void)client;
	if (options->argument == NULL || strcmp(options->argument, "guest") != 0)
		return (void)err_set(&err, ERR_USAGE, "schema of what? snplaunch schema guest"),
		       command_fail(&err);
	schema = guest_schema();
	puts(schema);
	return 0;
}
