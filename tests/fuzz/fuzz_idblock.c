// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the first byte chooses what the rest is. 'a' an ID authentication, whose missing end
// is zero, behind an ID block; 's' a detached signature; 'k' a private key; 'p' a public one.

#include <assert.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "measure/id_block.h"
#include "measure/key_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int status, const struct err *err)
{
	assert(status == 0 || (err_is_valid(err) && err->text[0] != '\0'));
}

// What decodes is encoded to the same bytes, but for the author's algorithm, which may be none.
static void fuzz_authentication(const uint8_t *data, size_t size)
{
	uint8_t in[ID_BLOCK_BYTES + ID_AUTH_BYTES] = { 0 };
	uint8_t out[ID_AUTH_BYTES];
	struct id_block block;
	struct id_auth auth;
	struct err err;

	memcpy(in, data, size < sizeof(in) ? size : sizeof(in));
	check(id_auth_decode(&auth, data, size, &err), &err);
	if (id_block_decode(&block, in, ID_BLOCK_BYTES, &err) < 0 ||
	    id_auth_decode(&auth, in + ID_BLOCK_BYTES, ID_AUTH_BYTES, &err) < 0) {
		check(-1, &err);
		return;
	}
	id_block_encode(out, &block);
	assert(memcmp(out, in, ID_BLOCK_BYTES) == 0);
	if (id_auth_assemble(out, &auth, &block, &err) < 0)
		check(-1, &err);
	else
		assert(memcmp(out + 8, in + ID_BLOCK_BYTES + 8, ID_AUTH_BYTES - 8) == 0);
}

static void fuzz_private_key(const uint8_t *data, size_t size)
{
	EVP_PKEY *key = NULL;
	struct err err;

	check(key_file_read_private(&key, data, size, NULL, &err), &err);
	EVP_PKEY_free(key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct p384_signature signature;
	struct p384_public_key key;
	struct err err;

	if (size == 0)
		return 0;
	if (data[0] == 'a')
		fuzz_authentication(data + 1, size - 1);
	else if (data[0] == 's')
		check(p384_signature_read(&signature, data + 1, size - 1, &err), &err);
	else if (data[0] == 'k')
		fuzz_private_key(data + 1, size - 1);
	else if (data[0] == 'p')
		check(p384_public_key_read(&key, data + 1, size - 1, &err), &err);
	return 0;
}
