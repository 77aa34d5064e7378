/* SPDX-License-Identifier: Apache-2.0 */
/* A platform with SEV whose keys are made here, and its certificates; each can be changed and signed anew. */
#ifndef SNPLAUNCH_TESTS_MEASURE_SEV_PLATFORM_H
#define SNPLAUNCH_TESTS_MEASURE_SEV_PLATFORM_H

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

struct platform {
	EVP_PKEY *ark_key, *ask_key, *cek_key, *oca_key, *pek_key, *pdh_key;
	uint8_t pdh[CERTIFICATE_BYTES];
	uint8_t chain[3][CERTIFICATE_BYTES]; /* PEK, OCA, CEK */
	uint8_t roots[2][ROOT_BYTES_MAX];    /* ASK, ARK */
	size_t root_len;
};

#define PLATFORM_PEK(platform) ((platform)->chain[0])
#define PLATFORM_OCA(platform) ((platform)->chain[1])
#define PLATFORM_CEK(platform) ((platform)->chain[2])
#define PLATFORM_ASK(platform) ((platform)->roots[0])
#define PLATFORM_ARK(platform) ((platform)->roots[1])

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

/* Makes all certificates from the keys; 'pdh_point' is of a key that is not here, or NULL. */
static inline void platform_certify(struct platform *platform, const uint8_t *pdh_point)
{
	platform->root_len =
		put_root(PLATFORM_ARK(platform), ARK, platform->ark_key, ARK, platform->ark_key);
	(void)put_root(PLATFORM_ASK(platform), ASK, platform->ask_key, ARK, platform->ark_key);
	put_key_certificate(PLATFORM_CEK(platform), CEK, ECDSA_SHA256, platform->cek_key);
	sign_certificate_as(PLATFORM_CEK(platform), 0, ASK, platform->ask_key);
	put_key_certificate(PLATFORM_OCA(platform), OCA, ECDSA_SHA256, platform->oca_key);
	sign_certificate_as(PLATFORM_OCA(platform), 0, OCA, platform->oca_key);
	put_key_certificate(PLATFORM_PEK(platform), PEK, ECDSA_SHA256, platform->pek_key);
	sign_certificate_as(PLATFORM_PEK(platform), 0, OCA, platform->oca_key);
	sign_certificate_as(PLATFORM_PEK(platform), 1, CEK, platform->cek_key);
	if (pdh_point != NULL)
		put_certificate(platform->pdh, PDH, ECDH_SHA256, pdh_point);
	else
		put_key_certificate(platform->pdh, PDH, ECDH_SHA256, platform->pdh_key);
	sign_certificate_as(platform->pdh, 0, PEK, platform->pek_key);
}

/* Draws all keys. */
static inline void platform_init(struct platform *platform, unsigned int root_bits)
{
	EVP_PKEY **const curve_keys[] = { &platform->cek_key, &platform->oca_key,
					  &platform->pek_key, &platform->pdh_key };

	memset(platform, 0, sizeof(*platform));
	platform->ark_key = EVP_RSA_gen(root_bits);
	platform->ask_key = EVP_RSA_gen(root_bits);
	assert(platform->ark_key != NULL && platform->ask_key != NULL);
	for (size_t i = 0; i < sizeof(curve_keys) / sizeof(curve_keys[0]); i++) {
		*curve_keys[i] = EVP_EC_gen("P-384");
		assert(*curve_keys[i] != NULL);
	}
}

static inline void platform_release(struct platform *platform)
{
	EVP_PKEY_free(platform->ark_key);
	EVP_PKEY_free(platform->ask_key);
	EVP_PKEY_free(platform->cek_key);
	EVP_PKEY_free(platform->oca_key);
	EVP_PKEY_free(platform->pek_key);
	EVP_PKEY_free(platform->pdh_key);
}

#endif
