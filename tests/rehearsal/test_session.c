// SPDX-License-Identifier: Apache-2.0
// The owner's side of a SEV session, written a second time, against the firmware's.

#include "tests/rehearsal/owner_key.h"

#include <openssl/core_names.h>
#include <openssl/hmac.h>
#include <openssl/params.h>

#include "rehearsal/session.h"

#define POLICY 0x5U

struct fixture {
	uint8_t certificate[SESSION_CERTIFICATE_BYTES];
	uint8_t blob[SESSION_BLOB_BYTES];
	uint8_t keys[32]; /* TEK, TIK */
	struct session session;
};

static void hmac(uint8_t *out, const uint8_t *key, size_t key_len, const void *bytes, size_t len)
{
	assert_non_null(HMAC(EVP_sha256(), key, (int)key_len, bytes, len, out, NULL));
}

// KDF: the first half of HMAC(key, 1 || label || 0 || context || 128).
static void kdf(uint8_t *out, const uint8_t *key, size_t key_len, const char *label,
		const uint8_t *context, size_t context_len)
{
	uint8_t message[64] = { 1 };
	size_t len = 4;
	uint8_t mac[32];

	memcpy(message + len, label, strlen(label));
	len += strlen(label) + 1;
	if (context_len > 0)
		memcpy(message + len, context, context_len);
	len += context_len;
	message[len] = 128;
	hmac(mac, key, key_len, message, len + 4);
	memcpy(out, mac, 16);
}

// The machine's public key as libcrypto's.
static EVP_PKEY *machine_key(void)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char group[] = "secp384r1";
	uint8_t point[1 + 2 * P384_BYTES] = { 4 };
	uint8_t key[P384_KEY_BYTES];
	EVP_PKEY *made = NULL;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)),
		OSSL_PARAM_construct_end(),
	};

	p384_public_key(key);
	for (size_t i = 0; i < P384_BYTES; i++) {
		point[1 + i] = key[4 + P384_BYTES - 1 - i];
		point[1 + P384_BYTES + i] = key[4 + P384_FIELD_BYTES + P384_BYTES - 1 - i];
	}
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &made, EVP_PKEY_PUBLIC_KEY, params), 1);
	EVP_PKEY_CTX_free(context);
	return made;
}

static void agree(uint8_t secret[static P384_BYTES], EVP_PKEY *own)
{
	EVP_PKEY *peer = machine_key();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);
	size_t len = P384_BYTES;

	assert_int_equal(EVP_PKEY_derive_init(context), 1);
	assert_int_equal(EVP_PKEY_derive_set_peer(context, peer), 1);
	assert_int_equal(EVP_PKEY_derive(context, secret, &len), 1);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(peer);
}

static int set_up(void **state)
{
	struct fixture *fixture = test_calloc(1, sizeof(*fixture));
	EVP_PKEY *own = EVP_EC_gen("secp384r1");
	const uint32_t policy = POLICY;
	uint8_t secret[P384_BYTES];
	uint8_t master[16];
	uint8_t key[16];

	for (size_t i = 0; i < sizeof(fixture->keys); i++)
		fixture->keys[i] = (uint8_t)(0x40 + i);
	memset(fixture->blob, 0x11, 16);      // nonce
	memset(fixture->blob + 48, 0x22, 16); // IV
	agree(secret, own);
	kdf(master, secret, sizeof(secret), "sev-master-secret", fixture->blob, 16);
	kdf(key, master, sizeof(master), "sev-kek", NULL, 0);
	hash_aes128_ctr(fixture->blob + 16, key, fixture->blob + 48, fixture->keys, 32);
	kdf(key, master, sizeof(master), "sev-kik", NULL, 0);
	hmac(fixture->blob + 64, key, sizeof(key), fixture->blob + 16, 32);
	hmac(fixture->blob + 96, fixture->keys + 16, 16, &policy, sizeof(policy));
	put_public_key(fixture->certificate + SESSION_CERTIFICATE_KEY, own);
	EVP_PKEY_free(own);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	test_free(*state);
	return 0;
}

