/* SPDX-License-Identifier: Apache-2.0 */
/* The one elliptic curve of SEV: P-384, with points as the firmware's structures hold them. */
#ifndef SNPLAUNCH_REHEARSAL_P384_H
#define SNPLAUNCH_REHEARSAL_P384_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* Bytes of a coordinate, of the field that holds one, and of a whole public key. */
#define P384_BYTES 48
#define P384_FIELD_BYTES 72
#define P384_KEY_BYTES 0x404
#define P384_SIGNATURE_BYTES 0x200

/*
 * A public key is u32 CURVE (2), QX, QY; a signature is R, S. All numbers are little-endian in
 * P384_FIELD_BYTES each, and the rest is zero.
 */

/*
 * Agrees with the holder of a public key on a secret, by the private key of the machine that is
 * played. That key stands in the source and protects nothing.
 * Returns -1 when the key is none.
 */
int p384_agree(uint8_t secret[static P384_BYTES], const uint8_t *key) MUST_CHECK;

/* The public key of the machine. */
void p384_public_key(uint8_t key[static P384_KEY_BYTES]);

/* True when 'signature' is 'key's, by ECDSA with SHA-384. */
bool p384_verify(const uint8_t key[static P384_KEY_BYTES],
		 const uint8_t signature[static P384_SIGNATURE_BYTES], const void *bytes,
		 size_t len);

#endif
