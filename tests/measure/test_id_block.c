// SPDX-License-Identifier: Apache-2.0
// ID blocks signed here and elsewhere, verified by OpenSSL itself, and all that must be refused.

#include "tests/unit.h"

#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <string.h>

#include "base/mem.h"
#include "measure/id_block.h"
#include "measure/key_file.h"
#include "measure/little_endian.h"
#include "measure/openssl_object.h"

#define POLICY 0x30000U

static const struct id_block block = {
	.launch_digest = { 1, 2, 3, [47] = 48 },
	.family_id = "family",
	.image_id = "image",
	.guest_svn = 7,
	.policy = POLICY,
};

static EVP_PKEY *new_key(const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);

	assert_non_null(key);
	return key;
}

struct text {
	char bytes[8192];
	size_t len;
};

static void take_bio(struct text *text, BIO *bio)
{
	int len = BIO_read(bio, text->bytes, sizeof(text->bytes));

	assert_true(len > 0);
	text->len = (size_t)len;
	BIO_free(bio);
}

static struct text pem_pkcs8(EVP_PKEY *key, const char *passphrase)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct text text;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(
				 bio, key, passphrase != NULL ? EVP_aes_256_cbc() : NULL,
				 passphrase, passphrase != NULL ? (int)strlen(passphrase) : 0, NULL,
				 NULL),
			 1);
	take_bio(&text, bio);
	return text;
}

static struct text pem_sec1(EVP_PKEY *key, const char *before)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct text text;

	(void)BIO_puts(bio, before);
	assert_int_equal(PEM_write_bio_PrivateKey_traditional(bio, key, NULL, NULL, 0, NULL, NULL),
			 1);
	take_bio(&text, bio);
	return text;
}

static struct text pem_public(EVP_PKEY *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	struct text text;

	assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	take_bio(&text, bio);
	return text;
}

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

static void expect_error(const struct err *err, enum err_kind kind, const char *text)
{
	if (err->kind != kind || strstr(err->text, text) == NULL)
		fail_msg("kind %d: %s", err->kind, err->text);
}

// --- Keys --------------------------------------------------------------------------------------

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

// --- Blocks ------------------------------------------------------------------------------------

static void encodes_and_decodes_blocks(void **state)
{
	uint8_t bytes[ID_BLOCK_BYTES], again[ID_BLOCK_BYTES];
	struct id_block read;
	struct err err;

	(void)state;
	id_block_encode(bytes, &block);
	assert_int_equal(bytes[0], 1);
	assert_int_equal(bytes[47], 48);
	assert_memory_equal(bytes + 48, "family", 7);
	assert_memory_equal(bytes + 64, "image", 6);
	assert_int_equal(le32_at(bytes + 80), 1);
	assert_int_equal(le32_at(bytes + 84), 7);
	assert_int_equal(le64_at(bytes + 88), POLICY);
	assert_int_equal(id_block_decode(&read, bytes, sizeof(bytes), &err), 0);
	id_block_encode(again, &read);
	assert_memory_equal(again, bytes, sizeof(bytes));

	assert_int_equal(id_block_decode(&read, bytes, 95, &err), -1);
	expect_error(&err, ERR_INPUT, "the ID block has 95 bytes, not 96");
	bytes[80] = 2;
	assert_int_equal(id_block_decode(&read, bytes, sizeof(bytes), &err), -1);
	expect_error(&err, ERR_INPUT, "the ID block has version 2, not 1");
	bytes[80] = 1;
	bytes[95] = 1;
	assert_int_equal(id_block_decode(&read, bytes, sizeof(bytes), &err), -1);
	expect_error(&err, ERR_INPUT, "the policy 0x100000000030000, but bit 17 must be 1");
}

