// SPDX-License-Identifier: Apache-2.0
// A list of checks that becomes part of what a command prints.

#include "cli/checks.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "cli/result.h"

#define COMPARED_BYTES_MAX 64

static const char *const words[] = {
	[CHECK_NOT_MADE] = "not checked",
	[CHECK_OK] = "ok",
	[CHECK_WRONG] = "wrong",
};
static_assert(ARRAY_LEN(words) == CHECK_RESULTS, "each result has a word");

void checks_add(struct checks *checks, const char *what, enum check_result result,
		const char *detail)
{
	struct json_object *row = json_object_new_object();

	result_add(row, "check", what);
	result_add(row, "result", words[result]);
	if (detail[0] != '\0')
		result_add(row, "detail", detail);
	(void)json_object_array_add(checks->list, row);
	checks->n += result != CHECK_NOT_MADE;
	checks->n_wrong += result == CHECK_WRONG;
}

int checks_add_result(struct checks *checks, const char *what, int result, const struct err *err)
{
	if (result < 0 && err->kind != ERR_VERDICT)
		return -1;
	checks_add(checks, what, result < 0 ? CHECK_WRONG : CHECK_OK, result < 0 ? err->text : "");
	return 0;
}

void checks_compare_number(struct checks *checks, const char *what, uint64_t found,
			   uint64_t expected)
{
	char detail[80] = "";

	if (found != expected)
		(void)snprintf(detail, sizeof(detail), "is 0x%" PRIx64 ", not 0x%" PRIx64, found,
			       expected);
	checks_add(checks, what, found == expected ? CHECK_OK : CHECK_WRONG, detail);
}

void checks_compare_decimal(struct checks *checks, const char *what, uint64_t found,
			    uint64_t expected)
{
	char detail[80] = "";

	if (found != expected)
		(void)snprintf(detail, sizeof(detail), "is %" PRIu64 ", not %" PRIu64, found,
			       expected);
	checks_add(checks, what, found == expected ? CHECK_OK : CHECK_WRONG, detail);
}

static void write_hex(char *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

void checks_compare(struct checks *checks, const char *what, const uint8_t *found,
		    const uint8_t *expected, size_t len)
{
	char found_hex[2 * COMPARED_BYTES_MAX + 1] = "";
	char expected_hex[2 * COMPARED_BYTES_MAX + 1] = "";
	char detail[sizeof(found_hex) + sizeof(expected_hex) + 16] = "";
	bool same = memcmp(found, expected, len) == 0;

	assert(len <= COMPARED_BYTES_MAX);
	write_hex(found_hex, found, len);
	write_hex(expected_hex, expected, len);
	if (!same)
		(void)snprintf(detail, sizeof(detail), "is %s, not %s", found_hex, expected_hex);
	checks_add(checks, what, same ? CHECK_OK : CHECK_WRONG, detail);
}

int checks_verdict(const struct checks *checks, struct err *err)
{
	if (checks->n_wrong == 0)
		return 0;
	return err_set(err, ERR_VERDICT, "%zu of %zu checks went wrong", checks->n_wrong,
		       checks->n);
}