static enum firmware_error open_it(struct fixture *fixture, uint32_t policy)
{
	return session_open(&fixture->session, fixture->certificate, fixture->blob, policy);
}

static void opens_the_owners_session(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(open_it(fixture, POLICY), FIRMWARE_SUCCESS);
	assert_memory_equal(fixture->session.tek, fixture->keys, 16);
	assert_memory_equal(fixture->session.tik, fixture->keys + 16, 16);
}

static void refuses_sessions(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(open_it(fixture, POLICY | 8), FIRMWARE_BAD_MEASUREMENT);
	fixture->blob[20] ^= 1;
	assert_int_equal(open_it(fixture, POLICY), FIRMWARE_BAD_MEASUREMENT);
	fixture->certificate[SESSION_CERTIFICATE_KEY + 4] ^= 1;
	assert_int_equal(open_it(fixture, POLICY), FIRMWARE_INVALID_CERTIFICATE);
}

static void measures(void **state)
{
	struct fixture *fixture = *state;
	const struct platform *genoa = platform_find("genoa");
	uint8_t digest[32];
	uint8_t message[56] = { 0x04, 1, 55, 39, POLICY };
	uint8_t expected[32];

	memset(digest, 0x33, sizeof(digest));
	assert_int_equal(open_it(fixture, POLICY), FIRMWARE_SUCCESS);
	assert_int_equal(session_measure(&fixture->session, genoa, POLICY, digest), 0);
	memcpy(message + 8, digest, sizeof(digest));
	memcpy(message + 40, fixture->session.measurement + 32, 16);
	hmac(expected, fixture->keys + 16, 16, message, sizeof(message));
	assert_memory_equal(fixture->session.measurement, expected, sizeof(expected));
}

static void make_packet(const struct fixture *fixture, uint8_t *header, uint8_t *packet, size_t len)
{
	uint8_t message[1 + 20 + 8 + 64 + 32] = { 0x01 };

	memset(header, 0, SESSION_SECRET_HEADER_BYTES);
	memset(header + 4, 0x44, 16);
	hash_aes128_ctr(packet, fixture->keys, header + 4, packet, len);
	memcpy(message + 1, header, 20);
	message[21] = (uint8_t)len;
	message[25] = (uint8_t)len;
	memcpy(message + 29, packet, len);
	memcpy(message + 29 + len, fixture->session.measurement, 32);
	hmac(header + 20, fixture->keys + 16, 16, message, 29 + len + 32);
}

static void opens_secrets(void **state)
{
	static const uint8_t secret[32] = "the owner's secret";
	struct fixture *fixture = *state;
	uint8_t header[SESSION_SECRET_HEADER_BYTES];
	uint8_t packet[32];
	uint8_t out[32];

	assert_int_equal(open_it(fixture, POLICY), FIRMWARE_SUCCESS);
	memcpy(packet, secret, sizeof(packet));
	make_packet(fixture, header, packet, sizeof(packet));
	assert_int_equal(session_open_secret(&fixture->session, out, header, packet, 32),
			 FIRMWARE_SUCCESS);
	assert_memory_equal(out, secret, sizeof(secret));
	assert_int_equal(session_open_secret(&fixture->session, out, header, packet, 20),
			 FIRMWARE_INVALID_LEN);
	packet[0] ^= 1;
	assert_int_equal(session_open_secret(&fixture->session, out, header, packet, 32),
			 FIRMWARE_BAD_MEASUREMENT);
	header[0] = 1;
	assert_int_equal(session_open_secret(&fixture->session, out, header, packet, 32),
			 FIRMWARE_INVALID_PARAM);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opens_the_owners_session),
		TEST(refuses_sessions),
		TEST(measures),
		TEST(opens_secrets),
	};

	return cmocka_run_group_tests_name("rehearsal/session", tests, NULL, NULL);
}
