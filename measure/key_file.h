/* SPDX-License-Identifier: Apache-2.0 */
/* Keys as people keep them, and refusals that say what a key is instead. */
#ifndef SNPLAUNCH_MEASURE_KEY_FILE_H
#define SNPLAUNCH_MEASURE_KEY_FILE_H

#include <openssl/types.h>
#include <stddef.h>

#include "base/err.h"

/* The longest passphrase, without a terminating zero. */
#define PASSPHRASE_BYTES_MAX 1023

/* Asks for the passphrase of an encrypted key. */
struct passphrase_source {
	/*
	 * Writes at most 'size' bytes to 'out', which is wiped later. Returns their number, 0 for an
	 * empty passphrase, or -1 when there is none.
	 */
	int (*get)(void *context, char *out, size_t size);
	void *context;
};

/*
 * Reads an ECDSA P-384 private key from the bytes of a file: PKCS#8, encrypted or not, or SEC1, as
 * PEM or DER. 'passphrase' may be NULL for keys that are not encrypted. Owner of '*key': the
 * caller, EVP_PKEY_free(), which wipes it.
 * Errors: ERR_INPUT, which tells a wrong passphrase, a public key, another type and another curve.
 */
int key_file_read_private(EVP_PKEY **key, const void *bytes, size_t len,
			  const struct passphrase_source *passphrase, struct err *err) MUST_CHECK;

/*
 * Reads the public half of an ECDSA P-384 key: from a public key (SPKI) or from a private one that
 * is not encrypted. Owner of '*key': the caller.
 */
int key_file_read_public(EVP_PKEY **key, const void *bytes, size_t len, struct err *err) MUST_CHECK;

/* Refuses a key that is not EC, or not on P-384, by the name of what it is. */
int key_file_check_p384(const EVP_PKEY *key, struct err *err) MUST_CHECK;

#endif
