/* SPDX-License-Identifier: Apache-2.0 */
/* Puts one JSON value into one member: type, range and form are checked here and nowhere else. */
#ifndef SNPLAUNCH_POLICY_FIELD_VALUE_H
#define SNPLAUNCH_POLICY_FIELD_VALUE_H

#include <json-c/json.h>

#include "base/err.h"
#include "policy/field.h"

/*
 * Sets the member of the struct at 'base' that 'field' describes. 'from_file' goes into paths.
 * Not for objects, arrays, lists and CPU lists: these hold values. 'text' of 'err' says what the
 * value must be, not whose it is: "must be 1 to 512, not 0". Its kind is ERR_GUEST_FILE.
 */
int field_value_set(const struct field *field, void *base, struct json_object *value,
		    bool from_file, struct err *err) MUST_CHECK;

/* Adds one CPU model's name; the same rules. */
int field_value_add_cpu(const struct field *field, void *base, struct json_object *value,
			struct err *err) MUST_CHECK;

/* Fails unless 'name' is a plain one of at most 'max' bytes; the same rules. */
int field_value_check_name(const char *name, size_t max, struct err *err) MUST_CHECK;

/* Fails unless a value has the JSON type, naming both: "must be a string, not a number". */
int field_value_check_type(struct json_object *value, enum json_type type,
			   struct err *err) MUST_CHECK;

/* What a value is, for messages: "a string". */
const char *field_value_type_name(struct json_object *value);

#endif
