/* SPDX-License-Identifier: Apache-2.0 */
/* Reports and certificates that are AMD's but for the keys, which are made here. */
#ifndef SNPLAUNCH_TESTS_MEASURE_REPORT_FIXTURE_H
#define SNPLAUNCH_TESTS_MEASURE_REPORT_FIXTURE_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/attributes.h"
#include "measure/little_endian.h"
#include "measure/report_verify.h"

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

/* A generation of CPUs: what its reports and certificates hold. */
struct generation {
	uint32_t version;
	uint8_t family;
	uint8_t model;
	enum snp_product product;
	const char *name;
	size_t chip_id_len;
	uint8_t tcb[8];
	int levels[5];
};

/* 0x80 and above need another DER form. */
static const struct generation generations[] = {
	{ 2,
	  0,
	  0,
	  SNP_PRODUCT_MILAN_OR_GENOA,
	  "Milan-B0",
	  64,
	  { 3, 0, 0, 0, 0, 0, 20, 209 },
	  { 3, 0, 20, 209, -1 } },
	{ 3,
	  0x19,
	  0x01,
	  SNP_PRODUCT_MILAN,
	  "Milan-B0",
	  64,
	  { 4, 1, 0, 0, 0, 0, 24, 219 },
	  { 4, 1, 24, 219, -1 } },
	{ 3,
	  0x19,
	  0x11,
	  SNP_PRODUCT_GENOA,
	  "Genoa",
	  64,
	  { 10, 0, 0, 0, 0, 0, 23, 84 },
	  { 10, 0, 23, 84, -1 } },
	{ 4,
	  0x19,
	  0xa0,
	  SNP_PRODUCT_GENOA,
	  "Genoa",
	  64,
	  { 127, 128, 0, 0, 0, 0, 255, 0 },
	  { 127, 128, 255, 0, -1 } },
	{ 5,
	  0x1a,
	  0x02,
	  SNP_PRODUCT_TURIN,
	  "Turin",
	  8,
	  { 1, 2, 3, 4, 0, 0, 0, 75 },
	  { 2, 3, 4, 75, 1 } },
	{ 5,
	  0x1a,
	  0x50,
	  SNP_PRODUCT_VENICE,
	  "Venice",
	  8,
	  { 9, 8, 7, 6, 0, 0, 0, 200 },
	  { 8, 7, 6, 200, 9 } },
};

/* The bytes of a report, not signed. */
static inline void make_report(uint8_t report[static REPORT_BYTES], const struct generation *cpu,
			       enum report_signing_key signing_key)
{
	memset(report, 0, REPORT_BYTES);
	le32_put(report, cpu->version);
	le32_put(report + 0x04, 11);
	le64_put(report + 0x08, 0x30000);
	memset(report + 0x10, 0x10, 16);
	memset(report + 0x20, 0x20, 16);
	le32_put(report + 0x30, 1);
	le32_put(report + 0x34, 1);
	le64_put(report + 0x38, 0x38);
	le64_put(report + 0x40, REPORT_SMT_EN | REPORT_ALIAS_CHECK_COMPLETE);
	le32_put(report + 0x48, (uint32_t)signing_key << 2);
	memset(report + 0x50, 0x50, 64);
	memset(report + 0x90, 0x90, 48);
	memset(report + 0xc0, 0xc0, 32);
	memset(report + 0xe0, 0xe0, 48);
	memset(report + 0x110, 0x11, 48);
	memset(report + 0x140, 0x14, 32);
	memset(report + 0x160, 0x16, 32);
	memcpy(report + 0x180, cpu->tcb, 8);
	memset(report + 0x1a0, 0x1a, cpu->chip_id_len);
	le64_put(report + 0x1e0, 0x1e0);
	memcpy(report + 0x1e8, (uint8_t[]){ 21, 55, 1, 0, 20, 54, 1, 0 }, 8);
	le64_put(report + 0x1f0, 0x1f0);
	if (cpu->version >= 3)
		memcpy(report + 0x188, (uint8_t[]){ cpu->family, cpu->model, 1 }, 3);
	if (cpu->version >= 5) {
		le64_put(report + 0x1f8, 0x1f8);
		le64_put(report + 0x200, 0x200);
	}
}

#endif
