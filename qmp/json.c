// SPDX-License-Identifier: Apache-2.0
// Reads JSON text with json-c behind our own scanner, and members of objects by tables.

#include "qmp/json.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "base/text.h"
#include "base/text_escape.h"
#include "base/text_number.h"

static void release_tokener(struct json_tokener **tokener)
{
	if (*tokener != NULL)
		json_tokener_free(*tokener);
	*tokener = NULL;
}

DEFINE_AUTO(tokener, struct json_tokener *, release_tokener);

// At least as many as there are values: commas in strings count too.
static size_t count_values(const char *text, size_t len)
{
	size_t n = 1;

	for (size_t i = 0; i < len; i++)
		n += text[i] == ',' || text[i] == '[' || text[i] == '{';
	return n;
}

static int parse(struct json_object **out, const char *text, size_t len, unsigned int depth,
		 enum err_kind kind, struct err *err)
{
	// json-c counts the innermost scalar as a level of its own.
	AUTO(tokener) struct json_tokener *tokener = json_tokener_new_ex((int)depth + 1);
	AUTO(json) struct json_object *value = NULL;

	if (tokener == NULL || len > INT_MAX)
		return err_set(err, kind, "no memory for %zu bytes of JSON", len);
	// Not JSON_TOKENER_STRICT: the scanner is, and json-c 0.18 then refuses what is no ASCII.
	value = json_tokener_parse_ex(tokener, text, (int)len);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		return err_set(err, kind, "not JSON: %s",
			       json_tokener_error_desc(json_tokener_get_error(tokener)));
	if (!json_object_is_type(value, json_type_object))
		return err_set(err, kind, "not a JSON object");
	*out = take_ptr(&value);
	return 0;
}

static int check_values(const char *text, size_t len, const struct json_limits *limits,
			size_t values_max, struct err *err)
{
	return count_values(text, len) <= values_max ?
		       0 :
		       err_set(err, limits->kind, "more than %zu values in one JSON text",
			       values_max);
}

int qmp_json_read(struct json_object **out, const char *text, size_t len,
		  const struct json_limits *limits, size_t values_max, struct err *err)
{
	*out = NULL;
	if (check_values(text, len, limits, values_max, err) < 0 ||
	    json_scan(text, len, limits, NULL, err) < 0)
		return -1;
	return parse(out, text, len, limits->depth_max, limits->kind, err);
}

int qmp_json_read_file(struct json_object **out, const char *text, size_t len,
		       const struct json_limits *limits, size_t values_max, struct err *err)
{
	struct json_place place;

	*out = NULL;
	if (check_values(text, len, limits, values_max, err) < 0)
		return -1;
	if (json_scan(text, len, limits, &place, err) < 0)
		return err_context(err, "line %u, column %u", place.line, place.column);
	return parse(out, text, len, limits->depth_max, limits->kind, err);
}

static const char *const type_words[] = {
	[json_type_null] = "null",	  [json_type_boolean] = "true or false",
	[json_type_double] = "a number",  [json_type_int] = "an integer",
	[json_type_object] = "an object", [json_type_array] = "an array",
	[json_type_string] = "a string",
};

int qmp_member_find(struct json_object **out, struct json_object *object, const char *key,
		    enum json_type type, enum err_kind kind, struct err *err)
{
	if (!json_object_object_get_ex(object, key, out))
		return err_set(err, kind, "member '%s' is missing", key);
	if (!json_object_is_type(*out, type))
		return err_set(err, kind, "member '%s' must be %s", key, type_words[type]);
	return 0;
}

// --- One reader for each kind of field. 'to' is the struct's member. ----------------------------

static int read_bool(void *to, struct json_object *value, const struct qmp_field *field,
		     enum err_kind kind, struct err *err)
{
	(void)field;
	(void)kind;
	(void)err;
	*(bool *)to = json_object_get_boolean(value);
	return 0;
}

static uint64_t uint_max(const struct qmp_field *field)
{
	return UINT64_MAX >> (64 - 8 * field->size);
}

static int read_uint(void *to, struct json_object *value, const struct qmp_field *field,
		     enum err_kind kind, struct err *err)
{
	uint64_t number = json_object_get_uint64(value);

