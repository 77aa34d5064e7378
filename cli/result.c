// SPDX-License-Identifier: Apache-2.0
// Prints a JSON object as text: what people and programs read comes from one place.

#include "cli/result.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/text_escape.h"

#define KEY_WIDTH 24
// Of a table; what stands behind them is not aligned.
#define COLUMNS_MAX 8

void result_add_object(struct json_object *object, const char *key, struct json_object *value)
{
	(void)json_object_object_add(object, key, value);
}

void result_add(struct json_object *object, const char *key, const char *value)
{
	result_add_object(object, key, json_object_new_string(value));
}

void result_add_number(struct json_object *object, const char *key, uint64_t value)
{
	result_add_object(object, key, json_object_new_uint64(value));
}

void result_add_bool(struct json_object *object, const char *key, bool value)
{
	result_add_object(object, key, json_object_new_boolean(value));
}

void result_add_hex(struct json_object *object, const char *key, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "0x%" PRIx64, value);
	result_add(object, key, text);
}

void result_add_bytes(struct json_object *object, const char *key, const uint8_t *bytes, size_t len)
{
	AUTO(mem) char *text = mem_zeroed(2 * len + 1, 1);

	for (size_t i = 0; i < len; i++)
		(void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	result_add(object, key, text);
}

static const char *text_of(struct json_object *value)
{
	if (json_object_is_type(value, json_type_boolean))
		return json_object_get_boolean(value) ? "yes" : "no";
	return json_object_get_string(value);
}

static void print_value(struct json_object *value, int padding)
{
	const char *text = text_of(value);
	size_t len = strlen(text);
	// Each byte is at most four.
	AUTO(mem) char *escaped = mem_zeroed(4 * len + 4, 1);

	printf("%-*s", padding, text_escape(escaped, 4 * len + 4, text, len));
}

static void print_values(struct json_object *list)
{
	size_t n = json_object_array_length(list);

	for (size_t i = 0; i < n; i++) {
		fputs(i == 0 ? "" : ", ", stdout);
		print_value(json_object_array_get_idx(list, i), 0);
	}
	if (n == 0)
		fputs("none", stdout);
}

// A padding of 0 is none.
static void print_cell(struct json_object *value, int padding)
{
	if (json_object_is_type(value, json_type_array))
		print_values(value);
	else
		print_value(value, padding);
}

// "key value, key value"
static void print_members(struct json_object *object)
{
	const char *separator = "";

	json_object_object_foreach (object, key, value) {
		printf("%s%s ", separator, key);
		print_cell(value, 0);
		separator = ", ";
	}
	putchar('\n');
}

static void widen(int widths[static COLUMNS_MAX], struct json_object *row)
{
	size_t column = 0;

	json_object_object_foreach (row, key, value) {
		int width = (int)strlen(text_of(value));

		(void)key;
		if (column < COLUMNS_MAX && width > widths[column])
			widths[column] = width;
		column++;
	}
}

static void print_row(struct json_object *row, const int widths[static COLUMNS_MAX])
{
	int left = json_object_object_length(row);
	size_t column = 0;

	json_object_object_foreach (row, key, value) {
		bool last = --left == 0;

		(void)key;
		print_cell(value, last || column >= COLUMNS_MAX ? 0 : widths[column]);
		fputs(last ? "" : "  ", stdout);
		column++;
	}
	putchar('\n');
}

static void print_table(struct json_object *rows)
{
	int widths[COLUMNS_MAX] = { 0 };

	for (size_t i = 0; i < json_object_array_length(rows); i++)
		widen(widths, json_object_array_get_idx(rows, i));
	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		printf("%*s", i == 0 ? 0 : KEY_WIDTH, "");
		print_row(json_object_array_get_idx(rows, i), widths);
	}
}

static bool is_table(struct json_object *list)
{
	return json_object_array_length(list) > 0 &&
	       json_object_is_type(json_object_array_get_idx(list, 0), json_type_object);
}

void result_print_text(struct json_object *result)
{
	json_object_object_foreach (result, key, value) {
		printf("%-*s", KEY_WIDTH, key);
		if (json_object_is_type(value, json_type_object)) {
			print_members(value);
		} else if (json_object_is_type(value, json_type_array) && is_table(value)) {
			print_table(value);
		} else {
			print_cell(value, 0);
			putchar('\n');
		}
	}
}

void result_print_json(struct json_object *result)
{
	puts(json_object_to_json_string_ext(result, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
}

int result_flush(struct err *err)
{
	return fflush(stdout) == 0 ? 0 : err_sys(err, "cannot write to standard output");
}

int result_print(struct json_object *result, bool json_wanted, struct err *err)
{
	if (json_wanted)
		result_print_json(result);
	else
		result_print_text(result);
	return result_flush(err);
}
