/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA P-384 with SHA-384 as AMD's firmware stores it: little-endian numbers in fields of 72
 * bytes, where OpenSSL has big-endian ones.
 * Source: SEV-SNP Firmware ABI (AMD 56860), formats of signatures and public keys.
 */
#ifndef SNPLAUNCH_MEASURE_ECDSA_P384_H
#define SNPLAUNCH_MEASURE_ECDSA_P384_H

#include <openssl/types.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define P384_NUMBER_BYTES 48
#define P384_RAW_SIGNATURE_BYTES ((size_t)2 * P384_NUMBER_BYTES)
#define P384_PUBLIC_KEY_BYTES 0x404
#define P384_SIGNATURE_BYTES 0x200
#define SHA384_BYTES 48

/* u32 curve (2), QX, QY, zeros. */
struct p384_public_key {
	uint8_t bytes[P384_PUBLIC_KEY_BYTES];
};

/* R, S, zeros. */
struct p384_signature {
	uint8_t bytes[P384_SIGNATURE_BYTES];
};

/*
 * Reads a public key, or the public half of a private one, as PEM or DER holds it.
 * Errors: ERR_INPUT, which names the type or the curve that it has instead.
 */
int p384_public_key_read(struct p384_public_key *key, const void *bytes, size_t len,
			 struct err *err) MUST_CHECK;

/* The same from a key of OpenSSL's (borrowed). */
int p384_public_key_from(struct p384_public_key *key, const EVP_PKEY *pkey,
			 struct err *err) MUST_CHECK;

/* Checks the bytes of a key: curve, zeros, and that the point is one of the curve's. */
int p384_public_key_check(const struct p384_public_key *key, struct err *err) MUST_CHECK;

/*
 * Makes OpenSSL's form of a key, after the checks of p384_public_key_check(). Owner of '*pkey': the
 * caller, EVP_PKEY_free().
 */
int p384_public_key_load(EVP_PKEY **pkey, const struct p384_public_key *key,
			 struct err *err) MUST_CHECK;

/* SHA-384 of the structure, as attestation reports hold it. */
int p384_public_key_digest(uint8_t digest[static SHA384_BYTES], const struct p384_public_key *key,
			   struct err *err) MUST_CHECK;

/*
 * Reads a detached signature: DER, as `openssl dgst -sha384 -sign` writes it, or exactly
 * P384_RAW_SIGNATURE_BYTES of R and S, big-endian, as PKCS#11 gives it.
 * Errors: ERR_INPUT.
 */
int p384_signature_read(struct p384_signature *signature, const void *bytes, size_t len,
			struct err *err) MUST_CHECK;

/* Signs with a private key (borrowed), which signing_key_read() has found to be on P-384. */
int p384_sign(struct p384_signature *signature, EVP_PKEY *private_key, const void *message,
	      size_t len, struct err *err) MUST_CHECK;

/*
 * Verifies the signature of a message.
 * Errors: ERR_INPUT when key or signature are malformed, ERR_VERDICT when it is not the signature
 * of that message by that key.
 */
int p384_verify(const struct p384_signature *signature, const struct p384_public_key *key,
		const void *message, size_t len, struct err *err) MUST_CHECK;

/* The same with a key of OpenSSL's (borrowed). */
int p384_verify_with(const struct p384_signature *signature, EVP_PKEY *key, const void *message,
		     size_t len, struct err *err) MUST_CHECK;

/* The same by ECDSA P-384 with another hash, as SEV's certificates are signed. */
int p384_verify_hashed(const struct p384_signature *signature, EVP_PKEY *key, const EVP_MD *hash,
		       const void *message, size_t len, struct err *err) MUST_CHECK;

#endif
