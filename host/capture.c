// SPDX-License-Identifier: Apache-2.0
// Reads captures: strictly, because they come from elsewhere.

#include "host/capture.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/text_escape.h"
#include "host/capture_fields.h"
#include "host/facts_json.h"
#include "host/probe.h"

#define DEPTH_MAX 6
#define VALUES_MAX 10000

static int read_state(uint32_t *state, struct json_object *value, struct err *err)
{
	const char *word =
		json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";

	for (enum reading_state i = READING_NONE; i < READING_STATES; i++)
		if (strcmp(word, reading_state_word(i)) == 0) {
			*state = i;
			return 0;
		}
	return err_set(err, ERR_INPUT, "a state must be none, done, absent, denied or failed");
}

static int read_hex(uint64_t *number, struct json_object *value, uint64_t max, struct err *err)
{
	const char *text =
		json_object_is_type(value, json_type_string) ? json_object_get_string(value) : "";
	size_t n = strlen(text);
	char *end = NULL;

	if (n < 3 || n > 18 || strncmp(text, "0x", 2) != 0 ||
	    strspn(text + 2, "0123456789abcdefABCDEF") != n - 2)
		return err_set(err, ERR_INPUT, "must be a string such as \"0x1d\"");
	*number = strtoull(text, &end, 16);
	return *number <= max ? 0 : err_set(err, ERR_INPUT, "%s is too large", text);
}

// Fixed text of our own structs: printable ASCII, where lines are wanted with line feeds.
static int read_string(char *out, size_t size, struct json_object *value, bool lines,
		       struct err *err)
{
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return err_set(err, ERR_INPUT, "must be a string");
	text = json_object_get_string(value);
	if ((size_t)json_object_get_string_len(value) != strlen(text) || strlen(text) >= size)
		return err_set(err, ERR_INPUT, "must have fewer than %zu bytes", size);
	for (const char *byte = text; *byte != '\0'; byte++)
		if ((*byte < ' ' || *byte > '~') && !(lines && *byte == '\n'))
			return err_set(err, ERR_INPUT, "must be printable ASCII");
	return text_copy_field(out, size, text);
}

static int read_machine(struct host_readings *readings, struct json_object *value, struct err *err)
{
	return read_string(readings->machine, sizeof(readings->machine), value, false, err);
}

static int read_release(struct host_readings *readings, struct json_object *value, struct err *err)
{
	return read_string(readings->release, sizeof(readings->release), value, false, err);
}

static int read_by_root(struct host_readings *readings, struct json_object *value, struct err *err)
{
	if (!json_object_is_type(value, json_type_boolean))
		return err_set(err, ERR_INPUT, "must be true or false");
	readings->by_root = json_object_get_boolean(value);
	return 0;
}

static int read_leaf(struct cpuid_registers *leaf, struct json_object *list, struct err *err)
{
	uint32_t *const registers[] = { &leaf->eax, &leaf->ebx, &leaf->ecx, &leaf->edx };

	if (!json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) != ARRAY_LEN(registers))
		return err_set(err, ERR_INPUT, "must be a list of four registers");
	for (size_t r = 0; r < ARRAY_LEN(registers); r++) {
		uint64_t number;

		if (read_hex(&number, json_object_array_get_idx(list, r), UINT32_MAX, err) < 0)
			return -1;
		*registers[r] = (uint32_t)number;
	}
	return 0;
}

// The place of a number that a key names as "0x8000001f".
static int find_number(size_t *place, const char *key, const uint32_t *numbers, size_t n,
		       struct err *err)
{
	for (*place = 0; *place < n; ++*place) {
		char expected[CAPTURE_HEX_SIZE];

		(void)snprintf(expected, sizeof(expected), "0x%08x", numbers[*place]);
		if (strcmp(key, expected) == 0)
			return 0;
	}
	return err_set(err, ERR_INPUT, "unknown member '%s'", TEXT_SHOW(key));
}

static int refuse_no_object(struct json_object *value, struct err *err)
{
	return json_object_is_type(value, json_type_object) ?
		       0 :
		       err_set(err, ERR_INPUT, "must be an object");
}

