// SPDX-License-Identifier: Apache-2.0
// Prints a confinement for people, member by member.

#include "cli/confinement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"

// Where the rows of a layer begin.
#define INDENT "                        "

// The member's text, or "" where there is none.
static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return value == NULL ? "" : json_object_get_string(value);
}

static uint64_t number_of(struct json_object *object, const char *key)
{
	return json_object_get_uint64(json_object_object_get(object, key));
}

static int widest(struct json_object *rows, const char *key)
{
	size_t width = 0;

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		size_t len = strlen(text_of(json_object_array_get_idx(rows, i), key));

		width = len > width ? len : width;
	}
	return (int)width;
}

static void print_rows(struct json_object *rows)
{
	int name_width = widest(rows, "name");
	int limit_width = widest(rows, "limit");

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		printf(INDENT "%-*s  ", name_width, TEXT_SHOW(text_of(row, "name")));
		if (limit_width > 0)
			printf("%-*s  ", limit_width, TEXT_SHOW(text_of(row, "limit")));
		puts(text_of(row, "reason"));
	}
}

static void print_layer(struct json_object *layer, bool all_calls)
{
	struct json_object *rows = json_object_object_get(layer, "rows");
	bool is_filter = json_object_object_get(layer, "filter") != NULL;

	printf("  %-14s %-6s ", text_of(layer, "layer"), text_of(layer, "state"));
	if (is_filter)
		printf("%s, calls: %" PRIu64 ", others: %s. ", text_of(layer, "filter"),
		       number_of(layer, "calls"), text_of(layer, "otherwise"));
	puts(text_of(layer, "what"));
	if (text_of(layer, "why")[0] != '\0')
		printf(INDENT "%s\n", text_of(layer, "why"));
	if (!is_filter || all_calls)
		print_rows(rows);
}

static void print_process(struct json_object *process, bool all_calls)
{
	struct json_object *layers = json_object_object_get(process, "layers");

	printf("\n%s, uid %" PRIu64 "\n", text_of(process, "process"), number_of(process, "uid"));
	for (size_t i = 0; i < json_object_array_length(layers); i++)
		print_layer(json_object_array_get_idx(layers, i), all_calls);
}

static void print_policy(struct json_object *policy)
{
	bool has_file = json_object_get_boolean(json_object_object_get(policy, "file"));

	printf("host policy: confinement %s, seccomp %s, sev_issue_cmd %s%s\n",
	       text_of(policy, "confinement"), text_of(policy, "seccomp"),
	       text_of(policy, "sev_issue_cmd"),
	       has_file ? "" : " (there is no policy file: these are the defaults)");
	if (!json_object_get_boolean(json_object_object_get(policy, "binding")))
		puts("It is advisory: a user has started snplaunch, and could start QEMU without it.");
}

void confinement_print(struct json_object *confinement, bool all_calls)
{
	struct json_object *processes = json_object_object_get(confinement, "processes");

	print_policy(json_object_object_get(confinement, "host_policy"));
	for (size_t i = 0; i < json_object_array_length(processes); i++)
		print_process(json_object_array_get_idx(processes, i), all_calls);
}
