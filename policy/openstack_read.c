// SPDX-License-Identifier: Apache-2.0
// Reads the JSON that the openstack client prints of an image or a flavor.

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/text_escape.h"
#include "policy/field_reader.h"
#include "policy/field_value.h"
#include "policy/openstack_table.h"

#define AGGREGATE "aggregate_instance_extra_specs:"

// The client prints null for what an image or a flavor does not have.
static const struct json_limits limits = {
	.bytes_max = JSON_FILE_BYTES_MAX,
	.depth_max = 16,
	.keys_max = 1024,
	.null_allowed = true,
	.kind = ERR_GUEST_FILE,
};

struct reading {
	struct field_reader reader;
	struct openstack_file *file;
	enum openstack_side side;
};

static const char *const nouns[OPENSTACK_SIDES] = { "image properties", "flavor" };

// --- Values --------------------------------------------------------------------------------------

// Both clients print values as strings; some print truth values and numbers as what they are.
static int copy_value(char out[static OPENSTACK_TEXT_SIZE], struct json_object *value,
		      struct err *err)
{
	enum json_type type = json_object_get_type(value);
	const char *text = json_object_get_string(value);

	if (type != json_type_string && type != json_type_boolean && type != json_type_int)
		return err_set(err, ERR_GUEST_FILE, "must be a string, not %s",
			       field_value_type_name(value));
	if (text[0] == '\0')
		return err_set(err, ERR_GUEST_FILE, "must not be empty");
	if (text_copy_field(out, OPENSTACK_TEXT_SIZE, text) < 0)
		return err_set(err, ERR_GUEST_FILE, "must be at most %d bytes, not %zu",
			       OPENSTACK_TEXT_SIZE - 1, strlen(text));
	return 0;
}

static int set_property(struct reading *reading, enum openstack_property property,
			struct json_object *value, struct err *err)
{
	char *text = reading->file->values[property];

	if (copy_value(text, value, err) < 0)
		return -1;
	if (openstack_rows[property].is_truth_value && openstack_truth(text) == ON_OFF_UNSET)
		return err_set(err, ERR_GUEST_FILE,
			       "must be true or false, not '%s', which Nova would take for false",
			       TEXT_SHOW(text));
	return 0;
}

static int add_requirement(struct reading *reading, const char *name, struct json_object *value,
			   struct err *err)
{
	struct openstack_file *file = reading->file;
	struct openstack_requirement *added = &file->requirements[file->n_requirements];

	if (file->n_requirements == OPENSTACK_REQUIREMENTS_MAX)
		return err_set(err, ERR_GUEST_FILE, "is one of more than %d requirements",
			       OPENSTACK_REQUIREMENTS_MAX);
	if (copy_value(added->value, value, err) < 0)
		return -1;
	if (text_copy_field(added->property, sizeof(added->property), name) < 0)
		return err_set(err, ERR_GUEST_FILE, "has a name of more than %d bytes",
			       OPENSTACK_TEXT_SIZE - 1);
	added->is_aggregate = strncmp(name, AGGREGATE, strlen(AGGREGATE)) == 0;
	added->name = strchr(added->property, ':') + 1;
	if (!added->is_aggregate && strcmp(added->value, "required") != 0 &&
	    strcmp(added->value, "forbidden") != 0)
		return err_set(err, ERR_GUEST_FILE, "must be required or forbidden, not '%s'",
			       TEXT_SHOW(added->value));
	file->n_requirements++;
	return 0;
}

// --- Names ---------------------------------------------------------------------------------------

// "trait:NAME", and "trait1:NAME" of a numbered group.
static bool is_requirement(const char *name)
{
	return strncmp(name, AGGREGATE, strlen(AGGREGATE)) == 0 ||
	       (strncmp(name, "trait", strlen("trait")) == 0 && strchr(name, ':') != NULL);
}

static bool is_hardware(const char *name)
{
	return strncmp(name, "hw_", 3) == 0 || strncmp(name, "hw:", 3) == 0;
}

