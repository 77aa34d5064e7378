// SPDX-License-Identifier: Apache-2.0
// snplaunch policy: what a policy file means, or the one that this machine has, without anything
// being started.

#include <json-c/json.h>
#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text_escape.h"
#include "cli/command.h"
#include "cli/policy_file.h"
#include "policy/host_policy_table.h"
#include "policy/json_file.h"

// What a file says, and the same with its defaults.
struct meaning {
	struct host_policy_file said;
	struct host_policy_file effective;
};

static struct json_object *number_value(const struct field *field, const void *member)
{
	(void)field;
	return json_object_new_uint64(*(const uint32_t *)member);
}

static struct json_object *word_value(const struct field *field, const void *member)
{
	return json_object_new_string(words_at(field->words, *(const uint32_t *)member));
}

static struct json_object *switch_value(const struct field *field, const void *member)
{
	(void)field;
	return json_object_new_boolean(*(const enum on_off *)member == ON_OFF_ON);
}

static struct json_object *text_value(const struct field *field, const void *member)
{
	(void)field;
	return json_object_new_string(member);
}

// The kinds that a policy file has, but for lists.
static struct json_object *(*const values[FIELD_KINDS])(const struct field *field,
							const void *member) = {
	[FIELD_NUMBER] = number_value,
	[FIELD_WORD] = word_value,
	[FIELD_SWITCH] = switch_value,
	[FIELD_ABSOLUTE] = text_value,
};

static struct json_object *list_value(const struct field *field, struct host_policy_file *policy)
{
	const struct field *element = &field->members->fields[0];
	const char *first = field_const_member(field, policy);
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < *field_count(field, policy); i++)
		(void)json_object_array_add(
			list, values[element->kind](element, first + i * field->size));
	return list;
}

// NULL, which is null in JSON, for what nothing limits.
static struct json_object *value_of(const struct field *field, struct host_policy_file *policy)
{
	if (!field_is_given(field, policy))
		return NULL;
	if (field->kind == FIELD_LIST)
		return list_value(field, policy);
	return values[field->kind](field, field_const_member(field, policy));
}

static void print_value(const struct field *field, struct json_object *value)
{
	if (value == NULL)
		puts(field->absent);
	else
		printf("%s%s\n", TEXT_SHOW(json_object_get_string(value)),
		       field->unit != NULL ? field->unit : "");
}

static void print_row(const struct field *field, struct meaning *meaning)
{
	AUTO(json) struct json_object *value = value_of(field, &meaning->effective);
	const char *origin = field_is_given(field, &meaning->said) ? "file" : "default";

	printf("%-21s %-8s ", field->key, origin);
	if (!json_object_is_type(value, json_type_array)) {
		print_value(field, value);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		printf("%*s", i == 0 ? 0 : 31, "");
		print_value(field, json_object_array_get_idx(value, i));
	}
}

static void print_text(struct meaning *meaning)
{
	for (size_t i = 0; i < host_policy_fields.n; i++)
		print_row(&host_policy_fields.fields[i], meaning);
}

static void print_json(struct meaning *meaning)
{
	AUTO(json) struct json_object *policy = json_object_new_object();

	for (size_t i = 0; i < host_policy_fields.n; i++) {
		const struct field *field = &host_policy_fields.fields[i];

		(void)json_object_object_add(policy, field->key,
					     value_of(field, &meaning->effective));
	}
	puts(json_object_to_json_string_ext(policy, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
}

// Without a name: the file that the launcher obeys, if there is one.
static int read_policy(struct meaning *meaning, const char *name, struct client *client,
		       struct err *err)
{
	AUTO(fd) int fd = -1;

	if (name == NULL && !client->has_policy) {
		log_info("there is no policy file: these are the defaults");
	} else {
		enum open_role role = name == NULL ? OPEN_POLICY : OPEN_GUEST_FILE;

		if (client_open(client, role, name == NULL ? "" : name, &fd, err) < 0 ||
		    policy_file_read(&meaning->said, name == NULL ? POLICY_FILE_DEFAULT : name, fd,
				     err) < 0)
			return -1;
	}
	meaning->effective = meaning->said;
	host_policy_fill(&meaning->effective);
	return 0;
}

int command_policy(const struct options *options, struct client *client)
{
	AUTO(mem) struct meaning *meaning = mem_zeroed(1, sizeof(*meaning));
	struct err err;

	if (read_policy(meaning, options->arguments[0], client, &err) < 0)
		return command_fail(&err);
	if (options->json_wanted)
		print_json(meaning);
	else
		print_text(meaning);
	if (fflush(stdout) != 0) {
		(void)err_sys(&err, "cannot write to standard output");
		return command_fail(&err);
	}
	return 0;
}
