// SPDX-License-Identifier: Apache-2.0
// The schema, the reader and the options agree: values at every limit of every key go through a
// small validator of the schema's words and through the reader, which must say the same.

#include "tests/unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "policy/guest.h"
#include "policy/json_file.h"
#include "tests/policy/json_quotes.h"
#include "tests/policy/json_schema.h"

static struct json_object *schema;

static int make_schema(void **state)
{
	AUTO(mem) char *text = guest_schema();

	(void)state;
	schema = json_tokener_parse(text);
	return schema == NULL ? -1 : 0;
}

static int drop_schema(void **state)
{
	(void)state;
	json_put(&schema);
	return 0;
}

// In 'text' single quotes stand for double ones.
static struct json_object *parse(const char *text)
{
	AUTO(mem) char *json = json_quotes(text);

	return json_tokener_parse(json);
}

// --- Documents with one value in one place -------------------------------------------------------

// Values that are right for the required keys.
static const char *const right_values[] = { "{}", "'off'", "'raw'", "'tap'", "'x'" };

static struct json_object *right_value(struct json_object *rules)
{
	for (size_t i = 0; i < ARRAY_LEN(right_values); i++) {
		struct json_object *value = parse(right_values[i]);

		if (is_valid(rules, value))
			return value;
		json_object_put(value);
	}
	fail_msg("no right value for %s", json_object_get_string(rules));
	return NULL;
}

// An object with its required members and 'key' set to 'value'.
static struct json_object *object_with(struct json_object *rules, const char *key,
				       struct json_object *value)
{
	struct json_object *required = get(rules, "required");
	struct json_object *object = json_object_new_object();

	for (size_t i = 0; i < json_object_array_length(required); i++) {
		const char *name = json_object_get_string(json_object_array_get_idx(required, i));

		if (strcmp(name, key) != 0)
			json_object_object_add(object, name,
					       right_value(get(get(rules, "properties"), name)));
	}
	json_object_object_add(object, key, json_object_get(value));
	return object;
}

static bool reader_accepts(struct json_object *document)
{
	static struct guest guest;
	static struct err_list errors;
	const char *text = json_object_to_json_string(document);

	memset(&guest, 0, sizeof(guest));
	memset(&errors, 0, sizeof(errors));
	return guest_read(&guest, "web.json", text, strlen(text), &errors) == 0;
}

static void compare_document(struct json_object *document)
{
	bool valid = is_valid(schema, document);

	if (reader_accepts(document) != valid)
		fail_msg("the schema %s, the reader does not: %.300s",
			 valid ? "accepts" : "refuses", json_object_to_json_string(document));
}

// Calls 'try' with a document for each place a value can stand: keys, members, members of elements.
static void compare_value(struct json_object *value)
{
	json_object_object_foreach (get(schema, "properties"), key, rules) {
		AUTO(json) struct json_object *top = object_with(schema, key, value);
		struct json_object *items = get(rules, "items");
		struct json_object *inner = items != NULL ? items : rules;

		compare_document(top);
		if (get(inner, "properties") == NULL)
			continue;
		json_object_object_foreach (get(inner, "properties"), member, unused) {
			struct json_object *object = object_with(inner, member, value);
			AUTO(json) struct json_object *document = NULL;

			(void)unused;
			if (items != NULL) {
				struct json_object *array = json_object_new_array();

				json_object_array_add(array, object);
				object = array;
			}
			document = object_with(schema, key, object);
			json_object_put(object);
			compare_document(document);
		}
	}
}

static void compare_text(const char *json)
{
	AUTO(json) struct json_object *value = parse(json);

	assert_non_null(value);
	compare_value(value);
}

// --- Tests ---------------------------------------------------------------------------------------

static void is_a_draft_2020_12_schema_without_other_keys(void **state)
{
	(void)state;
	assert_string_equal(json_object_get_string(get(schema, "$schema")),
			    "https://json-schema.org/draft/2020-12/schema");
	assert_string_equal(json_object_get_string(get(schema, "required")), "[ \"level\" ]");
}