// Nova ignores a name that it does not know, and with it what somebody asked for.
static int take_unknown(struct reading *reading, const char *name, struct err *err)
{
	enum openstack_side other =
		reading->side == OPENSTACK_IMAGE ? OPENSTACK_FLAVOR : OPENSTACK_IMAGE;
	enum openstack_property theirs = openstack_find(other, name);
	const char *meant = openstack_suggest(reading->side, name);
	struct openstack_file *file = reading->file;

	if (theirs < OPENSTACK_PROPERTIES)
		return err_set(
			err, ERR_GUEST_FILE, "is a property of %ss, which Nova ignores here%s%s",
			openstack_side_words[other],
			openstack_rows[theirs].names[reading->side] != NULL ? ": write " : "",
			openstack_rows[theirs].names[reading->side] != NULL ?
				openstack_rows[theirs].names[reading->side] :
				"");
	if (is_hardware(name) && meant != NULL)
		return err_set(err, ERR_GUEST_FILE,
			       "unknown property, which Nova ignores: did you mean '%s'?", meant);
	if (file->n_unused < OPENSTACK_UNUSED_MAX)
		(void)snprintf(file->unused[file->n_unused++], OPENSTACK_TEXT_SIZE, "%s", name);
	return 0;
}

static int take_property(struct reading *reading, const char *name, struct json_object *value,
			 struct err *err)
{
	enum openstack_property property = openstack_find(reading->side, name);

	if (property < OPENSTACK_PROPERTIES)
		return set_property(reading, property, value, err);
	if (is_requirement(name))
		return add_requirement(reading, name, value, err);
	return take_unknown(reading, name, err);
}

// --- Both forms of properties --------------------------------------------------------------------

static void read_object(struct reading *reading, const struct json_step *outer,
			struct json_object *properties)
{
	struct json_step step = { .outer = outer };
	struct err err;

	json_object_object_foreach (properties, name, value) {
		step.key = name;
		if (take_property(reading, name, value, &err) < 0)
			field_reader_report(&reading->reader, &step, JSON_VALUE, &err);
		step.index++;
	}
}

// A value ends at a quote with a comma or nothing behind it. Returns where, or NULL.
static const char *end_of_value(const char *at)
{
	for (at = strchr(at, '\''); at != NULL; at = strchr(at + 1, '\''))
		if (at[1] == '\0' || strncmp(at, "', ", 3) == 0)
			return at;
	return NULL;
}

static int add_pair(struct json_object *properties, const char **at, struct err *err)
{
	const char *value = strstr(*at, "='");
	const char *end = value != NULL ? end_of_value(value + 2) : NULL;
	char name[OPENSTACK_TEXT_SIZE];

	if (end == NULL || value == *at || (size_t)(value - *at) >= sizeof(name))
		return err_set(err, ERR_GUEST_FILE, "must be text such as a='b', c='d', not '%s'",
			       TEXT_SHOW(*at));
	(void)snprintf(name, sizeof(name), "%.*s", (int)(value - *at), *at);
	if (json_object_object_get_ex(properties, name, NULL))
		return err_set(err, ERR_GUEST_FILE, "property '%s' appears twice", TEXT_SHOW(name));
	value += 2;
	(void)json_object_object_add(properties, name,
				     json_object_new_string_len(value, (int)(end - value)));
	*at = end[1] == '\0' ? end + 1 : end + 3;
	return 0;
}

// As clients before version 4 print properties: "a='b', c='d'".
static void read_text(struct reading *reading, const struct json_step *step, const char *text)
{
	AUTO(json) struct json_object *properties = json_object_new_object();
	struct err err;

	while (*text != '\0')
		if (add_pair(properties, &text, &err) < 0) {
			field_reader_report(&reading->reader, step, JSON_VALUE, &err);
			return;
		}
	json_object_object_foreach (properties, name, value)
		if (take_property(reading, name, value, &err) < 0) {
			(void)err_context(&err, "property '%s'", TEXT_SHOW(name));
			field_reader_report(&reading->reader, step, JSON_VALUE, &err);
		}
}

// --- Files ---------------------------------------------------------------------------------------

// The limits are those of the guest file's keys.
static const struct field size_rows[] = {
	{ .key = "vcpus",
	  .kind = FIELD_NUMBER,
	  .offset = offsetof(struct openstack_file, vcpus),
	  .min = 1,
	  .max = PLAN_VCPUS_MAX },
	{ .key = "ram",
	  .kind = FIELD_NUMBER,
	  .offset = offsetof(struct openstack_file, memory_mib),
	  .min = PLAN_MEMORY_MIB_MIN,
	  .max = PLAN_MEMORY_MIB_MAX,
	  .unit = " MiB" },
};
static const struct field_table sizes = { .fields = size_rows, .n = ARRAY_LEN(size_rows) };

