/* SPDX-License-Identifier: Apache-2.0 */
/* JSON text that somebody else wrote, read strictly: one value, known members, right types. */
#ifndef SNPLAUNCH_QMP_JSON_H
#define SNPLAUNCH_QMP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/json_scan.h"

static inline void qmp_json_release(struct json_object **value)
{
	(void)json_object_put(*value); // whether it was the last reference does not matter
	*value = NULL;
}

DEFINE_AUTO(json, struct json_object *, qmp_json_release);

/*
 * Reads one JSON object of at most 'values_max' values: json-c takes up to 800 bytes for a value
 * of three. Owner: caller, AUTO(json). Errors: limits->kind.
 */
int qmp_json_read(struct json_object **out, const char *text, size_t len,
		  const struct json_limits *limits, size_t values_max, struct err *err) MUST_CHECK;

/* The same for a file that people may write, of whose mistakes the line and column are told. */
int qmp_json_read_file(struct json_object **out, const char *text, size_t len,
		       const struct json_limits *limits, size_t values_max,
		       struct err *err) MUST_CHECK;

/* How a member of an object becomes a member of a struct. */
enum qmp_field_kind {
	QMP_FIELD_KIND_BOOL, /* bool */
	QMP_FIELD_KIND_UINT, /* uint8_t, uint32_t, uint64_t: not negative, and it fits */
	QMP_FIELD_KIND_TEXT, /* char[]: for people; escaped, and cut where it is too long */
	QMP_FIELD_KIND_NAME, /* char[]: must be a plain name (text_is_plain_name()) that fits */
	QMP_FIELD_KIND_WORD, /* uint32_t or enum: place in 'words', 0 for a word not there */
	QMP_FIELD_KIND_LINE, /* char[]: must be printable ASCII that fits; kept as it is */
	QMP_FIELD_KIND_HEX,  /* like UINT, from a string such as "0x1d" */
};

struct qmp_field {
	const char *key;
	enum qmp_field_kind kind;
	size_t offset;
	size_t size;
	bool optional; /* an absent member leaves the struct's as it is */
	const char *const *words;
	size_t n_words;
};

/* A field whose kind follows from the C type of struct 'type's 'member'. */
#define QMP_FIELD(type, member, json_key, ...) \
	{ \
		.key = (json_key), .offset = offsetof(type, member), \
	  .size = sizeof(((type *)0)->member), \
	  .kind = _Generic(((type *)0)->member, \
		  bool: QMP_FIELD_KIND_BOOL, uint8_t: QMP_FIELD_KIND_UINT, \
		  uint32_t: QMP_FIELD_KIND_UINT, uint64_t: QMP_FIELD_KIND_UINT, \
		  char *: QMP_FIELD_KIND_TEXT), __VA_ARGS__ \
	}

#define QMP_FIELD_NAME(type, member, json_key, ...) \
	{ \
		.key = (json_key), .offset = offsetof(type, member), \
		.size = sizeof(((type *)0)->member), .kind = QMP_FIELD_KIND_NAME, __VA_ARGS__ \
	}

#define QMP_FIELD_LINE(type, member, json_key, ...) \
	{ \
		.key = (json_key), .offset = offsetof(type, member), \
		.size = sizeof(((type *)0)->member), .kind = QMP_FIELD_KIND_LINE, __VA_ARGS__ \
	}

#define QMP_FIELD_HEX(type, member, json_key) \
	{ \
		.key = (json_key), .offset = offsetof(type, member), \
		.size = sizeof(((type *)0)->member), .kind = QMP_FIELD_KIND_HEX \
	}

#define QMP_FIELD_WORD(type, member, json_key, word_table, ...) \
	{ \
		.key = (json_key), .offset = offsetof(type, member), \
		.size = sizeof(((type *)0)->member), .kind = QMP_FIELD_KIND_WORD, \
		.words = (word_table), .n_words = ARRAY_LEN(word_table), __VA_ARGS__ \
	}

/*
 * Reads the members of 'object' that 'fields' names into 'out'; others are left alone.
 * Errors: 'kind', naming the member: "member 'status' must be a string".
 */
int qmp_fields_read(void *out, struct json_object *object, const struct qmp_field *fields,
		    size_t n_fields, enum err_kind kind, struct err *err) MUST_CHECK;

/* Finds a member of a type. Errors: 'kind', when it is missing or has another type. Borrowed. */
int qmp_member_find(struct json_object **out, struct json_object *object, const char *key,
		    enum json_type type, enum err_kind kind, struct err *err) MUST_CHECK;

#endif
