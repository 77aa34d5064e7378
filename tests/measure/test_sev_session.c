// SPDX-License-Identifier: Apache-2.0
// Sessions, measurements and secrets, against numbers that other programs have computed (those of
// the Rust crate 'sev', and those of openssl) and against the other side, written here once more.

#include "tests/unit.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#include "measure/sev_measurement.h"
#include "measure/sev_secret.h"
#include "measure/sev_session.h"
#include "tests/measure/sev_platform.h"

static struct err err;

static void expect_error(int status, enum err_kind kind, const char *text)
{
	if (status == 0 || err.kind != kind || strstr(err.text, text) == NULL)
		fail_msg("expected '%s', got kind %d: %s", text, err.kind, err.text);
}

// --- The keys of an owner ----------------------------------------------------------------------

#define KEYS_TEXT \
	"snplaunch-sev-owner-keys 1\npolicy 0x5\ntek AAECAwQFBgcICQoLDA0ODw==\n" \
	"tik EBESExQVFhcYGRobHB0eHw==\n"

static struct sev_owner_keys known_keys(void)
{
	struct sev_owner_keys keys = { .policy = 5 };

	for (uint8_t i = 0; i < SEV_KEY_BYTES; i++) {
		keys.tek[i] = i;
		keys.tik[i] = (uint8_t)(0x10 + i);
	}
	return keys;
}

static void keeps_keys_as_text(void **state)
{
	const struct sev_owner_keys keys = known_keys();
	struct sev_owner_keys read;
	char text[SEV_OWNER_KEYS_TEXT_SIZE];

	(void)state;
	assert_int_equal(sev_owner_keys_encode(text, &keys), strlen(KEYS_TEXT));
	assert_string_equal(text, KEYS_TEXT);
	assert_int_equal(sev_owner_keys_decode(&read, text, strlen(text), &err), 0);
	assert_memory_equal(&read, &keys, sizeof(keys));
	assert_true(strlen(KEYS_TEXT) + 8 < SEV_OWNER_KEYS_TEXT_SIZE); // the longest policy
}

static void refuses_texts_that_are_no_keys(void **state)
{
	static const struct {
		const char *text;
		const char *refusal;
	} rows[] = {
		{ "", "line 1 must be snplaunch-sev-owner-keys 1" },
		{ "snplaunch-sev-owner-keys 2\n", "line 1 must be" },
		{ "snplaunch-sev-owner-keys 1\n", "line 2 must be 'policy' and a number" },
		{ "snplaunch-sev-owner-keys 1\npolicy 0x100000000\n", "line 2" },
		{ "snplaunch-sev-owner-keys 1\npolicy 5\ntek AAEC\n", "line 3 must be 'tek'" },
		{ "snplaunch-sev-owner-keys 1\npolicy 5\ntek AAECAwQFBgcICQoLDA0ODw==\ntik "
		  "EBESExQVFhcYGRobHB0eHw==",
		  "line 4 must be 'tik' and 16 bytes in base64" },
		{ KEYS_TEXT "\n", "more than the 4 lines" },
	};
	struct sev_owner_keys keys;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		expect_error(sev_owner_keys_decode(&keys, rows[i].text, strlen(rows[i].text), &err),
			     ERR_INPUT, rows[i].refusal);
		assert_null(strstr(err.text, "AAEC")); // shows no part of a key
	}
}

static void draws_different_keys(void **state)
{
	struct sev_owner_keys keys, others;

	(void)state;
	assert_int_equal(sev_owner_keys_draw(&keys, 1, &err), 0);
	assert_int_equal(sev_owner_keys_draw(&others, 1, &err), 0);
	assert_memory_not_equal(keys.tek, others.tek, SEV_KEY_BYTES);
	assert_memory_not_equal(keys.tek, keys.tik, SEV_KEY_BYTES);
	sev_owner_keys_release(&keys);
	assert_int_equal(keys.policy, 0);
}

// --- Sessions ----------------------------------------------------------------------------------

static void derives_the_known_key(void **state)
{
	static const uint8_t zeros[16];
	static const uint8_t expected[16] = { 0xab, 0x4d, 0x26, 0x9f, 0xcc, 0x62, 0xbe, 0xdb,
					      0x45, 0x11, 0xd5, 0x6c, 0x38, 0x6c, 0xe7, 0x06 };
	const struct sev_derivation from = { zeros, sizeof(zeros), "sev-master-secret", zeros };
	uint8_t key[SEV_KEY_BYTES];

	(void)state;
	assert_int_equal(sev_derive(key, &from, &err), 0);
	assert_memory_equal(key, expected, sizeof(key));
}

