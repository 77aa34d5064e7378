/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificates that a platform with SEV makes and keeps: of its Diffie-Hellman key (PDH), its
 * endorsement key (PEK), its owner's key (OCA) and its chip's key (CEK).
 * Source: SEV API (AMD 55766), appendix C.
 */
#ifndef SNPLAUNCH_MEASURE_SEV_CERTIFICATE_H
#define SNPLAUNCH_MEASURE_SEV_CERTIFICATE_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/ecdsa_p384.h"
#include "measure/sha.h"

#define SEV_CERTIFICATE_BYTES 2084
/* What its signatures are over: all in front of them. */
#define SEV_CERTIFICATE_SIGNED_BYTES 0x414
#define SEV_CERTIFICATE_SIGNATURES 2

/* What a key is for. */
enum sev_usage {
	SEV_USAGE_ARK = 0x00,
	SEV_USAGE_ASK = 0x13,
	SEV_USAGE_NONE = 0x1000,
	SEV_USAGE_OCA = 0x1001,
	SEV_USAGE_PEK = 0x1002,
	SEV_USAGE_PDH = 0x1003,
	SEV_USAGE_CEK = 0x1004,
};

enum sev_algorithm {
	SEV_ALGORITHM_NONE = 0x000,
	SEV_RSA_SHA256 = 0x001,
	SEV_ECDSA_SHA256 = 0x002,
	SEV_ECDH_SHA256 = 0x003,
	SEV_RSA_SHA384 = 0x101,
	SEV_ECDSA_SHA384 = 0x102,
	SEV_ECDH_SHA384 = 0x103,
};

/* By whose key, and its bytes: of ECDSA a struct p384_signature, of RSA a little-endian number. */
struct sev_signature {
	uint32_t usage;
	uint32_t algorithm;
	struct p384_signature bytes;
};

struct sev_certificate {
	uint8_t api_major;
	uint8_t api_minor;
	enum sev_usage usage; /* OCA, PEK, PDH or CEK */
	enum sev_algorithm algorithm;
	struct p384_public_key key;
	struct sev_signature signatures[SEV_CERTIFICATE_SIGNATURES];
	uint8_t bytes[SEV_CERTIFICATE_BYTES]; /* as they were read */
};

/* "PDH" for SEV_USAGE_PDH; NULL when there is no such usage. */
const char *sev_usage_word(uint32_t usage);

/* "ECDSA with SHA-256" for SEV_ECDSA_SHA256; "an unknown algorithm". */
const char *sev_algorithm_text(uint32_t algorithm);

/* True when 'bytes' look like such a certificate, not like one of an ARK or ASK. */
bool sev_certificate_is(const void *bytes, size_t len);

/*
 * Reads a certificate, which nobody has verified yet.
 * Errors: ERR_INPUT for another length, version or usage, an algorithm that does not suit the usage,
 * and a key that is not on P-384.
 */
int sev_certificate_read(struct sev_certificate *certificate, const void *bytes, size_t len,
			 struct err *err) MUST_CHECK;

/* Writes the certificate of a new PDH, signed by nobody: firmware looks at no signature there. */
void sev_certificate_write_pdh(uint8_t bytes[static SEV_CERTIFICATE_BYTES],
			       const struct p384_public_key *key, uint8_t api_major,
			       uint8_t api_minor);

/*
 * The signature by a key of that usage and algorithm; they may stand in any order.
 * Errors: ERR_VERDICT when there is none, which names the algorithm that is there instead.
 */
int sev_certificate_signature_by(const struct sev_signature **signature,
				 const struct sev_certificate *certificate, enum sev_usage usage,
				 enum sev_algorithm algorithm, struct err *err) MUST_CHECK;

/* Verifies that 'issuer' signed 'certificate'. Errors: ERR_VERDICT, ERR_INPUT. */
int sev_certificate_verify(const struct sev_certificate *certificate,
			   const struct sev_certificate *issuer, struct err *err) MUST_CHECK;

/* SHA-256 of the whole certificate. */
void sev_certificate_digest(uint8_t digest[static SHA256_BYTES],
			    const struct sev_certificate *certificate);

#endif
