// SPDX-License-Identifier: Apache-2.0
// Keeps and prints the ranges of a launch digest.

#include "cli/page_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/attributes.h"
#include "base/mem.h"
#include "cli/matrix_print.h"
#include "measure/launch_digest.h"

// PAGE_TYPE of SNP_LAUNCH_UPDATE; 0 is any other level, which has no types.
static const char *const type_words[] = {
	[0] = "-",
	[SNP_PAGE_NORMAL] = "NORMAL",
	[SNP_PAGE_VMSA] = "VMSA",
	[SNP_PAGE_ZERO] = "ZERO",
	[SNP_PAGE_UNMEASURED] = "UNMEASURED",
	[SNP_PAGE_SECRETS] = "SECRETS",
	[SNP_PAGE_CPUID] = "CPUID",
};

void page_list_release(struct page_list *list)
{
	free(list->ranges);
	*list = (struct page_list){ 0 };
}

static void add_range(void *context, const struct launch_range *range)
{
	struct page_list *list = context;

	list->ranges = mem_resize(list->ranges, list->n + 1, sizeof(*list->ranges));
	list->ranges[list->n++] = *range;
}

int page_list_fill(struct page_list *list, const struct matrix *matrix,
		   const struct matrix_inputs *inputs, struct err *err)
{
	const struct launch_observer observer = { add_range, list };
	struct launch_digest digest;
	struct launch_inputs launch;

	if (matrix_single(matrix, inputs, &launch, err) < 0)
		return -1;
	launch.observer = &observer;
	return launch_digest(&digest, &launch, err);
}

static const char *name_of(const struct launch_range *range)
{
	return range->name != NULL ? range->name : "unknown";
}

static bool has_address(const struct launch_range *range)
{
	return range->gpa != 0 || range->page_type != 0;
}

void page_list_print(const struct page_list *list, bool as_base64)
{
	printf("%-10s %-14s %10s  %-13s %s\n", "type", "gpa", "bytes", "what", "digest with it");
	for (size_t i = 0; i < list->n; i++) {
		const struct launch_range *range = &list->ranges[i];
		char digest[MATRIX_DIGEST_SIZE];
		char gpa[24] = "-";

		if (has_address(range))
			(void)snprintf(gpa, sizeof(gpa), "0x%" PRIx64, range->gpa);
		matrix_write_digest(digest, range->digest.bytes, range->digest.len, as_base64);
		printf("%-10s %-14s %10" PRIu64 "  %-13s %s\n", type_words[range->page_type], gpa,
		       range->len, name_of(range), digest);
	}
}

static struct json_object *range_json(const struct launch_range *range, bool as_base64)
{
	struct json_object *row = json_object_new_object();
	char digest[MATRIX_DIGEST_SIZE];
	char gpa[24];

	(void)snprintf(gpa, sizeof(gpa), "0x%" PRIx64, range->gpa);
	matrix_write_digest(digest, range->digest.bytes, range->digest.len, as_base64);
	(void)json_object_object_add(row, "what", json_object_new_string(name_of(range)));
	(void)json_object_object_add(row, "type",
				     range->page_type != 0 ?
					     json_object_new_string(type_words[range->page_type]) :
					     NULL);
	(void)json_object_object_add(row, "gpa",
				     has_address(range) ? json_object_new_string(gpa) : NULL);
	(void)json_object_object_add(row, "bytes", json_object_new_uint64(range->len));
	(void)json_object_object_add(row, "digest", json_object_new_string(digest));
	return row;
}

struct json_object *page_list_json(const struct page_list *list, bool as_base64)
{
	struct json_object *rows = json_object_new_array();

	for (size_t i = 0; i < list->n; i++)
		(void)json_object_array_add(rows, range_json(&list->ranges[i], as_base64));
	return rows;
}
