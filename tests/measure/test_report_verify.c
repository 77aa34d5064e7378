// SPDX-License-Identifier: Apache-2.0
// Signed reports under chains made here: what verifies, and each link that does not.

#include "tests/unit.h"

#include <openssl/pem.h>
#include <stdlib.h>
#include <time.h>

#include "measure/openssl_object.h"
#include "measure/report_verify.h"
#include "tests/measure/certificate_fixture.h"
#include "tests/measure/report_fixture.h"

struct der {
	uint8_t bytes[4096];
	size_t len;
};

// Making RSA keys takes seconds: once for all tests.
static EVP_PKEY *ark_key, *ask_key, *vek_key, *small_key;

static int make_keys(void **state)
{
	(void)state;
	ark_key = EVP_RSA_gen(4096);
	ask_key = EVP_RSA_gen(4096);
	small_key = EVP_RSA_gen(2048);
	vek_key = EVP_EC_gen("P-384");
	return ark_key != NULL && ask_key != NULL && small_key != NULL && vek_key != NULL ? 0 : -1;
}

static int free_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(ark_key);
	EVP_PKEY_free(ask_key);
	EVP_PKEY_free(small_key);
	EVP_PKEY_free(vek_key);
	return 0;
}

// All that a verification needs, to be changed before it is made.
struct scene {
	uint8_t report[REPORT_BYTES];
	struct vek_plan vek;
	struct certificate_plan plans[3];
	struct der ark, ask, certificate;
	struct report_evidence evidence;
	EVP_PKEY *signer;
};

static uint8_t hwid[64];

static void set(struct scene *scene, const struct generation *cpu, enum report_signing_key signing)
{
	memset(scene, 0, sizeof(*scene));
	memset(hwid, 0x1a, sizeof(hwid));
	make_report(scene->report, cpu, signing);
	scene->vek = (struct vek_plan){ .product = cpu->name };
	memcpy(scene->vek.levels, cpu->levels, sizeof(cpu->levels));
	if (signing == REPORT_SIGNED_BY_VLEK) {
		scene->vek.csp_id = "cloud";
	} else {
		scene->vek.hwid = hwid;
		scene->vek.hwid_len = cpu->chip_id_len;
	}
	scene->plans[0] = (struct certificate_plan){ .subject = "ARK",
						     .issuer = "ARK",
						     .key = ark_key,
						     .issuer_key = ark_key,
						     .is_ca = true };
	scene->plans[1] = (struct certificate_plan){ .subject = "SEV",
						     .issuer = "ARK",
						     .key = ask_key,
						     .issuer_key = ark_key,
						     .is_ca = true };
	scene->plans[2] = (struct certificate_plan){ .subject = "VEK",
						     .issuer = "SEV",
						     .key = vek_key,
						     .issuer_key = ask_key,
						     .vek = &scene->vek };
	scene->signer = vek_key;
	scene->evidence.at = (int64_t)time(NULL);
}

static void sign_report(uint8_t *report, EVP_PKEY *key)
{
	struct p384_signature signature;
	struct err err;

	assert_int_equal(p384_sign(&signature, key, report, REPORT_SIGNED_BYTES, &err), 0);
	memcpy(report + REPORT_SIGNED_BYTES, signature.bytes, sizeof(signature.bytes));
}

static void make(struct scene *scene)
{
	scene->ark.len = make_certificate(scene->ark.bytes, &scene->plans[0]);
	scene->ask.len = make_certificate(scene->ask.bytes, &scene->plans[1]);
	scene->certificate.len = make_certificate(scene->certificate.bytes, &scene->plans[2]);
	sign_report(scene->report, scene->signer);
	scene->evidence.vek =
		(struct certificate_file){ scene->certificate.bytes, scene->certificate.len, NULL };
	scene->evidence.issuers[0] =
		(struct certificate_file){ scene->ask.bytes, scene->ask.len, NULL };
	scene->evidence.issuers[1] =
		(struct certificate_file){ scene->ark.bytes, scene->ark.len, NULL };
}

