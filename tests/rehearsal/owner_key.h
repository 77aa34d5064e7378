/* SPDX-License-Identifier: Apache-2.0 */
/* A P-384 key of a guest's owner, in the firmware's form. */
#ifndef SNPLAUNCH_TESTS_REHEARSAL_OWNER_KEY_H
#define SNPLAUNCH_TESTS_REHEARSAL_OWNER_KEY_H

#include "tests/unit.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

#include "rehearsal/p384.h"

/* Reverses the big-endian number of P384_BYTES at 'from' into a field of the firmware's. */
static inline void put_number(uint8_t *field, const uint8_t *from)
{
	memset(field, 0, P384_FIELD_BYTES);
	for (size_t i = 0; i < P384_BYTES; i++)
		field[i] = from[P384_BYTES - 1 - i];
}

/* The public half of 'key'. */
static inline void put_public_key(uint8_t out[static P384_KEY_BYTES], EVP_PKEY *key)
{
	const uint32_t curve = 2;
	uint8_t *point = NULL;

	assert_int_equal(EVP_PKEY_get1_encoded_public_key(key, &point), 1 + 2 * P384_BYTES);
	memset(out, 0, P384_KEY_BYTES);
	memcpy(out, &curve, sizeof(curve));
	put_number(out + 4, point + 1);
	put_number(out + 4 + P384_FIELD_BYTES, point + 1 + P384_BYTES);
	OPENSSL_free(point);
}

/* An ECDSA signature with SHA-384. */
static inline void put_signature(uint8_t out[static P384_SIGNATURE_BYTES], EVP_PKEY *key,
				 const void *bytes, size_t len)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t der[200];
	size_t der_len = sizeof(der);
	const uint8_t *at = der;
	uint8_t number[P384_BYTES];
	ECDSA_SIG *pair;

	assert_int_equal(EVP_DigestSignInit(context, NULL, EVP_sha384(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(context, der, &der_len, bytes, len), 1);
	EVP_MD_CTX_free(context);
	pair = d2i_ECDSA_SIG(NULL, &at, (long)der_len);
	assert_non_null(pair);
	memset(out, 0, P384_SIGNATURE_BYTES);
	(void)BN_bn2binpad(ECDSA_SIG_get0_r(pair), number, P384_BYTES);
	put_number(out, number);
	(void)BN_bn2binpad(ECDSA_SIG_get0_s(pair), number, P384_BYTES);
	put_number(out + P384_FIELD_BYTES, number);
	ECDSA_SIG_free(pair);
}

#endif
