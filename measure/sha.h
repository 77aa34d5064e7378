/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 and SHA-384 without OpenSSL's providers, and without its headers for those who include this. */
#ifndef SNPLAUNCH_MEASURE_SHA_H
#define SNPLAUNCH_MEASURE_SHA_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32
#define SHA384_BYTES 48

/* A SHA-256 in progress: plain bytes, so that a copy goes on by itself. Its content is sha.c's. */
struct sha256 {
	uint64_t state[14];
};

void sha256_start(struct sha256 *hash);
void sha256_add(struct sha256 *hash, const void *bytes, size_t len);

/* The digest of what was added so far; 'hash' is left alone and can go on. */
void sha256_read(const struct sha256 *hash, uint8_t digest[static SHA256_BYTES]);

/* The digests of 'len' bytes. */
void sha256_of(const void *bytes, size_t len, uint8_t digest[static SHA256_BYTES]);
void sha384_of(const void *bytes, size_t len, uint8_t digest[static SHA384_BYTES]);

#endif
