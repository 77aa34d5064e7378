/* SPDX-License-Identifier: Apache-2.0 */
/* A growing list of command-line arguments, and flat JSON objects to put into it. */
#ifndef SNPLAUNCH_BASE_ARGV_H
#define SNPLAUNCH_BASE_ARGV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"

/* Owns its strings. items[n] is NULL, as execve() wants it; a zeroed struct is empty. */
struct argv {
	char **items;
	size_t n;
};

/* Appends a copy of 'item'. */
void argv_push(struct argv *argv, const char *item);

/* Appends a formatted item: for integers and words from our own tables only. */
void argv_pushf(struct argv *argv, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Appends two copies: an option and its value. */
void argv_push_pair(struct argv *argv, const char *option, const char *value);

void argv_release(struct argv *argv);

DEFINE_AUTO(argv, struct argv, argv_release);

/*
 * A JSON object without nesting, written member by member. Every string is quoted and escaped
 * here, so a value can never become syntax.
 */
struct json_text {
	char *bytes;
	size_t len;
};

void json_text_word(struct json_text *object, const char *key, const char *value);
void json_text_number(struct json_text *object, const char *key, uint64_t value);
void json_text_bool(struct json_text *object, const char *key, bool value);

/* A member whose value is null: where QEMU must not look for a default in a file. */
void json_text_null(struct json_text *object, const char *key);

/* A member whose value is /dev/fdset/N. */
void json_text_fdset(struct json_text *object, const char *key, unsigned int fdset);

/* A member whose value is /proc/self/fd/N. */
void json_text_fd_path(struct json_text *object, const char *key, int fd);

/* A member whose value is base64 of 'len' bytes. */
void json_text_base64(struct json_text *object, const char *key, const uint8_t *bytes, size_t len);

/* Appends 'option' and the object, and releases the object. */
void argv_push_json(struct argv *argv, const char *option, struct json_text *object);

#endif
