// SPDX-License-Identifier: Apache-2.0
// Keys in every format that people keep them in, and keys that cannot do.

#include "tests/measure/key_fixture.h"

#include <openssl/core_names.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "measure/ecdsa_p384.h"
#include "measure/key_file.h"
#include "measure/little_endian.h"

static struct text der_private(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct text text;

	assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	take_bio(&text, bio);
	return text;
}

static int give_passphrase(void *context, char *out, size_t size)
{
	size_t len = strlen(context);

	assert_true(len <= size);
	memcpy(out, context, len);
	return (int)len;
}

static int give_none(void *context, char *out, size_t size)
{
	(void)context;
	(void)out;
	(void)size;
	return -1;
}

static void reads_keys_of_every_format(void **state)
{
	static char passphrase[] = "correct horse";
	const struct passphrase_source source = { give_passphrase, passphrase };
	AUTO(evp_pkey) EVP_PKEY *key = new_key("P-384");
	const struct text files[] = {
		pem_pkcs8(key, NULL),
		pem_pkcs8(key, passphrase),
		pem_sec1(key, ""),
		// What `openssl ecparam -genkey` writes.
		pem_sec1(key, "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n"
			      "-----END EC PARAMETERS-----\n"),
		pem_sec1(key, "a comment\n"),
		der_private(key),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO(evp_pkey) EVP_PKEY *read = NULL;
		struct err err;

		if (key_file_read_private(&read, files[i].bytes, files[i].len, &source, &err) < 0)
			fail_msg("file %zu: %s", i, err.text);
		assert_int_equal(EVP_PKEY_eq(key, read), 1);
	}
	assert_int_equal(ERR_peek_error(), 0);
}

static void expect_private_refused(const struct text *file, const struct passphrase_source *source,
				   const char *text)
{
	EVP_PKEY *read = NULL;
	struct err err;

	assert_int_equal(key_file_read_private(&read, file->bytes, file->len, source, &err), -1);
	assert_null(read);
	expect_error(&err, ERR_INPUT, text);
	assert_int_equal(ERR_peek_error(), 0);
}

static void refuses_other_keys_by_name(void **state)
{
	AUTO(evp_pkey) EVP_PKEY *p384 = new_key("P-384");
	AUTO(evp_pkey) EVP_PKEY *p256 = new_key("P-256");
	AUTO(evp_pkey) EVP_PKEY *p521 = new_key("P-521");
	AUTO(evp_pkey) EVP_PKEY *rsa = EVP_RSA_gen(2048);
	AUTO(evp_pkey) EVP_PKEY *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	struct text file = pem_pkcs8(p256, NULL);

	(void)state;
	expect_private_refused(&file, NULL, "on the curve 'prime256v1', not secp384r1");
	file = pem_sec1(p521, "");
	expect_private_refused(&file, NULL, "on the curve 'secp521r1', not secp384r1");
	file = pem_pkcs8(rsa, NULL);
	expect_private_refused(&file, NULL, "of type RSA, not EC");
	file = pem_pkcs8(ed, NULL);
	expect_private_refused(&file, NULL, "of type ED25519, not EC");
	file = pem_public(p384);
	expect_private_refused(&file, NULL, "it is a public key, and a private one is needed");
	file = (struct text){ "nonsense", 8 };
	expect_private_refused(&file, NULL, "there is no private key in it");
	file.len = 0;
	expect_private_refused(&file, NULL, "it has 0 bytes");
}

static void refuses_wrong_passphrases(void **state)
{
	static char wrong[] = "wrong";
	const struct passphrase_source source = { give_passphrase, wrong };
	const struct passphrase_source none = { give_none, NULL };
	AUTO(evp_pkey) EVP_PKEY *key = new_key("P-384");
	struct text file = pem_pkcs8(key, "right");

	(void)state;
	expect_private_refused(&file, &source, "cannot be decrypted with this passphrase");
	expect_private_refused(&file, NULL, "is encrypted, and there is no passphrase for it");
	expect_private_refused(&file, &none, "is encrypted, and there is no passphrase for it");
}

static void refuses_a_private_key_of_another_public_key(void **state)
{
	AUTO(evp_pkey) EVP_PKEY *key = new_key("P-384");
	struct text file = der_private(key);

	(void)state;
	file.bytes[file.len - 1] ^= 1; // the end of the public key's Y
	expect_private_refused(&file, NULL, "");
}

static void reads_public_keys(void **state)
{
	AUTO(evp_pkey) EVP_PKEY *key = new_key("P-384");
	AUTO(evp_pkey) EVP_PKEY *p256 = new_key("P-256");
	struct text files[] = { pem_public(key), pem_pkcs8(key, NULL) };
	struct text wrong = pem_public(p256);
	uint8_t point[97];
	size_t len;
	struct p384_public_key read;
	uint8_t digest[SHA384_BYTES], expected[SHA384_BYTES];
	struct err err;

	(void)state;
	assert_int_equal(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point,
							 sizeof(point), &len),
			 1);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		assert_int_equal(p384_public_key_read(&read, files[i].bytes, files[i].len, &err),
				 0);
		assert_int_equal(le32_at(read.bytes), 2);
		for (size_t n = 0; n < 48; n++) {
			assert_int_equal(read.bytes[4 + n], point[48 - n]);
			assert_int_equal(read.bytes[76 + n], point[96 - n]);
		}
		assert_int_equal(p384_public_key_check(&read, &err), 0);
	}
	assert_int_equal(p384_public_key_digest(digest, &read, &err), 0);
	SHA384(read.bytes, 0x404, expected);
	assert_memory_equal(digest, expected, sizeof(digest));
	assert_int_equal(p384_public_key_read(&read, wrong.bytes, wrong.len, &err), -1);
	expect_error(&err, ERR_INPUT, "prime256v1");
}

static void refuses_malformed_public_keys(void **state)
{
	static const struct {
		size_t at;
		const char *text;
	} rows[] = {
		{ 0, "has the curve 3, not 2 (P-384)" }, { 4, "not a point on the curve" },
		{ 4 + 48, "not zero where it must be" }, { 76 + 71, "not zero where it must be" },
		{ 0x403, "not zero where it must be" },
	};
	AUTO(evp_pkey) EVP_PKEY *key = new_key("P-384");
	struct p384_public_key good, bad;
	struct err err;

	(void)state;
	assert_int_equal(p384_public_key_from(&good, key, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bad = good;
		bad.bytes[rows[i].at] ^= 1;
		assert_int_equal(p384_public_key_check(&bad, &err), -1);
		expect_error(&err, ERR_INPUT, rows[i].text);
	}
	// X as OpenSSL has it.
	bad = good;
	for (size_t i = 0; i < 48; i++)
		bad.bytes[4 + i] = good.bytes[4 + 47 - i];
	assert_int_equal(p384_public_key_check(&bad, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_keys_of_every_format),
		cmocka_unit_test(refuses_other_keys_by_name),
		cmocka_unit_test(refuses_wrong_passphrases),
		cmocka_unit_test(refuses_a_private_key_of_another_public_key),
		cmocka_unit_test(reads_public_keys),
		cmocka_unit_test(refuses_malformed_public_keys),
	};

	return cmocka_run_group_tests_name("measure/key_file", tests, NULL, NULL);
}
