// SPDX-License-Identifier: Apache-2.0
// Chains of platforms made here: what verifies, and each link that does not.

#include "tests/unit.h"

#include <openssl/err.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/text_base64.h"
#include "measure/sev_chain.h"
#include "tests/measure/sev_platform.h"

static struct platform small, large;
static struct sev_chain chain;

// Making RSA keys takes seconds: once for all tests.
static int make_platforms(void **state)
{
	(void)state;
	platform_init(&small, 2048);
	platform_init(&large, 4096);
	return 0;
}

static int free_platforms(void **state)
{
	(void)state;
	platform_release(&small);
	platform_release(&large);
	return 0;
}

static int certify(void **state)
{
	(void)state;
	platform_certify(&small, NULL);
	platform_certify(&large, NULL);
	memset(&chain, 0, sizeof(chain));
	return 0;
}

static void add(const void *bytes, size_t len)
{
	struct err err;

	if (sev_chain_add(&chain, bytes, len, &err) < 0)
		fail_msg("%s", err.text);
}

static void add_platform(const struct platform *platform)
{
	memset(&chain, 0, sizeof(chain));
	add(platform->pdh, sizeof(platform->pdh));
	add(platform->chain, sizeof(platform->chain));
	add(PLATFORM_ASK(platform), platform->root_len);
	add(PLATFORM_ARK(platform), platform->root_len);
}

static int verify(const struct sev_chain_trust *trust, struct err *err)
{
	int status = sev_chain_verify(&chain, trust, err);

	assert_int_equal(ERR_peek_error(), 0);
	return status;
}

static const struct sev_chain_trust any_owner = { .self_owned = true };

static void expect_verified(const struct platform *platform)
{
	struct err err;

	add_platform(platform);
	if (verify(&any_owner, &err) < 0)
		fail_msg("%s", err.text);
}

static void check_error(int status, const struct err *err, enum err_kind kind, const char *text)
{
	if (status == 0 || err->kind != kind || strstr(err->text, text) == NULL)
		fail_msg("expected '%s', got kind %d: %s", text, err->kind, err->text);
}

static void expect_refused(const struct platform *platform, enum err_kind kind, const char *text)
{
	struct err err = { 0 };

	add_platform(platform);
	check_error(verify(&any_owner, &err), &err, kind, text);
}

static void expect_unread(const void *bytes, size_t len, const char *text)
{
	struct err err = { 0 };

	memset(&chain, 0, sizeof(chain));
	check_error(sev_chain_add(&chain, bytes, len, &err), &err, ERR_INPUT, text);
}

// --- What verifies -----------------------------------------------------------------------------

static void verifies_keys_of_both_sizes(void **state)
{
	(void)state;
	expect_verified(&small);
	expect_verified(&large);
	assert_int_equal(chain.pdh.api_minor, 55);
}

static void takes_signatures_in_any_order(void **state)
{
	(void)state;
	sign_certificate_as(PLATFORM_PEK(&small), 0, CEK, small.cek_key);
	sign_certificate_as(PLATFORM_PEK(&small), 1, OCA, small.oca_key);
	expect_verified(&small);
}

// As `sevctl export --full` writes it, and as QEMU gives it.
static void reads_one_file_and_base64(void **state)
{
	uint8_t all[sizeof(small.pdh) + sizeof(small.chain) + 2 * ROOT_BYTES_MAX];
	char text[TEXT_BASE64_SIZE(sizeof(all)) + 2];
	uint8_t *end = mempcpy(all, small.pdh, sizeof(small.pdh));
	struct err err;

	(void)state;
	end = mempcpy(end, small.chain, sizeof(small.chain));
	end = mempcpy(end, PLATFORM_ASK(&small), small.root_len);
	end = mempcpy(end, PLATFORM_ARK(&small), small.root_len);
	add(all, (size_t)(end - all));
	assert_int_equal(verify(&any_owner, &err), 0);
	memset(&chain, 0, sizeof(chain));
	text_base64_encode(text, all, (size_t)(end - all));
	memmove(text + 101, text + 100, strlen(text + 100) + 1);
	text[100] = '\n';
	strcat(text, "\n");
	add(text, strlen(text));
	assert_int_equal(verify(&any_owner, &err), 0);
}

