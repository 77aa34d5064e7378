/* SPDX-License-Identifier: Apache-2.0 */
/* What reading a guest file and reading one option have in common. */
#ifndef SNPLAUNCH_POLICY_GUEST_READER_H
#define SNPLAUNCH_POLICY_GUEST_READER_H

#include "policy/field.h"
#include "policy/guest.h"
#include "policy/json_file.h"

/* Where values come from and where mistakes go; all members are borrowed. */
struct guest_reader {
	/* The guest file's name, or NULL when 'option' is read. */
	const char *file;
	/* An option's name as it was written, without "--". */
	const char *option;
	/* The guest file's text. */
	const char *text;
	size_t len;
	struct err_list *errors;
};

/* The limits of a guest file and of an option in JSON. */
extern const struct json_limits guest_json_limits;

/* Adds a mistake; counts those that no longer fit. */
void err_list_add(struct err_list *list, const struct err *err);

/*
 * Reads a value into the member of the struct at 'base' that 'field' describes. Mistakes go to the
 * reader's list; what is right is still set, so that one run names all of them.
 */
void guest_reader_read(const struct guest_reader *reader, const struct json_step *step,
		       const struct field *field, void *base, struct json_object *value);

/* Adds one element to an array or to the list of CPU models. */
void guest_reader_append(const struct guest_reader *reader, const struct json_step *step,
			 const struct field *field, void *base, struct json_object *value);

/* A struct to be filled. */
struct guest_target {
	const struct field_table *table;
	char *base;
	/* For an element: its array and its number there. */
	const struct field *array;
	size_t index;
};

/* Reads the members of 'object' into a struct. 'outer' is the way to the object. */
void guest_reader_read_members(const struct guest_reader *reader, const struct json_step *outer,
			       const struct guest_target *target, struct json_object *object);

/* Puts whose mistake 'err' is, and where, in front of it, and adds it to the list. */
void guest_reader_report(const struct guest_reader *reader, const struct json_step *step,
			 enum json_end end, struct err *err);

/*
 * Says why a key is not one: a variable store, a typing mistake, or nothing that is known.
 * 'as_option' writes the suggestion as an option.
 */
void guest_explain_unknown(const struct field_table *table, const char *key, bool as_option,
			   struct err *err);

#endif
