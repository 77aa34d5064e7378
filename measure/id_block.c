// SPDX-License-Identifier: Apache-2.0
// Lays out ID blocks and their authentication, and takes them apart.

#include "measure/id_block.h"

#include <inttypes.h>
#include <string.h>

#include "measure/little_endian.h"

// Of the ID block.
#define FAMILY_ID_OFFSET 48
#define IMAGE_ID_OFFSET 64
#define VERSION_OFFSET 80
#define GUEST_SVN_OFFSET 84
#define POLICY_OFFSET 88

// Of the ID authentication information.
#define ID_KEY_ALGO_OFFSET 0x000
#define AUTHOR_KEY_ALGO_OFFSET 0x004
#define BLOCK_SIGNATURE_OFFSET 0x040
#define ID_KEY_OFFSET 0x240
#define ID_KEY_SIGNATURE_OFFSET 0x680
#define AUTHOR_KEY_OFFSET 0x880

#define ALGO_ECDSA_P384_SHA384 1U

#define POLICY_MUST_BE_ONE ((uint64_t)1 << 17)
#define POLICY_RESERVED (~(((uint64_t)1 << 26) - 1))

static const struct {
	size_t start;
	size_t end;
} must_be_zero[] = {
	{ AUTHOR_KEY_ALGO_OFFSET + 4, BLOCK_SIGNATURE_OFFSET },
	{ ID_KEY_OFFSET + P384_PUBLIC_KEY_BYTES, ID_KEY_SIGNATURE_OFFSET },
	{ AUTHOR_KEY_OFFSET + P384_PUBLIC_KEY_BYTES, ID_AUTH_BYTES },
};

static bool is_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

// --- The ID block ------------------------------------------------------------------------------

void id_block_encode(uint8_t bytes[static ID_BLOCK_BYTES], const struct id_block *block)
{
	memcpy(bytes, block->launch_digest, SHA384_BYTES);
	memcpy(bytes + FAMILY_ID_OFFSET, block->family_id, ID_NAME_BYTES);
	memcpy(bytes + IMAGE_ID_OFFSET, block->image_id, ID_NAME_BYTES);
	le32_put(bytes + VERSION_OFFSET, ID_BLOCK_VERSION);
	le32_put(bytes + GUEST_SVN_OFFSET, block->guest_svn);
	le64_put(bytes + POLICY_OFFSET, block->policy);
}

int id_block_decode(struct id_block *block, const void *bytes, size_t len, struct err *err)
{
	const uint8_t *in = bytes;
	struct id_block read;

	if (len != ID_BLOCK_BYTES)
		return err_set(err, ERR_INPUT, "the ID block has %zu bytes%s, not %d", len,
			       len > ID_BLOCK_BYTES ? " or more" : "", ID_BLOCK_BYTES);
	if (le32_at(in + VERSION_OFFSET) != ID_BLOCK_VERSION)
		return err_set(err, ERR_INPUT, "the ID block has version %" PRIu32 ", not %d",
			       le32_at(in + VERSION_OFFSET), ID_BLOCK_VERSION);
	memcpy(read.launch_digest, in, SHA384_BYTES);
	memcpy(read.family_id, in + FAMILY_ID_OFFSET, ID_NAME_BYTES);
	memcpy(read.image_id, in + IMAGE_ID_OFFSET, ID_NAME_BYTES);
	read.guest_svn = le32_at(in + GUEST_SVN_OFFSET);
	read.policy = le64_at(in + POLICY_OFFSET);
	if ((read.policy & POLICY_MUST_BE_ONE) == 0 || (read.policy & POLICY_RESERVED) != 0)
		return err_set(err, ERR_INPUT,
			       "the ID block has the policy 0x%" PRIx64
			       ", but bit 17 must be 1 and bits 26 to 63 must be 0",
			       read.policy);
	*block = read;
	return 0;
}

int id_block_check_launch(const struct id_block *block, const uint8_t digest[static SHA384_BYTES],
			  uint64_t policy, struct err *err)
{
	if (memcmp(block->launch_digest, digest, SHA384_BYTES) != 0)
		return err_set(
			err, ERR_VERDICT,
			"the ID block is for another launch digest: firmware would refuse the "
			"guest with BAD_MEASUREMENT");
	if (block->policy != policy)
		return err_set(err, ERR_VERDICT,
			       "the ID block has the policy 0x%" PRIx64 ", the launch 0x%" PRIx64
			       ": firmware would refuse the guest with POLICY_FAILURE",
			       block->policy, policy);
	return 0;
}

// --- Its authentication ------------------------------------------------------------------------

static int sign_id_key(struct id_auth *auth, EVP_PKEY *author_key, struct err *err)
{
	auth->has_author = true;
	if (p384_public_key_from(&auth->author_key, author_key, err) < 0 ||
	    p384_sign(&auth->id_key_signature, author_key, auth->id_key.bytes,
		      sizeof(auth->id_key.bytes), err) < 0)
		return err_context(err, "author key");
	return 0;
}

