/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ID block, by which a guest's owner says what the firmware must have measured before it starts
 * the guest, and the ID authentication information, by which the owner signs it.
 * Source: SEV-SNP Firmware ABI (AMD 56860), SNP_LAUNCH_FINISH.
 *
 * Who keeps the keys elsewhere has two messages signed, each by ECDSA P-384 with SHA-384:
 * id_block_encode()'s bytes by the ID key, and the bytes of the ID key's struct p384_public_key by
 * the author key. id_auth_assemble() makes the rest of what comes back.
 */
#ifndef SNPLAUNCH_MEASURE_ID_BLOCK_H
#define SNPLAUNCH_MEASURE_ID_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/ecdsa_p384.h"

#define ID_BLOCK_BYTES 96
#define ID_AUTH_BYTES 4096
#define ID_BLOCK_VERSION 1
#define ID_NAME_BYTES 16

struct id_block {
	uint8_t launch_digest[SHA384_BYTES];
	uint8_t family_id[ID_NAME_BYTES];
	uint8_t image_id[ID_NAME_BYTES];
	uint32_t guest_svn;
	uint64_t policy;
};

/* What signs an ID block, or has signed it. */
struct id_auth {
	struct p384_public_key id_key;
	struct p384_signature block_signature; /* of the ID block, by the ID key */
	/* False: the author's fields are zero, and QEMU's author-key-enabled must be off. */
	bool has_author;
	struct p384_public_key author_key;
	struct p384_signature id_key_signature; /* of 'id_key', by the author key */
};

/* The bytes of an ID block: what the ID key signs. */
void id_block_encode(uint8_t bytes[static ID_BLOCK_BYTES], const struct id_block *block);

/*
 * Reads an ID block, whose file may have been cut behind 'len' when it is longer. Errors: ERR_INPUT
 * for another length or version, and for a policy with reserved bits in it that firmware refuses.
 */
int id_block_decode(struct id_block *block, const void *bytes, size_t len,
		    struct err *err) MUST_CHECK;

/*
 * Refuses a block that is for another launch: the firmware compares digest and policy bit for bit.
 * Errors: ERR_VERDICT.
 */
int id_block_check_launch(const struct id_block *block, const uint8_t digest[static SHA384_BYTES],
			  uint64_t policy, struct err *err) MUST_CHECK;

/*
 * Signs a block with keys (borrowed) of key_file_read_private(). 'author_key' may be NULL.
 * Nothing of the private keys remains in 'auth'.
 */
int id_auth_sign(struct id_auth *auth, const struct id_block *block, EVP_PKEY *id_key,
		 EVP_PKEY *author_key, struct err *err) MUST_CHECK;

/*
 * Makes the bytes that firmware takes, from signatures made here or elsewhere, after verifying them.
 * Errors: as id_auth_verify().
 */
int id_auth_assemble(uint8_t bytes[static ID_AUTH_BYTES], const struct id_auth *auth,
		     const struct id_block *block, struct err *err) MUST_CHECK;

/*
 * Takes the bytes apart. Errors: ERR_INPUT for another length, an algorithm that is not ECDSA P-384
 * with SHA-384, a byte that must be zero, and an author key or its signature without the other.
 */
int id_auth_decode(struct id_auth *auth, const void *bytes, size_t len, struct err *err) MUST_CHECK;

/*
 * Verifies the signatures, as firmware does before it starts the guest.
 * Errors: ERR_INPUT for malformed keys and signatures, ERR_VERDICT for wrong ones; the text names
 * which.
 */
int id_auth_verify(const struct id_auth *auth, const struct id_block *block,
		   struct err *err) MUST_CHECK;

#endif
