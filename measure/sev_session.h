/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the owner of a SEV or SEV-ES guest gives a host so that it can start the guest with the
 * owner's keys and cannot read them: a Diffie-Hellman key of the owner's, and the keys wrapped for
 * one platform.
 * Source: SEV API (AMD 55766), section 2.2 and LAUNCH_START.
 */
#ifndef SNPLAUNCH_MEASURE_SEV_SESSION_H
#define SNPLAUNCH_MEASURE_SEV_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/sev_certificate.h"
#include "measure/sev_owner_keys.h"

#define SEV_SESSION_BLOB_BYTES 128

struct sev_session {
	uint8_t dh_cert[SEV_CERTIFICATE_BYTES]; /* QEMU's dh-cert-file */
	uint8_t blob[SEV_SESSION_BLOB_BYTES];	/* QEMU's session-file */
};

/*
 * Wraps the keys and binds the policy for the platform of that PDH, which the caller has verified,
 * with a key of Diffie and Hellman's that is made for this and forgotten.
 */
int sev_session_make(struct sev_session *session, const struct sev_owner_keys *keys,
		     const struct sev_certificate *pdh, struct err *err) MUST_CHECK;

/* What both sides know, and nobody else. */
struct sev_session_secret {
	const uint8_t *shared; /* borrowed; of ECDH P-384 48 bytes */
	size_t shared_len;
	uint8_t nonce[SEV_NONCE_BYTES];
	uint8_t iv[SEV_IV_BYTES];
};

/* The blob alone, of given numbers. */
int sev_session_wrap(uint8_t blob[static SEV_SESSION_BLOB_BYTES], const struct sev_owner_keys *keys,
		     const struct sev_session_secret *secret, struct err *err) MUST_CHECK;

#endif
