// SPDX-License-Identifier: Apache-2.0
// Walks JSON values along the table of keys, in the order of the text.

#include "policy/field_reader.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"
#include "policy/field_value.h"
#include "policy/guest.h"

#define STEP_NAME_SIZE 256

void field_reader_report(const struct field_reader *reader, const struct json_step *step,
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
		err_context(err, "%s '%s':%u:%u: key '%s'", reader->noun, TEXT_SHOW(reader->file),
			    place.line, place.column, name);
	else
		err_context(err, "%s '%s':%u:%u", reader->noun, TEXT_SHOW(reader->file), place.line,
			    place.column);
	err_list_add(reader->errors, err);
}

// --- Unknown keys --------------------------------------------------------------------------------

// A key as an option: underscores become dashes.
static char *as_option_name(char *out, size_t size, const char *key)
{
	(void)snprintf(out, size, "--%s", key);
	for (char *at = out; *at != '\0'; at++)
		if (*at == '_')
			*at = '-';
	return out;
}

void field_explain_unknown(const struct field_table *table, const char *key, bool as_option,
			   struct err *err)
{
	const char *refusal = table->refusal != NULL ? table->refusal(key) : NULL;
	const char *known = field_suggest(table, key);
	char option[64];

	if (refusal != NULL)
		(void)err_set(err, ERR_GUEST_FILE, "%s", refusal);
	else if (known == NULL)
		(void)err_set(err, ERR_GUEST_FILE, "unknown %s", as_option ? "option" : "key");
	else if (as_option)
		(void)err_set(err, ERR_GUEST_FILE, "unknown option, did you mean '%s'?",
			      as_option_name(option, sizeof(option), known));
	else
		(void)err_set(err, ERR_GUEST_FILE, "unknown key, did you mean '%s'?", known);
}

// --- Containers ----------------------------------------------------------------------------------

static bool has_type(const struct field_reader *reader, const struct json_step *step,
		     struct json_object *value, enum json_type type)
{
	struct err err;

	if (field_value_check_type(value, type, &err) == 0)
		return true;
	field_reader_report(reader, step, JSON_VALUE, &err);
	return false;
}

static void refuse_missing(const struct field_reader *reader, const struct json_step *step,
			   const struct field_table *table, struct json_object *object)
{
	struct err err;

	for (size_t i = 0; i < table->n; i++) {
		const struct field *field = &table->fields[i];

		if (!field->required || json_object_object_get_ex(object, field->key, NULL))
			continue;
		(void)err_set(&err, ERR_GUEST_FILE, "needs key '%s'", field->key);
		field_reader_report(reader, step, JSON_VALUE, &err);
	}
}

static bool is_same(const struct field *field, const void *left, const void *right)
{
	return field_is_given(field, left) && field_is_given(field, right) &&
	       memcmp(field_const_member(field, left), field_const_member(field, right),
		      field->size) == 0;
}

static void refuse_repeated(const struct field_reader *reader, const struct json_step *step,
			    const struct field_target *target, const struct field *field)
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
		field_reader_report(reader, step, JSON_VALUE, &err);
		return;
	}
}

void field_reader_read_members(const struct field_reader *reader, const struct json_step *outer,
			       const struct field_target *target, struct json_object *object)
{
	struct json_step step = { .outer = outer };
	struct err err;

	json_object_object_foreach (object, key, value) {
		const struct field *field = field_find(target->table, key);

		step.key = key;
		if (field != NULL) {
			field_reader_read(reader, &step, field, target->base, value);
		} else {
			field_explain_unknown(target->table, key, false, &err);
			field_reader_report(reader, &step, JSON_KEY, &err);
		}
		if (field != NULL && field->unique)
			refuse_repeated(reader, &step, target, field);
		step.index++;
	}
}

static void read_object(const struct field_reader *reader, const struct json_step *step,
			const struct field *field, void *base, struct json_object *value)
{
	struct field_target target = {
		.table = field->members,
		.base = field_member(field, base),
	};
	struct err err;

	if (field->set_text != NULL && json_object_is_type(value, json_type_string)) {
		if (field->set_text(target.base, json_object_get_string(value), &err) < 0)
			field_reader_report(reader, step, JSON_VALUE, &err);
		return;
	}
	if (!has_type(reader, step, value, json_type_object))
		return;
	// Options may bring an object's members one by one, so guest_check() asks for those.
	if (reader->file != NULL)
		refuse_missing(reader, step, field->members, value);
	field_reader_read_members(reader, step, &target, value);
}

