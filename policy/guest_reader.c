// SPDX-License-Identifier: Apache-2.0
// Walks JSON values along the table of keys, in the order of the text.

#include "policy/guest_reader.h"

#include <stdio.h>
#include <assert.h>
#include <string.h>

#include "base/text.h"
#include "policy/guest_table.h"
#include "policy/guest_value.h"

#define STEP_NAME_SIZE 256

const struct json_limits guest_json_limits = {
	.bytes_max = GUEST_FILE_BYTES_MAX,
	.depth_max = GUEST_DEPTH_MAX,
	// More than any guest can use, with its disks and networks.
	.keys_max = 256,
	.kind = ERR_GUEST_FILE,
};

void err_list_add(struct err_list *list, const struct err *err)
{
	if (list->n < ARRAY_LEN(list->items))
		list->items[list->n++] = *err;
	else
		list->n_dropped++;
}

void guest_reader_report(const struct guest_reader *reader, const struct json_step *step,
			 enum json_end end, struct err *err)
{
	char name[STEP_NAME_SIZE];
	struct json_place place;

	if (step != NULL)
		json_step_name(name, sizeof(name), step);
	if (reader->file == NULL) {
		if (step != NULL)
			err_context(err, "key '%s'", name);
		err_context(err, "option '--%s'", TEXT_SHOW(reader->option));
		err->kind = ERR_USAGE;
		err_list_add(reader->errors, err);
		return;
	}
	place = json_file_place(reader->text, reader->len, step, end);
	if (step != NULL)
		err_context(err, "guest file '%s':%u:%u: key '%s'", TEXT_SHOW(reader->file),
			    place.line, place.column, name);
	else
		err_context(err, "guest file '%s':%u:%u", TEXT_SHOW(reader->file), place.line,
			    place.column);
	err_list_add(reader->errors, err);
}

// --- Unknown keys --------------------------------------------------------------------------------

// A variable store would be state that the launch digest does not cover: parts of its usual names.
static const char *const store_names[] = { "vars", "nvram", "pflash", "varstore" };

static const char no_variable_store[] =
	"snplaunch keeps firmware stateless: no variable store is accepted by any key; "
	"secure variables belong into the image";

static bool names_variable_store(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(store_names); i++)
		if (strcasestr(key, store_names[i]) != NULL)
			return true;
	return false;
}

// A key as an option: underscores become dashes.
static char *as_option_name(char *out, size_t size, const char *key)
{
	(void)snprintf(out, size, "--%s", key);
	for (char *at = out; *at != '\0'; at++)
		if (*at == '_')
			*at = '-';
	return out;
}

void guest_explain_unknown(const struct field_table *table, const char *key, bool as_option,
			   struct err *err)
{
	const char *known = field_suggest(table, key);
	char option[64];

	if (names_variable_store(key))
		(void)err_set(err, ERR_GUEST_FILE, "%s", no_variable_store);
	else if (known == NULL)
		(void)err_set(err, ERR_GUEST_FILE, "unknown %s", as_option ? "option" : "key");
	else if (as_option)
		(void)err_set(err, ERR_GUEST_FILE, "unknown option, did you mean '%s'?",
			      as_option_name(option, sizeof(option), known));
	else
		(void)err_set(err, ERR_GUEST_FILE, "unknown key, did you mean '%s'?", known);
}

// --- Containers ----------------------------------------------------------------------------------

static bool has_type(const struct guest_reader *reader, const struct json_step *step,
		     struct json_object *value, enum json_type type)
{
	struct err err;

	if (guest_value_check_type(value, type, &err) == 0)
		return true;
	guest_reader_report(reader, step, JSON_VALUE, &err);
	return false;
}

static void refuse_missing(const struct guest_reader *reader, const struct json_step *step,
			   const struct field_table *table, struct json_object *object)
{
	struct err err;

	for (size_t i = 0; i < table->n; i++) {
		const struct field *field = &table->fields[i];

		if (!field->required || json_object_object_get_ex(object, field->key, NULL))
			continue;
		(void)err_set(&err, ERR_GUEST_FILE, "needs key '%s'", field->key);
		guest_reader_report(reader, step, JSON_VALUE, &err);
	}
}

static bool is_same(const struct field *field, const void *left, const void *right)
{
	return field_is_given(field, left) && field_is_given(field, right) &&
	       memcmp(field_const_member(field, left), field_const_member(field, right),
		      field->size) == 0;
}

static void refuse_repeated(const struct guest_reader *reader, const struct json_step *step,
			    const struct guest_target *target, const struct field *field)
{
	const char *element = target->base;
	const char *first;
	struct err err;
	size_t size;

	assert(target->array != NULL); // only elements of arrays have members that must differ
	size = target->array->size;
	first = element - target->index * size;
	for (size_t i = 0; i < target->index; i++) {
		if (!is_same(field, first + i * size, element))
			continue;
		(void)err_set(&err, ERR_GUEST_FILE, "must differ from '%s[%zu].%s'",
			      target->array->key, i, field->key);
		guest_reader_report(reader, step, JSON_VALUE, &err);
		return;
	}
}

