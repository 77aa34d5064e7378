// SPDX-License-Identifier: Apache-2.0
// SEV_FEATURES by the host's kernel.

#include "tests/base/process.h"

#include "measure/kernel_features.h"

static struct kernel_features found;
static struct err err;

static void expect_features(enum launch_type type, const char *release, uint64_t features)
{
	expect_success(kernel_features_find(&found, type, release, &err), &err);
	assert_int_equal(found.features, features);
}

static void expect_refusal(enum launch_type type, const char *release, const char *text)
{
	assert_int_equal(kernel_features_find(&found, type, release, &err), -1);
	assert_int_equal(err.kind, ERR_USAGE);
	if (strstr(err.text, text) == NULL)
		fail_msg("'%s' lacks '%s'", err.text, text);
}

static void knows_the_kernels_with_debug_swap(void **state)
{
	(void)state;
	expect_features(LAUNCH_SEV_SNP, "5.19.0-rc6-snp", 0x1);
	expect_features(LAUNCH_SEV_SNP, "6.5", 0x1);
	expect_features(LAUNCH_SEV_SNP, "6.6", 0x21);
	expect_features(LAUNCH_SEV_SNP, "6.7.12", 0x21);
	expect_features(LAUNCH_SEV_SNP, "6.8.0-rc5-snp-host", 0x1);
	assert_true(found.is_patched);
	expect_features(LAUNCH_SEV_SNP, "6.11", 0x1);
	assert_false(found.is_patched);
	expect_features(LAUNCH_SEV_SNP, "6.12.107-amd64", 0x1);
	expect_features(LAUNCH_SEV_SNP, "10.0", 0x1);
}

static void knows_the_features_of_sev_es(void **state)
{
	(void)state;
	expect_features(LAUNCH_SEV_ES_LEGACY, "6.1", 0);
	expect_features(LAUNCH_SEV_ES_LEGACY, "6.8", 0);
	expect_features(LAUNCH_SEV_ES_LEGACY, "6.12", 0);
	expect_features(LAUNCH_SEV_ES, "6.10", 0);
}

static void refuses_what_does_not_decide(void **state)
{
	(void)state;
	expect_refusal(LAUNCH_SEV_ES_LEGACY, "6.6",
		       "depend on the CPU: give 0x20 where it has DebugSwap");
	expect_refusal(LAUNCH_SEV_ES, "6.9", "came with 6.10: set it to on");
}

static void refuses_what_is_no_release(void **state)
{
	static const char *const wrong[] = { "",      "6",	"6.",	 ".6",	 "v6.12",
					     " 6.12", "6. 12",	"6.-12", "6.+1", "6.1x",
					     "Linux", "1234.1", "6.1234" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
		expect_refusal(LAUNCH_SEV_SNP, wrong[i], "is no kernel's release");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_kernels_with_debug_swap),
		cmocka_unit_test(knows_the_features_of_sev_es),
		cmocka_unit_test(refuses_what_does_not_decide),
		cmocka_unit_test(refuses_what_is_no_release),
	};

	return cmocka_run_group_tests_name("measure/kernel_features", tests, NULL, NULL);
}
