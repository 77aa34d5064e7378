// SPDX-License-Identifier: Apache-2.0
// Which digest a plan has, what is refused, and how a digest is found again.

#include "tests/measure/images.h"

#include <openssl/evp.h>
#include <openssl/ec.h>

#include "cli/digest_search.h"
#include "cli/measurement.h"
#include "measure/id_block.h"
#include "measure/launch_digest.h"

static struct plan plan; // too large for a stack
static struct image image;
static struct measurement_input input;
static struct measurement measurement;
static struct err err;

static const uint8_t kernel[SHA256_BYTES] = { 1 };
static const uint8_t initrd[SHA256_BYTES] = { 2 };

static int set_up(void **state)
{
	static const struct ovmf_section sections[] = {
		{ 0x800000, 0x9000, OVMF_SECTION_SEC_MEM },
		{ 0x80d000, 0x1000, OVMF_SECTION_SECRETS },
		{ 0x80e000, 0x1000, OVMF_SECTION_CPUID },
		{ 0x810000, 0x1000, OVMF_SECTION_KERNEL_HASHES },
	};

	(void)state;
	memset(&plan, 0, sizeof(plan));
	memset(&image, 0, sizeof(image));
	(void)add_values(&image, RESET_GUID, 0x80b004, 0);
	(void)add_values(&image, HASHES_GUID, 0x810c00, 0x400);
	(void)add_metadata(&image, sections, ARRAY_LEN(sections));
	(void)strcpy(plan.cpu_model, "EPYC-Milan-v2");
	plan.level = LEVEL_SEV_SNP;
	plan.vcpus = 2;
	input = (struct measurement_input){
		.plan = &plan,
		.firmware = image.bytes,
		.firmware_len = sizeof(image.bytes),
	};
	return 0;
}

static void make(void)
{
	expect_success(measurement_make(&measurement, &input, &err), &err);
}

static void expect_refusal(enum err_kind kind, const char *text)
{
	assert_int_equal(measurement_make(&measurement, &input, &err), -1);
	expect_error(&err, kind, text);
}

static void expect_type(enum level level, enum on_off legacy, const char *word, size_t len)
{
	plan.level = level;
	plan.sev.legacy_vm_type = legacy;
	make();
	assert_string_equal(measurement_type_word(measurement.type), word);
	assert_int_equal(measurement_type_of_word(word), measurement.type);
	assert_int_equal(measurement.digest_len, len);
}

static void follows_level_and_vm_type(void **state)
{
	(void)state;
	expect_type(LEVEL_SEV, ON_OFF_ON, "sev", SHA256_BYTES);
	expect_type(LEVEL_SEV_ES, ON_OFF_ON, "sev-es-legacy", SHA256_BYTES);
	expect_type(LEVEL_SEV_ES, ON_OFF_UNSET, "sev-es-legacy", SHA256_BYTES);
	expect_type(LEVEL_SEV_ES, ON_OFF_OFF, "sev-es", SHA256_BYTES);
	expect_type(LEVEL_SEV_SNP, ON_OFF_UNSET, "sev-snp", SHA384_BYTES);
}

static void measures_nothing_at_level_off(void **state)
{
	(void)state;
	plan.level = LEVEL_OFF;
	input.firmware_len = 0;
	make();
	assert_int_equal(measurement.type, LAUNCH_UNSET);
	assert_null(measurement_json(&measurement, &plan));
}

static void says_what_the_registers_had(void **state)
{
	(void)state;
	make();
	assert_int_equal(measurement.cpu_signature, 0x00a00f11);
	assert_int_equal(measurement.vmsa_features, 0x1);
	plan.level = LEVEL_SEV;
	make();
	assert_int_equal(measurement.cpu_signature, 0);
}

static void refuses_another_signature_than_the_models(void **state)
{
	(void)state;
	input.cpu_signature = 0x00a10f10;
	expect_refusal(ERR_GUEST_FILE, "key 'cpu_signature': CPU model 'EPYC-Milan-v2' has "
				       "0x00a00f11, not 0x00a10f10: leave the key out, or name "
				       "another model");
	(void)strcpy(plan.cpu_model, "Newest-v1");
	make();
	assert_int_equal(measurement.cpu_signature, 0x00a10f10);
}

