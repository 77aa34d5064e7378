/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the firmware says of a SEV or SEV-ES guest's launch digest, authenticated by a key that the
 * owner has given it.
 * Source: SEV API (AMD 55766), section 6.5 (LAUNCH_MEASURE).
 */
#ifndef SNPLAUNCH_MEASURE_SEV_MEASUREMENT_H
#define SNPLAUNCH_MEASURE_SEV_MEASUREMENT_H

#include <stdint.h>

#include "base/err.h"
#include "measure/sev_owner_keys.h"
#include "measure/sha.h"

#define SEV_MEASUREMENT_BYTES (SEV_MAC_BYTES + SEV_NONCE_BYTES)

struct sev_measurement {
	uint8_t mac[SEV_MAC_BYTES];
	uint8_t nonce[SEV_NONCE_BYTES];
};

/* The firmware that measured; part of what it authenticates. */
struct sev_firmware_version {
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t build;
};

/* Reads base64 as QEMU's query-sev-launch-measure gives it. Errors: ERR_USAGE. */
int sev_measurement_read(struct sev_measurement *measurement, const char *base64,
			 struct err *err) MUST_CHECK;

/*
 * Verifies that firmware of that version, which holds these keys, measured 'digest' and launches
 * with the keys' policy. Errors: ERR_VERDICT; which of them differs cannot be told.
 */
int sev_measurement_verify(const struct sev_measurement *measurement,
			   const struct sev_owner_keys *keys,
			   const struct sev_firmware_version *version,
			   const uint8_t digest[static SHA256_BYTES], struct err *err) MUST_CHECK;

#endif
