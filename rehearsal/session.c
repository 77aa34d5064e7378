// SPDX-License-Identifier: Apache-2.0
// Derives the session's keys and uses them.

#include "rehearsal/session.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <string.h>

#include "rehearsal/p384.h"

#define KDF_LABEL_MAX 32

// Offsets in a session blob.
enum {
	BLOB_NONCE = 0,
	BLOB_WRAPPED_KEYS = 16,
	BLOB_IV = 48,
	BLOB_WRAP_MAC = 64,
	BLOB_POLICY_MAC = 96,
};

#define WRAPPED_KEYS_BYTES ((size_t)2 * AES128_KEY_SIZE)

// What a message authentication code begins with, by what it is for.
enum {
	MAC_SECRET = 0x01,
	MAC_MEASUREMENT = 0x04,
};

// Offsets in the header of a secret packet.
enum {
	HEADER_FLAGS = 0,
	HEADER_IV = 4,
	HEADER_MAC = 20,
};

// NIST SP 800-108 in counter mode, one block, of which the first half is the key.
static void derive(uint8_t out[static AES128_KEY_SIZE], const uint8_t *key, size_t key_len,
		   const char *label, const uint8_t *context)
{
	const uint32_t counter = 1;
	const uint32_t bits = 8 * AES128_KEY_SIZE;
	uint8_t message[sizeof(counter) + KDF_LABEL_MAX + 1 + SESSION_NONCE_BYTES + sizeof(bits)];
	uint8_t block[SHA256_DIGEST_LENGTH];
	size_t len = 0;

	memcpy(message, &counter, sizeof(counter));
	len += sizeof(counter);
	memcpy(message + len, label, strlen(label) + 1); // the NUL is part of it
	len += strlen(label) + 1;
	if (context != NULL) {
		memcpy(message + len, context, SESSION_NONCE_BYTES);
		len += SESSION_NONCE_BYTES;
	}
	memcpy(message + len, &bits, sizeof(bits));
	len += sizeof(bits);
	hash_hmac_sha256(block, key, key_len, message, len);
	memcpy(out, block, AES128_KEY_SIZE);
}

static void set_keys(struct session *session, const uint8_t keys[static WRAPPED_KEYS_BYTES])
{
	memcpy(session->tek, keys, AES128_KEY_SIZE);
	memcpy(session->tik, keys + AES128_KEY_SIZE, AES128_KEY_SIZE);
}

static bool mac_is(const uint8_t *expected, const uint8_t key[static AES128_KEY_SIZE],
		   const void *bytes, size_t len)
{
	uint8_t mac[SHA256_DIGEST_LENGTH];

	hash_hmac_sha256(mac, key, AES128_KEY_SIZE, bytes, len);
	return CRYPTO_memcmp(mac, expected, sizeof(mac)) == 0;
}

enum firmware_error session_open(struct session *session,
				 const uint8_t certificate[static SESSION_CERTIFICATE_BYTES],
				 const uint8_t blob[static SESSION_BLOB_BYTES], uint32_t policy)
{
	uint8_t shared[P384_BYTES];
	uint8_t master[AES128_KEY_SIZE];
	uint8_t kek[AES128_KEY_SIZE];
	uint8_t kik[AES128_KEY_SIZE];
	uint8_t keys[WRAPPED_KEYS_BYTES];

	if (p384_agree(shared, certificate + SESSION_CERTIFICATE_KEY) < 0)
		return FIRMWARE_INVALID_CERTIFICATE;
	derive(master, shared, sizeof(shared), "sev-master-secret", blob + BLOB_NONCE);
	derive(kek, master, sizeof(master), "sev-kek", NULL);
	derive(kik, master, sizeof(master), "sev-kik", NULL);
	if (!mac_is(blob + BLOB_WRAP_MAC, kik, blob + BLOB_WRAPPED_KEYS, WRAPPED_KEYS_BYTES))
		return FIRMWARE_BAD_MEASUREMENT;
	hash_aes128_ctr(keys, kek, blob + BLOB_IV, blob + BLOB_WRAPPED_KEYS, sizeof(keys));
	set_keys(session, keys);
	if (!mac_is(blob + BLOB_POLICY_MAC, session->tik, &policy, sizeof(policy)))
		return FIRMWARE_BAD_MEASUREMENT;
	return FIRMWARE_SUCCESS;
}

int session_draw(struct session *session)
{
	uint8_t keys[WRAPPED_KEYS_BYTES];

	if (RAND_bytes(keys, sizeof(keys)) != 1)
		return -1;
	set_keys(session, keys);
	return 0;
}

int session_measure(struct session *session, const struct platform *platform, uint32_t policy,
		    const uint8_t digest[static SESSION_DIGEST_BYTES])
{
	uint8_t *nonce = session->measurement + SESSION_DIGEST_BYTES;
	struct {
		uint8_t context, api_major, api_minor, build;
		uint32_t policy;
		uint8_t digest[SESSION_DIGEST_BYTES];
		uint8_t nonce[SESSION_NONCE_BYTES];
	} message = {
		.context = MAC_MEASUREMENT,
		.api_major = platform->api_major,
		.api_minor = platform->api_minor,
		.build = platform->build,
		.policy = policy,
	};

	if (RAND_bytes(nonce, SESSION_NONCE_BYTES) != 1)
		return -1;
	memcpy(message.digest, digest, sizeof(message.digest));
	memcpy(message.nonce, nonce, sizeof(message.nonce));
	hash_hmac_sha256(session->measurement, session->tik, sizeof(session->tik), &message,
			 sizeof(message));
	return 0;
}

enum firmware_error session_open_secret(const struct session *session, uint8_t *out,
					const uint8_t header[static SESSION_SECRET_HEADER_BYTES],
					const uint8_t *packet, size_t len)
{
	const uint32_t len32 = (uint32_t)len;
	uint8_t message[1 + HEADER_MAC + 2 * sizeof(len32) + SESSION_SECRET_BYTES_MAX +
			SHA256_DIGEST_LENGTH];
	uint8_t *end = message;
	uint32_t flags;

	memcpy(&flags, header + HEADER_FLAGS, sizeof(flags));
	if (len == 0 || len > SESSION_SECRET_BYTES_MAX || len % AES_BLOCK_BYTES != 0)
		return FIRMWARE_INVALID_LEN;
	if (flags != 0)
		return FIRMWARE_INVALID_PARAM; // compressed: no tool makes such packets
	*end++ = MAC_SECRET;
	end = mempcpy(end, header, HEADER_MAC);
	end = mempcpy(end, &len32, sizeof(len32)); // in the guest
	end = mempcpy(end, &len32, sizeof(len32)); // in transport
	end = mempcpy(end, packet, len);
	end = mempcpy(end, session->measurement, SESSION_DIGEST_BYTES);
	if (!mac_is(header + HEADER_MAC, session->tik, message, (size_t)(end - message)))
		return FIRMWARE_BAD_MEASUREMENT;
	hash_aes128_ctr(out, session->tek, header + HEADER_IV, packet, len);
	return FIRMWARE_SUCCESS;
}