static void needs_the_signature_of_an_unknown_model(void **state)
{
	(void)state;
	(void)strcpy(plan.cpu_model, "Newest-v1");
	expect_refusal(ERR_GUEST_FILE,
		       "the launch digest depends on the CPU's signature, and that of model "
		       "'Newest-v1' is not known: give it with --cpu-signature, or name an EPYC "
		       "model");
	plan.level = LEVEL_SEV; // has no registers
	make();
}

static void refuses_features_without_snp(void **state)
{
	(void)state;
	input.has_vmsa_features = true;
	input.vmsa_features = 0x20;
	expect_refusal(ERR_GUEST_FILE, "key 'vmsa_features': 0x20 lacks bit 0 (SNPActive), which "
				       "every sev-snp guest has");
	input.vmsa_features = 0x21;
	make();
	assert_int_equal(measurement.vmsa_features, 0x21);
}

static void looks_for_the_verifier_only_with_a_kernel(void **state)
{
	(void)state;
	make();
	assert_int_equal(measurement.verifier.reason[0], '\0');
	plan.sev.kernel_hashes = 1;
	input.kernel = kernel;
	make();
	assert_true(measurement.hashes_kernel);
	assert_int_equal(measurement.verifier.verdict, BLOB_VERIFIER_UNKNOWN);
}

static void compares_with_the_id_block(void **state)
{
	struct id_block block = { .policy = 0x30000 };

	(void)state;
	make();
	expect_success(measurement_check_id_block(&measurement, &plan, &err), &err);
	plan.sev.has_id_block = 1;
	plan.sev.policy = 0x30000;
	memcpy(block.launch_digest, measurement.digest, SHA384_BYTES);
	id_block_encode(plan.sev.id_block, &block);
	expect_success(measurement_check_id_block(&measurement, &plan, &err), &err);
	assert_string_equal(measurement_confirmed_by(&plan), "id-block");
	plan.sev.policy = 0xb0000;
	assert_int_equal(measurement_check_id_block(&measurement, &plan, &err), -1);
	assert_int_equal(err.kind, ERR_VERDICT);
	plan.sev.policy = 0x30000;
	measurement.digest[0] ^= 1;
	assert_int_equal(measurement_check_id_block(&measurement, &plan, &err), -1);
	assert_int_equal(err.kind, ERR_VERDICT);
}

static void verifies_who_signed_the_id_block(void **state)
{
	struct id_block block = { .policy = 0x30000 };
	EVP_PKEY *key = EVP_EC_gen("P-384");
	EVP_PKEY *author = EVP_EC_gen("P-384");
	struct id_auth auth;

	(void)state;
	expect_success(measurement_check_id_auth(&plan, &err), &err);
	plan.sev.has_id_block = 1;
	id_block_encode(plan.sev.id_block, &block);
	assert_int_equal(measurement_check_id_auth(&plan, &err), -1);
	assert_int_equal(err.kind, ERR_INPUT);
	expect_success(id_auth_sign(&auth, &block, key, NULL, &err), &err);
	expect_success(id_auth_assemble(plan.sev.id_auth, &auth, &block, &err), &err);
	expect_success(measurement_check_id_auth(&plan, &err), &err);
	plan.sev.author_key_enabled = 1;
	assert_int_equal(measurement_check_id_auth(&plan, &err), -1);
	expect_error(
		&err, ERR_VERDICT,
		"key 'id_block': firmware would refuse the guest with BAD_SIGNATURE: author_key "
		"is true, and no author has signed the ID key");
	expect_success(id_auth_sign(&auth, &block, key, author, &err), &err);
	expect_success(id_auth_assemble(plan.sev.id_auth, &auth, &block, &err), &err);
	expect_success(measurement_check_id_auth(&plan, &err), &err);
	plan.sev.author_key_enabled = 0;
	assert_int_equal(measurement_check_id_auth(&plan, &err), -1);
	expect_error(
		&err, ERR_VERDICT,
		"key 'id_block': the authentication has an author key, and author_key is false: "
		"firmware would not look at it, and attestation reports would not have its digest: "
		"set author_key to true, or make the authentication without an author");
	plan.sev.author_key_enabled = 1;
	plan.sev.id_block[0] ^= 1;
	assert_int_equal(measurement_check_id_auth(&plan, &err), -1);
	expect_error(
		&err, ERR_VERDICT,
		"key 'id_block': firmware would refuse the guest: signature of the ID block by "
		"the ID key: the signature does not verify");
	EVP_PKEY_free(author);
	EVP_PKEY_free(key);
}