static void wraps_the_known_blob(void **state)
{
	static const uint8_t zeros[16];
	static const uint8_t wrapped[32] = { 0x21, 0x37, 0xbc, 0x7f, 0x9b, 0xb8, 0xbd, 0x7c,
					     0x3e, 0x55, 0xa5, 0x76, 0xa1, 0x5d, 0x34, 0x54,
					     0xb3, 0x85, 0x6b, 0x8b, 0xa2, 0x7a, 0xfa, 0xdf,
					     0x46, 0xdc, 0xfe, 0xe9, 0xf0, 0x2c, 0x02, 0xc4 };
	static const uint8_t wrap_mac[32] = { 0x31, 0x76, 0xc0, 0x75, 0x27, 0x38, 0xbd, 0x9d,
					      0x5e, 0x86, 0x68, 0x95, 0x34, 0x02, 0x0f, 0x52,
					      0x8c, 0x08, 0x8f, 0x16, 0x23, 0x88, 0x26, 0xb0,
					      0x00, 0xb3, 0x27, 0xde, 0xe6, 0xae, 0xed, 0x7d };
	static const uint8_t policy_mac[32] = { 0xaa, 0x78, 0x55, 0xe1, 0x38, 0x39, 0xdd, 0x76,
						0x7c, 0xd5, 0xda, 0x7c, 0x1f, 0xf5, 0x03, 0x65,
						0x40, 0xc9, 0x26, 0x4b, 0x7a, 0x80, 0x30, 0x29,
						0x31, 0x5e, 0x55, 0x37, 0x52, 0x87, 0xb4, 0xaf };
	const struct sev_owner_keys keys = { 0 };
	const struct sev_session_secret secret = { zeros, sizeof(zeros), { 0 }, { 0 } };
	uint8_t blob[SEV_SESSION_BLOB_BYTES];

	(void)state;
	assert_int_equal(sev_session_wrap(blob, &keys, &secret, &err), 0);
	assert_memory_equal(blob, zeros, 16);
	assert_memory_equal(blob + 16, wrapped, sizeof(wrapped));
	assert_memory_equal(blob + 48, zeros, 16);
	assert_memory_equal(blob + 64, wrap_mac, sizeof(wrap_mac));
	assert_memory_equal(blob + 96, policy_mac, sizeof(policy_mac));
}

// What the platform does with the owner's certificate and its own key.
static void agree(uint8_t shared[static 48], const uint8_t *dh_cert, EVP_PKEY *pdh_key)
{
	struct sev_certificate certificate;
	EVP_PKEY *peer = NULL;
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pdh_key, NULL);
	size_t len = 48;

	assert_int_equal(sev_certificate_read(&certificate, dh_cert, SEV_CERTIFICATE_BYTES, &err),
			 0);
	assert_int_equal(certificate.usage, SEV_USAGE_PDH);
	assert_int_equal(p384_public_key_load(&peer, &certificate.key, &err), 0);
	assert_int_equal(EVP_PKEY_derive_init(ctx), 1);
	assert_int_equal(EVP_PKEY_derive_set_peer(ctx, peer), 1);
	assert_int_equal(EVP_PKEY_derive(ctx, shared, &len), 1);
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(peer);
}

static void makes_sessions_that_the_platform_opens(void **state)
{
	const struct sev_owner_keys keys = known_keys();
	EVP_PKEY *pdh_key = EVP_EC_gen("P-384");
	struct sev_certificate pdh;
	struct sev_session session, other;
	uint8_t bytes[CERTIFICATE_BYTES];
	uint8_t shared[48];
	uint8_t blob[SEV_SESSION_BLOB_BYTES];
	struct sev_session_secret secret = { shared, sizeof(shared), { 0 }, { 0 } };

	(void)state;
	put_key_certificate(bytes, PDH, ECDH_SHA256, pdh_key);
	assert_int_equal(sev_certificate_read(&pdh, bytes, sizeof(bytes), &err), 0);
	assert_int_equal(sev_session_make(&session, &keys, &pdh, &err), 0);
	agree(shared, session.dh_cert, pdh_key);
	memcpy(secret.nonce, session.blob, 16);
	memcpy(secret.iv, session.blob + 48, 16);
	assert_int_equal(sev_session_wrap(blob, &keys, &secret, &err), 0);
	assert_memory_equal(session.blob, blob, sizeof(blob));
	assert_int_equal(session.dh_cert[4], 1); // the platform's API
	assert_int_equal(session.dh_cert[5], 55);
	// Nothing of it is made twice.
	assert_int_equal(sev_session_make(&other, &keys, &pdh, &err), 0);
	assert_memory_not_equal(session.dh_cert, other.dh_cert, sizeof(other.dh_cert));
	assert_memory_not_equal(session.blob, other.blob, 16);
	assert_memory_not_equal(session.blob + 48, other.blob + 48, 16);
	EVP_PKEY_free(pdh_key);
}

