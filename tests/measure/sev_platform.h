/* SPDX-License-Identifier: Apache-2.0 */
/* A platform with SEV whose keys are made here, and its certificates; each can be changed and signed anew. */
#ifndef SNPLAUNCH_TESTS_MEASURE_SEV_PLATFORM_H
#define SNPLAUNCH_TESTS_MEASURE_SEV_PLATFORM_H

#include "tests/measure/sev_certificates.h"

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