static int verify(const struct scene *scene, struct report_verified *verified, struct err *err)
{
	int status = report_verify(verified, scene->report, REPORT_BYTES, &scene->evidence, err);

	assert_int_equal(ERR_peek_error(), 0);
	return status;
}

static void expect_verified(const struct scene *scene)
{
	struct report_verified verified;
	struct err err;

	if (verify(scene, &verified, &err) < 0)
		fail_msg("%s", err.text);
}

static void expect_refused(const struct scene *scene, enum err_kind kind, const char *text)
{
	struct report_verified verified;
	struct err err = { 0 };

	if (verify(scene, &verified, &err) == 0 || err.kind != kind ||
	    strstr(err.text, text) == NULL)
		fail_msg("expected '%s', got kind %d: %s", text, err.kind, err.text);
}

static void verifies_every_generation(void **state)
{
	static const enum report_signing_key keys[] = { REPORT_SIGNED_BY_VCEK,
							REPORT_SIGNED_BY_VLEK };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(generations); i++)
		for (size_t k = 0; k < ARRAY_LEN(keys); k++) {
			struct report_verified verified;
			struct scene scene;
			uint8_t digest[32];
			struct err err;

			set(&scene, &generations[i], keys[k]);
			make(&scene);
			if (verify(&scene, &verified, &err) < 0)
				fail_msg("generation %zu: %s", i, err.text);
			assert_int_equal(verified.report.guest_svn, 11);
			assert_int_equal(verified.vek.is_vlek, keys[k] == REPORT_SIGNED_BY_VLEK);
			assert_int_equal(EVP_Digest(scene.ark.bytes, scene.ark.len, digest, NULL,
						    EVP_sha256(), NULL),
					 1);
			assert_memory_equal(verified.ark_sha256, digest, sizeof(digest));
		}
}

static size_t add_pem(char *out, size_t size, const struct der *der)
{
	const uint8_t *next = der->bytes;
	AUTO(x509) X509 *certificate = d2i_X509(NULL, &next, (long)der->len);
	AUTO(bio) BIO *bio = BIO_new(BIO_s_mem());

	assert_int_equal(PEM_write_bio_X509(bio, certificate), 1);
	return (size_t)BIO_read(bio, out, (int)size);
}

// As AMD's KDS delivers it: the certificate as DER, both issuers in one file of PEM.
static void reads_issuers_from_one_file(void **state)
{
	struct scene scene;
	char pem[16384];
	size_t len;

	(void)state;
	set(&scene, &generations[2], REPORT_SIGNED_BY_VCEK);
	make(&scene);
	len = add_pem(pem, sizeof(pem), &scene.ask);
	len += add_pem(pem + len, sizeof(pem) - len, &scene.ark);
	scene.evidence.issuers[0] = (struct certificate_file){ pem, len, NULL };
	scene.evidence.issuers[1] = (struct certificate_file){ 0 };
	expect_verified(&scene);
	scene.evidence.issuers[1] = scene.evidence.issuers[0];
	expect_refused(&scene, ERR_INPUT, "issuers: there is more than one intermediate");
	scene.evidence.issuers[0] =
		(struct certificate_file){ scene.ark.bytes, scene.ark.len, NULL };
	scene.evidence.issuers[1] = (struct certificate_file){ 0 };
	expect_refused(&scene, ERR_INPUT,
		       "issuers: the intermediate certificate (ASK or ASVK) is missing");
	scene.evidence.issuers[0].len = 10;
	expect_refused(&scene, ERR_INPUT, "issuers: there is no certificate in it");
	scene.evidence.issuers[0].len = 0;
	expect_refused(&scene, ERR_INPUT, "issuers: the file has 0 bytes");
	scene.evidence.vek.len--;
	expect_refused(&scene, ERR_INPUT, "VCEK or VLEK: there is no certificate in it");
}

