/* SPDX-License-Identifier: Apache-2.0 */
/* A growing list of command-line arguments. */
#ifndef SNPLAUNCH_BASE_ARGV_H
#define SNPLAUNCH_BASE_ARGV_H

#include <stdarg.h>
#include <stddef.h>

#include "base/auto.h"

/* Owns its strings. items[n] is NULL, as execve() wants it; a zeroed struct is empty. */
struct argv {
	char **items;
	size_t n;
};

/* Appends a copy of 'item'. */
void argv_push(struct argv *argv, const char *item);

/* Appends a formatted item. */
void argv_pushf(struct argv *argv, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The same for a function that takes a format itself. Returns the item, which the list owns. */
char *argv_vpushf(struct argv *argv, const char *fmt, va_list args) PRINTF_LIKE(2, 0);

void argv_release(struct argv *argv);

DEFINE_AUTO(argv, struct argv, argv_release);

#endif
