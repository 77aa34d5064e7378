// SPDX-License-Identifier: Apache-2.0
// Sets keys from options: the text becomes the JSON value that a guest file would hold.

#include "policy/guest.h"

#include <string.h>

#include "base/text_escape.h"
#include "base/text_number.h"
#include "policy/field_reader.h"
#include "policy/guest_table.h"

static int parse_number(struct json_object **out, const char *text, struct err *err)
{
	uint64_t number;

	if (text_parse_u64(text, &number) < 0)
		return err_set(err, ERR_USAGE, "must be a whole number, not '%s'", TEXT_SHOW(text));
	*out = json_object_new_uint64(number);
	return 0;
}

static int parse_switch(struct json_object **out, const char *text, struct err *err)
{
	bool on = strcmp(text, "on") == 0 || strcmp(text, "true") == 0;

	if (!on && strcmp(text, "off") != 0 && strcmp(text, "false") != 0)
		return err_set(err, ERR_USAGE, "must be on or off, not '%s'", TEXT_SHOW(text));
	*out = json_object_new_boolean(on);
	return 0;
}

static int parse_json(struct json_object **out, const char *text, struct err *err)
{
	struct json_limits limits = json_file_limits;
	struct json_place place = { 1, 1 };

	limits.kind = ERR_USAGE;
	if (json_file_parse(text, strlen(text), &limits, out, &place, err) < 0)
		return err_context(err, "JSON at %u:%u", place.line, place.column);
	return 0;
}

static int parse_value(const struct field *field, struct json_object **out, const char *text,
		       struct err *err)
{
	if (field->set_text != NULL && strncmp(text, "0x", 2) == 0) {
		*out = json_object_new_string(text);
		return 0;
	}
	switch (field->kind) {
	case FIELD_NUMBER:
		return parse_number(out, text, err);
	case FIELD_SWITCH:
		return parse_switch(out, text, err);
	case FIELD_OBJECT:
	case FIELD_ARRAY:
		return parse_json(out, text, err);
	default:
		*out = json_object_new_string(text);
		return 0;
	}
}

// The first use of an option replaces what the guest file said.
static void forget(const struct field *field, struct guest *guest, uint64_t *given)
{
	uint64_t bit = UINT64_C(1) << (field - guest_fields.fields);

	if ((*given & bit) != 0)
		return;
	*given |= bit;
	if (field->kind == FIELD_ARRAY)
		*field_count(field, guest) = 0;
	else
		memset(field_member(field, guest), 0, field->size);
}

// Makes the JSON value of an option, or says why there is none.
static int prepare(const struct field *field, const char *key, const char *text,
		   struct json_object **out, struct err *err)
{
	if (field != NULL)
		return parse_value(field, out, text, err);
	field_explain_unknown(&guest_fields, key, true, err);
	return -1;
}

int guest_set_option(struct guest *guest, const char *key, const char *text, uint64_t *given,
		     struct err *err)
{
	const struct field *field = guest_find_option(key);
	AUTO(json) struct json_object *value = NULL;
	struct err_list errors = { .n = 0 };
	const struct field_reader reader = { .option = key, .errors = &errors };

	if (prepare(field, key, text, &value, err) < 0) {
		field_reader_report(&reader, NULL, JSON_VALUE, err);
		return -1;
	}
	forget(field, guest, given);
	if (field->kind == FIELD_ARRAY || field->kind == FIELD_CPUS)
		field_reader_append(&reader, NULL, field, guest, value);
	else
		field_reader_read(&reader, NULL, field, guest, value);
	if (errors.n == 0)
		return 0;
	*err = errors.items[0];
	return -1;
}