static void compares_blocks_with_launches(void **state)
{
	uint8_t digest[SHA384_BYTES];
	struct err err;

	(void)state;
	memcpy(digest, block.launch_digest, sizeof(digest));
	assert_int_equal(id_block_check_launch(&block, digest, POLICY, &err), 0);
	assert_int_equal(id_block_check_launch(&block, digest, POLICY | 1 << 19, &err), -1);
	expect_error(&err, ERR_VERDICT, "has the policy 0x30000, the launch 0xb0000");
	digest[47] ^= 1;
	assert_int_equal(id_block_check_launch(&block, digest, POLICY, &err), -1);
	expect_error(&err, ERR_VERDICT, "BAD_MEASUREMENT");
}

// --- Signatures --------------------------------------------------------------------------------

static struct id_auth sign(EVP_PKEY *id_key, EVP_PKEY *author_key)
{
	struct id_auth auth;
	struct err err;

	if (id_auth_sign(&auth, &block, id_key, author_key, &err) < 0)
		fail_msg("%s", err.text);
	return auth;
}

// OpenSSL's own verification, with R and S turned around here.
static void expect_verified_by_openssl(const uint8_t *signature, EVP_PKEY *key,
				       const uint8_t *message, size_t len)
{
	AUTO(ecdsa_sig) ECDSA_SIG *sig = ECDSA_SIG_new();
	AUTO(evp_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t *der = NULL;
	int der_len;

	ECDSA_SIG_set0(sig, BN_lebin2bn(signature, 72, NULL),
		       BN_lebin2bn(signature + 72, 72, NULL));
	der_len = i2d_ECDSA_SIG(sig, &der);
	assert_true(der_len > 0);
	assert_int_equal(EVP_DigestVerifyInit(ctx, NULL, EVP_sha384(), NULL, key), 1);
	assert_int_equal(EVP_DigestVerify(ctx, der, (size_t)der_len, message, len), 1);
	OPENSSL_free(der);
}

static void signs_what_openssl_verifies(void **state)
{
	AUTO(evp_pkey) EVP_PKEY *id_key = new_key("P-384");
	AUTO(evp_pkey) EVP_PKEY *author_key = new_key("P-384");
	struct id_auth auth = sign(id_key, author_key);
	uint8_t bytes[ID_AUTH_BYTES], signed_bytes[ID_BLOCK_BYTES];
	struct id_auth read;
	struct err err;

	(void)state;
	assert_int_equal(id_auth_assemble(bytes, &auth, &block, &err), 0);
	id_block_encode(signed_bytes, &block);
	expect_verified_by_openssl(bytes + 0x40, id_key, signed_bytes, sizeof(signed_bytes));
	expect_verified_by_openssl(bytes + 0x680, author_key, bytes + 0x240, 0x404);
	assert_int_equal(le32_at(bytes), 1);
	assert_int_equal(le32_at(bytes + 4), 1);

	assert_int_equal(id_auth_decode(&read, bytes, sizeof(bytes), &err), 0);
	assert_memory_equal(&read, &auth, sizeof(read));
	assert_int_equal(id_auth_verify(&read, &block, &err), 0);
}

static void signs_without_an_author(void **state)
{
	AUTO(evp_pkey) EVP_PKEY *id_key = new_key("P-384");
	struct id_auth auth = sign(id_key, NULL);
	static const uint8_t zeros[ID_AUTH_BYTES];
	uint8_t bytes[ID_AUTH_BYTES];
	struct id_auth read;
	struct err err;

	(void)state;
	assert_int_equal(id_auth_assemble(bytes, &auth, &block, &err), 0);
	assert_memory_equal(bytes + 0x680, zeros, ID_AUTH_BYTES - 0x680);
	assert_int_equal(id_auth_decode(&read, bytes, sizeof(bytes), &err), 0);
	assert_false(read.has_author);
	le32_put(bytes + 4, 0);
	assert_int_equal(id_auth_decode(&read, bytes, sizeof(bytes), &err), 0);
}

// As `openssl dgst -sha384 -sign` does. Returns the length of the DER.
static size_t sign_elsewhere(uint8_t der[static 128], EVP_PKEY *key, const uint8_t *message,
			     size_t len)
{
	AUTO(evp_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t der_len = 128;

	assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, key), 1);
	assert_int_equal(EVP_DigestSign(ctx, der, &der_len, message, len), 1);
	return der_len;
}

