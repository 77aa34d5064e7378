/* SPDX-License-Identifier: Apache-2.0 */
/* Options that hold several values: "EPYC-v4,EPYC-Milan-v2". */
#ifndef SNPLAUNCH_CLI_OPTION_LIST_H
#define SNPLAUNCH_CLI_OPTION_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/* Bytes of one item, with NUL. */
#define OPTION_ITEM_SIZE 64

struct option_list {
	const char *option; /* for messages; both are borrowed */
	const char *rest;   /* NULL behind the last item */
	char item[OPTION_ITEM_SIZE];
};

/*
 * Takes the next item into 'item', and sets *found unless there was none left.
 * Errors: ERR_USAGE for an empty or overlong item.
 */
int option_list_next(struct option_list *list, bool *found, struct err *err) MUST_CHECK;

#endif
