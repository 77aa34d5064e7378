// SPDX-License-Identifier: Apache-2.0
// Argument lists and the flat JSON objects inside them.

#include "base/argv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"

static void push_owned(struct argv *argv, char *item)
{
	argv->items = mem_resize(argv->items, argv->n + 2, sizeof(*argv->items));
	argv->items[argv->n++] = item;
	argv->items[argv->n] = NULL;
}

void argv_push(struct argv *argv, const char *item)
{
	push_owned(argv, mem_string(item));
}

void argv_pushf(struct argv *argv, const char *fmt, ...)
{
	char *item;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vasprintf(&item, fmt, args);
	va_end(args);
	if (len < 0) {
		log_error("out of memory");
		abort();
	}
	push_owned(argv, item);
}

void argv_push_pair(struct argv *argv, const char *option, const char *value)
{
	argv_push(argv, option);
	argv_push(argv, value);
}

void argv_release(struct argv *argv)
{
	for (size_t i = 0; i < argv->n; i++)
		free(argv->items[i]);
	free(argv->items);
	*argv = (struct argv){ 0 };
}

static void append(struct json_text *object, const char *bytes, size_t len)
{
	object->bytes = mem_resize(object->bytes, object->len + len + 1, 1);
	memcpy(object->bytes + object->len, bytes, len);
	object->len += len;
	object->bytes[object->len] = '\0';
}

static void append_quoted(struct json_text *object, const char *string)
{
	append(object, "\"", 1);
	for (; *string != '\0'; string++) {
		unsigned char byte = (unsigned char)*string;
		char escape[7];

		if (byte < 0x20 || byte == '"' || byte == '\\') {
			(void)snprintf(escape, sizeof(escape), "\\u%04x", byte);
			append(object, escape, 6);
		} else {
			append(object, string, 1);
		}
	}
	append(object, "\"", 1);
}

static void append_key(struct json_text *object, const char *key)
{
	append(object, object->len == 0 ? "{" : ",", 1);
	append_quoted(object, key);
	append(object, ":", 1);
}

void json_text_word(struct json_text *object, const char *key, const char *value)
{
	append_key(object, key);
	append_quoted(object, value);
}

void json_text_number(struct json_text *object, const char *key, uint64_t value)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%" PRIu64, value);

	append_key(object, key);
	append(object, digits, (size_t)len);
}

void json_text_bool(struct json_text *object, const char *key, bool value)
{
	append_key(object, key);
	append(object, value ? "true" : "false", value ? 4 : 5);
}

void json_text_null(struct json_text *object, const char *key)
{
	append_key(object, key);
	append(object, "null", 4);
}

void json_text_fdset(struct json_text *object, const char *key, unsigned int fdset)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/dev/fdset/%u", fdset);
	json_text_word(object, key, path);
}

void json_text_fd_path(struct json_text *object, const char *key, int fd)
{
	char path[32];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	json_text_word(object, key, path);
}

void json_text_base64(struct json_text *object, const char *key, const uint8_t *bytes, size_t len)
{
	AUTO(mem) char *encoded = mem_zeroed(TEXT_BASE64_SIZE(len), 1);

	text_base64_encode(encoded, bytes, len);
	json_text_word(object, key, encoded);
}

void argv_push_json(struct argv *argv, const char *option, struct json_text *object)
{
	append(object, object->len == 0 ? "{}" : "}", object->len == 0 ? 2 : 1);
	argv_push(argv, option);
	push_owned(argv, take_ptr(&object->bytes));
	object->len = 0;
}
