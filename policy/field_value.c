// SPDX-License-Identifier: Apache-2.0
// One function for each kind of value. json-c converts silently, so the type comes first.

#include "policy/field_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/text_base64_decode.h"
#include "base/text_escape.h"
#include "base/text_number.h"
#include "policy/guest.h"

struct type_names {
	const char *wanted;
	const char *found;
};

static const struct type_names type_names[] = {
	[json_type_null] = { "null", "null" },
	[json_type_boolean] = { "true or false", "a boolean" },
	[json_type_double] = { "a number", "a fraction" },
	[json_type_int] = { "a whole number", "a number" },
	[json_type_object] = { "an object", "an object" },
	[json_type_array] = { "an array", "an array" },
	[json_type_string] = { "a string", "a string" },
};

const char *field_value_type_name(struct json_object *value)
{
	return type_names[json_object_get_type(value)].found;
}

int field_value_check_type(struct json_object *value, enum json_type type, struct err *err)
{
	if (json_object_is_type(value, type))
		return 0;
	return err_set(err, ERR_GUEST_FILE, "must be %s, not %s", type_names[type].wanted,
		       field_value_type_name(value));
}

static int set_number(const struct field *field, void *member, struct json_object *value,
		      struct err *err)
{
	uint64_t number = json_object_get_uint64(value);

	// json-c turns what is negative into 0.
	if (json_object_get_int64(value) < 0 || number < field->min || number > field->max)
		return err_set(err, ERR_GUEST_FILE, "must be %" PRIu64 " to %" PRIu64 "%s, not %s",
			       field->min, field->max, field->unit != NULL ? field->unit : "",
			       json_object_get_string(value));
	*(uint32_t *)member = (uint32_t)number;
	return 0;
}

static int set_word(const struct field *field, void *member, struct json_object *value,
		    struct err *err)
{
	const char *word = json_object_get_string(value);
	uint32_t found = words_find(field->words, word);
	char words[WORDS_LIST_SIZE];

	if (found == 0)
		return err_set(err, ERR_GUEST_FILE, "must be %s, not '%s'",
			       words_list(words, field->words, WORDS_ALL, "or"), TEXT_SHOW(word));
	// Every enum of a struct with words starts at 0 and so has the size of an unsigned int.
	*(uint32_t *)member = found;
	return 0;
}

static int set_switch(const struct field *field, void *member, struct json_object *value,
		      struct err *err)
{
	(void)field;
	(void)err;
	*(enum on_off *)member = json_object_get_boolean(value) ? ON_OFF_ON : ON_OFF_OFF;
	return 0;
}

static int set_text(const struct field *field, void *member, struct json_object *value,
		    struct err *err)
{
	const char *text = json_object_get_string(value);

	if (text_copy_field(member, field->max + 1, text) < 0)
		return err_set(err, ERR_GUEST_FILE, "must be at most %" PRIu64 " bytes, not %zu",
			       field->max, strlen(text));
	return 0;
}

int field_value_check_name(const char *name, size_t max, struct err *err)
{
	size_t len = strlen(name);

	if (len > max)
		return err_set(err, ERR_GUEST_FILE, "must be at most %zu bytes, not %zu", max, len);
	if (!text_is_plain_name(name, max))
		return err_set(err, ERR_GUEST_FILE,
			       "must be a letter or digit and then letters, "
			       "digits, '.', '_' or '-', not '%s'",
			       TEXT_SHOW(name));
	return 0;
}

static int set_name(const struct field *field, void *member, struct json_object *value,
		    struct err *err)
{
	if (field_value_check_name(json_object_get_string(value), field->max, err) < 0)
		return -1;
	return set_text(field, member, value, err);
}

static int set_path(const struct field *field, void *member, struct json_object *value,
		    struct err *err)
{
	struct guest_path *path = member;
	const char *text = json_object_get_string(value);

