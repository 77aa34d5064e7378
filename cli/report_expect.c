// SPDX-License-Identifier: Apache-2.0
// Compares the fields of a report with options, by a table for each kind of field.

#include "cli/report_expect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"
#include "base/text_number.h"
#include "cli/option_value.h"

#define TCB_OPTION "--min-tcb"

#define FIELD(name, member) \
	{ \
		.option = (name), .key = #member, .at = offsetof(struct report, member), \
		.len = sizeof(((struct report *)NULL)->member) \
	}

struct field_row {
	const char *option;
	const char *key; /* as the report's JSON has it */
	size_t at;
	size_t len;
	bool is_minimum; /* of a number; else it must be that one */
};

static const struct field_row byte_rows[] = {
	FIELD("--digest", measurement),
	FIELD("--report-data", report_data),
	FIELD("--host-data", host_data),
	FIELD("--id-key-digest", id_key_digest),
	FIELD("--author-key-digest", author_key_digest),
	FIELD("--family-id", family_id),
	FIELD("--image-id", image_id),
	FIELD("--chip-id", chip_id),
};

static const struct field_row number_rows[] = {
	FIELD("--policy", policy),
	FIELD("--vmpl", vmpl),
	{ "--min-guest-svn", "guest_svn", offsetof(struct report, guest_svn), sizeof(uint32_t),
	  .is_minimum = true },
};

static const struct part {
	const char *name;
	size_t at; /* of a byte */
} parts[] = {
	{ "fmc", offsetof(struct snp_tcb, fmc) },
	{ "boot_loader", offsetof(struct snp_tcb, boot_loader) },
	{ "tee", offsetof(struct snp_tcb, tee) },
	{ "snp", offsetof(struct snp_tcb, snp) },
	{ "microcode", offsetof(struct snp_tcb, microcode) },
};

static const char *first_given(const struct options *options, const struct field_row *rows,
			       size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (options_value(options, rows[i].option) != NULL)
			return rows[i].option;
	return NULL;
}

const char *report_expect_option(const struct options *options)
{
	const char *option = first_given(options, byte_rows, ARRAY_LEN(byte_rows)) ?:
				     first_given(options, number_rows, ARRAY_LEN(number_rows));

	if (option == NULL && options_value(options, TCB_OPTION) != NULL)
		return TCB_OPTION;
	return option;
}

static int expect_bytes(struct checks *checks, const struct options *options,
			const struct report *report, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(byte_rows); i++) {
		const struct field_row *row = &byte_rows[i];
		uint8_t expected[OPTION_BYTES_MAX];
		int given = option_bytes(options, row->option, expected, row->len, err);

		if (given < 0)
			return -1;
		if (given > 0)
			checks_compare(checks, row->key, (const uint8_t *)report + row->at,
				       expected, row->len);
	}
	return 0;
}

static uint64_t number_at(const struct report *report, const struct field_row *row)
{
	const uint8_t *at = (const uint8_t *)report + row->at;
	uint32_t narrow;
	uint64_t wide;

	if (row->len == sizeof(narrow)) {
		memcpy(&narrow, at, sizeof(narrow));
		return narrow;
	}
	memcpy(&wide, at, sizeof(wide));
	return wide;
}

static void expect_minimum(struct checks *checks, const char *key, uint64_t found, uint64_t minimum)
{
	char detail[80] = "";

	if (found < minimum)
		(void)snprintf(detail, sizeof(detail), "is %" PRIu64 ", less than %" PRIu64, found,
			       minimum);
	checks_add(checks, key, found < minimum ? CHECK_WRONG : CHECK_OK, detail);
}

static int expect_numbers(struct checks *checks, const struct options *options,
			  const struct report *report, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(number_rows); i++) {
		const struct field_row *row = &number_rows[i];
		uint64_t max = row->len == sizeof(uint32_t) ? UINT32_MAX : UINT64_MAX;
		uint64_t expected;
		int given = option_number(options, row->option, max, &expected, err);

		if (given < 0)
			return -1;
		if (given > 0 && row->is_minimum)
			expect_minimum(checks, row->key, number_at(report, row), expected);
		else if (given > 0)
			checks_compare_number(checks, row->key, number_at(report, row), expected);
	}
	return 0;
}

// --- TCB -----------------------------------------------------------------------------------------

static const struct part *find_part(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (strlen(parts[i].name) == len && memcmp(parts[i].name, name, len) == 0)
			return &parts[i];
	return NULL;
}

// Takes one NAME=N; '*text' moves behind it and its comma.
static int read_part(const char **text, const struct part **part, uint8_t *minimum)
{
	size_t len = strcspn(*text, ",");
	size_t name_len = strcspn(*text, "=,");
	char number_text[8];
	uint64_t number;

	*part = find_part(*text, name_len);
	if (*part == NULL || name_len == len || len - name_len - 1 >= sizeof(number_text))
		return -1;
	memcpy(number_text, *text + name_len + 1, len - name_len - 1);
	number_text[len - name_len - 1] = '\0';
	if (text_parse_u64(number_text, &number) < 0 || number > UINT8_MAX)
		return -1;
	*minimum = (uint8_t)number;
	*text += len;
	if (**text == ',' && *++*text == '\0')
		return -1;
	return 0;
}

static void expect_part(struct checks *checks, const struct snp_tcb *tcb, const struct part *part,
			uint8_t minimum)
{
	char key[40];

	(void)snprintf(key, sizeof(key), "reported_tcb.%s", part->name);
	if (part->at == offsetof(struct snp_tcb, fmc) && !tcb->has_fmc)
		checks_add(checks, key, CHECK_WRONG, "this CPU has none");
	else
		expect_minimum(checks, key, ((const uint8_t *)tcb)[part->at], minimum);
}

static int expect_tcb(struct checks *checks, const struct options *options,
		      const struct report *report, struct err *err)
{
	const char *text = options_value(options, TCB_OPTION);
	const char *next = text;
	struct snp_tcb tcb;
	struct err unknown;
	bool known = snp_tcb_decode(&tcb, report->product, report->reported_tcb, &unknown) == 0;

	if (text == NULL)
		return 0;
	do {
		const struct part *part;
		uint8_t minimum;

		if (read_part(&next, &part, &minimum) < 0)
			return err_set(err, ERR_USAGE,
				       "option '" TCB_OPTION
				       "': must be a list such as snp=20,microcode=209, of fmc, "
				       "boot_loader, tee, snp and microcode up to 255, not '%s'",
				       TEXT_SHOW(text));
		if (known)
			expect_part(checks, &tcb, part, minimum);
	} while (*next != '\0');
	if (!known)
		checks_add(checks, "reported_tcb", CHECK_WRONG, unknown.text);
	return 0;
}

int report_expect(struct checks *checks, const struct options *options, const struct report *report,
		  struct err *err)
{
	if (expect_bytes(checks, options, report, err) < 0 ||
	    expect_numbers(checks, options, report, err) < 0)
		return -1;
	return expect_tcb(checks, options, report, err);
}