void guest_reader_read_members(const struct guest_reader *reader, const struct json_step *outer,
			       const struct guest_target *target, struct json_object *object)
{
	struct json_step step = { .outer = outer };
	struct err err;

	json_object_object_foreach (object, key, value) {
		const struct field *field = field_find(target->table, key);

		step.key = key;
		if (field != NULL) {
			guest_reader_read(reader, &step, field, target->base, value);
		} else {
			guest_explain_unknown(target->table, key, false, &err);
			guest_reader_report(reader, &step, JSON_KEY, &err);
		}
		if (field != NULL && field->unique)
			refuse_repeated(reader, &step, target, field);
		step.index++;
	}
}

static void read_object(const struct guest_reader *reader, const struct json_step *step,
			const struct field *field, void *base, struct json_object *value)
{
	struct guest_target target = {
		.table = field->members,
		.base = field_member(field, base),
	};

	if (!has_type(reader, step, value, json_type_object))
		return;
	// Options may bring an object's members one by one, so guest_check() asks for those.
	if (reader->file != NULL)
		refuse_missing(reader, step, field->members, value);
	guest_reader_read_members(reader, step, &target, value);
}

static void append_struct(const struct guest_reader *reader, const struct json_step *step,
			  const struct field *field, void *base, struct json_object *value)
{
	size_t *n = field_count(field, base);
	struct guest_target target = {
		.table = field->members,
		.base = (char *)field_member(field, base) + *n * field->size,
		.array = field,
		.index = *n,
	};
	struct err err;

	if (*n == field->max) {
		(void)err_set(&err, ERR_GUEST_FILE, "more than %zu elements", *n);
		guest_reader_report(reader, step, JSON_VALUE, &err);
		return;
	}
	if (!has_type(reader, step, value, json_type_object))
		return;
	memset(target.base, 0, field->size);
	(*n)++;
	refuse_missing(reader, step, field->members, value);
	guest_reader_read_members(reader, step, &target, value);
}

void guest_reader_append(const struct guest_reader *reader, const struct json_step *step,
			 const struct field *field, void *base, struct json_object *value)
{
	struct err err;

	if (field->kind == FIELD_ARRAY)
		append_struct(reader, step, field, base, value);
	else if (guest_value_add_cpu(field, base, value, &err) < 0)
		guest_reader_report(reader, step, JSON_VALUE, &err);
}

static void read_array(const struct guest_reader *reader, const struct json_step *outer,
		       const struct field *field, void *base, struct json_object *value)
{
	struct json_step step = { .outer = outer };
	size_t n_max = field->kind == FIELD_CPUS ? GUEST_CPUS_MAX : (size_t)field->max;
	size_t n_min = field->kind == FIELD_CPUS ? 1 : 0;
	size_t n = json_object_array_length(value);
	struct err err;

	if (n < n_min || n > n_max) {
		(void)err_set(&err, ERR_GUEST_FILE, "must have %zu to %zu elements, not %zu", n_min,
			      n_max, n);
		guest_reader_report(reader, outer, JSON_VALUE, &err);
		return;
	}
	for (; step.index < n; step.index++)
		guest_reader_append(reader, &step, field, base,
				    json_object_array_get_idx(value, step.index));
}

// A single name stands for an array of one.
static void read_cpus(const struct guest_reader *reader, const struct json_step *step,
		      const struct field *field, void *base, struct json_object *value)
{
	struct err err;

	if (json_object_is_type(value, json_type_array)) {
		read_array(reader, step, field, base, value);
	} else if (json_object_is_type(value, json_type_string)) {
		guest_reader_append(reader, step, field, base, value);
	} else {
		(void)err_set(&err, ERR_GUEST_FILE, "must be a string or an array, not %s",
			      guest_value_type_name(value));
		guest_reader_report(reader, step, JSON_VALUE, &err);
	}
}

void guest_reader_read(const struct guest_reader *reader, const struct json_step *step,
		       const struct field *field, void *base, struct json_object *value)
{
	struct err err;

	if (field->kind == FIELD_OBJECT) {
		read_object(reader, step, field, base, value);
	} else if (field->kind == FIELD_CPUS) {
		read_cpus(reader, step, field, base, value);
	} else if (field->kind == FIELD_ARRAY) {
		if (has_type(reader, step, value, json_type_array))
			read_array(reader, step, field, base, value);
	} else if (guest_value_set(field, base, value, reader->file != NULL, &err) < 0) {
		guest_reader_report(reader, step, JSON_VALUE, &err);
	}
}
