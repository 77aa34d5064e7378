/* SPDX-License-Identifier: Apache-2.0 */
/* The ID block of an SNP guest, judged as SNP_LAUNCH_FINISH judges it. */
#ifndef SNPLAUNCH_REHEARSAL_ID_BLOCK_H
#define SNPLAUNCH_REHEARSAL_ID_BLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "rehearsal/firmware_error.h"

#define ID_BLOCK_BYTES 96
#define ID_AUTH_BYTES 4096

/* What an ID block and its authentication are compared with. */
struct id_block_launch {
	/* SHA-384. */
	const uint8_t *digest;
	uint64_t policy;
	bool author_key_enabled;
};

/*
 * What is not signed is not believed, so the signatures come first; only a block with several
 * mistakes shows this order.
 * Source: AMD 56860, SNP_LAUNCH_FINISH, ID block and ID authentication information structures.
 */
enum firmware_error id_block_judge(const uint8_t block[static ID_BLOCK_BYTES],
				   const uint8_t auth[static ID_AUTH_BYTES],
				   const struct id_block_launch *launch);

#endif