static void refuses_every_changed_byte(void **state)
{
	struct scene scene;

	(void)state;
	set(&scene, &generations[4], REPORT_SIGNED_BY_VCEK);
	make(&scene);
	for (size_t at = 0; at < 0x330; at += 3) {
		struct report_verified verified;
		struct err err;

		scene.report[at] ^= 1;
		assert_int_equal(verify(&scene, &verified, &err), -1);
		scene.report[at] ^= 1;
	}
	expect_verified(&scene);
	scene.report[0x50] ^= 1;
	expect_refused(&scene, ERR_VERDICT, "report: the signature does not verify");
	scene.report[0x50] ^= 1;
	scene.report[0x2a0 + 48] = 1;
	expect_refused(&scene, ERR_INPUT, "report: the signature is not zero where it must be");
}

static void refuses_unsigned_reports(void **state)
{
	struct scene scene;

	(void)state;
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.report[0x48] = 2;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "not signed: the host masks its key (MASK_CHIP_KEY)");
	set(&scene, &generations[1], REPORT_NOT_SIGNED);
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "not signed: its SIGNING_KEY is none");
}

static void compares_the_tcb(void **state)
{
	static const char *const names[] = { "boot loader", "TEE", "SNP firmware", "microcode",
					     "FMC" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(generations); i++)
		for (size_t level = 0; level < 5 && generations[i].levels[level] >= 0; level++) {
			struct scene scene;
			char text[64];

			set(&scene, &generations[i], REPORT_SIGNED_BY_VLEK);
			scene.vek.levels[level] ^= 1;
			make(&scene);
			(void)snprintf(text, sizeof(text), "the certificate is for %s level %d",
				       names[level], scene.vek.levels[level]);
			expect_refused(&scene, ERR_VERDICT, text);
		}
}

static void compares_the_chip(void **state)
{
	struct scene scene;

	(void)state;
	set(&scene, &generations[4], REPORT_SIGNED_BY_VCEK);
	hwid[7] ^= 1;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "its HWID is not the report's CHIP_ID");
	set(&scene, &generations[4], REPORT_SIGNED_BY_VCEK);
	scene.report[0x1a0 + 63] = 1;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "its HWID is not the report's CHIP_ID");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	memset(scene.report + 0x1a0, 0, 64);
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "CHIP_ID is masked by the host");
	scene.evidence.masked_chip_id_allowed = true;
	expect_verified(&scene);
}

static void compares_product_and_kind_of_key(void **state)
{
	struct scene scene;

	(void)state;
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.vek.product = "Genoa";
	make(&scene);
	expect_refused(&scene, ERR_VERDICT,
		       "the certificate is for Genoa, the report is from Milan (CPU family 0x19");
	set(&scene, &generations[0], REPORT_SIGNED_BY_VLEK);
	scene.vek.product = "Turin";
	scene.vek.levels[4] = 0;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "for Turin, the report is from Milan or Genoa");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.report[0x48] = 1 << 2;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "is of a VCEK, the report is signed with the VLEK");
}

static void refuses_malformed_extensions(void **state)
{
	struct scene scene;

	(void)state;
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.vek.levels[0] = -1;
	make(&scene);
	expect_refused(&scene, ERR_INPUT, "lacks the extension 1.3.6.1.4.1.3704.1.3.1");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.vek.levels_are_bytes = true;
	make(&scene);
	expect_refused(&scene, ERR_INPUT, "3.8 (microcode) is not an INTEGER of 0 to 255");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.vek.twice = "1.3.6.1.4.1.3704.1.3.2";
	make(&scene);
	expect_refused(&scene, ERR_INPUT, "has the extension 1.3.6.1.4.1.3704.1.3.2 twice");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.vek.levels[4] = 0;
	make(&scene);
	expect_refused(&scene, ERR_INPUT, "(FMC), which Milan does not have");
	set(&scene, &generations[4], REPORT_SIGNED_BY_VCEK);
	scene.vek.hwid_is_wrapped = true;
	make(&scene);
	expect_refused(&scene, ERR_INPUT, "HWID has 10 bytes, and Turin has 8");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.vek.csp_id = "cloud";
	make(&scene);
	expect_refused(&scene, ERR_INPUT, "the certificate has HWID and CSP_ID");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.vek.product = "Naples";
	make(&scene);
	expect_refused(&scene, ERR_INPUT, "for a CPU that is not known here");
}

