// SPDX-License-Identifier: Apache-2.0
// Keys and signatures of P-384, between the firmware's form and libcrypto's.

#include "rehearsal/p384.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/params.h>
#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "rehearsal/hash.h"

#define CURVE_P384 2U

// Offsets in a public key and in a signature.
enum {
	KEY_QX = 4,
	KEY_QY = KEY_QX + P384_FIELD_BYTES,
	SIGNATURE_R = 0,
	SIGNATURE_S = P384_FIELD_BYTES,
};

// Uncompressed: 0x04, X, Y, big-endian.
#define POINT_BYTES (1 + 2 * P384_BYTES)

// What the private key is the SHA-384 of: anyone may know it.
static const char private_key_text[] = "snplaunch rehearsal: this key protects nothing";

static void release_number(BIGNUM **number)
{
	BN_free(*number);
}
DEFINE_AUTO(number, BIGNUM *, release_number);

static void release_group(EC_GROUP **group)
{
	EC_GROUP_free(*group);
}
DEFINE_AUTO(group, EC_GROUP *, release_group);

static void release_point(EC_POINT **point)
{
	EC_POINT_free(*point);
}
DEFINE_AUTO(point, EC_POINT *, release_point);

static void release_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
}
DEFINE_AUTO(key, EVP_PKEY *, release_key);

static void release_key_context(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}
DEFINE_AUTO(key_context, EVP_PKEY_CTX *, release_key_context);

static void release_digest_context(EVP_MD_CTX **context)
{
	EVP_MD_CTX_free(*context);
}
DEFINE_AUTO(digest_context, EVP_MD_CTX *, release_digest_context);

static void release_signature(ECDSA_SIG **signature)
{
	ECDSA_SIG_free(*signature);
}
DEFINE_AUTO(signature, ECDSA_SIG *, release_signature);

static BIGNUM *number_of(const uint8_t *field)
{
	return mem_must(BN_lebin2bn(field, P384_FIELD_BYTES, NULL));
}

static BIGNUM *private_key(void)
{
	uint8_t bytes[SHA384_DIGEST_LENGTH];

	hash_sha384(bytes, private_key_text, strlen(private_key_text));
	return mem_must(BN_bin2bn(bytes, sizeof(bytes), NULL));
}

// False when the numbers are no point of the curve.
static bool read_point(const EC_GROUP *group, EC_POINT *point, const uint8_t *key)
{
	AUTO(number) BIGNUM *x = number_of(key + KEY_QX);
	AUTO(number) BIGNUM *y = number_of(key + KEY_QY);
	uint32_t curve;

	memcpy(&curve, key, sizeof(curve));
	return curve == CURVE_P384 &&
	       EC_POINT_set_affine_coordinates(group, point, x, y, NULL) == 1;
}

int p384_agree(uint8_t secret[static P384_BYTES], const uint8_t *key)
{
	AUTO(group) EC_GROUP *group = mem_must(EC_GROUP_new_by_curve_name(NID_secp384r1));
	AUTO(point) EC_POINT *point = mem_must(EC_POINT_new(group));
	AUTO(number) BIGNUM *own = private_key();
	AUTO(number) BIGNUM *x = mem_must(BN_new());

	if (!read_point(group, point, key))
		return -1;
	if (EC_POINT_mul(group, point, NULL, point, own, NULL) != 1 ||
	    EC_POINT_get_affine_coordinates(group, point, x, NULL, NULL) != 1)
		return -1;
	return BN_bn2binpad(x, secret, P384_BYTES) == P384_BYTES ? 0 : -1;
}

void p384_public_key(uint8_t key[static P384_KEY_BYTES])
{
	AUTO(group) EC_GROUP *group = mem_must(EC_GROUP_new_by_curve_name(NID_secp384r1));
	AUTO(point) EC_POINT *point = mem_must(EC_POINT_new(group));
	AUTO(number) BIGNUM *own = private_key();
	AUTO(number) BIGNUM *x = mem_must(BN_new());
	AUTO(number) BIGNUM *y = mem_must(BN_new());
	const uint32_t curve = CURVE_P384;

	memset(key, 0, P384_KEY_BYTES);
	memcpy(key, &curve, sizeof(curve));
	hash_must(EC_POINT_mul(group, point, own, NULL, NULL, NULL) == 1 &&
		  EC_POINT_get_affine_coordinates(group, point, x, y, NULL) == 1 &&
		  BN_bn2lebinpad(x, key + KEY_QX, P384_FIELD_BYTES) > 0 &&
		  BN_bn2lebinpad(y, key + KEY_QY, P384_FIELD_BYTES) > 0);
}

// libcrypto's form of a public key, NULL when it is none.
static EVP_PKEY *import_key(const uint8_t *key)
{
	AUTO(group) EC_GROUP *group = mem_must(EC_GROUP_new_by_curve_name(NID_secp384r1));
	AUTO(point) EC_POINT *point = mem_must(EC_POINT_new(group));
	AUTO(key_context)
	EVP_PKEY_CTX *context = mem_must(EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL));
	uint8_t bytes[POINT_BYTES];
	char name[] = SN_secp384r1;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, name, 0),
		OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, bytes, sizeof(bytes)),
		OSSL_PARAM_construct_end(),
	};
	EVP_PKEY *imported = NULL;

	if (!read_point(group, point, key) ||
	    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, bytes, sizeof(bytes),
			       NULL) != sizeof(bytes))
		return NULL;
	if (EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &imported, EVP_PKEY_PUBLIC_KEY, params) != 1)
		return NULL;
	return imported;
}

bool p384_verify(const uint8_t key[static P384_KEY_BYTES],
		 const uint8_t signature[static P384_SIGNATURE_BYTES], const void *bytes,
		 size_t len)
{
	AUTO(key) EVP_PKEY *imported = import_key(key);
	AUTO(signature) ECDSA_SIG *pair = mem_must(ECDSA_SIG_new());
	AUTO(digest_context) EVP_MD_CTX *context = mem_must(EVP_MD_CTX_new());
	uint8_t der[2 * P384_FIELD_BYTES + 16];
	uint8_t *end = der;
	int der_len;

	if (imported == NULL)
		return false;
	// The pair owns both numbers.
	(void)ECDSA_SIG_set0(pair, number_of(signature + SIGNATURE_R),
			     number_of(signature + SIGNATURE_S));
	der_len = i2d_ECDSA_SIG(pair, &end);
	return der_len > 0 &&
	       EVP_DigestVerifyInit(context, NULL, EVP_sha384(), NULL, imported) == 1 &&
	       EVP_DigestVerify(context, der, (size_t)der_len, bytes, len) == 1;
}
