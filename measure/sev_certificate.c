// SPDX-License-Identifier: Apache-2.0
// Takes a platform's certificates apart.

#include "measure/sev_certificate.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "measure/little_endian.h"
#include "measure/openssl_object.h"

#define VERSION 1

#define API_MAJOR_OFFSET 4
#define API_MINOR_OFFSET 5
#define RESERVED_OFFSET 6
#define USAGE_OFFSET 8
#define ALGORITHM_OFFSET 12
#define KEY_OFFSET 16

// Of a signature: u32 usage, u32 algorithm, the signature.
#define SIGNATURE_HEADING_BYTES 8
#define SIGNATURE_STRIDE (SIGNATURE_HEADING_BYTES + P384_SIGNATURE_BYTES)

static_assert(KEY_OFFSET + P384_PUBLIC_KEY_BYTES == SEV_CERTIFICATE_SIGNED_BYTES,
	      "the signatures follow the key");
static_assert(SEV_CERTIFICATE_SIGNED_BYTES + SEV_CERTIFICATE_SIGNATURES * SIGNATURE_STRIDE ==
		      SEV_CERTIFICATE_BYTES,
	      "and are its end");

static const struct {
	const char *word;
	enum sev_usage usage;
	bool has_this_form; // of certificate
} usages[] = {
	{ "ARK", SEV_USAGE_ARK, false }, { "ASK", SEV_USAGE_ASK, false },
	{ "OCA", SEV_USAGE_OCA, true },	 { "PEK", SEV_USAGE_PEK, true },
	{ "PDH", SEV_USAGE_PDH, true },	 { "CEK", SEV_USAGE_CEK, true },
};

static const struct {
	const char *text;
	const EVP_MD *(*hash)(void);
	enum sev_algorithm algorithm;
	bool is_ecdsa;
	bool is_ecdh;
} algorithms[] = {
	{ "RSASSA-PSS with SHA-256", EVP_sha256, SEV_RSA_SHA256, false, false },
	{ "ECDSA with SHA-256", EVP_sha256, SEV_ECDSA_SHA256, true, false },
	{ "ECDH with SHA-256", EVP_sha256, SEV_ECDH_SHA256, false, true },
	{ "RSASSA-PSS with SHA-384", EVP_sha384, SEV_RSA_SHA384, false, false },
	{ "ECDSA with SHA-384", EVP_sha384, SEV_ECDSA_SHA384, true, false },
	{ "ECDH with SHA-384", EVP_sha384, SEV_ECDH_SHA384, false, true },
};

const char *sev_usage_word(uint32_t usage)
{
	for (size_t i = 0; i < ARRAY_LEN(usages); i++)
		if (usages[i].usage == usage)
			return usages[i].word;
	return NULL;
}

const char *sev_algorithm_text(uint32_t algorithm)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (algorithms[i].algorithm == algorithm)
			return algorithms[i].text;
	return "an unknown algorithm";
}

// --- Reading -----------------------------------------------------------------------------------

static bool has_this_form(uint32_t usage)
{
	for (size_t i = 0; i < ARRAY_LEN(usages); i++)
		if (usages[i].usage == usage)
			return usages[i].has_this_form;
	return false;
}

bool sev_certificate_is(const void *bytes, size_t len)
{
	return len >= SEV_CERTIFICATE_BYTES &&
	       has_this_form(le32_at((const uint8_t *)bytes + USAGE_OFFSET));
}

static bool suits(uint32_t usage, uint32_t algorithm)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (algorithms[i].algorithm == algorithm)
			return usage == SEV_USAGE_PDH ? algorithms[i].is_ecdh :
							algorithms[i].is_ecdsa;
	return false;
}

static int check_heading(const uint8_t *in, struct err *err)
{
	uint32_t usage = le32_at(in + USAGE_OFFSET);
	uint32_t algorithm = le32_at(in + ALGORITHM_OFFSET);

	if (le32_at(in) != VERSION || le16_at(in + RESERVED_OFFSET) != 0)
		return err_set(err, ERR_INPUT, "the certificate is not of version %d", VERSION);
	if (!has_this_form(usage))
		return err_set(err, ERR_INPUT,
			       "the certificate is for usage 0x%" PRIx32
			       ", which is none of OCA, PEK, PDH and CEK",
			       usage);
	if (!suits(usage, algorithm))
		return err_set(err, ERR_INPUT,
			       "%s: its key is for %s (0x%" PRIx32
			       "), and only %s on P-384 is taken",
			       sev_usage_word(usage), sev_algorithm_text(algorithm), algorithm,
			       usage == SEV_USAGE_PDH ? "ECDH" : "ECDSA");
	return 0;
}

int sev_certificate_read(struct sev_certificate *certificate, const void *bytes, size_t len,
			 struct err *err)
{
	const uint8_t *in = bytes;
	const uint8_t *at = in + SEV_CERTIFICATE_SIGNED_BYTES;

