// SPDX-License-Identifier: Apache-2.0
// A JSON Schema from a table of keys.

#include "policy/field_schema.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "policy/guest.h"
#include "policy/json_file.h"

#define NAME_PATTERN "^[A-Za-z0-9][A-Za-z0-9._-]*$"
// A number of at most 255 without leading zeros.
#define BYTE_PATTERN "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
// A name in a directory other than "." and "..", without control bytes.
#define NOT_CONTROL "[^/\x01-\x1f\x7f]"
#define NOT_DOT "[^./\x01-\x1f\x7f]"
#define COMPONENT_PATTERN \
	"(" NOT_DOT NOT_CONTROL "*|\\." NOT_DOT NOT_CONTROL "*|\\.\\." NOT_CONTROL "+)"

static void add_table(struct json_object *schema, const struct field_table *table);

static void add(struct json_object *schema, const char *key, struct json_object *value)
{
	(void)json_object_object_add(schema, key, value);
}

static void add_text(struct json_object *schema, const char *key, const char *text)
{
	add(schema, key, json_object_new_string(text));
}

static void add_number(struct json_object *schema, const char *key, uint64_t number)
{
	add(schema, key, json_object_new_uint64(number));
}

static void describe_number(struct json_object *schema, const struct field *field)
{
	add_text(schema, "type", "integer");
	add_number(schema, "minimum", field->min);
	add_number(schema, "maximum", field->max);
}

static void describe_word(struct json_object *schema, const struct field *field)
{
	struct json_object *words = json_object_new_array();

	for (size_t i = 1; i < field->words->n; i++)
		(void)json_object_array_add(words, json_object_new_string(field->words->names[i]));
	add(schema, "enum", words);
}

static void describe_switch(struct json_object *schema, const struct field *field)
{
	(void)field;
	add_text(schema, "type", "boolean");
}

static void describe_text(struct json_object *schema, const struct field *field)
{
	add_text(schema, "type", "string");
	add_number(schema, "maxLength", field->max);
}

static void describe_name(struct json_object *schema, const struct field *field)
{
	describe_text(schema, field);
	add_text(schema, "pattern", NAME_PATTERN);
}

static void describe_path(struct json_object *schema, const struct field *field)
{
	(void)field;
	add_text(schema, "type", "string");
	add_number(schema, "minLength", 1);
	add_number(schema, "maxLength", GUEST_PATH_SIZE - 1);
}

static void describe_cpus(struct json_object *schema, const struct field *field)
{
	struct json_object *choices = json_object_new_array();
	struct json_object *one = json_object_new_object();
	struct json_object *several = json_object_new_object();

	describe_name(one, field);
	add_text(several, "type", "array");
	add_number(several, "minItems", 1);
	add_number(several, "maxItems", GUEST_CPUS_MAX);
	add(several, "items", json_object_get(one));
	(void)json_object_array_add(choices, one);
	(void)json_object_array_add(choices, several);
	add(schema, "oneOf", choices);
}

static void describe_hex(struct json_object *schema, const struct field *field)
{
	struct json_object *refused;
	char pattern[64];

	(void)snprintf(pattern, sizeof(pattern), "^0x[0-9a-fA-F]{1,%zu}$", 2 * field->size);
	add_text(schema, "type", "string");
	add_text(schema, "pattern", pattern);
	if (field->min == 0)
		return;
	refused = json_object_new_object();
	add_text(refused, "pattern", "^0x0+$");
	add(schema, "not", refused);
}

// Canonical base64: unused bits of the last digit are zero.
static void describe_base64(struct json_object *schema, const struct field *field)
{
	static const char *const ends[] = { "", "[AQgw]==", "[AEIMQUYcgkosw048]=" };
	size_t n_left = field->size % 3;
	char pattern[64];

	(void)snprintf(pattern, sizeof(pattern), "^[A-Za-z0-9+/]{%zu}%s$",
		       field->size / 3 * 4 + n_left, ends[n_left]);
	add_text(schema, "type", "string");
	add_text(schema, "pattern", pattern);
}

static void describe_mac(struct json_object *schema, const struct field *field)
{
	struct json_object *refused = json_object_new_object();

	(void)field;
	add_text(schema, "type", "string");
	add_text(schema, "pattern", "^[0-9a-fA-F][02468aceACE](:[0-9a-fA-F]{2}){5}$");
	add_text(refused, "const", "00:00:00:00:00:00");
	add(schema, "not", refused);
}