	(void)field;
	if (text[0] == '\0')
		return err_set(err, ERR_GUEST_FILE, "must be a path, not empty");
	if (text_copy_field(path->text, sizeof(path->text), text) < 0)
		return err_set(err, ERR_GUEST_FILE, "must be at most %zu bytes, not %zu",
			       sizeof(path->text) - 1, strlen(text));
	return 0;
}

// True when each name between slashes is one, and not "." or "..".
static bool has_plain_components(const char *path)
{
	while (*path == '/') {
		size_t len = strcspn(++path, "/");

		if (len == 0 || (path[0] == '.' && (len == 1 || (len == 2 && path[1] == '.'))))
			return false;
		path += len;
	}
	return *path == '\0';
}

static bool has_control_bytes(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return true;
	return false;
}

static int set_absolute(const struct field *field, void *member, struct json_object *value,
			struct err *err)
{
	const char *path = json_object_get_string(value);

	if (path[0] != '/')
		return err_set(err, ERR_GUEST_FILE, "must be an absolute path, not '%s'",
			       TEXT_SHOW(path));
	if (!has_plain_components(path))
		return err_set(err, ERR_GUEST_FILE,
			       "must be a path without '//', '.', '..' or a '/' at its end, "
			       "not '%s'",
			       TEXT_SHOW(path));
	if (has_control_bytes(path))
		return err_set(err, ERR_GUEST_FILE,
			       "must be a path without control characters, not '%s'",
			       TEXT_SHOW(path));
	return set_text(field, member, value, err);
}

static int set_hex(const struct field *field, void *member, struct json_object *value,
		   struct err *err)
{
	const char *text = json_object_get_string(value);
	uint64_t number;

	if (strncmp(text, "0x", 2) != 0 || strlen(text) > 2 + 2 * field->size ||
	    text_parse_u64(text, &number) < 0 || number < field->min || number > field->max)
		return err_set(err, ERR_GUEST_FILE,
			       "must be 0x%" PRIx64 " to 0x%" PRIx64 ", not '%s'", field->min,
			       field->max, TEXT_SHOW(text));
	if (field->size == sizeof(uint32_t))
		*(uint32_t *)member = (uint32_t)number;
	else
		*(uint64_t *)member = number;
	return 0;
}

static int set_base64(const struct field *field, void *member, struct json_object *value,
		      struct err *err)
{
	const char *text = json_object_get_string(value);

	if (text_base64_decode(member, field->size, text) < 0)
		return err_set(err, ERR_GUEST_FILE, "must be base64 of %zu bytes, not '%s'",
			       field->size, TEXT_SHOW(text));
	return 0;
}

