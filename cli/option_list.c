// SPDX-License-Identifier: Apache-2.0
// Takes lists apart at their commas.

#include "cli/option_list.h"

#include <string.h>

#include "base/text_escape.h"

int option_list_next(struct option_list *list, bool *found, struct err *err)
{
	const char *start = list->rest;
	size_t len;

	*found = start != NULL;
	if (start == NULL)
		return 0;
	len = strcspn(start, ",");
	list->rest = start[len] == ',' ? start + len + 1 : NULL;
	if (len == 0)
		return err_set(err, ERR_USAGE, "option '%s': an item of the list is empty",
			       list->option);
	if (len >= sizeof(list->item))
		return err_set(err, ERR_USAGE, "option '%s': an item has more than %zu bytes: '%s'",
			       list->option, sizeof(list->item) - 1, TEXT_SHOW(start));
	memcpy(list->item, start, len);
	list->item[len] = '\0';
	return 0;
}