static int read_cpuid(struct host_readings *readings, struct json_object *object, struct err *err)
{
	size_t place;

	if (refuse_no_object(object, err) < 0)
		return -1;
	json_object_object_foreach (object, key, value) {
		if (find_number(&place, key, host_leaf_numbers, HOST_LEAVES, err) < 0)
			return -1;
		if (read_leaf(&readings->leaves[place], value, err) < 0)
			return err_context(err, "%s", key);
	}
	readings->cpuid_read = true;
	return 0;
}

static int read_msrs(struct host_readings *readings, struct json_object *object, struct err *err)
{
	size_t place;

	if (refuse_no_object(object, err) < 0)
		return -1;
	json_object_object_foreach (object, key, value) {
		if (find_number(&place, key, host_msr_numbers, HOST_MSRS, err) < 0)
			return -1;
		if (read_hex(&readings->msrs[place].value, value, UINT64_MAX, err) < 0)
			return err_context(err, "%s", key);
		readings->msrs[place].is_read = true;
	}
	return 0;
}

static int read_text(struct reading *reading, struct json_object *value, struct err *err)
{
	struct json_object *word;
	uint32_t state;

	if (!json_object_is_type(value, json_type_object)) {
		reading->state = READING_DONE;
		return read_string(reading->text, sizeof(reading->text), value, true, err);
	}
	if (json_object_object_length(value) != 1 ||
	    !json_object_object_get_ex(value, "state", &word))
		return err_set(err, ERR_INPUT, "must be a string or a state");
	if (read_state(&state, word, err) < 0)
		return -1;
	if (state == READING_DONE)
		return err_set(err, ERR_INPUT, "a text that was read is a string");
	reading->state = (enum reading_state)state;
	return 0;
}

static int read_texts(struct host_readings *readings, struct json_object *object, struct err *err)
{
	if (refuse_no_object(object, err) < 0)
		return -1;
	json_object_object_foreach (object, key, value) {
		size_t i = 0;

		while (i < HOST_TEXTS && strcmp(key, reading_rows[i].key) != 0)
			i++;
		if (i == HOST_TEXTS)
			return err_set(err, ERR_INPUT, "unknown member '%s'", TEXT_SHOW(key));
		if (read_text(&readings->texts[i], value, err) < 0)
			return err_context(err, "%s", reading_rows[i].key);
	}
	return 0;
}

static int read_memlock(struct host_readings *readings, struct json_object *value, struct err *err)
{
	readings->memlock_read = true;
	return read_hex(&readings->memlock_bytes, value, UINT64_MAX, err);
}

static int read_sev_device(struct host_readings *readings, struct json_object *value,
			   struct err *err)
{
	return read_state(&readings->sev_device, value, err);
}

static bool answer_has(const struct capture_answer *answer, const char *key)
{
	for (size_t i = 0; i < answer->n_fields; i++)
		if (strcmp(answer->fields[i].key, key) == 0)
			return true;
	return strcmp(key, "state") == 0;
}

static int read_answer(struct host_readings *readings, struct json_object *object,
		       const struct capture_answer *answer, struct err *err)
{
	struct qmp_field fields[CAPTURE_FIELDS_MAX];
	void *to = (char *)readings + answer->offset;
	struct json_object *word;
	uint32_t state;

	assert(answer->n_fields <= ARRAY_LEN(fields));
	if (refuse_no_object(object, err) < 0)
		return -1;
	json_object_object_foreach (object, key, value) {
		(void)value;
		if (!answer_has(answer, key))
			return err_set(err, ERR_INPUT, "unknown member '%s'", TEXT_SHOW(key));
	}
	if (qmp_member_find(&word, object, "state", json_type_string, ERR_INPUT, err) < 0 ||
	    read_state(&state, word, err) < 0)
		return -1;
	memcpy(fields, answer->fields, answer->n_fields * sizeof(*fields));
	for (size_t i = 0; i < answer->n_fields; i++)
		fields[i].optional = true;
	memcpy(to, &state, sizeof(state));
	return qmp_fields_read(to, object, fields, answer->n_fields, ERR_INPUT, err);
}

