/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of SEV, made and signed with keys that the test has. */
#ifndef SNPLAUNCH_TESTS_MEASURE_SEV_CERTIFICATES_H
#define SNPLAUNCH_TESTS_MEASURE_SEV_CERTIFICATES_H

#include <assert.h>
#include <endian.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdint.h>
#include <string.h>

#define CERTIFICATE_BYTES 2084
#define SIGNED_BYTES 0x414
#define KEY_BYTES 0x404
#define SIGNATURE_STRIDE (8 + 512)
#define ROOT_BYTES_MAX 1600
#define ROOT_HEADING_BYTES 64

#define OCA 0x1001
#define PEK 0x1002
#define PDH 0x1003
#define CEK 0x1004
#define ASK 0x13
#define ARK 0

#define ECDSA_SHA256 0x002
#define ECDH_SHA256 0x003
#define RSA_SHA256 0x001
#define RSA_SHA384 0x101

static inline void put32(uint8_t *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof(value));
}

static inline void put_number(uint8_t *field, int len, const EVP_PKEY *key, const char *name)
{
	BIGNUM *number = NULL;

	assert(EVP_PKEY_get_bn_param(key, name, &number) == 1);
	assert(BN_bn2lebinpad(number, field, len) == len);
	BN_free(number);
}

/* u32 curve, QX, QY, zeros. */
static inline void put_point(uint8_t *at, const EVP_PKEY *key)
{
	memset(at, 0, KEY_BYTES);
	put32(at, 2);
	put_number(at + 4, 72, key, OSSL_PKEY_PARAM_EC_PUB_X);
	put_number(at + 76, 72, key, OSSL_PKEY_PARAM_EC_PUB_Y);
}

/* Everything but signatures. The key is in the firmware's form. */
static inline void put_certificate(uint8_t *at, uint32_t usage, uint32_t algorithm,
				   const uint8_t key[static KEY_BYTES])
{
	memset(at, 0, CERTIFICATE_BYTES);
	put32(at, 1);
	at[4] = 1;
	at[5] = 55;
	put32(at + 8, usage);
	put32(at + 12, algorithm);
	memcpy(at + 16, key, KEY_BYTES);
	for (int i = 0; i < 2; i++)
		put32(at + SIGNED_BYTES + i * SIGNATURE_STRIDE, 0x1000);
}

/* RSASSA-PSS over 'len' bytes, little-endian. */
static inline void put_rsa_signature(uint8_t *at, EVP_PKEY *key, const void *bytes, size_t len)
{
	const EVP_MD *hash = EVP_PKEY_get_bits(key) == 2048 ? EVP_sha256() : EVP_sha384();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *padding;
	uint8_t made[512];
	size_t made_len = sizeof(made);

	assert(EVP_DigestSignInit(ctx, &padding, hash, NULL, key) == 1);
	assert(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1);
	assert(EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1);
	assert(EVP_DigestSign(ctx, made, &made_len, bytes, len) == 1);
	for (size_t i = 0; i < made_len; i++)
		at[i] = made[made_len - 1 - i];
	EVP_MD_CTX_free(ctx);
}

static inline void put_ecdsa_signature(uint8_t *at, EVP_PKEY *key, const void *bytes, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[200];
	const uint8_t *next = der;
	size_t der_len = sizeof(der);
	ECDSA_SIG *pair;

	assert(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
	assert(EVP_DigestSign(ctx, der, &der_len, bytes, len) == 1);
	pair = d2i_ECDSA_SIG(NULL, &next, (long)der_len);
	assert(BN_bn2lebinpad(ECDSA_SIG_get0_r(pair), at, 72) == 72);
	assert(BN_bn2lebinpad(ECDSA_SIG_get0_s(pair), at + 72, 72) == 72);
	ECDSA_SIG_free(pair);
	EVP_MD_CTX_free(ctx);
}

/* Signs a certificate in one of its two places. */
static inline void sign_certificate_as(uint8_t *certificate, int place, uint32_t usage,
				       EVP_PKEY *key)
{
	uint8_t *at = certificate + SIGNED_BYTES + place * SIGNATURE_STRIDE;
	uint32_t rsa = EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) == 2048 ? RSA_SHA256 :
										     RSA_SHA384;

	memset(at, 0, SIGNATURE_STRIDE);
	put32(at, usage);
	put32(at + 4, EVP_PKEY_is_a(key, "RSA") ? rsa : ECDSA_SHA256);
	if (EVP_PKEY_is_a(key, "RSA"))
		put_rsa_signature(at + 8, key, certificate, SIGNED_BYTES);
	else
		put_ecdsa_signature(at + 8, key, certificate, SIGNED_BYTES);
}

static inline void put_key_certificate(uint8_t *at, uint32_t usage, uint32_t algorithm,
				       const EVP_PKEY *key)
{
	uint8_t point[KEY_BYTES];

	put_point(point, key);
	put_certificate(at, usage, algorithm, point);
}

/* A root's key has its usage in each byte of its ID. */
static inline size_t put_root(uint8_t *at, uint32_t usage, EVP_PKEY *key, uint32_t issuer,
			      EVP_PKEY *issuer_key)
{
	const size_t n = (size_t)EVP_PKEY_get_bits(key) / 8;

	memset(at, 0, ROOT_BYTES_MAX);
	put32(at, 1);
	memset(at + 4, (int)usage + 1, 16);
	memset(at + 20, (int)issuer + 1, 16);
	put32(at + 36, usage);
	put32(at + 56, (uint32_t)n * 8);
	put32(at + 60, (uint32_t)n * 8);
	put_number(at + ROOT_HEADING_BYTES, (int)n, key, OSSL_PKEY_PARAM_RSA_E);
	put_number(at + ROOT_HEADING_BYTES + n, (int)n, key, OSSL_PKEY_PARAM_RSA_N);
	put_rsa_signature(at + ROOT_HEADING_BYTES + 2 * n, issuer_key, at,
			  ROOT_HEADING_BYTES + 2 * n);
	return ROOT_HEADING_BYTES + 3 * n;
}

#endif