static void append_struct(const struct field_reader *reader, const struct json_step *step,
			  const struct field *field, void *base, struct json_object *value)
{
	size_t *n = field_count(field, base);
	struct field_target target = {
		.table = field->members,
		.base = (char *)field_member(field, base) + *n * field->size,
		.array = field,
		.index = *n,
	};
	struct err err;

	if (*n == field->max) {
		(void)err_set(&err, ERR_GUEST_FILE, "more than %zu elements", *n);
		field_reader_report(reader, step, JSON_VALUE, &err);
		return;
	}
	if (!has_type(reader, step, value, json_type_object))
		return;
	memset(target.base, 0, field->size);
	(*n)++;
	refuse_missing(reader, step, field->members, value);
	field_reader_read_members(reader, step, &target, value);
}

static void append_value(const struct field_reader *reader, const struct json_step *step,
			 const struct field *field, void *base, struct json_object *value)
{
	size_t *n = field_count(field, base);
	char *element = (char *)field_member(field, base) + *n * field->size;
	struct err err;

	assert(*n < field->max); // read_array() has counted
	if (field_value_set(&field->members->fields[0], element, value, true, &err) < 0)
		field_reader_report(reader, step, JSON_VALUE, &err);
	else
		(*n)++;
}

void field_reader_append(const struct field_reader *reader, const struct json_step *step,
			 const struct field *field, void *base, struct json_object *value)
{
	struct err err;

	if (field->kind == FIELD_ARRAY)
		append_struct(reader, step, field, base, value);
	else if (field->kind == FIELD_LIST)
		append_value(reader, step, field, base, value);
	else if (field_value_add_cpu(field, base, value, &err) < 0)
		field_reader_report(reader, step, JSON_VALUE, &err);
}

static void read_array(const struct field_reader *reader, const struct json_step *outer,
		       const struct field *field, void *base, struct json_object *value)
{
	struct json_step step = { .outer = outer };
	size_t n_max = field->kind == FIELD_CPUS ? GUEST_CPUS_MAX : (size_t)field->max;
	size_t n_min = field->kind == FIELD_CPUS ? 1 : (size_t)field->min;
	size_t n = json_object_array_length(value);
	struct err err;

	if (n < n_min || n > n_max) {
		(void)err_set(&err, ERR_GUEST_FILE, "must have %zu to %zu elements, not %zu", n_min,
			      n_max, n);
		field_reader_report(reader, outer, JSON_VALUE, &err);
		return;
	}
	for (; step.index < n; step.index++)
		field_reader_append(reader, &step, field, base,
				    json_object_array_get_idx(value, step.index));
}

// A single name stands for an array of one.
static void read_cpus(const struct field_reader *reader, const struct json_step *step,
		      const struct field *field, void *base, struct json_object *value)
{
	struct err err;

	if (json_object_is_type(value, json_type_array)) {
		read_array(reader, step, field, base, value);
	} else if (json_object_is_type(value, json_type_string)) {
		field_reader_append(reader, step, field, base, value);
	} else {
		(void)err_set(&err, ERR_GUEST_FILE, "must be a string or an array, not %s",
			      field_value_type_name(value));
		field_reader_report(reader, step, JSON_VALUE, &err);
	}
}

void field_reader_read(const struct field_reader *reader, const struct json_step *step,
		       const struct field *field, void *base, struct json_object *value)
{
	struct err err;

	if (field->kind == FIELD_OBJECT) {
		read_object(reader, step, field, base, value);
	} else if (field->kind == FIELD_CPUS) {
		read_cpus(reader, step, field, base, value);
	} else if (field_is_counted(field)) {
		if (has_type(reader, step, value, json_type_array))
			read_array(reader, step, field, base, value);
	} else if (field_value_set(field, base, value, reader->file != NULL, &err) < 0) {
		field_reader_report(reader, step, JSON_VALUE, &err);
	}
}

int field_reader_read_file(const struct field_reader *reader, const struct field_table *table,
			   void *base)
{
	const struct field_target target = { .table = table, .base = base };
	size_t n_before = err_list_total(reader->errors);
	AUTO(json) struct json_object *root = NULL;
	struct json_place place = { 1, 1 };
	struct err err;

	if (json_file_parse(reader->text, reader->len, &json_file_limits, &root, &place, &err) <
	    0) {
		err_context(&err, "%s '%s':%u:%u", reader->noun, TEXT_SHOW(reader->file),
			    place.line, place.column);
		err_list_add(reader->errors, &err);
	} else if (field_value_check_type(root, json_type_object, &err) < 0) {
		field_reader_report(reader, NULL, JSON_VALUE, &err);
	} else {
		field_reader_read_members(reader, NULL, &target, root);
	}
	return err_list_total(reader->errors) == n_before ? 0 : -1;
}