static void compares_the_roots(void **state)
{
	uint8_t ark[SHA256_BYTES], oca[SHA256_BYTES];
	struct sev_chain_trust trust = { .ark_sha256 = ark, .oca_sha256 = oca };
	struct err err = { 0 };

	(void)state;
	add_platform(&small);
	sev_root_digest(ark, &chain.ark);
	sev_certificate_digest(oca, &chain.oca);
	assert_int_equal(verify(&trust, &err), 0);
	ark[31] ^= 1;
	check_error(verify(&trust, &err), &err, ERR_VERDICT,
		    "ARK: it has not the digest that was given");
	ark[31] ^= 1;
	oca[0] ^= 1;
	check_error(verify(&trust, &err), &err, ERR_VERDICT,
		    "OCA: it has not the digest that was given");
	trust.oca_sha256 = NULL;
	check_error(verify(&trust, &err), &err, ERR_VERDICT,
		    "OCA: nothing says that this owner of the platform is trusted");
}

// --- What does not -----------------------------------------------------------------------------

static void refuses_every_changed_certificate(void **state)
{
	static const char *const texts[] = { "PDH: signature by the PEK",
					     "PEK: signature by the OCA",
					     "OCA: signature by the OCA",
					     "CEK: signature by the ASK" };
	uint8_t *const certificates[] = { small.pdh, PLATFORM_PEK(&small), PLATFORM_OCA(&small),
					  PLATFORM_CEK(&small) };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(certificates); i++) {
		certificates[i][4] ^= 1; // the version of the API, which nothing else looks at
		expect_refused(&small, ERR_VERDICT, texts[i]);
		certificates[i][4] ^= 1;
	}
	expect_verified(&small);
	PLATFORM_ASK(&small)[ROOT_HEADING_BYTES + 256 + 9] ^= 1;
	expect_refused(&small, ERR_VERDICT, "ASK: signature by the ARK");
	PLATFORM_ASK(&small)[ROOT_HEADING_BYTES + 256 + 9] ^= 1;
	PLATFORM_ARK(&small)[ROOT_HEADING_BYTES + 512] ^= 1;
	expect_refused(&small, ERR_VERDICT, "ARK: signature by the ARK");
}

static void refuses_signatures_of_others(void **state)
{
	(void)state;
	sign_certificate_as(PLATFORM_PEK(&small), 1, CEK, small.oca_key);
	expect_refused(&small, ERR_VERDICT, "PEK: signature by the CEK");
	platform_certify(&small, NULL);
	sign_certificate_as(PLATFORM_PEK(&small), 1, OCA, small.oca_key);
	expect_refused(&small, ERR_VERDICT, "PEK: it is not signed by the CEK");
	platform_certify(&small, NULL);
	sign_certificate_as(PLATFORM_CEK(&small), 0, ASK, large.ask_key);
	expect_refused(&small, ERR_VERDICT,
		       "CEK: its signature by the ASK is RSASSA-PSS with SHA-384 (0x101), and the "
		       "ASK's key is for RSASSA-PSS with SHA-256");
	platform_certify(&small, NULL);
	(void)put_root(PLATFORM_ASK(&small), ASK, small.ask_key, ARK, small.ask_key);
	expect_refused(&small, ERR_VERDICT, "ASK: signature by the ARK");
	(void)put_root(PLATFORM_ASK(&small), ASK, small.ask_key, 7, small.ark_key);
	expect_refused(&small, ERR_VERDICT, "ASK: another key than the ARK's that is given");
}

static void refuses_keys_of_another_size(void **state)
{
	struct err err = { 0 };

	(void)state;
	add_platform(&small);
	memset(&chain.ask, 0, sizeof(chain.ask));
	add(PLATFORM_ASK(&large), large.root_len);
	check_error(verify(&any_owner, &err), &err, ERR_VERDICT,
		    "ASK: its key has not as many bits as the ARK's");
}

