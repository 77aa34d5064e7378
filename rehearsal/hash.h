/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware's cryptography, by libcrypto, whose failures here could only be lack of memory. */
#ifndef SNPLAUNCH_REHEARSAL_HASH_H
#define SNPLAUNCH_REHEARSAL_HASH_H

#include <openssl/sha.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ends the process when libcrypto could not do something that only lack of memory prevents. */
void hash_must(bool done);

#define AES128_KEY_SIZE 16
#define AES_BLOCK_BYTES 16

void hash_sha256(uint8_t out[static SHA256_DIGEST_LENGTH], const void *bytes, size_t len);
void hash_sha384(uint8_t out[static SHA384_DIGEST_LENGTH], const void *bytes, size_t len);

void hash_hmac_sha256(uint8_t out[static SHA256_DIGEST_LENGTH], const uint8_t *key, size_t key_len,
		      const void *bytes, size_t len);

/* AES-128 in counter mode, which is its own inverse. */
void hash_aes128_ctr(uint8_t *out, const uint8_t key[static AES128_KEY_SIZE],
		     const uint8_t iv[static AES_BLOCK_BYTES], const void *bytes, size_t len);

#endif
