// SPDX-License-Identifier: Apache-2.0
// Writes captures.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "host/capture.h"
#include "host/capture_fields.h"
#include "host/facts_json.h"
#include "host/probe.h"

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	(void)json_object_object_add(object, key, value);
}

static struct json_object *hex_json(uint64_t number, int digits)
{
	char text[CAPTURE_HEX_SIZE];

	(void)snprintf(text, sizeof(text), "0x%0*" PRIx64, digits, number);
	return json_object_new_string(text);
}

static struct json_object *field_json(const void *from, const struct qmp_field *field)
{
	uint64_t number = 0;

	memcpy(&number, (const char *)from + field->offset, field->size);
	if (field->kind == QMP_FIELD_KIND_BOOL)
		return json_object_new_boolean(number != 0);
	if (field->kind == QMP_FIELD_KIND_HEX)
		return hex_json(number, 1);
	return json_object_new_uint64(number);
}

static struct json_object *answer_json(const struct host_readings *readings,
				       const struct capture_answer *answer)
{
	const void *from = (const char *)readings + answer->offset;
	struct json_object *object = json_object_new_object();
	uint32_t state;

	memcpy(&state, from, sizeof(state));
	add(object, "state", json_object_new_string(reading_state_word((enum reading_state)state)));
	for (size_t i = 0; i < answer->n_fields; i++)
		if (state == READING_DONE || strcmp(answer->fields[i].key, "errno") == 0 ||
		    strcmp(answer->fields[i].key, "fw_error") == 0)
			add(object, answer->fields[i].key, field_json(from, &answer->fields[i]));
	return object;
}

static struct json_object *cpuid_json(const struct host_readings *readings)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < HOST_LEAVES; i++) {
		const struct cpuid_registers *leaf = &readings->leaves[i];
		const uint32_t registers[] = { leaf->eax, leaf->ebx, leaf->ecx, leaf->edx };
		struct json_object *list = json_object_new_array();
		char key[CAPTURE_HEX_SIZE];

		for (size_t r = 0; r < ARRAY_LEN(registers); r++)
			(void)json_object_array_add(list, hex_json(registers[r], 8));
		(void)snprintf(key, sizeof(key), "0x%08x", host_leaf_numbers[i]);
		add(object, key, list);
	}
	return object;
}

static struct json_object *msrs_json(const struct host_readings *readings)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < HOST_MSRS; i++) {
		char key[CAPTURE_HEX_SIZE];

		(void)snprintf(key, sizeof(key), "0x%08x", host_msr_numbers[i]);
		if (readings->msrs[i].is_read)
			add(object, key, hex_json(readings->msrs[i].value, 1));
	}
	return object;
}

static struct json_object *texts_json(const struct host_readings *readings)
{
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < HOST_TEXTS; i++) {
		const struct reading *reading = &readings->texts[i];
		struct json_object *why;

		if (reading->state == READING_NONE)
			continue;
		if (reading->state == READING_DONE) {
			add(object, reading_rows[i].key, json_object_new_string(reading->text));
			continue;
		}
		why = json_object_new_object();
		add(why, "state", json_object_new_string(reading_state_word(reading->state)));
		add(object, reading_rows[i].key, why);
	}
	return object;
}

static struct json_object *images_json(const struct host_readings *readings)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < readings->n_images; i++) {
		const struct host_image *image = &readings->images[i];
		struct json_object *object = json_object_new_object();
		struct json_object *levels = json_object_new_array();

		for (enum host_level level = 0; level < HOST_LEVELS; level++)
			if ((image->levels & 1U << level) != 0)
				(void)json_object_array_add(
					levels, json_object_new_string(host_level_word(level)));
		add(object, "path", json_object_new_string(image->path));
		add(object, "levels", levels);
		add(object, "kernel_hashes", json_object_new_boolean(image->kernel_hashes));
		(void)json_object_array_add(list, object);
	}
	return list;
}

static struct json_object *facts_json(const struct host_facts *facts)
{
	AUTO(mem) char *text = NULL;
	size_t len;

	text = host_facts_write(facts, &len);
	return json_tokener_parse(text);
}

char *capture_write(const struct host_readings *readings, const struct host_facts *facts,
		    size_t *len)
{
	AUTO(json) struct json_object *top = json_object_new_object();
	char *text;

	add(top, "format", json_object_new_int(CAPTURE_FORMAT));
	add(top, "machine", json_object_new_string(readings->machine));
	add(top, "release", json_object_new_string(readings->release));
	add(top, "by_root", json_object_new_boolean(readings->by_root));
	if (readings->cpuid_read)
		add(top, "cpuid", cpuid_json(readings));
	add(top, "msrs", msrs_json(readings));
	add(top, "texts", texts_json(readings));
	if (readings->memlock_read)
		add(top, "memlock_bytes", hex_json(readings->memlock_bytes, 1));
	for (size_t i = 0; i < CAPTURE_ANSWERS; i++)
		add(top, capture_answers[i].key, answer_json(readings, &capture_answers[i]));
	add(top, "sev_device",
	    json_object_new_string(reading_state_word((enum reading_state)readings->sev_device)));
	if (readings->images_read)
		add(top, "images", images_json(readings));
	if (facts != NULL)
		add(top, "facts", facts_json(facts));
	text = mem_must(strdup(json_object_to_json_string_ext(
		top, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE)));
	*len = strlen(text);
	return text;
}
