// SPDX-License-Identifier: Apache-2.0
// Turns numbers around between OpenSSL and AMD's firmware, and leaves the mathematics to OpenSSL.

#include "measure/ecdsa_p384.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdbool.h>
#include <string.h>

#include "measure/key_file.h"
#include "measure/little_endian.h"
#include "measure/openssl_object.h"

#define CURVE_P384 2U
#define FIELD_BYTES 72 // of a number, of which P-384 fills P384_NUMBER_BYTES

#define KEY_X_OFFSET 4
#define KEY_Y_OFFSET (KEY_X_OFFSET + FIELD_BYTES)
#define KEY_END (KEY_Y_OFFSET + FIELD_BYTES)

#define SIGNATURE_R_OFFSET 0
#define SIGNATURE_S_OFFSET (SIGNATURE_R_OFFSET + FIELD_BYTES)
#define SIGNATURE_END (SIGNATURE_S_OFFSET + FIELD_BYTES)

// A SEQUENCE of two INTEGERs, each with a sign byte at most.
#define DER_SIGNATURE_BYTES_MAX (2 + 2 * (2 + P384_NUMBER_BYTES + 1))

// An uncompressed point: 4, X, Y.
#define POINT_BYTES (1 + 2 * P384_NUMBER_BYTES)

// The order of the curve's group, big-endian (FIPS 186-4, D.1.2.4).
static const uint8_t group_order[P384_NUMBER_BYTES] = {
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2,
	0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
};

static int fail(struct err *err)
{
	return err_set(err, ERR_SYSTEM, "OpenSSL cannot do ECDSA P-384 here");
}

static bool is_zero(const uint8_t *bytes, size_t len)
{
	uint8_t any = 0;

	for (size_t i = 0; i < len; i++)
		any |= bytes[i];
	return any == 0;
}

static void reverse(uint8_t *out, const uint8_t *in)
{
	for (size_t i = 0; i < P384_NUMBER_BYTES; i++)
		out[i] = in[P384_NUMBER_BYTES - 1 - i];
}

// True when nothing stands above the number in its field.
static bool field_is_clean(const uint8_t *field)
{
	return is_zero(field + P384_NUMBER_BYTES, FIELD_BYTES - P384_NUMBER_BYTES);
}

// --- Public keys -------------------------------------------------------------------------------

int p384_public_key_from(struct p384_public_key *key, const EVP_PKEY *pkey, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	AUTO(bn) BIGNUM *x = NULL;
	AUTO(bn) BIGNUM *y = NULL;

	if (key_file_check_p384(pkey, err) < 0)
		return -1;
	memset(key, 0, sizeof(*key));
	le32_put(key->bytes, CURVE_P384);
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) != 1 ||
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) != 1 ||
	    BN_bn2lebinpad(x, key->bytes + KEY_X_OFFSET, FIELD_BYTES) != FIELD_BYTES ||
	    BN_bn2lebinpad(y, key->bytes + KEY_Y_OFFSET, FIELD_BYTES) != FIELD_BYTES)
		return fail(err);
	return 0;
}

int p384_public_key_read(struct p384_public_key *key, const void *bytes, size_t len,
			 struct err *err)
{
	AUTO(evp_pkey) EVP_PKEY *pkey = NULL;

	if (key_file_read_public(&pkey, bytes, len, err) < 0)
		return -1;
	return p384_public_key_from(key, pkey, err);
}

