/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a Diffie-Hellman key is that of a genuine platform with SEV: AMD's root (ARK) signs the
 * ASK, that the CEK of the chip, that the PEK, which the platform's owner (OCA) signs too, and that
 * the PDH.
 */
#ifndef SNPLAUNCH_MEASURE_SEV_CHAIN_H
#define SNPLAUNCH_MEASURE_SEV_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/sev_certificate.h"
#include "measure/sev_root.h"

/* More than all certificates in base64. */
#define SEV_CHAIN_FILE_BYTES_MAX ((size_t)32 * 1024)

/* What was read so far. Large. A usage or length of 0 says that there is none. */
struct sev_chain {
	struct sev_certificate pdh;
	struct sev_certificate pek;
	struct sev_certificate oca;
	struct sev_certificate cek;
	struct sev_root ask;
	struct sev_root ark;
};

/* What makes a root a root; the digests are SHA-256 of whole certificates. Borrowed. */
struct sev_chain_trust {
	/* Of AMD's root key, NULL: any, and the caller compares. A chain proves as much as its root. */
	const uint8_t *ark_sha256;
	/* Of the platform's owner; NULL: see the next. */
	const uint8_t *oca_sha256;
	/* Takes any OCA. A platform that nobody owns makes its own. */
	bool self_owned;
};

/*
 * Adds the certificates of a file: any of them, in any order, one behind the other, as bytes or in
 * base64, as QEMU's query-sev-capabilities and `sevctl export` give them.
 * Errors: ERR_INPUT for what is none, cut off, or there already.
 */
int sev_chain_add(struct sev_chain *chain, const void *bytes, size_t len,
		  struct err *err) MUST_CHECK;

/* Refuses a chain without a PDH. Errors: ERR_INPUT. */
int sev_chain_check_pdh(const struct sev_chain *chain, struct err *err) MUST_CHECK;

/*
 * Verifies that the PDH is that of a genuine platform.
 * Errors: ERR_INPUT when a certificate is missing, ERR_VERDICT for what does not verify; the text
 * names which.
 */
int sev_chain_verify(const struct sev_chain *chain, const struct sev_chain_trust *trust,
		     struct err *err) MUST_CHECK;

#endif
