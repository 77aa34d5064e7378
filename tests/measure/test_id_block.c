// SPDX-License-Identifier: Apache-2.0
// ID blocks signed here and elsewhere, verified by OpenSSL itself, and all that must be refused.

#include "tests/measure/key_fixture.h"

#include "measure/id_block.h"
#include "measure/little_endian.h"

#define POLICY 0x30000U

static const struct id_block block = {
	.launch_digest = { 1, 2, 3, [47] = 48 },
	.family_id = "family",
	.image_id = "image",
	.guest_svn = 7,
	.policy = POLICY,
};

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
	assert_int_equal(id_block_decode(&read, bytes, sizeof(bytes) + 1, &err), -1);
	expect_error(&err, ERR_INPUT, "the ID block has 97 bytes or more, not 96");
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