	if (len != SEV_CERTIFICATE_BYTES)
		return err_set(err, ERR_INPUT, "the certificate has %zu bytes, not %d", len,
			       SEV_CERTIFICATE_BYTES);
	if (check_heading(in, err) < 0)
		return -1;
	certificate->api_major = in[API_MAJOR_OFFSET];
	certificate->api_minor = in[API_MINOR_OFFSET];
	certificate->usage = (enum sev_usage)le32_at(in + USAGE_OFFSET);
	certificate->algorithm = (enum sev_algorithm)le32_at(in + ALGORITHM_OFFSET);
	memcpy(certificate->key.bytes, in + KEY_OFFSET, P384_PUBLIC_KEY_BYTES);
	for (size_t i = 0; i < SEV_CERTIFICATE_SIGNATURES; i++, at += SIGNATURE_STRIDE) {
		struct sev_signature *signature = &certificate->signatures[i];

		signature->usage = le32_at(at);
		signature->algorithm = le32_at(at + 4);
		memcpy(signature->bytes.bytes, at + SIGNATURE_HEADING_BYTES, P384_SIGNATURE_BYTES);
	}
	memcpy(certificate->bytes, in, SEV_CERTIFICATE_BYTES);
	if (p384_public_key_check(&certificate->key, err) < 0)
		return err_context(err, "%s", sev_usage_word(certificate->usage));
	return 0;
}

// --- Writing -----------------------------------------------------------------------------------

void sev_certificate_write_pdh(uint8_t bytes[static SEV_CERTIFICATE_BYTES],
			       const struct p384_public_key *key, uint8_t api_major,
			       uint8_t api_minor)
{
	uint8_t *at = bytes + SEV_CERTIFICATE_SIGNED_BYTES;

	memset(bytes, 0, SEV_CERTIFICATE_BYTES);
	le32_put(bytes, VERSION);
	bytes[API_MAJOR_OFFSET] = api_major;
	bytes[API_MINOR_OFFSET] = api_minor;
	le32_put(bytes + USAGE_OFFSET, SEV_USAGE_PDH);
	le32_put(bytes + ALGORITHM_OFFSET, SEV_ECDH_SHA256);
	memcpy(bytes + KEY_OFFSET, key->bytes, P384_PUBLIC_KEY_BYTES);
	for (size_t i = 0; i < SEV_CERTIFICATE_SIGNATURES; i++, at += SIGNATURE_STRIDE) {
		le32_put(at, SEV_USAGE_NONE);
		le32_put(at + 4, SEV_ALGORITHM_NONE);
	}
}

// --- Verifying ---------------------------------------------------------------------------------

int sev_certificate_signature_by(const struct sev_signature **signature,
				 const struct sev_certificate *certificate, enum sev_usage usage,
				 enum sev_algorithm algorithm, struct err *err)
{
	const char *word = sev_usage_word(certificate->usage);
	const char *issuer = sev_usage_word(usage);

	for (size_t i = 0; i < SEV_CERTIFICATE_SIGNATURES; i++) {
		*signature = &certificate->signatures[i];
		if ((*signature)->usage != usage)
			continue;
		if ((*signature)->algorithm == algorithm)
			return 0;
		return err_set(err, ERR_VERDICT,
			       "%s: its signature by the %s is %s (0x%" PRIx32
			       "), and the %s's key is for %s",
			       word, issuer, sev_algorithm_text((*signature)->algorithm),
			       (*signature)->algorithm, issuer, sev_algorithm_text(algorithm));
	}
	return err_set(err, ERR_VERDICT, "%s: it is not signed by the %s", word, issuer);
}

static const EVP_MD *hash_of(enum sev_algorithm algorithm)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (algorithms[i].algorithm == algorithm)
			return algorithms[i].hash();
	return NULL; // none that was read
}

int sev_certificate_verify(const struct sev_certificate *certificate,
			   const struct sev_certificate *issuer, struct err *err)
{
	const char *word = sev_usage_word(certificate->usage);
	AUTO(evp_pkey) EVP_PKEY *key = NULL;
	const struct sev_signature *signature;

	if (sev_certificate_signature_by(&signature, certificate, issuer->usage, issuer->algorithm,
					 err) < 0)
		return -1;
	if (p384_public_key_load(&key, &issuer->key, err) < 0 ||
	    p384_verify_hashed(&signature->bytes, key, hash_of(issuer->algorithm),
			       certificate->bytes, SEV_CERTIFICATE_SIGNED_BYTES, err) < 0)
		return err_context(err, "%s: signature by the %s", word,
				   sev_usage_word(issuer->usage));
	return 0;
}

void sev_certificate_digest(uint8_t digest[static SHA256_BYTES],
			    const struct sev_certificate *certificate)
{
	sha256_of(certificate->bytes, SEV_CERTIFICATE_BYTES, digest);
}
