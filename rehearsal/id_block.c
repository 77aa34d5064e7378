// SPDX-License-Identifier: Apache-2.0
// Judges ID blocks.

#include "rehearsal/id_block.h"

#include <string.h>

#include "rehearsal/hash.h"
#include "rehearsal/p384.h"

#define VERSION 1U
#define ALGORITHM_ECDSA_P384_SHA384 1U

// Offsets in an ID block and in its authentication.
enum {
	BLOCK_DIGEST = 0,
	BLOCK_VERSION = 80,
	BLOCK_POLICY = 88,
	AUTH_ID_KEY_ALGORITHM = 0x000,
	AUTH_AUTHOR_KEY_ALGORITHM = 0x004,
	AUTH_BLOCK_SIGNATURE = 0x040,
	AUTH_ID_KEY = 0x240,
	AUTH_ID_KEY_SIGNATURE = 0x680,
	AUTH_AUTHOR_KEY = 0x880,
};

static uint32_t u32_at(const uint8_t *bytes)
{
	uint32_t value;

	memcpy(&value, bytes, sizeof(value));
	return value;
}

static enum firmware_error judge_signatures(const uint8_t *block, const uint8_t *auth,
					    bool author_key_enabled)
{
	if (u32_at(auth + AUTH_ID_KEY_ALGORITHM) != ALGORITHM_ECDSA_P384_SHA384)
		return FIRMWARE_INVALID_PARAM;
	if (!p384_verify(auth + AUTH_ID_KEY, auth + AUTH_BLOCK_SIGNATURE, block, ID_BLOCK_BYTES))
		return FIRMWARE_BAD_SIGNATURE;
	if (!author_key_enabled)
		return FIRMWARE_SUCCESS;
	if (u32_at(auth + AUTH_AUTHOR_KEY_ALGORITHM) != ALGORITHM_ECDSA_P384_SHA384)
		return FIRMWARE_INVALID_PARAM;
	if (!p384_verify(auth + AUTH_AUTHOR_KEY, auth + AUTH_ID_KEY_SIGNATURE, auth + AUTH_ID_KEY,
			 P384_KEY_BYTES))
		return FIRMWARE_BAD_SIGNATURE;
	return FIRMWARE_SUCCESS;
}

enum firmware_error id_block_judge(const uint8_t block[static ID_BLOCK_BYTES],
				   const uint8_t auth[static ID_AUTH_BYTES],
				   const struct id_block_launch *launch)
{
	enum firmware_error error = judge_signatures(block, auth, launch->author_key_enabled);
	uint64_t policy;

	if (error != FIRMWARE_SUCCESS)
		return error;
	memcpy(&policy, block + BLOCK_POLICY, sizeof(policy));
	if (u32_at(block + BLOCK_VERSION) != VERSION)
		return FIRMWARE_INVALID_PARAM;
	if (memcmp(block + BLOCK_DIGEST, launch->digest, SHA384_DIGEST_LENGTH) != 0)
		return FIRMWARE_BAD_MEASUREMENT;
	if (policy != launch->policy)
		return FIRMWARE_POLICY_FAILURE;
	return FIRMWARE_SUCCESS;
}
