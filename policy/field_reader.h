/* SPDX-License-Identifier: Apache-2.0 */
/* Reads JSON into a struct along a table of keys: whole files, and single options. */
#ifndef SNPLAUNCH_POLICY_FIELD_READER_H
#define SNPLAUNCH_POLICY_FIELD_READER_H

#include "policy/err_list.h"
#include "policy/field.h"
#include "policy/json_file.h"

/* Where values come from and where mistakes go; all members are borrowed. */
struct field_reader {
	/* What is read, for messages, such as "guest file"; and its name. NULL for an option. */
	const char *noun;
	const char *file;
	/* An option's name as it was written, without "--". */
	const char *option;
	/* The file's text. */
	const char *text;
	size_t len;
	struct err_list *errors;
};

/*
 * Reads the text of a whole file into the struct at 'base', over what is there:
 * "guest file 'web.json':12:7: key 'vcpus': must be 1 to 512, not 0".
 * Errors: -1 and at least one ERR_GUEST_FILE in the reader's list.
 */
int field_reader_read_file(const struct field_reader *reader, const struct field_table *table,
			   void *base) MUST_CHECK;

/*
 * Reads a value into the member of the struct at 'base' that 'field' describes. Mistakes go to the
 * reader's list; what is right is still set, so that one run names all of them.
 */
void field_reader_read(const struct field_reader *reader, const struct json_step *step,
		       const struct field *field, void *base, struct json_object *value);

/* Adds one element to an array, a list or the list of CPU models. */
void field_reader_append(const struct field_reader *reader, const struct json_step *step,
			 const struct field *field, void *base, struct json_object *value);

/* A struct to be filled. */
struct field_target {
	const struct field_table *table;
	char *base;
	/* For an element: its array and its number there. */
	const struct field *array;
	size_t index;
};

/* Reads the members of 'object' into a struct. 'outer' is the way to the object. */
void field_reader_read_members(const struct field_reader *reader, const struct json_step *outer,
			       const struct field_target *target, struct json_object *object);

/* Puts whose mistake 'err' is, and where, in front of it, and adds it to the list. */
void field_reader_report(const struct field_reader *reader, const struct json_step *step,
			 enum json_end end, struct err *err);

/*
 * Says why a key is not one: the table's refusal, a typing mistake, or nothing that is known.
 * 'as_option' writes the suggestion as an option.
 */
void field_explain_unknown(const struct field_table *table, const char *key, bool as_option,
			   struct err *err);

#endif