static bool parse_digest(uint8_t *out, size_t n, const char *text)
{
	if (strlen(text) != 2 * n || strspn(text, "0123456789abcdefABCDEF") != 2 * n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char digits[] = { text[2 * i], text[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(digits, NULL, 16);
	}
	return true;
}

static int set_digest(const struct field *field, void *member, struct json_object *value,
		      struct err *err)
{
	const char *text = json_object_get_string(value);

	if (!parse_digest(member, field->size, text))
		return err_set(err, ERR_GUEST_FILE, "must be %zu hexadecimal digits, not '%s'",
			       2 * field->size, TEXT_SHOW(text));
	return 0;
}

static bool parse_mac(uint8_t *out, const char *text)
{
	static const char form[] = "xx:xx:xx:xx:xx:xx";

	if (strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
		if (strchr(form[i] == ':' ? ":" : "0123456789abcdefABCDEF", text[i]) == NULL)
			return false;
	for (size_t i = 0; i < PLAN_MAC_BYTES; i++)
		out[i] = (uint8_t)strtoul(text + 3 * i, NULL, 16); // stops at ':' or the end
	return true;
}

static int set_mac(const struct field *field, void *member, struct json_object *value,
		   struct err *err)
{
	static const uint8_t zero[PLAN_MAC_BYTES];
	const char *text = json_object_get_string(value);

	(void)field;
	if (!parse_mac(member, text))
		return err_set(err, ERR_GUEST_FILE,
			       "must be an address such as 52:54:00:12:34:56, not '%s'",
			       TEXT_SHOW(text));
	// IEEE 802: the lowest bit of the first byte means a group of cards.
	if ((*(uint8_t *)member & 1) != 0 || memcmp(member, zero, sizeof(zero)) == 0)
		return err_set(err, ERR_GUEST_FILE,
			       "must be the address of one card (first byte even, not all zero), "
			       "not '%s'",
			       text);
	return 0;
}

static int set_abi(const struct field *field, void *member, struct json_object *value,
		   struct err *err)
{
	struct guest_policy *policy = member;
	const char *text = json_object_get_string(value);
	char major[8] = "";
	char minor[8] = "";
	uint64_t numbers[2];

	(void)field;
	if (strlen(text) > 7 || sscanf(text, "%7[0-9].%7[0-9]", major, minor) != 2 ||
	    strlen(major) + 1 + strlen(minor) != strlen(text) ||
	    text_parse_u64(major, &numbers[0]) < 0 || text_parse_u64(minor, &numbers[1]) < 0 ||
	    numbers[0] > UINT8_MAX || numbers[1] > UINT8_MAX)
		return err_set(err, ERR_GUEST_FILE,
			       "must be a version such as 1.51, each number at most %d, not '%s'",
			       UINT8_MAX, TEXT_SHOW(text));
	policy->abi_major = (uint8_t)numbers[0];
	policy->abi_minor = (uint8_t)numbers[1];
	return 0;
}

struct setter {
	enum json_type type;
	int (*set)(const struct field *field, void *member, struct json_object *value,
		   struct err *err);
};

static const struct setter setters[FIELD_KINDS] = {
	[FIELD_NUMBER] = { json_type_int, set_number },
	[FIELD_WORD] = { json_type_string, set_word },
	[FIELD_SWITCH] = { json_type_boolean, set_switch },
	[FIELD_NAME] = { json_type_string, set_name },
	[FIELD_TEXT] = { json_type_string, set_text },
	[FIELD_PATH] = { json_type_string, set_path },
	[FIELD_HEX] = { json_type_string, set_hex },
	[FIELD_BASE64] = { json_type_string, set_base64 },
	[FIELD_MAC] = { json_type_string, set_mac },
	[FIELD_ABI] = { json_type_string, set_abi },
	[FIELD_ABSOLUTE] = { json_type_string, set_absolute },
	[FIELD_DIGEST] = { json_type_string, set_digest },
};

int field_value_set(const struct field *field, void *base, struct json_object *value,
		    bool from_file, struct err *err)
{
	const struct setter *setter = &setters[field->kind];
	void *member = field_member(field, base);

	if (field_value_check_type(value, setter->type, err) < 0 ||
	    setter->set(field, member, value, err) < 0)
		return -1;
	if (field->has_offset != 0)
		*(bool *)((char *)base + field->has_offset) = true;
	if (field->kind == FIELD_PATH)
		((struct guest_path *)member)->from_file = from_file;
	return 0;
}

int field_value_add_cpu(const struct field *field, void *base, struct json_object *value,
			struct err *err)
{
	struct guest_cpus *cpus = field_member(field, base);
	const char *name;

	if (field_value_check_type(value, json_type_string, err) < 0)
		return -1;
	name = json_object_get_string(value);
	if (cpus->n == GUEST_CPUS_MAX)
		return err_set(err, ERR_GUEST_FILE, "more than %d elements", GUEST_CPUS_MAX);
	if (strchr(name, ',') != NULL)
		return err_set(err, ERR_GUEST_FILE,
			       "must be one CPU model, not '%s': make a list of them in a guest "
			       "file, or repeat --cpu",
			       TEXT_SHOW(name));
	if (field_value_check_name(name, field->max, err) < 0)
		return -1;
	return text_copy_field(cpus->names[cpus->n++], PLAN_WORD_SIZE, name);
}