static void to_raw(uint8_t raw[static 96], const uint8_t *der, size_t len)
{
	AUTO(ecdsa_sig) ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);

	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, 48), 48);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + 48, 48), 48);
}

static void assembles_detached_signatures(void **state)
{
	AUTO(evp_pkey) EVP_PKEY *id_key = new_key("P-384");
	AUTO(evp_pkey) EVP_PKEY *author_key = new_key("P-384");
	uint8_t request[ID_BLOCK_BYTES], der[128], raw[96], bytes[ID_AUTH_BYTES];
	struct id_auth auth = { .has_author = true };
	struct err err;
	size_t der_len;

	(void)state;
	assert_int_equal(p384_public_key_from(&auth.id_key, id_key, &err), 0);
	assert_int_equal(p384_public_key_from(&auth.author_key, author_key, &err), 0);
	id_block_encode(request, &block);
	der_len = sign_elsewhere(der, id_key, request, sizeof(request));
	assert_int_equal(p384_signature_read(&auth.block_signature, der, der_len, &err), 0);
	der_len = sign_elsewhere(der, author_key, auth.id_key.bytes, 0x404);
	to_raw(raw, der, der_len);
	assert_int_equal(p384_signature_read(&auth.id_key_signature, raw, sizeof(raw), &err), 0);
	assert_int_equal(id_auth_assemble(bytes, &auth, &block, &err), 0);
	assert_int_equal(id_auth_decode(&auth, bytes, sizeof(bytes), &err), 0);
	assert_int_equal(id_auth_verify(&auth, &block, &err), 0);
}

static void refuses_malformed_signatures(void **state)
{
	AUTO(evp_pkey) EVP_PKEY *key = new_key("P-384");
	AUTO(evp_pkey) EVP_PKEY *p521 = new_key("P-521");
	static const uint8_t zeros[96];
	uint8_t der[256], raw[96];
	struct p384_signature signature;
	struct err err;
	size_t len = sign_elsewhere(der, key, zeros, 1);

	(void)state;
	assert_int_equal(p384_signature_read(&signature, der, len - 1, &err), -1);
	expect_error(&err, ERR_INPUT, "is not one of ECDSA P-384: neither DER nor 96 bytes");
	der[len] = 0;
	assert_int_equal(p384_signature_read(&signature, der, len + 1, &err), -1);
	assert_int_equal(p384_signature_read(&signature, der, 0, &err), -1);
	assert_int_equal(p384_signature_read(&signature, zeros, sizeof(zeros), &err), -1);
	expect_error(&err, ERR_INPUT, "numbers that P-384 does not have");
	memset(raw, 0xff, sizeof(raw));
	assert_int_equal(p384_signature_read(&signature, raw, sizeof(raw), &err), -1);
	expect_error(&err, ERR_INPUT, "numbers that P-384 does not have");
	memset(der, 0, sizeof(der));
	{
		AUTO(evp_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();

		len = sizeof(der);
		assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, p521), 1);
		assert_int_equal(EVP_DigestSign(ctx, der, &len, zeros, 1), 1);
	}
	assert_int_equal(p384_signature_read(&signature, der, len, &err), -1);
}

