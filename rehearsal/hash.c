// SPDX-License-Identifier: Apache-2.0
// Hashes, message authentication and the cipher.

#include "rehearsal/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/mem.h"

void hash_must(bool done)
{
	static char something;

	(void)mem_must(done ? &something : NULL);
}

static void digest(uint8_t *out, const EVP_MD *algorithm, const void *bytes, size_t len)
{
	hash_must(EVP_Digest(bytes, len, out, NULL, algorithm, NULL) == 1);
}

void hash_sha256(uint8_t out[static SHA256_DIGEST_LENGTH], const void *bytes, size_t len)
{
	digest(out, EVP_sha256(), bytes, len);
}

void hash_sha384(uint8_t out[static SHA384_DIGEST_LENGTH], const void *bytes, size_t len)
{
	digest(out, EVP_sha384(), bytes, len);
}

void hash_hmac_sha256(uint8_t out[static SHA256_DIGEST_LENGTH], const uint8_t *key, size_t key_len,
		      const void *bytes, size_t len)
{
	hash_must(HMAC(EVP_sha256(), key, (int)key_len, bytes, len, out, NULL) != NULL);
}

void hash_aes128_ctr(uint8_t *out, const uint8_t key[static AES128_KEY_SIZE],
		     const uint8_t iv[static AES_BLOCK_BYTES], const void *bytes, size_t len)
{
	EVP_CIPHER_CTX *cipher = mem_must(EVP_CIPHER_CTX_new());
	int written = 0;

	hash_must(EVP_EncryptInit_ex(cipher, EVP_aes_128_ctr(), NULL, key, iv) == 1 &&
		  EVP_EncryptUpdate(cipher, out, &written, bytes, (int)len) == 1);
	EVP_CIPHER_CTX_free(cipher);
}