// A key that only the other side's client prints.
static const char *const foreign_keys[OPENSTACK_SIDES] = { "vcpus", "disk_format" };

// An image may have no name, and neither decides anything.
static int take_label(char out[static OPENSTACK_TEXT_SIZE], struct json_object *value,
		      struct err *err)
{
	if (value == NULL || json_object_get_string_len(value) == 0)
		return 0;
	return copy_value(out, value, err);
}

static int take_member(struct reading *reading, const char *key, struct json_object *value,
		       struct err *err)
{
	struct openstack_file *file = reading->file;
	const struct field *size = field_find(&sizes, key);

	if (strcmp(key, foreign_keys[reading->side]) == 0)
		return err_set(err, ERR_GUEST_FILE, "is no key of what 'openstack %s show' prints",
			       openstack_side_words[reading->side]);
	if (is_hardware(key))
		return err_set(err, ERR_GUEST_FILE, "belongs into key 'properties'");
	if (strcmp(key, "name") == 0)
		return take_label(file->name, value, err);
	if (strcmp(key, "id") == 0)
		return take_label(file->id, value, err);
	if (reading->side == OPENSTACK_FLAVOR && size != NULL)
		return field_value_set(size, file, value, true, err);
	return 0;
}

static void read_properties(struct reading *reading, const struct json_step *step,
			    struct json_object *properties)
{
	struct err err;

	if (json_object_is_type(properties, json_type_object)) {
		read_object(reading, step, properties);
	} else if (json_object_is_type(properties, json_type_string)) {
		read_text(reading, step, json_object_get_string(properties));
	} else if (properties != NULL) {
		(void)err_set(&err, ERR_GUEST_FILE, "must be an object or a string, not %s",
			      field_value_type_name(properties));
		field_reader_report(&reading->reader, step, JSON_VALUE, &err);
	}
}

static void read_members(struct reading *reading, struct json_object *root)
{
	struct json_step step = { .outer = NULL };
	struct err err;

	json_object_object_foreach (root, key, value) {
		step.key = key;
		if (strcmp(key, "properties") == 0)
			read_properties(reading, &step, value);
		else if (take_member(reading, key, value, &err) < 0)
			field_reader_report(&reading->reader, &step, JSON_VALUE, &err);
		step.index++;
	}
}

// Any object would do as one without properties, so it must at least be that of something.
static int check_root(const struct reading *reading, struct json_object *root, struct err *err)
{
	if (field_value_check_type(root, json_type_object, err) < 0)
		return -1;
	if (!json_object_object_get_ex(root, "id", NULL) &&
	    !json_object_object_get_ex(root, "name", NULL))
		return err_set(err, ERR_GUEST_FILE,
			       "needs key 'id' or 'name': is this what 'openstack %s show -f json' "
			       "prints?",
			       openstack_side_words[reading->side]);
	return 0;
}

int openstack_read(struct openstack *openstack, enum openstack_side side,
		   const struct openstack_text *input, struct err_list *errors)
{
	struct reading reading = {
		.reader = { .noun = nouns[side],
			    .file = input->file,
			    .text = input->text,
			    .len = input->len,
			    .errors = errors },
		.file = &openstack->files[side],
		.side = side,
	};
	size_t n_before = err_list_total(errors);
	AUTO(json) struct json_object *root = NULL;
	struct json_place place = { 1, 1 };
	struct err err;

	reading.file->is_given = true;
	if (json_file_parse(input->text, input->len, &limits, &root, &place, &err) < 0) {
		(void)err_context(&err, "%s '%s':%u:%u", nouns[side], TEXT_SHOW(input->file),
				  place.line, place.column);
		err_list_add(errors, &err);
	} else if (check_root(&reading, root, &err) < 0) {
		field_reader_report(&reading.reader, NULL, JSON_VALUE, &err);
	} else {
		read_members(&reading, root);
	}
	return err_list_total(errors) == n_before ? 0 : -1;
}