// Owner of '*pkey': the caller.
static int import_point(EVP_PKEY **pkey, uint8_t point[static POINT_BYTES], struct err *err)
{
	AUTO(evp_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	char curve[] = "P-384";
	OSSL_PARAM params[] = {
		OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, curve, sizeof(curve) - 1),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point, POINT_BYTES),
		OSSL_PARAM_END,
	};

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		return fail(err);
	if (EVP_PKEY_fromdata(ctx, pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return err_set(err, ERR_INPUT, "the public key is not a point on the curve P-384");
	return 0;
}

int p384_public_key_load(EVP_PKEY **pkey, const struct p384_public_key *key, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	const uint8_t *x = key->bytes + KEY_X_OFFSET;
	const uint8_t *y = key->bytes + KEY_Y_OFFSET;
	uint8_t point[POINT_BYTES] = { 4 };

	if (le32_at(key->bytes) != CURVE_P384)
		return err_set(err, ERR_INPUT, "the public key has the curve %u, not %u (P-384)",
			       le32_at(key->bytes), CURVE_P384);
	if (!field_is_clean(x) || !field_is_clean(y) ||
	    !is_zero(key->bytes + KEY_END, sizeof(key->bytes) - KEY_END))
		return err_set(err, ERR_INPUT,
			       "the public key is not zero where it must be: numbers are "
			       "little-endian, of %d bytes",
			       P384_NUMBER_BYTES);
	reverse(point + 1, x);
	reverse(point + 1 + P384_NUMBER_BYTES, y);
	return import_point(pkey, point, err);
}

int p384_public_key_check(const struct p384_public_key *key, struct err *err)
{
	AUTO(evp_pkey) EVP_PKEY *pkey = NULL;

	return p384_public_key_load(&pkey, key, err);
}

int p384_public_key_digest(uint8_t digest[static SHA384_BYTES], const struct p384_public_key *key,
			   struct err *err)
{
	OPENSSL_ERRORS_DROPPED;

	if (EVP_Digest(key->bytes, sizeof(key->bytes), digest, NULL, EVP_sha384(), NULL) != 1)
		return fail(err);
	return 0;
}

// --- Signatures --------------------------------------------------------------------------------

// Big-endian, 1 to order - 1.
static bool is_in_range(const uint8_t number[static P384_NUMBER_BYTES])
{
	return !is_zero(number, P384_NUMBER_BYTES) &&
	       memcmp(number, group_order, P384_NUMBER_BYTES) < 0;
}

static int from_raw(struct p384_signature *signature,
		    const uint8_t raw[static P384_RAW_SIGNATURE_BYTES], struct err *err)
{
	if (!is_in_range(raw) || !is_in_range(raw + P384_NUMBER_BYTES))
		return err_set(err, ERR_INPUT,
			       "the signature has numbers that P-384 does not have: it is R and S, "
			       "big-endian, or DER");
	memset(signature, 0, sizeof(*signature));
	reverse(signature->bytes + SIGNATURE_R_OFFSET, raw);
	reverse(signature->bytes + SIGNATURE_S_OFFSET, raw + P384_NUMBER_BYTES);
	return 0;
}

static int from_der(struct p384_signature *signature, const uint8_t *der, size_t len,
		    struct err *err)
{
	uint8_t raw[P384_RAW_SIGNATURE_BYTES];
	const uint8_t *next = der;
	AUTO(ecdsa_sig) ECDSA_SIG *parsed = NULL;

	if (len <= DER_SIGNATURE_BYTES_MAX)
		parsed = d2i_ECDSA_SIG(NULL, &next, (long)len);
	if (parsed == NULL || next != der + len ||
	    BN_bn2binpad(ECDSA_SIG_get0_r(parsed), raw, P384_NUMBER_BYTES) < 0 ||
	    BN_bn2binpad(ECDSA_SIG_get0_s(parsed), raw + P384_NUMBER_BYTES, P384_NUMBER_BYTES) < 0)
		return err_set(
			err, ERR_INPUT,
			"the signature of %zu bytes%s is not one of ECDSA P-384: neither DER "
			"nor %zu bytes of R and S",
			len, len > DER_SIGNATURE_BYTES_MAX ? " or more" : "",
			P384_RAW_SIGNATURE_BYTES);
	// The sign got lost above; d2i_ECDSA_SIG() takes no negative numbers.
	return from_raw(signature, raw, err);
}

int p384_signature_read(struct p384_signature *signature, const void *bytes, size_t len,
			struct err *err)
{
	OPENSSL_ERRORS_DROPPED;

	if (len == P384_RAW_SIGNATURE_BYTES)
		return from_raw(signature, bytes, err);
	return from_der(signature, bytes, len, err);
}

int p384_sign(struct p384_signature *signature, EVP_PKEY *private_key, const void *message,
	      size_t len, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	AUTO(evp_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[DER_SIGNATURE_BYTES_MAX];
	size_t der_len = sizeof(der);

	if (ctx == NULL || EVP_DigestSignInit(ctx, NULL, EVP_sha384(), NULL, private_key) != 1 ||
	    EVP_DigestSign(ctx, der, &der_len, message, len) != 1)
		return fail(err);
	return from_der(signature, der, der_len, err);
}

// Checks the fields and makes DER of them. Returns its length.
static int to_der(uint8_t **der, int *der_len, const struct p384_signature *signature,
		  struct err *err)
{
	const uint8_t *r = signature->bytes + SIGNATURE_R_OFFSET;
	const uint8_t *s = signature->bytes + SIGNATURE_S_OFFSET;
	AUTO(ecdsa_sig) ECDSA_SIG *made = ECDSA_SIG_new();
	BIGNUM *r_number = BN_lebin2bn(r, P384_NUMBER_BYTES, NULL);
	BIGNUM *s_number = BN_lebin2bn(s, P384_NUMBER_BYTES, NULL);

	if (made == NULL || ECDSA_SIG_set0(made, r_number, s_number) != 1) {
		BN_free(r_number);
		BN_free(s_number);
		return fail(err);
	}
	if (!field_is_clean(r) || !field_is_clean(s) ||
	    !is_zero(signature->bytes + SIGNATURE_END, sizeof(signature->bytes) - SIGNATURE_END))
		return err_set(err, ERR_INPUT,
			       "the signature is not zero where it must be: numbers are "
			       "little-endian, of %d bytes",
			       P384_NUMBER_BYTES);
	*der_len = i2d_ECDSA_SIG(made, der);
	return *der_len > 0 ? 0 : fail(err);
}

int p384_verify_hashed(const struct p384_signature *signature, EVP_PKEY *key, const EVP_MD *hash,
		       const void *message, size_t len, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	AUTO(evp_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	uint8_t der[DER_SIGNATURE_BYTES_MAX];
	uint8_t *next = der;
	int der_len = 0;

	if (key_file_check_p384(key, err) < 0 || to_der(&next, &der_len, signature, err) < 0)
		return -1;
	if (ctx == NULL || EVP_DigestVerifyInit(ctx, NULL, hash, NULL, key) != 1)
		return fail(err);
	if (EVP_DigestVerify(ctx, der, (size_t)der_len, message, len) != 1)
		return err_set(err, ERR_VERDICT, "the signature does not verify");
	return 0;
}

int p384_verify_with(const struct p384_signature *signature, EVP_PKEY *key, const void *message,
		     size_t len, struct err *err)
{
	return p384_verify_hashed(signature, key, EVP_sha384(), message, len, err);
}

int p384_verify(const struct p384_signature *signature, const struct p384_public_key *key,
		const void *message, size_t len, struct err *err)
{
	AUTO(evp_pkey) EVP_PKEY *pkey = NULL;

	if (p384_public_key_load(&pkey, key, err) < 0)
		return -1;
	return p384_verify_with(signature, pkey, message, len, err);
}