static void refuses_wrong_signatures(void **state)
{
	AUTO(evp_pkey) EVP_PKEY *id_key = new_key("P-384");
	AUTO(evp_pkey) EVP_PKEY *author_key = new_key("P-384");
	AUTO(evp_pkey) EVP_PKEY *p256 = new_key("P-256");
	const struct id_auth good = sign(id_key, author_key);
	struct id_auth bad = good;
	struct id_block other = block;
	uint8_t bytes[ID_AUTH_BYTES], raw[96];
	struct err err;

	(void)state;
	other.guest_svn++;
	assert_int_equal(id_auth_verify(&good, &other, &err), -1);
	expect_error(&err, ERR_VERDICT,
		     "signature of the ID block by the ID key: the signature does not verify");
	bad.author_key = good.id_key;
	assert_int_equal(id_auth_assemble(bytes, &bad, &block, &err), -1);
	expect_error(&err, ERR_VERDICT, "signature of the ID key by the author key");
	bad = good;
	bad.id_key = good.author_key;
	assert_int_equal(id_auth_assemble(bytes, &bad, &block, &err), -1);
	expect_error(&err, ERR_VERDICT, "signature of the ID block by the ID key");
	// Little-endian, which is not what detached signatures are.
	memcpy(raw, good.block_signature.bytes, 48);
	memcpy(raw + 48, good.block_signature.bytes + 72, 48);
	if (p384_signature_read(&bad.block_signature, raw, sizeof(raw), &err) == 0) {
		bad.id_key = good.id_key;
		assert_int_equal(id_auth_verify(&bad, &block, &err), -1);
		expect_error(&err, ERR_VERDICT, "does not verify");
	}
	bad = good;
	bad.block_signature.bytes[72 + 48] = 1;
	assert_int_equal(id_auth_verify(&bad, &block, &err), -1);
	expect_error(&err, ERR_INPUT, "the signature is not zero where it must be");
	assert_int_equal(id_auth_sign(&bad, &block, p256, NULL, &err), -1);
	expect_error(&err, ERR_INPUT, "ID key: the key is on the curve 'prime256v1'");
	assert_int_equal(id_auth_sign(&bad, &block, id_key, p256, &err), -1);
	expect_error(&err, ERR_INPUT, "author key: the key is on the curve 'prime256v1'");
}

static void refuses_malformed_authentication(void **state)
{
	static const struct {
		size_t at;
		const char *text;
	} rows[] = {
		{ 0x000, "the ID key's algorithm is 0, not 1" },
		{ 0x004, "the author key's algorithm is 0, not 1" },
		{ 0x008, "is not zero between 0x8 and 0x40" },
		{ 0x644, "is not zero between 0x644 and 0x680" },
		{ 0xc84, "is not zero between 0xc84 and 0x1000" },
		{ 0xfff, "is not zero between 0xc84 and 0x1000" },
	};
	AUTO(evp_pkey) EVP_PKEY *key = new_key("P-384");
	struct id_auth auth = sign(key, key);
	uint8_t bytes[ID_AUTH_BYTES];
	struct err err;

	(void)state;
	assert_int_equal(id_auth_assemble(bytes, &auth, &block, &err), 0);
	assert_int_equal(id_auth_decode(&auth, bytes, 4095, &err), -1);
	expect_error(&err, ERR_INPUT, "has 4095 bytes, not 4096");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bytes[rows[i].at] ^= 1;
		assert_int_equal(id_auth_decode(&auth, bytes, sizeof(bytes), &err), -1);
		expect_error(&err, ERR_INPUT, rows[i].text);
		bytes[rows[i].at] ^= 1;
	}
	memset(bytes + 0x680, 0, 0x200);
	assert_int_equal(id_auth_decode(&auth, bytes, sizeof(bytes), &err), -1);
	expect_error(&err, ERR_INPUT, "there is an author key, but no signature by it");
	bytes[0x680] = 1;
	memset(bytes + 0x880, 0, 0x404);
	assert_int_equal(id_auth_decode(&auth, bytes, sizeof(bytes), &err), -1);
	expect_error(&err, ERR_INPUT, "there is a signature by an author key, but no author key");
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
		cmocka_unit_test(encodes_and_decodes_blocks),
		cmocka_unit_test(compares_blocks_with_launches),
		cmocka_unit_test(signs_what_openssl_verifies),
		cmocka_unit_test(signs_without_an_author),
		cmocka_unit_test(assembles_detached_signatures),
		cmocka_unit_test(refuses_malformed_signatures),
		cmocka_unit_test(refuses_wrong_signatures),
		cmocka_unit_test(refuses_malformed_authentication),
	};

	return cmocka_run_group_tests_name("measure/id_block", tests, NULL, NULL);
}