static size_t count_properties(struct json_object *rules, const char *outer, size_t index)
{
	assert_false(json_object_get_boolean(get(rules, "additionalProperties")));
	assert_true(json_object_is_type(get(rules, "additionalProperties"), json_type_boolean));
	json_object_object_foreach (get(rules, "properties"), key, property) {
		struct json_object *items = get(property, "items");
		char name[64];

		(void)snprintf(name, sizeof(name), "%s%s%s", outer, outer[0] != '\0' ? "." : "",
			       key);
		assert_string_equal(name, guest_key_at(index));
		assert_true(strlen(json_object_get_string(get(property, "description"))) > 0);
		index++;
		if (items != NULL)
			index = count_properties(items, key, index);
		else if (get(property, "properties") != NULL)
			index = count_properties(property, key, index);
	}
	return index;
}

static void properties_are_the_keys_in_order(void **state)
{
	(void)state;
	assert_null(guest_key_at(count_properties(schema, "", 0)));
}

static void compare_number(int64_t number)
{
	AUTO(json) struct json_object *value = json_object_new_int64(number);

	compare_value(value);
}

static void agrees_on_numbers(void **state)
{
	static const char *const fixed[] = {
		"0",
		"-1",
		"1",
		"9223372036854775807",
		"9223372036854775808",
		"18446744073709551615",
		"-9223372036854775808",
		"1.5",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		compare_text(fixed[i]);
	json_object_object_foreach (get(schema, "properties"), key, rules) {
		const char *const words[] = { "minimum", "maximum" };

		(void)key;
		for (size_t i = 0; i < ARRAY_LEN(words) && get(rules, words[i]) != NULL; i++) {
			int64_t limit = json_object_get_int64(get(rules, words[i]));

			for (int64_t number = limit - 1; number <= limit + 1; number++)
				compare_number(number);
		}
	}
}

static void agrees_on_words(void **state)
{
	(void)state;
	json_object_object_foreach (get(schema, "properties"), key, rules) {
		struct json_object *words = get(rules, "enum");

		(void)key;
		for (size_t i = 0; words != NULL && i < json_object_array_length(words); i++)
			compare_value(json_object_array_get_idx(words, i));
	}
	compare_text("'raw'");
	compare_text("'qcow2'");
	compare_text("'qcow'");
	compare_text("'tap'");
	compare_text("'passt'");
}

static const char *const strings[] = {
	"''",
	"'a'",
	"'9'",
	"'-'",
	"'a b'",
	"'a\\nb'",
	"'a\\n'",
	"'.a'",
	"'a.b_c-D'",
	"'0x'",
	"'0x0'",
	"'0x00'",
	"'0x1'",
	"'0X1'",
	"'0x01'",
	"'0xffffffff'",
	"'0xFFFFFFFF'",
	"'0x100000000'",
	"'0x000000001'",
	"'0xffffffffffffffff'",
	"'0x10000000000000000'",
	"'0x1g'",
	"'1'",
	"' 0x1'",
	"'0x1 '",
	"'1.51'",
	"'0.0'",
	"'255.255'",
	"'256.0'",
	"'0.256'",
	"'01.1'",
	"'1.01'",
	"'1.'",
	"'.1'",
	"'1.1.1'",
	"'199.200'",
	"'249.250'",
	"'0x30000'",
	"'0x3ffffff'",
	"'0x4030000'",
	"'0x330000'",
	"'0x310000'",
	"'0x0000000000020000'",
	"'0x00000000000020000'",
	"'0x000000003bFfFf'",
	"'52:54:00:12:34:56'",
	"'52:54:00:AB:cd:Ef'",
	"'53:54:00:12:34:56'",
	"'00:00:00:00:00:00'",
	"'00:00:00:00:00:01'",
	"'52-54-00-12-34-56'",
	"'52:54:00:12:34'",
	"'52:54:00:12:34:56:78'",
	"'52:54:00:12:34:5'",
	"'AAAAAAAAAAAAAAAAAAAAAA=='",
	"'AAAAAAAAAAAAAAAAAAAAAQ=='",
	"'AAAAAAAAAAAAAAAAAAAAAB=='",
	"'AAAAAAAAAAAAAAAAAAAAAA='",
	"'AAAAAAAAAAAAAAAAAAAAAAA='",
	"'AAAAAAAAAAAAAAAAAAAAAAAA'",
	"'AAAAAAAAAAAAAAAAAAAAA+/='",
	"'AAAAAAAAAAAAAAAAAAAAA-=='",
	"'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='",
	"'+/9AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE='",
	"'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB='",
	"'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=='",
	"'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'",
};

static void agrees_on_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		compare_text(strings[i]);
}

