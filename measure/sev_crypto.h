/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cryptography between a guest's owner and the firmware of SEV and SEV-ES: HMAC-SHA-256,
 * AES-128 in counter mode, and the derivation of keys.
 * Source: SEV API (AMD 55766), chapter 2.
 */
#ifndef SNPLAUNCH_MEASURE_SEV_CRYPTO_H
#define SNPLAUNCH_MEASURE_SEV_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define SEV_KEY_BYTES 16
#define SEV_MAC_BYTES 32
#define SEV_IV_BYTES 16
#define SEV_NONCE_BYTES 16

/* Fills 'out' with random bytes that are good for keys. */
int sev_random(void *out, size_t len, struct err *err) MUST_CHECK;

/* The authentication code of 'len' bytes. */
int sev_mac(uint8_t mac[static SEV_MAC_BYTES], const uint8_t key[static SEV_KEY_BYTES],
	    const void *bytes, size_t len, struct err *err) MUST_CHECK;

/* Encrypts 'len' bytes into 'out', or decrypts them: it is the same. */
int sev_encrypt(uint8_t *out, const uint8_t key[static SEV_KEY_BYTES],
		const uint8_t iv[static SEV_IV_BYTES], const void *bytes, size_t len,
		struct err *err) MUST_CHECK;

/* What a key is derived from. Borrowed. */
struct sev_derivation {
	const uint8_t *key;
	size_t key_len;
	const char *label;
	const uint8_t *nonce; /* SEV_NONCE_BYTES, or NULL: no context */
};

/* NIST SP 800-108 in counter mode with HMAC-SHA-256: the first half of its one block. */
int sev_derive(uint8_t out[static SEV_KEY_BYTES], const struct sev_derivation *from,
	       struct err *err) MUST_CHECK;

#endif
