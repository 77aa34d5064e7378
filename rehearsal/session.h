/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the owner of a SEV or SEV-ES guest and the firmware keep secret from the host: the session's
 * keys, the measurement that they authenticate, and the secrets that they carry.
 * Source: AMD 55766, chapters 2 and 6.
 */
#ifndef SNPLAUNCH_REHEARSAL_SESSION_H
#define SNPLAUNCH_REHEARSAL_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "rehearsal/firmware_error.h"
#include "rehearsal/hash.h"
#include "rehearsal/platform.h"

#define SESSION_BLOB_BYTES 128
#define SESSION_NONCE_BYTES 16
#define SESSION_DIGEST_BYTES SHA256_DIGEST_LENGTH
#define SESSION_MEASUREMENT_BYTES (SESSION_DIGEST_BYTES + SESSION_NONCE_BYTES)
#define SESSION_SECRET_HEADER_BYTES 52
#define SESSION_SECRET_BYTES_MAX 16384

/* A certificate of the SEV API, and where its public key is. */
#define SESSION_CERTIFICATE_BYTES 2084
#define SESSION_CERTIFICATE_KEY 0x10

struct session {
	uint8_t tek[AES128_KEY_SIZE];
	uint8_t tik[AES128_KEY_SIZE];
	/* Of the last LAUNCH_MEASURE, which secrets are bound to. */
	uint8_t measurement[SESSION_MEASUREMENT_BYTES];
};

/*
 * Opens the owner's session blob with the platform's Diffie-Hellman key and the owner's
 * certificate. 'policy' is what the launch asks for.
 */
enum firmware_error session_open(struct session *session,
				 const uint8_t certificate[static SESSION_CERTIFICATE_BYTES],
				 const uint8_t blob[static SESSION_BLOB_BYTES], uint32_t policy);

/* Draws the keys of a launch without a session. Returns -1 without random numbers. */
int session_draw(struct session *session) MUST_CHECK;

/* Writes the measurement of a launch digest, and the nonce behind it, into the session. */
int session_measure(struct session *session, const struct platform *platform, uint32_t policy,
		    const uint8_t digest[static SESSION_DIGEST_BYTES]) MUST_CHECK;

/*
 * Checks and decrypts a secret packet of the owner's. 'len' is that of the secret, of 'packet' and
 * of 'out'.
 */
enum firmware_error session_open_secret(const struct session *session, uint8_t *out,
					const uint8_t header[static SESSION_SECRET_HEADER_BYTES],
					const uint8_t *packet, size_t len);

#endif
