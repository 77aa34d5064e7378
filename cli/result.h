/* SPDX-License-Identifier: Apache-2.0 */
/* What a command found, as one JSON object that is printed for people or for programs. */
#ifndef SNPLAUNCH_CLI_RESULT_H
#define SNPLAUNCH_CLI_RESULT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* Members of an object. */
void result_add(struct json_object *object, const char *key, const char *value);
void result_add_number(struct json_object *object, const char *key, uint64_t value);
void result_add_bool(struct json_object *object, const char *key, bool value);
/* As "0x1f". */
void result_add_hex(struct json_object *object, const char *key, uint64_t value);
/* As hexadecimal digits, two a byte. */
void result_add_bytes(struct json_object *object, const char *key, const uint8_t *bytes,
		      size_t len);

/* Hands 'value' over to the object. */
void result_add_object(struct json_object *object, const char *key, struct json_object *value);

/*
 * Prints an object to standard output: as JSON, or each member as a line of its key and its value.
 * An array of objects becomes a table without heads. All text is escaped.
 */
int result_print(struct json_object *result, bool json_wanted, struct err *err) MUST_CHECK;

/* The same without the end of standard output, where more follows. */
void result_print_text(struct json_object *result);
void result_print_json(struct json_object *result);

/* Sees to it that all was written. */
int result_flush(struct err *err) MUST_CHECK;

#endif
