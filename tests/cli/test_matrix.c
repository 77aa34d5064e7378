// SPDX-License-Identifier: Apache-2.0
// What measure's options ask for, and that sharing work between CPU models changes no digest.

#include "tests/base/process.h"
#include "tests/measure/images.h"

#include "cli/matrix.h"
#include "measure/launch_digest.h"

// Too large for a stack.
static struct matrix matrix;
static struct guest guest;
static struct options options;
static struct image image;
static struct ovmf firmware;
static struct err err;
static uint32_t levels;

static int set_up(void **state)
{
	(void)state;
	memset(&matrix, 0, sizeof(matrix));
	memset(&guest, 0, sizeof(guest));
	make_image(&image);
	ovmf_read(&firmware, image.bytes, sizeof(image.bytes));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	options_release(&options);
	return 0;
}

static int read_all(const char *const *arguments)
{
	options_release(&options);
	memset(&matrix, 0, sizeof(matrix));
	expect_success(options_read(&options, command_find("measure"),
				    (char *const *)(uintptr_t)arguments, &err),
		       &err);
	if (matrix_read_levels(&matrix, &options, &guest, &levels, &err) < 0)
		return -1;
	return matrix_read(&matrix, &options, &guest, &err);
}

#define ARGUMENTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void read_well(const char *const *arguments)
{
	expect_success(read_all(arguments), &err);
}

static void expect_refusal(const char *const *arguments, const char *text)
{
	assert_int_equal(read_all(arguments), -1);
	expect_error(&err, ERR_USAGE, text);
}

// --- Reading -------------------------------------------------------------------------------------

static void takes_the_guests_keys(void **state)
{
	(void)state;
	guest.level = LEVEL_SEV_SNP;
	guest.vcpus = 3;
	guest.cpu.n = 2;
	(void)strcpy(guest.cpu.names[0], "EPYC-Genoa-v1");
	(void)strcpy(guest.cpu.names[1], "EPYC-Milan-v2");
	guest.has_vmsa_features = true;
	guest.vmsa_features = 0x21;
	read_well(ARGUMENTS(NULL));
	assert_int_equal(levels, 1U << LEVEL_SEV_SNP);
	assert_int_equal(matrix.n_cpus, 2);
	assert_int_equal(matrix.cpus[0].signature, 0xa10f10);
	assert_string_equal(matrix.cpus[1].name, "EPYC-Milan-v2");
	assert_int_equal(matrix.n_vcpus, 1);
	assert_true(matrix.vcpus[3]);
	assert_int_equal(matrix.features[0], 0x21);
	assert_false(matrix_is_single(&matrix));
}

static void options_win_over_the_guest(void **state)
{
	(void)state;
	guest.level = LEVEL_OFF;
	guest.vcpus = 3;
	guest.cpu.n = 1;
	(void)strcpy(guest.cpu.names[0], "host");
	read_well(ARGUMENTS("--level", "sev-es", "--cpu", "EPYC", "--vcpus", "7"));
	assert_int_equal(levels, 1U << LEVEL_SEV_ES);
	assert_string_equal(matrix.cpus[0].name, "EPYC");
	assert_false(matrix.vcpus[3]);
	assert_int_equal(matrix.vcpus_max, 7);
	assert_true(matrix_is_single(&matrix));
}

static void reads_lists_and_ranges(void **state)
{
	(void)state;
	read_well(ARGUMENTS("--level", "sev,sev-snp", "--vcpus", "2..4,4096,3", "--vmsa-features",
			    "0x1,0x21"));
	assert_int_equal(matrix.n_levels, 2);
	assert_int_equal(matrix.n_vcpus, 4);
	assert_true(matrix.vcpus[2] && matrix.vcpus[3] && matrix.vcpus[4] && matrix.vcpus[4096]);
	assert_int_equal(matrix.n_features, 2);
	assert_int_equal(matrix.features[1], 0x21);
}

static void refuses_wrong_items(void **state)
{
	(void)state;
	expect_refusal(ARGUMENTS("--level", "snp"),
		       "option '--level': must be sev, sev-es or sev-snp, not 'snp'");
	expect_refusal(ARGUMENTS("--level", "sev,sev"), "option '--level': 'sev' is there twice");
	expect_refusal(ARGUMENTS("--level", "off"),
		       "there is no launch digest at level off: name a level with --level sev, "
		       "sev-es or sev-snp");
	expect_refusal(
		ARGUMENTS("--level", "sev-snp", "--vcpus", "4..2"),
		"option '--vcpus': must be numbers of 1 to 4096 or ranges such as 1..64, not "
		"'4..2'");
	expect_refusal(
		ARGUMENTS("--level", "sev-snp", "--vcpus", "4097"),
		"option '--vcpus': must be numbers of 1 to 4096 or ranges such as 1..64, not "
		"'4097'");
	expect_refusal(ARGUMENTS("--level", "sev-snp", "--cpu", "EPYC,"),
		       "option '--cpu': an item of the list is empty");
	expect_refusal(ARGUMENTS("--level", "sev-snp", "--vmm", "kvm"),
		       "option '--vmm': must be qemu, ec2 or gce, not 'kvm'");
	expect_refusal(ARGUMENTS("--level", "sev-snp", "--vmsa-features", "33"),
		       "option '--vmsa-features': must be hexadecimal such as 0x1, not '33'");
}

