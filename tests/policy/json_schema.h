/* SPDX-License-Identifier: Apache-2.0 */
/* A validator for those words of JSON Schema that guest_schema() uses; others fail the test. */
#ifndef SNPLAUNCH_TESTS_POLICY_JSON_SCHEMA_H
#define SNPLAUNCH_TESTS_POLICY_JSON_SCHEMA_H

#include <json-c/json.h>
#include <regex.h>
#include <string.h>

#include "base/err.h"
#include "tests/unit.h"

/* A member, or NULL. */
static inline struct json_object *get(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	(void)json_object_object_get_ex(object, key, &value);
	return value;
}

typedef bool rule(struct json_object *wanted, struct json_object *value);

/* True when a value follows a schema. */
static bool is_valid(struct json_object *rules, struct json_object *value);

/* One name, or a list of them; no name is a part of another. */
static bool rule_type(struct json_object *wanted, struct json_object *value)
{
	static const char *const names[] = {
		[json_type_boolean] = "\"boolean\"", [json_type_int] = "\"integer\"",
		[json_type_object] = "\"object\"",   [json_type_array] = "\"array\"",
		[json_type_string] = "\"string\"",
	};
	const char *name = names[json_object_get_type(value)];

	return name != NULL && strstr(json_object_to_json_string(wanted), name) != NULL;
}

static bool rule_minimum(struct json_object *wanted, struct json_object *value)
{
	return json_object_get_int64(value) >= json_object_get_int64(wanted);
}

static bool rule_maximum(struct json_object *wanted, struct json_object *value)
{
	return json_object_get_int64(value) < 0 ||
	       json_object_get_uint64(value) <= json_object_get_uint64(wanted);
}

static bool rule_min_length(struct json_object *wanted, struct json_object *value)
{
	return json_object_get_string_len(value) >= json_object_get_int(wanted);
}

static bool rule_max_length(struct json_object *wanted, struct json_object *value)
{
	return json_object_get_string_len(value) <= json_object_get_int(wanted);
}

/* Every pattern of the schema means the same to POSIX and to JSON Schema. */
static bool rule_pattern(struct json_object *wanted, struct json_object *value)
{
	regex_t regex;
	bool matches;

	assert_int_equal(regcomp(&regex, json_object_get_string(wanted), REG_EXTENDED | REG_NOSUB),
			 0);
	matches = regexec(&regex, json_object_get_string(value), 0, NULL, 0) == 0;
	regfree(&regex);
	return matches;
}

static bool rule_const(struct json_object *wanted, struct json_object *value)
{
	return json_object_equal(wanted, value) != 0;
}

static bool rule_enum(struct json_object *wanted, struct json_object *value)
{
	for (size_t i = 0; i < json_object_array_length(wanted); i++)
		if (json_object_equal(json_object_array_get_idx(wanted, i), value))
			return true;
	return false;
}

static bool rule_not(struct json_object *wanted, struct json_object *value)
{
	return !is_valid(wanted, value);
}

static bool rule_one_of(struct json_object *wanted, struct json_object *value)
{
	unsigned int n_valid = 0;

	for (size_t i = 0; i < json_object_array_length(wanted); i++)
		n_valid += is_valid(json_object_array_get_idx(wanted, i), value);
	return n_valid == 1;
}

static bool rule_min_items(struct json_object *wanted, struct json_object *value)
{
	return json_object_array_length(value) >= json_object_get_uint64(wanted);
}

static bool rule_max_items(struct json_object *wanted, struct json_object *value)
{
	return json_object_array_length(value) <= json_object_get_uint64(wanted);
}

static bool rule_items(struct json_object *wanted, struct json_object *value)
{
	for (size_t i = 0; i < json_object_array_length(value); i++)
		if (!is_valid(wanted, json_object_array_get_idx(value, i)))
			return false;
	return true;
}

static bool rule_required(struct json_object *wanted, struct json_object *value)
{
	for (size_t i = 0; i < json_object_array_length(wanted); i++) {
		const char *key = json_object_get_string(json_object_array_get_idx(wanted, i));

		if (!json_object_object_get_ex(value, key, NULL))
			return false;
	}
	return true;
}

/* With additionalProperties false, which a test of its own looks for. */
static bool rule_properties(struct json_object *wanted, struct json_object *value)
{
	json_object_object_foreach (value, key, member)
		if (get(wanted, key) == NULL || !is_valid(get(wanted, key), member))
			return false;
	return true;
}

static bool rule_nothing(struct json_object *wanted, struct json_object *value)
{
	(void)wanted;
	(void)value;
	return true;
}

static const struct {
	const char *word;
	enum json_type applies_to;
	rule *rule;
} schema_words[] = {
	{ "minimum", json_type_int, rule_minimum },
	{ "maximum", json_type_int, rule_maximum },
	{ "minLength", json_type_string, rule_min_length },
	{ "maxLength", json_type_string, rule_max_length },
	{ "pattern", json_type_string, rule_pattern },
	{ "minItems", json_type_array, rule_min_items },
	{ "maxItems", json_type_array, rule_max_items },
	{ "items", json_type_array, rule_items },
	{ "required", json_type_object, rule_required },
	{ "properties", json_type_object, rule_properties },
	// For values of every type:
	{ "type", json_type_null, rule_type },
	{ "enum", json_type_null, rule_enum },
	{ "const", json_type_null, rule_const },
	{ "not", json_type_null, rule_not },
	{ "oneOf", json_type_null, rule_one_of },
	{ "description", json_type_null, rule_nothing },
	{ "title", json_type_null, rule_nothing },
	{ "$schema", json_type_null, rule_nothing },
	{ "additionalProperties", json_type_null, rule_nothing },
};

static bool follows(const char *word, struct json_object *wanted, struct json_object *value)
{
	for (size_t i = 0; i < ARRAY_LEN(schema_words); i++) {
		enum json_type type = schema_words[i].applies_to;

		if (strcmp(schema_words[i].word, word) != 0)
			continue;
		return (type != json_type_null && !json_object_is_type(value, type)) ||
		       schema_words[i].rule(wanted, value);
	}
	fail_msg("the schema has an unknown word: %s", word);
	return false;
}

static bool is_valid(struct json_object *rules, struct json_object *value)
{
	json_object_object_foreach (rules, word, wanted)
		if (!follows(word, wanted, value))
			return false;
	return true;
}

#endif