// --- Measurements ------------------------------------------------------------------------------

// Of an empty guest (its digest is SHA-256 of nothing), by firmware 0.18.15.
#define KNOWN_MEASUREMENT "b6qy2q44m800BaBdbK/jPAQU977dC64Zul84t/0WZOpPvgvtutbIauj2iXHRA+VU"

static const uint8_t known_digest[SHA256_BYTES] = {
	0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
	0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
	0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
};

static const struct sev_owner_keys known_tik = {
	.tik = { 0x66, 0x32, 0x0d, 0xb7, 0x31, 0x58, 0xa3, 0x5a, 0x25, 0x5d, 0x05, 0x17, 0x58, 0xe9,
		 0x5e, 0xd4 },
};

static const struct sev_firmware_version known_version = { 0, 0x12, 0x0f };

static void verifies_the_known_measurement(void **state)
{
	struct sev_measurement measurement;

	(void)state;
	assert_int_equal(sev_measurement_read(&measurement, KNOWN_MEASUREMENT, &err), 0);
	if (sev_measurement_verify(&measurement, &known_tik, &known_version, known_digest, &err) <
	    0)
		fail_msg("%s", err.text);
}

static void refuses_everything_else(void **state)
{
	static const char refusal[] = "the measurement is not of this launch";
	struct sev_firmware_version version = known_version;
	struct sev_owner_keys keys = known_tik;
	struct sev_measurement measurement;
	uint8_t digest[SHA256_BYTES];

	(void)state;
	memcpy(digest, known_digest, sizeof(digest));
	assert_int_equal(sev_measurement_read(&measurement, KNOWN_MEASUREMENT, &err), 0);
#define REFUSED_WITH(change) \
	change; \
	expect_error(sev_measurement_verify(&measurement, &keys, &version, digest, &err), \
		     ERR_VERDICT, refusal); \
	change
	REFUSED_WITH(version.api_major ^= 1);
	REFUSED_WITH(version.api_minor ^= 1);
	REFUSED_WITH(version.build ^= 1);
	REFUSED_WITH(keys.policy ^= 1);
	REFUSED_WITH(keys.tik[15] ^= 1);
	REFUSED_WITH(digest[0] ^= 1);
	REFUSED_WITH(measurement.nonce[0] ^= 1);
	REFUSED_WITH(measurement.mac[31] ^= 1);
	assert_int_equal(sev_measurement_verify(&measurement, &keys, &version, digest, &err), 0);
	expect_error(sev_measurement_read(&measurement, "AAAA", &err), ERR_USAGE,
		     "must be base64 of 48 bytes");
}

// --- Secrets -----------------------------------------------------------------------------------

static void reads_guids(void **state)
{
	static const uint8_t expected[16] = { 0xe5, 0x69, 0x68, 0x73, 0xf0, 0x84, 0x73, 0x49,
					      0x92, 0xec, 0x06, 0x87, 0x9c, 0xe3, 0xda, 0x0b };
	static const char *const wrong[] = { "",
					     "736869e5",
					     "736869e5-84f0-4973-92ec-06879ce3da0",
					     "736869e5-84f0-4973-92ec-06879ce3da0bb",
					     "736869e5-84f0-4973-92ec+06879ce3da0b",
					     "736869g5-84f0-4973-92ec-06879ce3da0b",
					     "736869e5-84f0-4973-92ec-06879ce3da0\x10" };
	struct efi_guid guid;

	(void)state;
	assert_int_equal(sev_secret_guid_read(&guid, SEV_SECRET_DISK_KEY, &err), 0);
	assert_memory_equal(guid.bytes, expected, sizeof(expected));
	assert_int_equal(sev_secret_guid_read(&guid, "736869E5-84F0-4973-92EC-06879CE3DA0B", &err),
			 0);
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		expect_error(sev_secret_guid_read(&guid, wrong[i], &err), ERR_USAGE,
			     "must be a GUID such as 736869e5-");
}

