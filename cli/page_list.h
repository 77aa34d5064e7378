/* SPDX-License-Identifier: Apache-2.0 */
/* What enters a launch digest, range by range in the order of measuring. */
#ifndef SNPLAUNCH_CLI_PAGE_LIST_H
#define SNPLAUNCH_CLI_PAGE_LIST_H

#include <json-c/json.h>

#include "cli/matrix.h"

struct launch_range; /* of measure/launch_digest.h */

/* Zeroed: empty. */
struct page_list {
	size_t n;
	struct launch_range *ranges; /* owner: the list */
};

void page_list_release(struct page_list *list);

/* Fills an empty list from a matrix of a single launch. Errors: as matrix_measure(). */
int page_list_fill(struct page_list *list, const struct matrix *matrix,
		   const struct matrix_inputs *inputs, struct err *err) MUST_CHECK;

/* Prints one line for each range to standard output. */
void page_list_print(const struct page_list *list, bool as_base64);

/* The same as a JSON array. Owner: caller. */
struct json_object *page_list_json(const struct page_list *list, bool as_base64);

#endif
