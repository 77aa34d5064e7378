// SPDX-License-Identifier: Apache-2.0
// Computes what the firmware must have said, and compares.

#include "measure/sev_measurement.h"

#include <inttypes.h>
#include <openssl/crypto.h>
#include <string.h>

#include "base/text_base64_decode.h"
#include "measure/little_endian.h"

// What the message begins with, by what it is for.
#define CONTEXT_LAUNCH_MEASURE 0x04

#define POLICY_OFFSET 4
#define DIGEST_OFFSET 8
#define NONCE_OFFSET (DIGEST_OFFSET + SHA256_BYTES)
#define MESSAGE_BYTES (NONCE_OFFSET + SEV_NONCE_BYTES)

int sev_measurement_read(struct sev_measurement *measurement, const char *base64, struct err *err)
{
	uint8_t bytes[SEV_MEASUREMENT_BYTES];

	if (text_base64_decode(bytes, sizeof(bytes), base64) < 0)
		return err_set(err, ERR_USAGE,
			       "the measurement must be base64 of %d bytes, as QEMU's "
			       "query-sev-launch-measure gives it",
			       SEV_MEASUREMENT_BYTES);
	memcpy(measurement->mac, bytes, sizeof(measurement->mac));
	memcpy(measurement->nonce, bytes + sizeof(measurement->mac), sizeof(measurement->nonce));
	return 0;
}

int sev_measurement_verify(const struct sev_measurement *measurement,
			   const struct sev_owner_keys *keys,
			   const struct sev_firmware_version *version,
			   const uint8_t digest[static SHA256_BYTES], struct err *err)
{
	uint8_t message[MESSAGE_BYTES] = { CONTEXT_LAUNCH_MEASURE, version->api_major,
					   version->api_minor, version->build };
	uint8_t mac[SEV_MAC_BYTES];

	le32_put(message + POLICY_OFFSET, keys->policy);
	memcpy(message + DIGEST_OFFSET, digest, SHA256_BYTES);
	memcpy(message + NONCE_OFFSET, measurement->nonce, SEV_NONCE_BYTES);
	if (sev_mac(mac, keys->tik, message, sizeof(message), err) < 0)
		return -1;
	if (CRYPTO_memcmp(mac, measurement->mac, sizeof(mac)) != 0)
		return err_set(err, ERR_VERDICT,
			       "the measurement is not of this launch: digest, policy (0x%" PRIx32
			       "), firmware version or keys differ",
			       keys->policy);
	return 0;
}
