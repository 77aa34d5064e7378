/* SPDX-License-Identifier: Apache-2.0 */
/* Writes the files of ID blocks, all that a command makes or none. */
#ifndef SNPLAUNCH_CLI_ID_BLOCK_OUTPUT_H
#define SNPLAUNCH_CLI_ID_BLOCK_OUTPUT_H

#include <stddef.h>

#include "cli/client.h"

#define ID_BLOCK_OUTPUTS_MAX 2

enum id_block_output_kind {
	ID_BLOCK_OUTPUT_BLOCK, /* ID_BLOCK_BYTES */
	ID_BLOCK_OUTPUT_AUTH,  /* ID_AUTH_BYTES */
	ID_BLOCK_OUTPUT_KEY,   /* P384_PUBLIC_KEY_BYTES: a public key as firmware has it */
	ID_BLOCK_OUTPUT_KINDS,
};

/* All is borrowed. */
struct id_block_output {
	enum id_block_output_kind kind;
	const char *path; /* the value of an output's option; NULL: this one is not wanted */
	const void *bytes;
};

/*
 * Writes at most ID_BLOCK_OUTPUTS_MAX files, after it has opened them all. A file that is there must
 * be empty or of that kind already. Errors: ERR_INPUT when something else is in one; ERR_USAGE when
 * two are one file.
 */
int id_block_output_write(struct client *client, const struct id_block_output *outputs, size_t n,
			  struct err *err) MUST_CHECK;

#endif
