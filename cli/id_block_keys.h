/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the keys of ID blocks from files that the command line names. */
#ifndef SNPLAUNCH_CLI_ID_BLOCK_KEYS_H
#define SNPLAUNCH_CLI_ID_BLOCK_KEYS_H

#include <stdbool.h>

#include "cli/client.h"
#include "measure/ecdsa_p384.h"
#include "measure/openssl_object.h"

/* Reads the public half of a key that is not encrypted, as firmware has it. */
int id_block_read_public(struct p384_public_key *key, struct client *client, const char *path,
			 struct err *err) MUST_CHECK;

/*
 * Reads a private key, and its passphrase where it needs one: passphrase_get(). Owner of '*key':
 * caller.
 */
int id_block_read_private(EVP_PKEY **key, struct client *client, const char *path,
			  bool stdin_allowed, struct err *err) MUST_CHECK;

#endif
