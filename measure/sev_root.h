/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates of AMD's that every platform with SEV of a generation has: the root key (ARK) and
 * the signing key (ASK), which AMD publishes together, the ASK first.
 * Source: SEV API (AMD 55766), appendix B.
 */
#ifndef SNPLAUNCH_MEASURE_SEV_ROOT_H
#define SNPLAUNCH_MEASURE_SEV_ROOT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/sev_certificate.h"

#define SEV_ROOT_ID_BYTES 16
#define SEV_ROOT_NUMBER_BYTES_MAX 512
/* Heading, public exponent, modulus, signature. */
#define SEV_ROOT_HEADING_BYTES 64
#define SEV_ROOT_BYTES_MAX (SEV_ROOT_HEADING_BYTES + 3 * SEV_ROOT_NUMBER_BYTES_MAX)

struct sev_root {
	enum sev_usage usage; /* ARK or ASK */
	uint8_t key_id[SEV_ROOT_ID_BYTES];
	uint8_t issuer_id[SEV_ROOT_ID_BYTES];
	size_t number_bytes; /* of a key of 2048 bits 256, of 4096 bits 512 */
	size_t len;
	uint8_t bytes[SEV_ROOT_BYTES_MAX]; /* 'len' of them, as they were read */
};

/*
 * Reads the certificate that 'bytes' begin with, whose 'len' may be less than 'len' here. Nobody has
 * verified it yet. Errors: ERR_INPUT for another version or usage, a key that is not RSA with 2048 or
 * 4096 bits and the exponent 65537, and a length that it does not have.
 */
int sev_root_read(struct sev_root *root, const void *bytes, size_t len, struct err *err) MUST_CHECK;

/* Verifies that 'issuer' signed 'root'; an ARK signs itself. Errors: ERR_VERDICT. */
int sev_root_verify(const struct sev_root *root, const struct sev_root *issuer,
		    struct err *err) MUST_CHECK;

/* Verifies that an ASK signed the certificate of a platform's CEK. Errors: ERR_VERDICT. */
int sev_root_verify_cek(const struct sev_root *ask, const struct sev_certificate *cek,
			struct err *err) MUST_CHECK;

/* SHA-256 of the whole certificate. */
void sev_root_digest(uint8_t digest[static SHA256_BYTES], const struct sev_root *root);

#endif
