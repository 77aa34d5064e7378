// SPDX-License-Identifier: Apache-2.0
// json-c behind a strict scanner. Places are found only for messages, by walking the text again.

#include "policy/json_file.h"

#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"

// json-c counts the value inside the deepest array too, and needs a spare level.
#define JSON_C_SPARE_DEPTH 2

const struct json_limits json_file_limits = {
	.bytes_max = JSON_FILE_BYTES_MAX,
	.depth_max = 16,
	// More than any file can use, with its disks and networks.
	.keys_max = 256,
	.kind = ERR_GUEST_FILE,
};

static void free_tokener(struct json_tokener **tokener)
{
	if (*tokener != NULL)
		json_tokener_free(*tokener);
}

DEFINE_AUTO(tokener, struct json_tokener *, free_tokener);

int json_file_parse(const char *text, size_t len, const struct json_limits *limits,
		    struct json_object **out, struct json_place *place, struct err *err)
{
	AUTO(tokener) struct json_tokener *tokener = NULL;

	if (json_scan(text, len, limits, place, err) < 0)
		return -1;
	tokener = json_tokener_new_ex((int)limits->depth_max + JSON_C_SPARE_DEPTH);
	if (tokener == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	// Not JSON_TOKENER_STRICT: the scanner is, and json-c 0.18 then refuses what is no ASCII.
	*out = json_tokener_parse_ex(tokener, text, (int)len);
	// A number at the very end could go on: the terminating NUL ends it.
	if (json_tokener_get_error(tokener) == json_tokener_continue)
		*out = json_tokener_parse_ex(tokener, "", 1);
	if (json_tokener_get_error(tokener) != json_tokener_success)
		return err_set(err, ERR_BUG, "json-c: %s",
			       json_tokener_error_desc(json_tokener_get_error(tokener)));
	return 0;
}

static const char *skip_space(const char *at)
{
	return at + strspn(at, " \t\r\n");
}

// From a string's opening quote to behind its closing one.
static const char *skip_string(const char *at)
{
	at++;
	while (*at != '"')
		at += *at == '\\' ? 2 : 1;
	return at + 1;
}

// From a value to behind it. Brackets match, for the text has been scanned.
static const char *skip_value(const char *at)
{
	unsigned int depth = 0;

	do {
		at = skip_space(at);
		if (*at == '"') {
			at = skip_string(at);
			continue;
		}
		if (*at == '{' || *at == '[')
			depth++;
		else if (*at == '}' || *at == ']')
			depth--;
		at++;
	} while (depth > 0);
	return at + strcspn(at, ",:]} \t\r\n");
}

static const char *skip_key(const char *at)
{
	at = skip_space(skip_string(at));
	return skip_space(at + 1);
}

static const char *find(const char *text, const struct json_step *step, enum json_end end)
{
	const char *at;

	if (step == NULL)
		return skip_space(text);
	at = skip_space(find(text, step->outer, JSON_VALUE) + 1);
	for (size_t i = 0; i < step->index; i++) {
		at = skip_space(skip_value(step->key != NULL ? skip_key(at) : at));
		at = skip_space(at + 1);
	}
	return step->key != NULL && end == JSON_VALUE ? skip_key(at) : at;
}

struct json_place json_file_place(const char *text, size_t len, const struct json_step *step,
				  enum json_end end)
{
	return json_place_of(text, len, (size_t)(find(text, step, end) - text));
}

char *json_step_name(char *out, size_t size, const struct json_step *step)
{
	size_t used;

	out[0] = '\0';
	if (step == NULL)
		return out;
	json_step_name(out, size, step->outer);
	used = strlen(out);
	if (step->key == NULL)
		(void)snprintf(out + used, size - used, "[%zu]", step->index);
	else
		(void)snprintf(out + used, size - used, "%s%s", used > 0 ? "." : "",
			       TEXT_SHOW(step->key));
	return out;
}