static void agrees_on_the_length_of_strings(void **state)
{
	static const size_t lengths[] = {
		15, 16, 20, 21, 63, 64, 65, 4095, 4096,
	};
	char text[4097];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		AUTO(json) struct json_object *value = NULL;

		memset(text, 'x', lengths[i]);
		value = json_object_new_string_len(text, (int)lengths[i]);
		compare_value(value);
	}
}

static void agrees_on_other_types(void **state)
{
	static const char *const values[] = {
		"true",
		"false",
		"[]",
		"{}",
		"[{}]",
		"[[]]",
		"['a']",
		"[1]",
		"['a','b']",
		"['a',1]",
		"['a b']",
		"['']",
		"{'a':1}",
		"[true]",
		"[['a']]",
		"['1','2','3','4','5','6','7','8']",
		"['1','2','3','4','5','6','7','8','9']",
		"{'smt':true}",
		"{'block':'a','auth':'b'}",
		"{'block':'a'}",
		"{'dh_cert':'a','session':'b'}",
		"{'session':'b'}",
		"[{'path':'a','format':'raw'}]",
		"[{'path':'a'}]",
		"[{'format':'raw'}]",
		"[{'path':'a','format':'raw','x':1}]",
		"[{'kind':'tap','device':'a'}]",
		"[{'kind':'tap'}]",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++)
		compare_text(values[i]);
}

static void agrees_on_the_length_of_arrays(void **state)
{
	static const char *const elements[] = {
		"{'path':'a','format':'raw'}",
		"{'kind':'tap','device':'t'}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(elements); i++) {
		AUTO(json) struct json_object *array = json_object_new_array();

		for (size_t n = 1; n <= PLAN_DISKS_MAX + 1; n++) {
			struct json_object *element = parse(elements[i]);
			char device[16];

			if (get(element, "device") != NULL) {
				(void)snprintf(device, sizeof(device), "t%zu", n);
				json_object_object_add(element, "device",
						       json_object_new_string(device));
			}
			json_object_array_add(array, element);
			compare_value(array);
		}
	}
}

static void unknown_keys_are_refused_by_both(void **state)
{
	AUTO(json) struct json_object *value = json_object_new_int(1);
	AUTO(json) struct json_object *document = object_with(schema, "unknown", value);

	(void)state;
	assert_false(is_valid(schema, document));
	assert_false(reader_accepts(document));
}

// What a shell would pass for a value: strings bare, the rest as JSON.
static bool option_accepts(const char *key, struct json_object *value)
{
	static struct guest guest;
	uint64_t given = 0;
	struct err err;

	memset(&guest, 0, sizeof(guest));
	return guest_set_option(&guest, key, json_object_get_string(value), &given, &err) == 0;
}

static void options_take_what_the_schema_takes(void **state)
{
	static const char *const values[] = {
		"1",
		"64",
		"512",
		"513",
		"3600000",
		"3600001",
		"true",
		"false",
		"'a'",
		"''",
		"'off'",
		"'sev'",
		"'kvm'",
		"'exit'",
		"'log'",
		"'accept'",
		"'0x1'",
		"'0x0'",
		"'AAAAAAAAAAAAAAAAAAAAAA=='",
		"'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		AUTO(json) struct json_object *value = parse(values[i]);

		json_object_object_foreach (get(schema, "properties"), key, rules) {
			// Options have no types: 1 is also a name, 0x1 a number, off a switch.
			AUTO(json)
			struct json_object *string =
				json_object_new_string(json_object_get_string(value));
			bool valid = is_valid(rules, value) || is_valid(rules, string);

			if (valid && !option_accepts(key, value))
				fail_msg("the option --%s refuses %s", key, values[i]);
			if (!valid && option_accepts(key, value))
				assert_true(strcmp(values[i], "'off'") == 0 ||
					    strcmp(values[i], "'0x1'") == 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_a_draft_2020_12_schema_without_other_keys),
		cmocka_unit_test(properties_are_the_keys_in_order),
		cmocka_unit_test(agrees_on_numbers),
		cmocka_unit_test(agrees_on_words),
		cmocka_unit_test(agrees_on_strings),
		cmocka_unit_test(agrees_on_the_length_of_strings),
		cmocka_unit_test(agrees_on_other_types),
		cmocka_unit_test(agrees_on_the_length_of_arrays),
		cmocka_unit_test(unknown_keys_are_refused_by_both),
		cmocka_unit_test(options_take_what_the_schema_takes),
	};

	return cmocka_run_group_tests_name("policy/guest_schema", tests, make_schema, drop_schema);
}
