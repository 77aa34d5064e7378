/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passphrases of private keys, from standard input: asked for on a terminal, which does not show
 * them; else, when that is wanted, one line for each key that needs one.
 */
#ifndef SNPLAUNCH_CLI_PASSPHRASE_H
#define SNPLAUNCH_CLI_PASSPHRASE_H

#include <stdbool.h>

#include "cli/client.h"
#include "measure/key_file.h"

#define PASSPHRASE_OPTION "--passphrase-stdin"

/* The context of passphrase_get(). */
struct passphrase {
	struct client *client;
	const char *key; /* the file's name, for the question. Borrowed */
	bool stdin_allowed;
	/* Why there is none; kind ERR_NONE: nobody asked, or there was one. */
	struct err err;
};

/* For struct passphrase_source. */
int passphrase_get(void *context, char *out, size_t size);

#endif