static void lays_out_the_table(void **state)
{
	static const uint8_t expected[] = { 0x42, 0xf5, 0x74, 0x1e, 0xdd, 0x71, 0x66, 0x4d,
					    0x96, 0x3e, 0xef, 0x42, 0x87, 0xff, 0x17, 0x3b,
					    43,	  0,	0,    0, // the table
					    0xe5, 0x69, 0x68, 0x73, 0xf0, 0x84, 0x73, 0x49,
					    0x92, 0xec, 0x06, 0x87, 0x9c, 0xe3, 0xda, 0x0b,
					    23,	  0,	0,    0,    'k',  'e',	'y' };
	static struct sev_secret table;
	static uint8_t large[SEV_SECRET_BYTES_MAX + 1];
	struct efi_guid guid;

	(void)state;
	assert_int_equal(sev_secret_guid_read(&guid, SEV_SECRET_DISK_KEY, &err), 0);
	assert_int_equal(sev_secret_table(&table, &guid, "key", 3, &err), 0);
	assert_int_equal(table.len, sizeof(expected));
	assert_memory_equal(table.bytes, expected, sizeof(expected));
	assert_int_equal(sev_secret_table(&table, &guid, large, SEV_SECRET_BYTES_MAX - 40, &err),
			 0);
	expect_error(sev_secret_table(&table, &guid, large, SEV_SECRET_BYTES_MAX - 39, &err),
		     ERR_INPUT, "a secret has 1 to 16344");
	expect_error(sev_secret_table(&table, &guid, large, 0, &err), ERR_INPUT, "it has 0 bytes");
	assert_int_equal(sev_secret_raw(&table, large, SEV_SECRET_BYTES_MAX, &err), 0);
	expect_error(sev_secret_raw(&table, large, sizeof(large), &err), ERR_INPUT,
		     "a secret has 1 to 16384");
}

// The firmware's half: checks the header, and decrypts.
static void open_packet(uint8_t *out, const struct sev_secret_packet *packet,
			const struct sev_owner_keys *keys,
			const struct sev_measurement *measurement)
{
	uint8_t message[1 + 20 + 8 + 64 + 32] = { 0x01 };
	uint8_t mac[32];
	EVP_CIPHER_CTX *cipher = EVP_CIPHER_CTX_new();
	int n = 0;

	assert_true(packet->len <= 64);
	memcpy(message + 1, packet->header, 20);
	message[21] = (uint8_t)packet->len;
	message[25] = (uint8_t)packet->len;
	memcpy(message + 29, packet->payload, packet->len);
	memcpy(message + 29 + packet->len, measurement->mac, 32);
	assert_non_null(
		HMAC(EVP_sha256(), keys->tik, 16, message, 29 + packet->len + 32, mac, NULL));
	assert_memory_equal(packet->header + 20, mac, sizeof(mac));
	assert_int_equal(
		EVP_DecryptInit_ex(cipher, EVP_aes_128_ctr(), NULL, keys->tek, packet->header + 4),
		1);
	assert_int_equal(EVP_DecryptUpdate(cipher, out, &n, packet->payload, (int)packet->len), 1);
	EVP_CIPHER_CTX_free(cipher);
}

static void seals_secrets_that_the_firmware_opens(void **state)
{
	static const uint8_t expected[48] = "a secret of seventeen and more bytes";
	const struct sev_owner_keys keys = known_keys();
	static struct sev_secret_packet packet, other;
	struct sev_measurement measurement;
	static struct sev_secret secret;
	uint8_t out[48];

	(void)state;
	assert_int_equal(sev_measurement_read(&measurement, KNOWN_MEASUREMENT, &err), 0);
	assert_int_equal(sev_secret_raw(&secret, expected, 36, &err), 0);
	assert_int_equal(sev_secret_seal(&packet, &secret, &keys, &measurement, &err), 0);
	assert_int_equal(packet.len, 48);
	assert_memory_equal(packet.header, "\0\0\0", 4);
	open_packet(out, &packet, &keys, &measurement);
	assert_memory_equal(out, expected, sizeof(out));
	assert_int_equal(sev_secret_seal(&other, &secret, &keys, &measurement, &err), 0);
	assert_memory_not_equal(packet.header + 4, other.header + 4, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_keys_as_text),
		cmocka_unit_test(refuses_texts_that_are_no_keys),
		cmocka_unit_test(draws_different_keys),
		cmocka_unit_test(derives_the_known_key),
		cmocka_unit_test(wraps_the_known_blob),
		cmocka_unit_test(makes_sessions_that_the_platform_opens),
		cmocka_unit_test(verifies_the_known_measurement),
		cmocka_unit_test(refuses_everything_else),
		cmocka_unit_test(reads_guids),
		cmocka_unit_test(lays_out_the_table),
		cmocka_unit_test(seals_secrets_that_the_firmware_opens),
	};

	return cmocka_run_group_tests_name("measure/sev_session", tests, NULL, NULL);
}
