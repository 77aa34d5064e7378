// SPDX-License-Identifier: Apache-2.0
// The SHA-2 functions of libcrypto that need no provider.

// They are deprecated in OpenSSL 3, but EVP loads its providers and their configuration first,
// which costs as much as hashing a firmware image, and twice as much for each small message.
#define OPENSSL_API_COMPAT 0x10100000L

#include "measure/sha.h"

#include <assert.h>
#include <openssl/sha.h>
#include <string.h>

static_assert(sizeof(SHA256_CTX) == sizeof(struct sha256), "a SHA-256 in progress fits exactly");
static_assert(_Alignof(SHA256_CTX) <= _Alignof(struct sha256), "and is aligned");
static_assert(SHA256_DIGEST_LENGTH == SHA256_BYTES, "the digest's size");
static_assert(SHA384_DIGEST_LENGTH == SHA384_BYTES, "the digest's size");

// None of libcrypto's functions here can fail. The context is copied in and out, because it must
// not be read through another type; that costs a fiftieth of one page.

void sha256_start(struct sha256 *hash)
{
	SHA256_CTX context;

	(void)SHA256_Init(&context);
	memcpy(hash, &context, sizeof(context));
}

void sha256_add(struct sha256 *hash, const void *bytes, size_t len)
{
	SHA256_CTX context;

	memcpy(&context, hash, sizeof(context));
	(void)SHA256_Update(&context, bytes, len);
	memcpy(hash, &context, sizeof(context));
}

void sha256_read(const struct sha256 *hash, uint8_t digest[static SHA256_BYTES])
{
	SHA256_CTX context;

	memcpy(&context, hash, sizeof(context));
	(void)SHA256_Final(digest, &context);
}

void sha256_of(const void *bytes, size_t len, uint8_t digest[static SHA256_BYTES])
{
	SHA256_CTX context;

	(void)SHA256_Init(&context);
	(void)SHA256_Update(&context, bytes, len);
	(void)SHA256_Final(digest, &context);
}

void sha384_of(const void *bytes, size_t len, uint8_t digest[static SHA384_BYTES])
{
	SHA512_CTX context;

	(void)SHA384_Init(&context);
	(void)SHA384_Update(&context, bytes, len);
	(void)SHA384_Final(digest, &context);
}
