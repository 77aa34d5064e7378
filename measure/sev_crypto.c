// SPDX-License-Identifier: Apache-2.0
// Asks OpenSSL for what the SEV API needs.

#include "measure/sev_crypto.h"

#include <assert.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <string.h>

#include "measure/little_endian.h"
#include "measure/openssl_object.h"

#define LABEL_BYTES_MAX 32
#define NUMBER_BYTES 4

DEFINE_OPENSSL_AUTO(evp_cipher_ctx, EVP_CIPHER_CTX, EVP_CIPHER_CTX_free);

int sev_random(void *out, size_t len, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;

	assert(len <= INT_MAX);
	if (RAND_priv_bytes(out, (int)len) != 1)
		return err_set(err, ERR_SYSTEM, "OpenSSL has no random numbers here");
	return 0;
}

static int hmac(uint8_t mac[static SEV_MAC_BYTES], const uint8_t *key, size_t key_len,
		const void *bytes, size_t len, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;

	if (HMAC(EVP_sha256(), key, (int)key_len, bytes, len, mac, NULL) == NULL)
		return err_set(err, ERR_SYSTEM, "OpenSSL cannot do HMAC-SHA-256 here");
	return 0;
}

int sev_mac(uint8_t mac[static SEV_MAC_BYTES], const uint8_t key[static SEV_KEY_BYTES],
	    const void *bytes, size_t len, struct err *err)
{
	return hmac(mac, key, SEV_KEY_BYTES, bytes, len, err);
}

int sev_encrypt(uint8_t *out, const uint8_t key[static SEV_KEY_BYTES],
		const uint8_t iv[static SEV_IV_BYTES], const void *bytes, size_t len,
		struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	AUTO(evp_cipher_ctx) EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int written = 0;

	assert(len <= INT_MAX);
	if (ctx == NULL || EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, iv) != 1 ||
	    EVP_EncryptUpdate(ctx, out, &written, bytes, (int)len) != 1)
		return err_set(err, ERR_SYSTEM, "OpenSSL cannot do AES-128 in counter mode here");
	return 0;
}

int sev_derive(uint8_t out[static SEV_KEY_BYTES], const struct sev_derivation *from,
	       struct err *err)
{
	uint8_t message[NUMBER_BYTES + LABEL_BYTES_MAX + 1 + SEV_NONCE_BYTES + NUMBER_BYTES];
	uint8_t block[SEV_MAC_BYTES];
	uint8_t *end = message;
	int status;

	assert(strlen(from->label) <= LABEL_BYTES_MAX);
	le32_put(end, 1); // the counter
	end += NUMBER_BYTES;
	end = mempcpy(end, from->label, strlen(from->label) + 1); // the NUL is part of it
	if (from->nonce != NULL)
		end = mempcpy(end, from->nonce, SEV_NONCE_BYTES);
	le32_put(end, 8 * SEV_KEY_BYTES);
	end += NUMBER_BYTES;
	status = hmac(block, from->key, from->key_len, message, (size_t)(end - message), err);
	memcpy(out, block, SEV_KEY_BYTES);
	OPENSSL_cleanse(block, sizeof(block));
	return status;
}
