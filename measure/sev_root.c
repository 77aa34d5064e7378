// SPDX-License-Identifier: Apache-2.0
// Takes AMD's own certificates apart, whose numbers are all little-endian.

#include "measure/sev_root.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <string.h>

#include "measure/little_endian.h"
#include "measure/openssl_object.h"

#define VERSION 1

#define KEY_ID_OFFSET 4
#define ISSUER_ID_OFFSET 20
#define USAGE_OFFSET 36
#define EXPONENT_BITS_OFFSET 56
#define MODULUS_BITS_OFFSET 60

#define EXPONENT 65537U

// What a key's size says of its signatures.
static const struct {
	uint32_t bits;
	enum sev_algorithm algorithm;
	const EVP_MD *(*hash)(void);
} sizes[] = {
	{ 2048, SEV_RSA_SHA256, EVP_sha256 },
	{ 4096, SEV_RSA_SHA384, EVP_sha384 },
};

static_assert(SEV_ROOT_NUMBER_BYTES_MAX == P384_SIGNATURE_BYTES,
	      "a CEK's signature has room for the largest");

// --- Reading -----------------------------------------------------------------------------------

// The place of its size in the table above.
static size_t size_of(const struct sev_root *root)
{
	return root->number_bytes * 8 == sizes[0].bits ? 0 : 1;
}

static int read_sizes(struct sev_root *root, const uint8_t *in, struct err *err)
{
	uint32_t bits = le32_at(in + MODULUS_BITS_OFFSET);

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		if (sizes[i].bits == bits && le32_at(in + EXPONENT_BITS_OFFSET) == bits) {
			root->number_bytes = bits / 8;
			root->len = SEV_ROOT_HEADING_BYTES + 3 * root->number_bytes;
			return 0;
		}
	return err_set(
		err, ERR_INPUT,
		"%s: its key is not one of RSA with 2048 or 4096 bits, and an exponent in as "
		"many",
		sev_usage_word(root->usage));
}

static int check_exponent(const struct sev_root *root, struct err *err)
{
	const uint8_t *exponent = root->bytes + SEV_ROOT_HEADING_BYTES;
	uint8_t any = 0;

	for (size_t i = 4; i < root->number_bytes; i++)
		any |= exponent[i];
	if (any != 0 || le32_at(exponent) != EXPONENT)
		return err_set(err, ERR_INPUT, "%s: its public exponent is not %u",
			       sev_usage_word(root->usage), EXPONENT);
	return 0;
}

int sev_root_read(struct sev_root *root, const void *bytes, size_t len, struct err *err)
{
	const uint8_t *in = bytes;
	uint32_t usage;

	if (len < SEV_ROOT_HEADING_BYTES || le32_at(in) != VERSION)
		return err_set(err, ERR_INPUT, "there is no certificate of SEV in %zu bytes", len);
	usage = le32_at(in + USAGE_OFFSET);
	if (usage != SEV_USAGE_ARK && usage != SEV_USAGE_ASK)
		return err_set(err, ERR_INPUT,
			       "there is a certificate for usage 0x%" PRIx32
			       ", which SEV does not have",
			       usage);
	root->usage = (enum sev_usage)usage;
	if (read_sizes(root, in, err) < 0)
		return -1;
	if (len < root->len)
		return err_set(err, ERR_INPUT, "%s: it is cut off: %zu of %zu bytes",
			       sev_usage_word(usage), len, root->len);
	memcpy(root->key_id, in + KEY_ID_OFFSET, SEV_ROOT_ID_BYTES);
	memcpy(root->issuer_id, in + ISSUER_ID_OFFSET, SEV_ROOT_ID_BYTES);
	memcpy(root->bytes, in, root->len);
	return check_exponent(root, err);
}

// --- Verifying ---------------------------------------------------------------------------------

static int fail(struct err *err)
{
	return err_set(err, ERR_SYSTEM, "OpenSSL cannot do RSASSA-PSS here");
}

// OpenSSL's form of the key. Its parameters have the processor's order of bytes, which is the
// certificate's on the only architecture that this is built for.
static int load_key(EVP_PKEY **key, struct sev_root *root, struct err *err)
{
	AUTO(evp_pkey_ctx) EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
	uint8_t *exponent = root->bytes + SEV_ROOT_HEADING_BYTES;
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, exponent, root->number_bytes),
		OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, exponent + root->number_bytes,
					root->number_bytes),
		OSSL_PARAM_construct_end(),
	};

	if (ctx == NULL || EVP_PKEY_fromdata_init(ctx) != 1)
		return fail(err);
	if (EVP_PKEY_fromdata(ctx, key, EVP_PKEY_PUBLIC_KEY, params) != 1 ||
	    (size_t)EVP_PKEY_get_bits(*key) != root->number_bytes * 8)
		return err_set(err, ERR_INPUT, "its key is not one of RSA with %zu bits",
			       root->number_bytes * 8);
	return 0;
}

struct message {
	const uint8_t *bytes;
	size_t len;
};

static int verify(const struct sev_root *issuer, const struct message *message,
		  const uint8_t *signature, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	AUTO(evp_md_ctx) EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	AUTO(evp_pkey) EVP_PKEY *key = NULL;
	const EVP_MD *hash = sizes[size_of(issuer)].hash();
	struct sev_root copy = *issuer; // parameters are not const
	uint8_t reversed[SEV_ROOT_NUMBER_BYTES_MAX];
	EVP_PKEY_CTX *padding; // the context's

	if (load_key(&key, &copy, err) < 0)
		return -1;
	for (size_t i = 0; i < issuer->number_bytes; i++)
		reversed[i] = signature[issuer->number_bytes - 1 - i];
	if (ctx == NULL || EVP_DigestVerifyInit(ctx, &padding, hash, NULL, key) != 1 ||
	    EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) != 1 ||
	    EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) != 1)
		return fail(err);
	if (EVP_DigestVerify(ctx, reversed, issuer->number_bytes, message->bytes, message->len) !=
	    1)
		return err_set(err, ERR_VERDICT, "the signature does not verify");
	return 0;
}

int sev_root_verify(const struct sev_root *root, const struct sev_root *issuer, struct err *err)
{
	const struct message message = { root->bytes, root->len - root->number_bytes };
	const char *word = sev_usage_word(root->usage);

	if (memcmp(root->issuer_id, issuer->key_id, SEV_ROOT_ID_BYTES) != 0)
		return err_set(err, ERR_VERDICT,
			       "%s: another key than the %s's that is given signed it", word,
			       sev_usage_word(issuer->usage));
	if (root->number_bytes != issuer->number_bytes)
		return err_set(err, ERR_VERDICT, "%s: its key has not as many bits as the %s's",
			       word, sev_usage_word(issuer->usage));
	if (verify(issuer, &message, root->bytes + message.len, err) < 0)
		return err_context(err, "%s: signature by the %s", word,
				   sev_usage_word(issuer->usage));
	return 0;
}

int sev_root_verify_cek(const struct sev_root *ask, const struct sev_certificate *cek,
			struct err *err)
{
	const struct message message = { cek->bytes, SEV_CERTIFICATE_SIGNED_BYTES };
	const struct sev_signature *signature;

	if (sev_certificate_signature_by(&signature, cek, ask->usage, sizes[size_of(ask)].algorithm,
					 err) < 0)
		return -1;
	if (verify(ask, &message, signature->bytes.bytes, err) < 0)
		return err_context(err, "CEK: signature by the ASK");
	return 0;
}

void sev_root_digest(uint8_t digest[static SHA256_BYTES], const struct sev_root *root)
{
	sha256_of(root->bytes, root->len, digest);
}
