/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that are AMD's but for the keys, which are made here. */
#ifndef SNPLAUNCH_TESTS_MEASURE_CERTIFICATE_FIXTURE_H
#define SNPLAUNCH_TESTS_MEASURE_CERTIFICATE_FIXTURE_H

#include "tests/unit.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <string.h>

#include "base/attributes.h"

/* What a certificate is to be. Zero stands for AMD's way. */
struct certificate_plan {
	const char *subject;
	const char *issuer;
	EVP_PKEY *key;
	EVP_PKEY *issuer_key;
	bool is_ca;
	int salt_len;		  /* 0: 48 */
	bool pkcs1;		  /* not RSASSA-PSS */
	const EVP_MD *digest;	  /* NULL: SHA-384 */
	const EVP_MD *mgf_digest; /* NULL: 'digest' */
	long not_before;	  /* seconds from now; 0: a minute ago */
	long not_after;		  /* 0: a day */
	/* Of a VEK; NULL: none. */
	const struct vek_plan *vek;
};

/* Extensions as bytes, so that they can be wrong. */
struct vek_plan {
	const char *product;
	int levels[5]; /* boot loader, TEE, SNP, microcode, FMC; -1: no extension */
	const uint8_t *hwid;
	size_t hwid_len;
	const char *csp_id;
	const char *twice;     /* an OID to write a second time */
	bool hwid_is_wrapped;  /* in an OCTET STRING */
	bool levels_are_bytes; /* 0x80 and above without the zero in front: negative */
};

static inline void add_extension(X509 *certificate, const char *oid, const uint8_t *bytes,
				 size_t len)
{
	ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	ASN1_OCTET_STRING *data = ASN1_OCTET_STRING_new();
	X509_EXTENSION *extension;

	ASN1_OCTET_STRING_set(data, bytes, (int)len);
	extension = X509_EXTENSION_create_by_OBJ(NULL, object, 0, data);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
	ASN1_OCTET_STRING_free(data);
	ASN1_OBJECT_free(object);
}

static inline void add_level(X509 *certificate, const char *oid, int level, bool as_byte)
{
	uint8_t der[] = { 2, 1, (uint8_t)level, 0 };
	bool long_form = level >= 0x80 && !as_byte;

	if (level < 0)
		return;
	if (long_form)
		memcpy(der, (uint8_t[]){ 2, 2, 0, (uint8_t)level }, 4);
	add_extension(certificate, oid, der, long_form ? 4 : 3);
}

static inline void add_vek_extensions(X509 *certificate, const struct vek_plan *vek)
{
	static const char *const oids[] = {
		"1.3.6.1.4.1.3704.1.3.1", "1.3.6.1.4.1.3704.1.3.2", "1.3.6.1.4.1.3704.1.3.3",
		"1.3.6.1.4.1.3704.1.3.8", "1.3.6.1.4.1.3704.1.3.9",
	};
	uint8_t text[64] = { 0x16, (uint8_t)strlen(vek->product) };

	memcpy(text + 2, vek->product, strlen(vek->product));
	add_extension(certificate, "1.3.6.1.4.1.3704.1.1", (const uint8_t[]){ 2, 1, 0 }, 3);
	add_extension(certificate, "1.3.6.1.4.1.3704.1.2", text, 2 + strlen(vek->product));
	for (size_t i = 0; i < ARRAY_LEN(oids); i++)
		add_level(certificate, oids[i], vek->levels[i], vek->levels_are_bytes);
	if (vek->hwid != NULL) {
		uint8_t wrapped[66] = { 4, (uint8_t)vek->hwid_len };

		memcpy(wrapped + 2, vek->hwid, vek->hwid_len);
		add_extension(certificate, "1.3.6.1.4.1.3704.1.4",
			      wrapped + (vek->hwid_is_wrapped ? 0 : 2),
			      vek->hwid_len + (vek->hwid_is_wrapped ? 2 : 0));
	}
	if (vek->csp_id != NULL)
		add_extension(certificate, "1.3.6.1.4.1.3704.1.5", (const uint8_t *)vek->csp_id,
			      strlen(vek->csp_id));
	if (vek->twice != NULL)
		add_level(certificate, vek->twice, 0, false);
}

static inline void sign_certificate(X509 *certificate, const struct certificate_plan *plan)
{
	const EVP_MD *digest = plan->digest != NULL ? plan->digest : EVP_sha384();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_ctx;

	assert_int_equal(EVP_DigestSignInit(ctx, &key_ctx, digest, NULL, plan->issuer_key), 1);
	if (!plan->pkcs1 && EVP_PKEY_is_a(plan->issuer_key, "RSA")) {
		EVP_PKEY_CTX_set_rsa_padding(key_ctx, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_rsa_pss_saltlen(key_ctx,
						 plan->salt_len != 0 ? plan->salt_len : 48);
		if (plan->mgf_digest != NULL)
			EVP_PKEY_CTX_set_rsa_mgf1_md(key_ctx, plan->mgf_digest);
	}
	assert_true(X509_sign_ctx(certificate, ctx) > 0);
	EVP_MD_CTX_free(ctx);
}

static inline void add_name(X509_NAME *name, const char *text)
{
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const uint8_t *)text, -1, -1, 0);
}

/* Writes a certificate as DER; returns its length. */
static inline size_t make_certificate(uint8_t der[static 4096], const struct certificate_plan *plan)
{
	X509 *certificate = X509_new();
	int len;

	X509_set_version(certificate, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
	add_name(X509_get_subject_name(certificate), plan->subject);
	add_name(X509_get_issuer_name(certificate), plan->issuer);
	X509_gmtime_adj(X509_getm_notBefore(certificate),
			plan->not_before != 0 ? plan->not_before : -60);
	X509_gmtime_adj(X509_getm_notAfter(certificate),
			plan->not_after != 0 ? plan->not_after : 86400);
	X509_set_pubkey(certificate, plan->key);
	if (plan->is_ca) {
		X509_EXTENSION *ca =
			X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");

		X509_add_ext(certificate, ca, -1);
		X509_EXTENSION_free(ca);
	}
	if (plan->vek != NULL)
		add_vek_extensions(certificate, plan->vek);
	sign_certificate(certificate, plan);
	assert_true(i2d_X509(certificate, NULL) <= 4096);
	len = i2d_X509(certificate, &der);
	X509_free(certificate);
	return (size_t)len;
}

#endif
