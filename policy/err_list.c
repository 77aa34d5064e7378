// SPDX-License-Identifier: Apache-2.0
// Keeps the first mistakes and counts the rest.

#include "policy/err_list.h"

void err_list_add(struct err_list *list, const struct err *err)
{
	if (list->n < ARRAY_LEN(list->items))
		list->items[list->n++] = *err;
	else
		list->n_dropped++;
}