// --- The search ----------------------------------------------------------------------------------

static void search_for(struct digest_found *found)
{
	struct digest_search search = { .digest_len = measurement.digest_len, .vcpus_max = 4 };

	memcpy(search.digest, measurement.digest, measurement.digest_len);
	search.firmware.items[search.firmware.n++] = (struct search_choice){
		.name = "image", .bytes = image.bytes, .len = sizeof(image.bytes)
	};
	search.kernels.items[search.kernels.n++] =
		(struct search_choice){ .name = "other", .sha256 = initrd };
	search.kernels.items[search.kernels.n++] =
		(struct search_choice){ .name = "kernel", .sha256 = kernel };
	search.initrds.items[search.initrds.n++] =
		(struct search_choice){ .name = "initrd", .sha256 = initrd };
	search.cmdlines.items[search.cmdlines.n++] = (struct search_choice){ .name = "quiet" };
	digest_search(found, &search);
}

static void finds_a_launch_again(void **state)
{
	struct digest_found found;

	(void)state;
	plan.sev.kernel_hashes = 1;
	plan.has_cmdline = 1;
	(void)strcpy(plan.cmdline, "quiet");
	input.kernel = kernel;
	make();
	search_for(&found);
	assert_true(found.is_found);
	assert_string_equal(found.kernel, "kernel");
	assert_null(found.initrd);
	assert_string_equal(found.cmdline, "quiet");
	assert_int_equal(found.vcpus, 2);
	assert_int_equal(found.cpu_signature, 0x00a00f11);
	assert_int_equal(found.vmsa_features, 0x1);
}

static void finds_a_launch_without_a_kernel(void **state)
{
	struct digest_found found;

	(void)state;
	plan.level = LEVEL_SEV_ES;
	plan.sev.legacy_vm_type = ON_OFF_OFF;
	make();
	search_for(&found);
	assert_true(found.is_found);
	assert_int_equal(found.type, LAUNCH_SEV_ES);
	assert_null(found.kernel);
	assert_null(found.cmdline);
	plan.level = LEVEL_SEV;
	make();
	search_for(&found);
	assert_true(found.is_found);
	assert_int_equal(found.vcpus, 0);
}

static void finds_nothing_beyond_its_limits(void **state)
{
	struct digest_found found;

	(void)state;
	plan.vcpus = 5;
	make();
	search_for(&found);
	assert_false(found.is_found);
	assert_true(found.n_tried > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(follows_level_and_vm_type, set_up),
		cmocka_unit_test_setup(measures_nothing_at_level_off, set_up),
		cmocka_unit_test_setup(says_what_the_registers_had, set_up),
		cmocka_unit_test_setup(refuses_another_signature_than_the_models, set_up),
		cmocka_unit_test_setup(needs_the_signature_of_an_unknown_model, set_up),
		cmocka_unit_test_setup(refuses_features_without_snp, set_up),
		cmocka_unit_test_setup(looks_for_the_verifier_only_with_a_kernel, set_up),
		cmocka_unit_test_setup(compares_with_the_id_block, set_up),
		cmocka_unit_test_setup(verifies_who_signed_the_id_block, set_up),
		cmocka_unit_test_setup(finds_a_launch_again, set_up),
		cmocka_unit_test_setup(finds_a_launch_without_a_kernel, set_up),
		cmocka_unit_test_setup(finds_nothing_beyond_its_limits, set_up),
	};

	return cmocka_run_group_tests_name("cli/measurement", tests, NULL, NULL);
}