static void refuses_what_contradicts_itself(void **state)
{
	(void)state;
	expect_refusal(ARGUMENTS("--level", "sev-snp", "--vmsa-features", "0x1", "--kernel-release",
				 "6.12"),
		       "option '--kernel-release' decides the SEV features, which vmsa_features "
		       "gives: leave one of the two out");
	expect_refusal(
		ARGUMENTS("--level", "sev-snp", "--vmm", "ec2", "--cpu", "EPYC"),
		"option '--vmm': ec2 has a CPU signature of its own, which no model changes: "
		"leave --cpu out");
	guest.cpu_signature = 0xa00f11;
	expect_refusal(ARGUMENTS("--level", "sev-snp", "--cpu", "EPYC-v4"),
		       "CPU model 'EPYC-v4' has the signature 0x00800f12, and cpu_signature says "
		       "0x00a00f11: leave one of the two out");
}

static void needs_a_signature_for_unknown_models(void **state)
{
	(void)state;
	expect_refusal(
		ARGUMENTS("--level", "sev-snp", "--cpu", "host"),
		"the signature of CPU model 'host' is not known: name one that snplaunch cpus "
		"shows with a signature, or give it with --cpu-signature");
	guest.cpu_signature = 0xa00f11;
	read_well(ARGUMENTS("--level", "sev-snp", "--cpu", "host"));
	assert_int_equal(matrix.cpus[0].signature, 0xa00f11);
	read_well(ARGUMENTS("--level", "sev-snp", NULL));
	assert_string_equal(matrix.cpus[0].name, "");
}

// --- Measuring -----------------------------------------------------------------------------------

struct seen {
	size_t n_series;
	size_t n_digests;
};

static void expect_one(const struct matrix_series *series, size_t i)
{
	static const enum launch_type types[LEVELS] = { [LEVEL_SEV] = LAUNCH_SEV,
							[LEVEL_SEV_ES] = LAUNCH_SEV_ES_LEGACY,
							[LEVEL_SEV_SNP] = LAUNCH_SEV_SNP };
	const struct launch_inputs launch = {
		.type = types[series->level],
		.firmware = &firmware,
		.vcpus = series->has_vcpus ? series->vcpus[i] : 1,
		.cpu.signature = series->cpu != NULL ? series->cpu->signature : 0,
		.cpu.features = series->features,
	};
	struct launch_digest digest;

	expect_success(launch_digest(&digest, &launch, &err), &err);
	assert_int_equal(digest.len, series->digests[i].len);
	assert_memory_equal(digest.bytes, series->digests[i].bytes, digest.len);
}

static void expect_each(void *context, const struct matrix_series *series)
{
	struct seen *seen = context;

	seen->n_series++;
	seen->n_digests += series->n;
	for (size_t i = 0; i < series->n; i++)
		expect_one(series, i);
}

static void each_digest_is_that_of_its_launch(void **state)
{
	const struct matrix_inputs inputs = { &firmware, NULL };
	struct seen seen = { 0 };

	(void)state;
	read_well(ARGUMENTS("--level", "sev-snp,sev,sev-es", "--cpu",
			    "EPYC-v4,EPYC-Milan,EPYC-v1,EPYC-Milan-v2", "--vcpus", "1..3,8"));
	expect_success(matrix_measure(&matrix, &inputs, expect_each, &seen, &err), &err);
	assert_int_equal(seen.n_series, 4 + 1 + 4);
	assert_int_equal(seen.n_digests, 4 * 4 + 1 + 4 * 4);
}

static void nothing_is_handed_out_before_a_refusal(void **state)
{
	const struct matrix_inputs inputs = { &firmware, NULL };
	struct seen seen = { 0 };

	(void)state;
	read_well(ARGUMENTS("--level", "sev-snp,sev-es", "--vmsa-features", "0x21"));
	assert_int_equal(matrix_measure(&matrix, &inputs, expect_each, &seen, &err), -1);
	expect_error(&err, ERR_USAGE,
		     "SEV features 0x21 are not those of a sev-es guest: bit 0 (SNPActive) must be "
		     "off");
	assert_int_equal(seen.n_series, 0);
}

static void kernels_decide_the_features(void **state)
{
	struct launch_inputs launch;
	const struct matrix_inputs inputs = { &firmware, NULL };

	(void)state;
	read_well(ARGUMENTS("--level", "sev-snp", "--kernel-release", "6.7.1"));
	expect_success(matrix_single(&matrix, &inputs, &launch, &err), &err);
	assert_int_equal(launch.cpu.features, 0x21);
	assert_true(matrix_is_for_patched_kernel(&matrix));
	read_well(ARGUMENTS("--level", "sev-snp", "--kernel-release", "6.12"));
	expect_success(matrix_single(&matrix, &inputs, &launch, &err), &err);
	assert_int_equal(launch.cpu.features, 0x1);
	assert_false(matrix_is_for_patched_kernel(&matrix));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(takes_the_guests_keys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(options_win_over_the_guest, set_up, tear_down),
		cmocka_unit_test_setup_teardown(reads_lists_and_ranges, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_wrong_items, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_what_contradicts_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(needs_a_signature_for_unknown_models, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(each_digest_is_that_of_its_launch, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(nothing_is_handed_out_before_a_refusal, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(kernels_decide_the_features, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("cli/matrix", tests, NULL, NULL);
}