	// get_uint64 turns a negative number into 0.
	if (json_object_get_int64(value) < 0 || number > uint_max(field))
		return err_set(err, kind, "member '%s' must be 0 to %" PRIu64 ", not %s",
			       field->key, uint_max(field), json_object_get_string(value));
	memcpy(to, &number, field->size); // x86-64 keeps the low bytes first
	return 0;
}

static int read_hex(void *to, struct json_object *value, const struct qmp_field *field,
		    enum err_kind kind, struct err *err)
{
	const char *text = json_object_get_string(value);
	uint64_t number;

	if (strncmp(text, "0x", 2) != 0 || text_parse_u64(text, &number) < 0 ||
	    number > uint_max(field))
		return err_set(err, kind, "member '%s' must be 0x0 to 0x%" PRIx64 ", not '%s'",
			       field->key, uint_max(field), TEXT_SHOW(text));
	memcpy(to, &number, field->size);
	return 0;
}

static int read_text(void *to, struct json_object *value, const struct qmp_field *field,
		     enum err_kind kind, struct err *err)
{
	(void)kind;
	(void)err;
	text_escape(to, field->size, json_object_get_string(value),
		    (size_t)json_object_get_string_len(value));
	return 0;
}

static int read_name(void *to, struct json_object *value, const struct qmp_field *field,
		     enum err_kind kind, struct err *err)
{
	const char *name = json_object_get_string(value);

	if (!text_is_plain_name(name, field->size - 1) ||
	    text_copy_field(to, field->size, name) < 0)
		return err_set(err, kind,
			       "member '%s' must be a name of at most %zu letters, "
			       "digits, '.', '_' and '-', not '%s'",
			       field->key, field->size - 1, TEXT_SHOW(name));
	return 0;
}

static int read_line(void *to, struct json_object *value, const struct qmp_field *field,
		     enum err_kind kind, struct err *err)
{
	const char *line = json_object_get_string(value);
	bool printable = true;

	for (const char *c = line; *c != '\0'; c++)
		printable = printable && *c >= ' ' && *c <= '~';
	if (!printable || text_copy_field(to, field->size, line) < 0)
		return err_set(err, kind,
			       "member '%s' must be printable ASCII of at most %zu bytes",
			       field->key, field->size - 1);
	return 0;
}

static int read_word(void *to, struct json_object *value, const struct qmp_field *field,
		     enum err_kind kind, struct err *err)
{
	const char *word = json_object_get_string(value);
	uint32_t place = 0;

	(void)kind;
	(void)err;
	for (uint32_t i = 1; i < field->n_words; i++)
		if (strcmp(field->words[i], word) == 0)
			place = i;
	memcpy(to, &place, sizeof(place));
	return 0;
}

static const struct {
	enum json_type type;
	int (*read)(void *to, struct json_object *value, const struct qmp_field *field,
		    enum err_kind kind, struct err *err);
} field_kinds[] = {
	[QMP_FIELD_KIND_BOOL] = { json_type_boolean, read_bool },
	[QMP_FIELD_KIND_UINT] = { json_type_int, read_uint },
	[QMP_FIELD_KIND_TEXT] = { json_type_string, read_text },
	[QMP_FIELD_KIND_NAME] = { json_type_string, read_name },
	[QMP_FIELD_KIND_WORD] = { json_type_string, read_word },
	[QMP_FIELD_KIND_LINE] = { json_type_string, read_line },
	[QMP_FIELD_KIND_HEX] = { json_type_string, read_hex },
};

int qmp_fields_read(void *out, struct json_object *object, const struct qmp_field *fields,
		    size_t n_fields, enum err_kind kind, struct err *err)
{
	for (size_t i = 0; i < n_fields; i++) {
		const struct qmp_field *field = &fields[i];
		struct json_object *value;

		if (field->optional && !json_object_object_get_ex(object, field->key, NULL))
			continue;
		if (qmp_member_find(&value, object, field->key, field_kinds[field->kind].type, kind,
				    err) < 0)
			return -1;
		if (field_kinds[field->kind].read((char *)out + field->offset, value, field, kind,
						  err) < 0)
			return -1;
	}
	return 0;
}
