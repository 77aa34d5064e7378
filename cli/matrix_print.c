// SPDX-License-Identifier: Apache-2.0
// Prints rows. All of a row but digest and number of vCPUs is the same throughout a series, so it is
// formatted once. Nothing in it needs escapes: names of CPU models are plain.

#include "cli/matrix_print.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text_base64.h"
#include "measure/launch_digest.h"
#include "policy/guest_words.h"

#define PART_SIZE 256
#define NUMBER_SIZE 12

// A row is: lead, digest, middle, number of vCPUs, tail.
static const struct format_row {
	const char *head;
	const char *lead;
	const char *separator; // in front of each row but the first
	const char *tail;
} formats[] = {
	[MATRIX_TEXT] = { "", "", "", "\n" },
	[MATRIX_CSV] = { "digest,level,vmm,legacy_vm_type,cpu,cpu_signature,vmsa_features,vcpus\n",
			 "", "", "\n" },
	[MATRIX_JSON] = { "", "\n    {\"digest\": \"", ",", "}" },
};
static_assert(ARRAY_LEN(formats) == MATRIX_FORMATS, "each format has a row");

// What a series says of itself; empty: it does not depend on that.
struct said {
	const char *level;
	const char *vmm;
	const char *legacy_vm_type;
	const char *cpu;
	char signature[16];
	char features[24];
};

void matrix_write_digest(char out[static MATRIX_DIGEST_SIZE], const uint8_t *bytes, size_t len,
			 bool as_base64)
{
	static const char digits[] = "0123456789abcdef";

	static_assert(MATRIX_DIGEST_SIZE >= TEXT_BASE64_SIZE(SHA384_BYTES), "both fit");
	if (as_base64) {
		text_base64_encode(out, bytes, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 0xf];
	}
	out[2 * len] = '\0';
}

static void find_said(struct said *said, const struct matrix_printer *printer,
		      const struct matrix_series *series)
{
	*said = (struct said){
		.level = level_word(series->level),
		.vmm = matrix_vmm_word(printer->matrix),
		.legacy_vm_type = series->legacy_vm_type != ON_OFF_UNSET ?
					  words_at(&on_off_words, series->legacy_vm_type) :
					  "",
		.cpu = series->cpu != NULL ? series->cpu->name : "",
	};
	if (series->cpu != NULL)
		(void)snprintf(said->signature, sizeof(said->signature), "0x%08" PRIx32,
			       series->cpu->signature);
	if (series->has_vcpus)
		(void)snprintf(said->features, sizeof(said->features), "0x%" PRIx64,
			       series->features);
}

// There is room for all parts: each word in them has its bound.
static void append(char part[static PART_SIZE], const char *text)
{
	size_t used = strlen(part);

	(void)snprintf(part + used, PART_SIZE - used, "%s", text);
}

static void add_text(char part[static PART_SIZE], const char *key, const char *value)
{
	size_t used = strlen(part);

	if (value[0] != '\0')
		(void)snprintf(part + used, PART_SIZE - used, " %s=%s", key, value);
}

static void make_text(char part[static PART_SIZE], const struct said *said, bool has_vcpus)
{
	(void)snprintf(part, PART_SIZE, " ");
	add_text(part, "level", said->level);
	add_text(part, "vmm", strcmp(said->vmm, "qemu") != 0 ? said->vmm : "");
	add_text(part, "legacy_vm_type", said->legacy_vm_type);
	add_text(part, "cpu", said->cpu);
	add_text(part, "cpu_signature", said->cpu[0] == '\0' ? said->signature : "");
	add_text(part, "vmsa_features", said->features);
	if (has_vcpus)
		append(part, " vcpus=");
}

static void make_csv(char part[static PART_SIZE], const struct said *said)
{
	(void)snprintf(part, PART_SIZE, ",%s,%s,%s,%s,%s,%s,", said->level, said->vmm,
		       said->legacy_vm_type, said->cpu, said->signature, said->features);
}

// A member that is null where it is not known or not measured.
static void add_json(char part[static PART_SIZE], const char *key, const char *value)
{
	const char *quote = value[0] != '\0' ? "\"" : "";
	size_t used = strlen(part);

	(void)snprintf(part + used, PART_SIZE - used, ", \"%s\": %s%s%s", key, quote,
		       value[0] != '\0' ? value : "null", quote);
}

static void make_json(char part[static PART_SIZE], const struct said *said)
{
	(void)snprintf(part, PART_SIZE, "\"");
	add_json(part, "level", said->level);
	add_json(part, "legacy_vm_type", said->legacy_vm_type);
	add_json(part, "cpu", said->cpu);
	add_json(part, "cpu_signature", said->signature);
	add_json(part, "vmsa_features", said->features);
	append(part, ", \"vcpus\": ");
}

// Writes a whole number; returns its text, which ends where 'out' does.
static const char *write_number(char out[static NUMBER_SIZE], uint32_t number)
{
	char *at = &out[NUMBER_SIZE - 1];

	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return at;
}

static void make_middle(char part[static PART_SIZE], const struct matrix_printer *printer,
			const struct matrix_series *series)
{
	struct said said;

	find_said(&said, printer, series);
	if (printer->format == MATRIX_JSON)
		make_json(part, &said);
	else if (printer->format == MATRIX_CSV)
		make_csv(part, &said);
	else
		make_text(part, &said, series->has_vcpus);
}

void matrix_print_head(const struct matrix_printer *printer)
{
	fputs(formats[printer->format].head, stdout);
}

// The parts of a series's rows that are the same in all of them.
struct fixed {
	char front[PART_SIZE]; // separator and lead
	char middle[PART_SIZE];
	size_t front_len;
	size_t middle_len;
	size_t tail_len;
};

static char *put(char *at, const char *text, size_t len)
{
	memcpy(at, text, len);
	return at + len;
}

static void make_fixed(struct fixed *fixed, const struct matrix_printer *printer,
		       const struct matrix_series *series)
{
	const struct format_row *format = &formats[printer->format];

	(void)snprintf(fixed->front, PART_SIZE, "%s%s", format->separator, format->lead);
	make_middle(fixed->middle, printer, series);
	fixed->front_len = strlen(fixed->front);
	fixed->middle_len = strlen(fixed->middle);
	fixed->tail_len = strlen(format->tail);
}

// One write for each row: of thousands, six each take longer than the digests.
void matrix_print_series(void *context, const struct matrix_series *series)
{
	struct matrix_printer *printer = context;
	const struct format_row *format = &formats[printer->format];
	const char *number = printer->format == MATRIX_JSON ? "null" : "";
	struct fixed fixed = { 0 };
	char row[2 * PART_SIZE + MATRIX_DIGEST_SIZE + NUMBER_SIZE];
	char digits[NUMBER_SIZE];

	make_fixed(&fixed, printer, series);
	for (size_t i = 0; i < series->n; i++) {
		bool is_first = printer->n_printed++ == 0;
		size_t skipped = is_first ? strlen(format->separator) : 0;
		char *at = put(row, fixed.front + skipped, fixed.front_len - skipped);

		matrix_write_digest(at, series->digests[i].bytes, series->digests[i].len,
				    printer->as_base64);
		at = put(at + strlen(at), fixed.middle, fixed.middle_len);
		if (series->has_vcpus)
			number = write_number(digits, series->vcpus[i]);
		at = put(at, number, strlen(number));
		at = put(at, format->tail, fixed.tail_len);
		(void)fwrite(row, 1, (size_t)(at - row), stdout);
	}
}
