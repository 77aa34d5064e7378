// SPDX-License-Identifier: Apache-2.0
// Prints a confinement for people, member by member.

#include "cli/confinement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"

// Where the rows of a layer begin.
#define INDENT "                        "
#define WIDTH_MAX 80

// The member's text, or "" where there is none.
static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
}

// Shown as text of somebody else, because it may come from the front of a guest.
#define SHOW(object, key) TEXT_SHOW(text_of(object, key))

static size_t length_of(struct json_object *list)
{
	return json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
}

static uint64_t number_of(struct json_object *object, const char *key)
{
	return json_object_get_uint64(json_object_object_get(object, key));
}

static int widest(struct json_object *rows, const char *key)
{
	size_t width = 0;

	for (size_t i = 0; i < length_of(rows); i++) {
		size_t len = strlen(text_of(json_object_array_get_idx(rows, i), key));

		width = len > width ? len : width;
	}
	return (int)(width < WIDTH_MAX ? width : WIDTH_MAX);
}

static void print_rows(struct json_object *rows)
{
	int name_width = widest(rows, "name");
	int limit_width = widest(rows, "limit");

	for (size_t i = 0; i < length_of(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		printf(INDENT "%-*s  ", name_width, SHOW(row, "name"));
		if (limit_width > 0)
			printf("%-*s  ", limit_width, SHOW(row, "limit"));
		puts(SHOW(row, "reason"));
	}
}

static void print_layer(struct json_object *layer, bool all_calls)
{
	struct json_object *rows = json_object_object_get(layer, "rows");
	bool is_filter = json_object_object_get(layer, "filter") != NULL;

	printf("  %-14s %-6s ", SHOW(layer, "layer"), SHOW(layer, "state"));
	if (is_filter)
		printf("%s, calls: %" PRIu64 ", others: %s. ", SHOW(layer, "filter"),
		       number_of(layer, "calls"), SHOW(layer, "otherwise"));
	puts(SHOW(layer, "what"));
	if (text_of(layer, "why")[0] != '\0')
		printf(INDENT "%s\n", SHOW(layer, "why"));
	if (!is_filter || all_calls)
		print_rows(rows);
}

static void print_process(struct json_object *process, bool all_calls)
{
	struct json_object *layers = json_object_object_get(process, "layers");

	printf("\n%s, uid %" PRIu64, SHOW(process, "process"), number_of(process, "uid"));
	if (json_object_object_get(process, "pid") != NULL)
		printf(", pid %" PRIu64, number_of(process, "pid"));
	putchar('\n');
	for (size_t i = 0; i < length_of(layers); i++)
		print_layer(json_object_array_get_idx(layers, i), all_calls);
}

static void print_policy(struct json_object *policy)
{
	bool has_file = json_object_get_boolean(json_object_object_get(policy, "file"));

	printf("host policy: confinement %s, seccomp %s, sev_issue_cmd %s%s\n",
	       SHOW(policy, "confinement"), SHOW(policy, "seccomp"), SHOW(policy, "sev_issue_cmd"),
	       has_file ? "" : " (there is no policy file: these are the defaults)");
	if (!json_object_get_boolean(json_object_object_get(policy, "binding")))
		puts("It is advisory: a user has started snplaunch, and could start QEMU without it.");
}

void confinement_print(struct json_object *confinement, bool all_calls)
{
	struct json_object *processes = json_object_object_get(confinement, "processes");

	print_policy(json_object_object_get(confinement, "host_policy"));
	for (size_t i = 0; i < length_of(processes); i++)
		print_process(json_object_array_get_idx(processes, i), all_calls);
}