int id_auth_sign(struct id_auth *auth, const struct id_block *block, EVP_PKEY *id_key,
		 EVP_PKEY *author_key, struct err *err)
{
	uint8_t bytes[ID_BLOCK_BYTES];

	*auth = (struct id_auth){ 0 };
	id_block_encode(bytes, block);
	if (p384_public_key_from(&auth->id_key, id_key, err) < 0 ||
	    p384_sign(&auth->block_signature, id_key, bytes, sizeof(bytes), err) < 0)
		return err_context(err, "ID key");
	return author_key != NULL ? sign_id_key(auth, author_key, err) : 0;
}

int id_auth_verify(const struct id_auth *auth, const struct id_block *block, struct err *err)
{
	uint8_t bytes[ID_BLOCK_BYTES];

	id_block_encode(bytes, block);
	if (p384_verify(&auth->block_signature, &auth->id_key, bytes, sizeof(bytes), err) < 0)
		return err_context(err, "signature of the ID block by the ID key");
	if (auth->has_author &&
	    p384_verify(&auth->id_key_signature, &auth->author_key, auth->id_key.bytes,
			sizeof(auth->id_key.bytes), err) < 0)
		return err_context(err, "signature of the ID key by the author key");
	return 0;
}

int id_auth_assemble(uint8_t bytes[static ID_AUTH_BYTES], const struct id_auth *auth,
		     const struct id_block *block, struct err *err)
{
	if (id_auth_verify(auth, block, err) < 0)
		return -1;
	memset(bytes, 0, ID_AUTH_BYTES);
	// The author's algorithm is given without an author too, as other tools do.
	le32_put(bytes + ID_KEY_ALGO_OFFSET, ALGO_ECDSA_P384_SHA384);
	le32_put(bytes + AUTHOR_KEY_ALGO_OFFSET, ALGO_ECDSA_P384_SHA384);
	memcpy(bytes + BLOCK_SIGNATURE_OFFSET, auth->block_signature.bytes, P384_SIGNATURE_BYTES);
	memcpy(bytes + ID_KEY_OFFSET, auth->id_key.bytes, P384_PUBLIC_KEY_BYTES);
	if (auth->has_author) {
		memcpy(bytes + ID_KEY_SIGNATURE_OFFSET, auth->id_key_signature.bytes,
		       P384_SIGNATURE_BYTES);
		memcpy(bytes + AUTHOR_KEY_OFFSET, auth->author_key.bytes, P384_PUBLIC_KEY_BYTES);
	}
	return 0;
}

static int check_algorithm(const uint8_t *in, const char *whose, bool optional, struct err *err)
{
	uint32_t algorithm = le32_at(in);

	if (algorithm == ALGO_ECDSA_P384_SHA384 || (optional && algorithm == 0))
		return 0;
	return err_set(err, ERR_INPUT,
		       "the %s's algorithm is %" PRIu32 ", not %u (ECDSA P-384 with SHA-384)",
		       whose, algorithm, ALGO_ECDSA_P384_SHA384);
}

static int check_zeros(const uint8_t *in, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(must_be_zero); i++)
		if (!is_zero(in + must_be_zero[i].start,
			     must_be_zero[i].end - must_be_zero[i].start))
			return err_set(
				err, ERR_INPUT,
				"the ID authentication information is not zero between 0x%zx "
				"and 0x%zx, as it must be",
				must_be_zero[i].start, must_be_zero[i].end);
	return 0;
}

int id_auth_decode(struct id_auth *auth, const void *bytes, size_t len, struct err *err)
{
	const uint8_t *in = bytes;
	bool has_key, has_signature;

	if (len != ID_AUTH_BYTES)
		return err_set(err, ERR_INPUT,
			       "the ID authentication information has %zu bytes%s, not %d", len,
			       len > ID_AUTH_BYTES ? " or more" : "", ID_AUTH_BYTES);
	has_key = !is_zero(in + AUTHOR_KEY_OFFSET, P384_PUBLIC_KEY_BYTES);
	has_signature = !is_zero(in + ID_KEY_SIGNATURE_OFFSET, P384_SIGNATURE_BYTES);
	if (check_algorithm(in + ID_KEY_ALGO_OFFSET, "ID key", false, err) < 0 ||
	    check_algorithm(in + AUTHOR_KEY_ALGO_OFFSET, "author key", !has_key, err) < 0 ||
	    check_zeros(in, err) < 0)
		return -1;
	if (has_key != has_signature)
		return err_set(err, ERR_INPUT, "there is %s, but %s",
			       has_key ? "an author key" : "a signature by an author key",
			       has_key ? "no signature by it" : "no author key");
	*auth = (struct id_auth){ .has_author = has_key };
	memcpy(auth->block_signature.bytes, in + BLOCK_SIGNATURE_OFFSET, P384_SIGNATURE_BYTES);
	memcpy(auth->id_key.bytes, in + ID_KEY_OFFSET, P384_PUBLIC_KEY_BYTES);
	memcpy(auth->id_key_signature.bytes, in + ID_KEY_SIGNATURE_OFFSET, P384_SIGNATURE_BYTES);
	memcpy(auth->author_key.bytes, in + AUTHOR_KEY_OFFSET, P384_PUBLIC_KEY_BYTES);
	return 0;
}