static void names_what_is_missing(void **state)
{
	static const struct {
		const char *word;
		void *place;
		size_t size;
	} places[] = {
		{ "PDH", &chain.pdh, sizeof(chain.pdh) }, { "PEK", &chain.pek, sizeof(chain.pek) },
		{ "OCA", &chain.oca, sizeof(chain.oca) }, { "CEK", &chain.cek, sizeof(chain.cek) },
		{ "ASK", &chain.ask, sizeof(chain.ask) }, { "ARK", &chain.ark, sizeof(chain.ark) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		struct err err = { 0 };
		char text[64];

		add_platform(&small);
		memset(places[i].place, 0, places[i].size);
		(void)snprintf(text, sizeof(text), "the certificate of the %s is missing",
			       places[i].word);
		check_error(verify(&any_owner, &err), &err, ERR_INPUT, text);
	}
}

static void refuses_what_is_no_certificate(void **state)
{
	uint8_t *cek = PLATFORM_CEK(&small);

	(void)state;
	expect_unread("", 0, "it has 0 bytes");
	expect_unread("\n\n", 2, "neither certificates of SEV nor these in base64");
	expect_unread("AQAAA", 5, "neither certificates of SEV nor these in base64");
	expect_unread("AQ==AQ==", 8, "neither certificates of SEV nor these in base64");
	expect_unread(cek, 63, "there is no certificate of SEV in 63 bytes");
	expect_unread(cek, CERTIFICATE_BYTES - 1, "usage 0x");
	expect_unread(PLATFORM_ASK(&small), small.root_len - 1, "ASK: it is cut off: 831 of 832");
	put32(cek + 12, ECDH_SHA256);
	expect_unread(cek, CERTIFICATE_BYTES,
		      "CEK: its key is for ECDH with SHA-256 (0x3), and only ECDSA on P-384");
	put32(cek + 12, RSA_SHA256);
	expect_unread(cek, CERTIFICATE_BYTES, "only ECDSA on P-384 is taken");
	put32(cek + 12, 7);
	expect_unread(cek, CERTIFICATE_BYTES, "CEK: its key is for an unknown algorithm (0x7)");
	put32(cek + 12, ECDSA_SHA256);
	put32(cek + 16, 1);
	expect_unread(cek, CERTIFICATE_BYTES, "CEK: the public key has the curve 1, not 2");
	put32(cek + 16, 2);
	cek[20] ^= 1;
	expect_unread(cek, CERTIFICATE_BYTES, "CEK: the public key is not a point on the curve");
	cek[20] ^= 1;
	cek[6] = 1;
	expect_unread(cek, CERTIFICATE_BYTES, "the certificate is not of version 1");
	put32(small.pdh + 12, ECDSA_SHA256);
	expect_unread(small.pdh, CERTIFICATE_BYTES, "and only ECDH on P-384 is taken");
}

static void refuses_other_roots(void **state)
{
	uint8_t *ask = PLATFORM_ASK(&small);

	(void)state;
	put32(ask + 56, 1024);
	expect_unread(ask, small.root_len, "ASK: its key is not one of RSA with 2048 or 4096 bits");
	put32(ask + 56, 2048);
	ask[ROOT_HEADING_BYTES] = 3;
	expect_unread(ask, small.root_len, "ASK: its public exponent is not 65537");
	ask[ROOT_HEADING_BYTES] = 1;
	ask[ROOT_HEADING_BYTES + 200] = 1;
	expect_unread(ask, small.root_len, "ASK: its public exponent is not 65537");
	put32(ask + 36, 0x14);
	expect_unread(ask, small.root_len, "usage 0x14, which SEV does not have");
}

static void refuses_the_same_twice(void **state)
{
	struct err err = { 0 };

	(void)state;
	add_platform(&small);
	check_error(sev_chain_add(&chain, small.pdh, sizeof(small.pdh), &err), &err, ERR_INPUT,
		    "there is more than one PDH");
	check_error(sev_chain_add(&chain, PLATFORM_ARK(&small), small.root_len, &err), &err,
		    ERR_INPUT, "there is more than one ARK");
}

#define TEST(name) cmocka_unit_test_setup(name, certify)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verifies_keys_of_both_sizes),
		TEST(takes_signatures_in_any_order),
		TEST(reads_one_file_and_base64),
		TEST(compares_the_roots),
		TEST(refuses_every_changed_certificate),
		TEST(refuses_signatures_of_others),
		TEST(refuses_keys_of_another_size),
		TEST(names_what_is_missing),
		TEST(refuses_what_is_no_certificate),
		TEST(refuses_other_roots),
		TEST(refuses_the_same_twice),
	};

	return cmocka_run_group_tests_name("measure/sev_chain", tests, make_platforms,
					   free_platforms);
}