static void describe_abi(struct json_object *schema, const struct field *field)
{
	(void)field;
	add_text(schema, "type", "string");
	add_text(schema, "pattern", "^" BYTE_PATTERN "\\." BYTE_PATTERN "$");
}

static void describe_absolute(struct json_object *schema, const struct field *field)
{
	describe_text(schema, field);
	add_text(schema, "pattern", "^(/" COMPONENT_PATTERN ")+$");
}

static void describe_digest(struct json_object *schema, const struct field *field)
{
	char pattern[64];

	(void)snprintf(pattern, sizeof(pattern), "^[0-9a-fA-F]{%zu}$", 2 * field->size);
	add_text(schema, "type", "string");
	add_text(schema, "pattern", pattern);
}

// An object that a string may stand for has both types; other words hold for one of them each.
static void add_text_form(struct json_object *schema, const struct field *field)
{
	struct json_object *types = json_object_new_array();

	(void)json_object_array_add(types, json_object_new_string("object"));
	(void)json_object_array_add(types, json_object_new_string("string"));
	add(schema, "type", types);
	add_text(schema, "pattern", field->text_pattern);
}

static void describe_object(struct json_object *schema, const struct field *field)
{
	add_table(schema, field->members);
	if (field->set_text != NULL)
		add_text_form(schema, field);
}

static void describe_array(struct json_object *schema, const struct field *field)
{
	struct json_object *items = json_object_new_object();

	add_table(items, field->members);
	add_text(schema, "type", "array");
	if (field->min > 0)
		add_number(schema, "minItems", field->min);
	add_number(schema, "maxItems", field->max);
	add(schema, "items", items);
}

static void describe_list(struct json_object *schema, const struct field *field);

static void (*const describe[FIELD_KINDS])(struct json_object *schema,
					   const struct field *field) = {
	[FIELD_NUMBER] = describe_number, [FIELD_WORD] = describe_word,
	[FIELD_SWITCH] = describe_switch, [FIELD_NAME] = describe_name,
	[FIELD_TEXT] = describe_text,	  [FIELD_PATH] = describe_path,
	[FIELD_CPUS] = describe_cpus,	  [FIELD_HEX] = describe_hex,
	[FIELD_BASE64] = describe_base64, [FIELD_MAC] = describe_mac,
	[FIELD_ABI] = describe_abi,	  [FIELD_ABSOLUTE] = describe_absolute,
	[FIELD_OBJECT] = describe_object, [FIELD_ARRAY] = describe_array,
	[FIELD_LIST] = describe_list,	  [FIELD_DIGEST] = describe_digest,
};

static void describe_list(struct json_object *schema, const struct field *field)
{
	const struct field *element = &field->members->fields[0];
	struct json_object *items = json_object_new_object();

	describe[element->kind](items, element);
	add_text(schema, "type", "array");
	add_number(schema, "minItems", field->min);
	add_number(schema, "maxItems", field->max);
	add(schema, "items", items);
}

static void add_table(struct json_object *schema, const struct field_table *table)
{
	struct json_object *properties = json_object_new_object();
	struct json_object *required = json_object_new_array();

	for (size_t i = 0; i < table->n; i++) {
		const struct field *field = &table->fields[i];
		struct json_object *property = json_object_new_object();

		add_text(property, "description", field->help);
		describe[field->kind](property, field);
		add(properties, field->key, property);
		if (field->required)
			(void)json_object_array_add(required, json_object_new_string(field->key));
	}
	add_text(schema, "type", "object");
	add(schema, "additionalProperties", json_object_new_boolean(false));
	add(schema, "required", required);
	add(schema, "properties", properties);
}

char *field_schema(const struct field_table *table, const char *title)
{
	AUTO(json) struct json_object *schema = json_object_new_object();

	add_text(schema, "$schema", "https://json-schema.org/draft/2020-12/schema");
	add_text(schema, "title", title);
	add_table(schema, table);
	return mem_must(strdup(json_object_to_json_string_ext(
		schema, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
				JSON_C_TO_STRING_NOSLASHESCAPE)));
}