static void refuses_other_signatures_of_certificates(void **state)
{
	static const char *const nouns[] = { "ARK", "ASK", "VCEK" };
	struct scene scene;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(nouns); i++) {
		const char *text = ": its signature is not RSASSA-PSS with SHA-384";

		set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
		scene.plans[i].salt_len = 32;
		make(&scene);
		expect_refused(&scene, ERR_VERDICT, text);
		expect_refused(&scene, ERR_VERDICT, nouns[i]);
		scene.plans[i].salt_len = 0;
		scene.plans[i].pkcs1 = true;
		make(&scene);
		expect_refused(&scene, ERR_VERDICT, text);
		scene.plans[i].pkcs1 = false;
		scene.plans[i].mgf_digest = EVP_sha256();
		make(&scene);
		expect_refused(&scene, ERR_VERDICT, text);
		scene.plans[i].mgf_digest = NULL;
		scene.plans[i].digest = EVP_sha512();
		make(&scene);
		expect_refused(&scene, ERR_VERDICT, text);
	}
}

static void refuses_broken_chains(void **state)
{
	struct scene scene;

	(void)state;
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.plans[2].issuer_key = ark_key;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "VCEK: the certificate's signature does not verify");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VLEK);
	scene.plans[1].issuer_key = ask_key;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "ASVK: the certificate's signature does not verify");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.plans[0].issuer_key = ask_key;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "ARK: the certificate's signature does not verify");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.plans[2].issuer = "somebody";
	make(&scene);
	expect_refused(&scene, ERR_VERDICT,
		       "VCEK: another certificate than the one given issued it");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.plans[1].is_ca = false;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "ASK: it may not sign certificates");
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.plans[1].key = small_key;
	scene.plans[2].issuer_key = small_key;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "ASK: its key is not one of RSA with 4096 bits");
}

static void refuses_other_keys(void **state)
{
	AUTO(evp_pkey) EVP_PKEY *other = EVP_EC_gen("P-384");
	AUTO(evp_pkey) EVP_PKEY *p256 = EVP_EC_gen("P-256");
	struct scene scene;

	(void)state;
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.signer = other;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "report: the signature does not verify");
	scene.signer = vek_key;
	scene.plans[2].key = p256;
	make(&scene);
	expect_refused(&scene, ERR_INPUT, "the key is on the curve 'prime256v1'");
}

static void checks_dates_when_asked(void **state)
{
	struct scene scene;

	(void)state;
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.plans[2].not_before = 3600;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "VCEK: the certificate is not valid yet");
	scene.evidence.at = 0;
	expect_verified(&scene);
	set(&scene, &generations[1], REPORT_SIGNED_BY_VCEK);
	scene.plans[1].not_before = -7200;
	scene.plans[1].not_after = -3600;
	make(&scene);
	expect_refused(&scene, ERR_VERDICT, "ASK: the certificate has expired");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verifies_every_generation),
		cmocka_unit_test(reads_issuers_from_one_file),
		cmocka_unit_test(refuses_every_changed_byte),
		cmocka_unit_test(refuses_unsigned_reports),
		cmocka_unit_test(compares_the_tcb),
		cmocka_unit_test(compares_the_chip),
		cmocka_unit_test(compares_product_and_kind_of_key),
		cmocka_unit_test(refuses_malformed_extensions),
		cmocka_unit_test(refuses_other_signatures_of_certificates),
		cmocka_unit_test(refuses_broken_chains),
		cmocka_unit_test(refuses_other_keys),
		cmocka_unit_test(checks_dates_when_asked),
	};

	return cmocka_run_group_tests_name("measure/report_verify", tests, make_keys, free_keys);
}
