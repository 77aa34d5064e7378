// SPDX-License-Identifier: Apache-2.0
// Describes what properties decided, and names those that decided nothing.

#include "cli/report_openstack.h"

#include <stdio.h>

#include "base/text_escape.h"
#include "policy/openstack_table.h"

static bool is_empty(const struct openstack *openstack)
{
	return !openstack->files[OPENSTACK_IMAGE].is_given &&
	       !openstack->files[OPENSTACK_FLAVOR].is_given;
}

static const char *heading(bool *is_first)
{
	const char *text = *is_first ? "openstack" : "";

	*is_first = false;
	return text;
}

static void print_decision(const struct openstack_decision *decision, bool *is_first)
{
	printf("%-12s %s: %s", heading(is_first), TEXT_SHOW(decision->what),
	       TEXT_SHOW(decision->value));
	for (size_t i = 0; i < decision->n_sources; i++)
		printf("%s%s of the %s", i == 0 ? ", by " : ", ",
		       TEXT_SHOW(decision->sources[i].property),
		       openstack_side_words[decision->sources[i].side]);
	putchar('\n');
}

static void print_unused(const struct openstack *openstack, enum openstack_side side,
			 bool *is_first)
{
	const struct openstack_file *file = &openstack->files[side];

	if (file->n_unused == 0)
		return;
	printf("%-12s not used of the %s:", heading(is_first), openstack_side_words[side]);
	for (size_t i = 0; i < file->n_unused; i++)
		printf("%s %s", i == 0 ? "" : ",", TEXT_SHOW(file->unused[i]));
	putchar('\n');
}

void report_openstack_print(const struct openstack *openstack)
{
	bool is_first = true;

	if (is_empty(openstack))
		return;
	for (size_t i = 0; i < openstack->n_decisions; i++)
		print_decision(&openstack->decisions[i], &is_first);
	for (enum openstack_side side = OPENSTACK_IMAGE; side < OPENSTACK_SIDES; side++)
		print_unused(openstack, side, &is_first);
	if (is_first)
		printf("%-12s decides nothing\n", "openstack");
}

static void add_string(struct json_object *object, const char *key, const char *value)
{
	(void)json_object_object_add(object, key, json_object_new_string(value));
}

static struct json_object *file_json(const struct openstack_file *file)
{
	struct json_object *object = json_object_new_object();
	struct json_object *unused = json_object_new_array();

	add_string(object, "name", file->name);
	add_string(object, "id", file->id);
	for (size_t i = 0; i < file->n_unused; i++)
		(void)json_object_array_add(unused, json_object_new_string(file->unused[i]));
	(void)json_object_object_add(object, "not_used", unused);
	return object;
}

static struct json_object *decision_json(const struct openstack_decision *decision)
{
	struct json_object *object = json_object_new_object();
	struct json_object *sources = json_object_new_array();

	add_string(object, "what", decision->what);
	add_string(object, "value", decision->value);
	for (size_t i = 0; i < decision->n_sources; i++) {
		struct json_object *source = json_object_new_object();

		add_string(source, "file", openstack_side_words[decision->sources[i].side]);
		add_string(source, "property", decision->sources[i].property);
		(void)json_object_array_add(sources, source);
	}
	(void)json_object_object_add(object, "by", sources);
	return object;
}

void report_openstack_add(struct json_object *report, const struct openstack *openstack)
{
	struct json_object *object;
	struct json_object *decisions;

	if (is_empty(openstack))
		return;
	object = json_object_new_object();
	decisions = json_object_new_array();
	for (enum openstack_side side = OPENSTACK_IMAGE; side < OPENSTACK_SIDES; side++)
		if (openstack->files[side].is_given)
			(void)json_object_object_add(object, openstack_side_words[side],
						     file_json(&openstack->files[side]));
	for (size_t i = 0; i < openstack->n_decisions; i++)
		(void)json_object_array_add(decisions, decision_json(&openstack->decisions[i]));
	(void)json_object_object_add(object, "decisions", decisions);
	(void)json_object_object_add(report, "openstack", object);
}
