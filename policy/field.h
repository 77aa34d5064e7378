/* SPDX-License-Identifier: Apache-2.0 */
/* A row that describes one member of a struct: its key, its kind and its limits. */
#ifndef SNPLAUNCH_POLICY_FIELD_H
#define SNPLAUNCH_POLICY_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "policy/words.h"

/* What a key holds, from the C type of its member. */
enum field_kind {
	FIELD_NUMBER,	/* uint32_t: a JSON integer */
	FIELD_WORD,	/* an enum: one of 'words' */
	FIELD_SWITCH,	/* enum on_off: true or false */
	FIELD_NAME,	/* char []: a plain name */
	FIELD_TEXT,	/* char []: any text, also an empty one */
	FIELD_PATH,	/* struct guest_path */
	FIELD_CPUS,	/* struct guest_cpus: one name or an array of names */
	FIELD_HEX,	/* uint32_t or uint64_t: a string "0x..." */
	FIELD_BASE64,	/* uint8_t []: exactly as many bytes */
	FIELD_MAC,	/* uint8_t [PLAN_MAC_BYTES]: "52:54:00:12:34:56" */
	FIELD_ABI,	/* struct guest_policy: "1.51" */
	FIELD_ABSOLUTE, /* char []: an absolute path in canonical form */
	FIELD_DIGEST,	/* uint8_t []: exactly as many bytes, two hexadecimal digits each */
	FIELD_OBJECT,	/* a struct with 'members' */
	FIELD_ARRAY,	/* structs with 'members' */
	FIELD_LIST,	/* plain values, each as the only row of 'members' says */
	FIELD_KINDS,
};

struct field_table;

struct field {
	const char *key;
	/* One line for --help and the schema, without the limits that the row states. */
	const char *help;
	enum field_kind kind;
	/* Of the member; for FIELD_ARRAY and FIELD_LIST the size of one element. */
	size_t offset;
	size_t size;
	/* Of the bool that tells "given"; 0 where a zeroed member does. */
	size_t has_offset;
	/* The range of a number, of a string's bytes, of the elements of an array or a list. */
	uint64_t min;
	uint64_t max;
	const char *unit;
	const struct words *words;
	const struct field_table *members;
	/* FIELD_OBJECT: reads a string, a number such as "0x30000", that stands for all members. */
	int (*set_text)(void *member, const char *text, struct err *err);
	/* What such a string looks like, for the schema. */
	const char *text_pattern;
	/* FIELD_ARRAY and FIELD_LIST: of the size_t that counts its elements. */
	size_t count_offset;
	/* The levels that know this key, one bit (1 << enum level) each; 0 is every level. */
	uint32_t levels;
	/* The key of the same object without which this one means nothing. */
	const char *needs;
	bool required;
	/* Differs between the elements of an array. */
	bool unique;
	/* What holds for a key that is absent and has no value then; for people. */
	const char *absent;
};

struct field_table {
	const struct field *fields;
	size_t n;
	/* Says why there never will be such a key; NULL, or returns NULL, where it may be a mistake. */
	const char *(*refusal)(const char *key);
};

/* The row of a key, NULL when there is none. */
const struct field *field_find(const struct field_table *table, const char *key);

/* The member of the struct at 'base' that a row describes. */
void *field_member(const struct field *field, void *base);
const void *field_const_member(const struct field *field, const void *base);

/* True for the kinds that hold a counted number of elements. */
bool field_is_counted(const struct field *field);

/* The counter of such a kind. */
size_t *field_count(const struct field *field, void *base);

/* True when somebody gave the key: the member is not zero, or its has_ flag is set. */
bool field_is_given(const struct field *field, const void *base);

/*
 * The known key that 'key' is the beginning of, or that is at most two typing mistakes away;
 * NULL when there is none.
 */
const char *field_suggest(const struct field_table *table, const char *key);

#endif
