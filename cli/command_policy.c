// SPDX-License-Identifier: Apache-2.0
// snplaunch policy: the rules in force and where each comes from, and what is wrong with a policy
// file, without anything being started.

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text_escape.h"
#include "cli/command.h"
#include "cli/policy_file.h"
#include "cli/result.h"
#include "policy/host_policy_table.h"
#include "policy/json_file.h"

#define KEY_COLUMN "22"
#define ORIGIN_COLUMN "7"

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

static struct json_object *digest_value(const struct field *field, const void *member)
{
	const uint8_t *bytes = member;
	char hex[2 * LAUNCH_RULES_KEY_DIGEST_BYTES + 1] = "";

	for (size_t i = 0; i < field->size && i < LAUNCH_RULES_KEY_DIGEST_BYTES; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
	return json_object_new_string(hex);
}

// The kinds that a policy file has, but for those that hold others.
static struct json_object *(*const values[FIELD_KINDS])(const struct field *field,
							const void *member) = {
	[FIELD_NUMBER] = number_value, [FIELD_WORD] = word_value,     [FIELD_SWITCH] = switch_value,
	[FIELD_NAME] = text_value,     [FIELD_ABSOLUTE] = text_value, [FIELD_DIGEST] = digest_value,
};

static struct json_object *object_value(const struct field_table *table, const void *base)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < table->n; i++) {
		const struct field *field = &table->fields[i];

		if (field_is_given(field, base))
			(void)json_object_object_add(
				object, field->key,
				values[field->kind](field, field_const_member(field, base)));
	}
	return object;
}

static struct json_object *list_value(const struct field *field, struct host_policy_file *policy)
{
	const struct field *element = &field->members->fields[0];
	const char *first = field_const_member(field, policy);
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < *field_count(field, policy); i++) {
		const char *at = first + i * field->size;

		(void)json_object_array_add(list, field->kind == FIELD_ARRAY ?
							  object_value(field->members, at) :
							  values[element->kind](element, at));
	}
	return list;
}

// NULL, which is null in JSON, for what nothing limits.
static struct json_object *value_of(const struct field *field, struct host_policy_file *policy)
{
	if (!field_is_given(field, policy))
		return NULL;
	if (field_is_counted(field))
		return list_value(field, policy);
	return values[field->kind](field, field_const_member(field, policy));
}

// The values of an object were checked: words and numbers.
static void print_object(struct json_object *object)
{
	const char *comma = "";

	json_object_object_foreach (object, key, value) {
		printf("%s%s %s", comma, key, json_object_get_string(value));
		comma = ", ";
	}
	puts("");
}

static void print_value(const struct field *field, struct json_object *value)
{
	if (value == NULL)
		puts(field->absent);
	else if (json_object_is_type(value, json_type_object))
		print_object(value);
	else
		printf("%s%s\n", TEXT_SHOW(json_object_get_string(value)),
		       field->unit != NULL ? field->unit : "");
}

static const char *origin_of(const struct field *field, const struct meaning *meaning)
{
	return field_is_given(field, &meaning->said) ? "file" : "default";
}

static void print_row(const struct field *field, struct meaning *meaning)
{
	AUTO(json) struct json_object *value = value_of(field, &meaning->effective);

	printf("%-" KEY_COLUMN "s %-" ORIGIN_COLUMN "s ", field->key, origin_of(field, meaning));
	if (!json_object_is_type(value, json_type_array)) {
		print_value(field, value);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(value); i++) {
		if (i > 0)
			printf("%-" KEY_COLUMN "s %-" ORIGIN_COLUMN "s ", "", "");
		print_value(field, json_object_array_get_idx(value, i));
	}
}

static void print_text(struct meaning *meaning)
{
	for (size_t i = 0; i < host_policy_fields.n; i++)
		print_row(&host_policy_fields.fields[i], meaning);
}

static struct json_object *rules_of(struct meaning *meaning)
{
	struct json_object *rules = json_object_new_object();

	for (size_t i = 0; i < host_policy_fields.n; i++) {
		const struct field *field = &host_policy_fields.fields[i];
		struct json_object *rule = json_object_new_object();

		result_add_object(rule, "value", value_of(field, &meaning->effective));
		result_add(rule, "origin", origin_of(field, meaning));
		result_add_object(rules, field->key, rule);
	}
	return rules;
}

static void print_json(const char *name, struct meaning *meaning)
{
	AUTO(json) struct json_object *policy = json_object_new_object();

	result_add_object(policy, "policy_file",
			  name == NULL ? NULL : json_object_new_string(name));
	result_add_object(policy, "rules", rules_of(meaning));
	result_print_json(policy);
}

// Without a name: the file that the launcher obeys, if there is one.
static int show(const char *name, const struct options *options, struct client *client,
		struct err *err)
{
	AUTO(mem) struct meaning *meaning = mem_zeroed(1, sizeof(*meaning));
	enum open_role role = name == NULL ? OPEN_POLICY : OPEN_GUEST_FILE;
	AUTO(fd) int fd = -1;

	if (name != NULL || client->has_policy) {
		if (client_open(client, role, name == NULL ? "" : name, &fd, err) < 0)
			return -1;
		if (name == NULL)
			name = client->policy.file;
		if (policy_file_read(&meaning->said, name, fd, err) < 0)
			return -1;
	} else {
		log_info("there is no policy file: these are the defaults");
	}
	meaning->effective = meaning->said;
	host_policy_fill(&meaning->effective);
	if (options->json_wanted)
		print_json(name, meaning);
	else
		print_text(meaning);
	return 0;
}

static int check(const char *name, const struct options *options, struct client *client,
		 struct err *err)
{
	AUTO(mem) struct host_policy_file *said = mem_zeroed(1, sizeof(*said));
	AUTO(json) struct json_object *answer = json_object_new_object();
	AUTO(fd) int fd = -1;
	uint64_t n_given = 0;

	if (name == NULL)
		return err_set(err, ERR_USAGE, "check which file? snplaunch policy check FILE");
	if (client_open(client, OPEN_GUEST_FILE, name, &fd, err) < 0 ||
	    policy_file_read(said, name, fd, err) < 0)
		return -1;
	for (size_t i = 0; i < host_policy_fields.n; i++)
		n_given += field_is_given(&host_policy_fields.fields[i], said);
	result_add(answer, "policy_file", name);
	result_add_bool(answer, "valid", true);
	result_add_number(answer, "keys", n_given);
	return result_print(answer, options->json_wanted, err);
}

static const struct {
	const char *verb;
	int (*act)(const char *name, const struct options *options, struct client *client,
		   struct err *err);
} verbs[] = {
	{ "show", show },
	{ "check", check },
};

static int act(const struct options *options, struct client *client, struct err *err)
{
	const char *verb = options->arguments[0];

	if (verb == NULL)
		return show(NULL, options, client, err);
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].verb, verb) == 0)
			return verbs[i].act(options->arguments[1], options, client, err);
	return err_set(err, ERR_USAGE,
		       "policy does what? snplaunch policy show [FILE], or check FILE");
}

int command_policy(const struct options *options, struct client *client)
{
	struct err err;

	if (act(options, client, &err) < 0 || result_flush(&err) < 0)
		return command_fail(&err);
	return 0;
}
