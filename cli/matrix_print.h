/* SPDX-License-Identifier: Apache-2.0 */
/* Launch digests as lines, as CSV and as JSON, thousands of them quickly. */
#ifndef SNPLAUNCH_CLI_MATRIX_PRINT_H
#define SNPLAUNCH_CLI_MATRIX_PRINT_H

#include "cli/matrix.h"
#include "measure/sha.h"

enum matrix_format {
	MATRIX_TEXT, /* "DIGEST  level=... cpu=... vcpus=...", as checksums are printed */
	MATRIX_CSV,
	MATRIX_JSON, /* elements of an array, without its brackets */
	MATRIX_FORMATS,
};

/* The longest that a digest becomes, with NUL. */
#define MATRIX_DIGEST_SIZE (2 * SHA384_BYTES + 1)

struct matrix_printer {
	enum matrix_format format;
	bool as_base64; /* digests, else hexadecimal */
	const struct matrix *matrix;
	size_t n_printed;
};

/* What stands in front of all rows: CSV's line of names. */
void matrix_print_head(const struct matrix_printer *printer);

/* Prints a series to standard output; a matrix_taker. 'context' is a struct matrix_printer. */
void matrix_print_series(void *context, const struct matrix_series *series);

/* Writes a digest of 'len' bytes, at most SHA384_BYTES, as text. */
void matrix_write_digest(char out[static MATRIX_DIGEST_SIZE], const uint8_t *bytes, size_t len,
			 bool as_base64);

#endif
