/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded list of mistakes, in the order they stand in the text. */
#ifndef SNPLAUNCH_POLICY_ERR_LIST_H
#define SNPLAUNCH_POLICY_ERR_LIST_H

#include <stddef.h>

#include "base/err.h"

#define ERR_LIST_MAX 20

struct err_list {
	size_t n;
	size_t n_dropped; /* those that no longer fitted */
	struct err items[ERR_LIST_MAX];
};

/* Adds a mistake; counts those that no longer fit. */
void err_list_add(struct err_list *list, const struct err *err);

/* All mistakes there ever were, dropped ones too. */
static inline size_t err_list_total(const struct err_list *list)
{
	return list->n + list->n_dropped;
}

#endif