static int read_image(struct host_image *image, struct json_object *object, struct err *err)
{
	struct json_object *path;
	struct json_object *levels;
	struct json_object *hashes;

	if (refuse_no_object(object, err) < 0 ||
	    qmp_member_find(&path, object, "path", json_type_string, ERR_INPUT, err) < 0 ||
	    qmp_member_find(&levels, object, "levels", json_type_array, ERR_INPUT, err) < 0 ||
	    qmp_member_find(&hashes, object, "kernel_hashes", json_type_boolean, ERR_INPUT, err) <
		    0 ||
	    read_string(image->path, sizeof(image->path), path, false, err) < 0)
		return -1;
	image->kernel_hashes = json_object_get_boolean(hashes);
	for (size_t i = 0; i < json_object_array_length(levels); i++) {
		struct json_object *level = json_object_array_get_idx(levels, i);
		enum host_level which = 0;

		while (which < HOST_LEVELS && json_object_is_type(level, json_type_string) &&
		       strcmp(json_object_get_string(level), host_level_word(which)) != 0)
			which++;
		if (which == HOST_LEVELS || !json_object_is_type(level, json_type_string))
			return err_set(err, ERR_INPUT, "levels are sev, sev-es and sev-snp");
		image->levels |= 1U << which;
	}
	return 0;
}

static int read_images(struct host_readings *readings, struct json_object *list, struct err *err)
{
	if (!json_object_is_type(list, json_type_array) ||
	    json_object_array_length(list) > HOST_IMAGES_MAX)
		return err_set(err, ERR_INPUT, "must be a list of at most %d", HOST_IMAGES_MAX);
	readings->images_read = true;
	for (; readings->n_images < json_object_array_length(list); readings->n_images++)
		if (read_image(&readings->images[readings->n_images],
			       json_object_array_get_idx(list, readings->n_images), err) < 0)
			return err_context(err, "item %zu", readings->n_images);
	return 0;
}

static const struct member {
	const char *key;
	int (*read)(struct host_readings *readings, struct json_object *value, struct err *err);
} members[] = {
	{ "machine", read_machine },
	{ "release", read_release },
	{ "by_root", read_by_root },
	{ "cpuid", read_cpuid },
	{ "msrs", read_msrs },
	{ "texts", read_texts },
	{ "images", read_images },
	{ "memlock_bytes", read_memlock },
	{ "sev_device", read_sev_device },
};

static int read_member(struct host_readings *readings, const char *key, struct json_object *value,
		       struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++)
		if (strcmp(members[i].key, key) == 0)
			return members[i].read(readings, value, err);
	for (size_t i = 0; i < CAPTURE_ANSWERS; i++)
		if (strcmp(capture_answers[i].key, key) == 0)
			return read_answer(readings, value, &capture_answers[i], err);
	return err_set(err, ERR_INPUT, "is not known");
}

static int read_top(struct host_readings *readings, struct host_facts *facts,
		    struct json_object *top, struct err *err)
{
	struct json_object *format;

	if (qmp_member_find(&format, top, "format", json_type_int, ERR_INPUT, err) < 0)
		return -1;
	if (json_object_get_int64(format) != CAPTURE_FORMAT)
		return err_set(err, ERR_INPUT, "member 'format' must be %d, not %s", CAPTURE_FORMAT,
			       json_object_get_string(format));
	json_object_object_foreach (top, key, value) {
		int result = 0;

		if (strcmp(key, "facts") == 0) {
			result = refuse_no_object(value, err) < 0 ?
					 -1 :
					 host_facts_read_object(facts, value, err);
			readings->has_qemu = true;
			readings->qemu = &facts->qemu;
		} else if (strcmp(key, "format") != 0) {
			result = read_member(readings, key, value, err);
		}
		if (result < 0)
			return err_context(err, "member '%s'", TEXT_SHOW(key));
	}
	return 0;
}

int capture_read(struct host_readings *readings, struct host_facts *facts, const char *text,
		 size_t len, struct err *err)
{
	const struct json_limits limits = {
		.bytes_max = CAPTURE_BYTES_MAX,
		.depth_max = DEPTH_MAX,
		.keys_max = VALUES_MAX,
		.kind = ERR_INPUT,
	};
	AUTO(json) struct json_object *top = NULL;

	memset(readings, 0, sizeof(*readings));
	memset(facts, 0, sizeof(*facts));
	if (qmp_json_read_file(&top, text, len, &limits, VALUES_MAX, err) < 0)
		return -1;
	return read_top(readings, facts, top, err);
}
