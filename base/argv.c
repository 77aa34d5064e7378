// SPDX-License-Identifier: Apache-2.0
// Argument lists.

#include "base/argv.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/mem.h"

char *argv_vpushf(struct argv *argv, const char *fmt, va_list args)
{
	char *item;

	if (vasprintf(&item, fmt, args) < 0)
		item = NULL;
	argv->items = mem_resize(argv->items, argv->n + 2, sizeof(*argv->items));
	argv->items[argv->n++] = mem_must(item);
	argv->items[argv->n] = NULL;
	return item;
}

void argv_pushf(struct argv *argv, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	(void)argv_vpushf(argv, fmt, args);
	va_end(args);
}

void argv_push(struct argv *argv, const char *item)
{
	argv_pushf(argv, "%s", item);
}

void argv_release(struct argv *argv)
{
	for (size_t i = 0; i < argv->n; i++)
		free(argv->items[i]);
	free(argv->items);
	*argv = (struct argv){ 0 };
}
