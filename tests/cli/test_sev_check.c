// SPDX-License-Identifier: Apache-2.0
// The version of the AMD-SP's interface against the guest policy; what else query-sev must say is
// tested with the transitions.

#include "tests/base/process.h"

#include "cli/sev_check.h"

static struct plan plan;
static struct sev_reading platform;

static int check(enum level level, uint64_t policy, uint8_t major, uint8_t minor, struct err *err)
{
	const struct qmp_sev sev = { .enabled = true,
				     .is_snp = level == LEVEL_SEV_SNP,
				     .api_major = major,
				     .api_minor = minor,
				     .state = QMP_SEV_STATE_RUNNING,
				     .policy = policy };
	const struct sev_wanted wanted = { &plan, &platform, QMP_SEV_STATE_RUNNING };

	plan.level = level;
	plan.sev.policy = policy;
	return sev_check(&sev, &wanted, err);
}

static void compares_the_version_with_the_policy(void **state)
{
	static const struct {
		enum level level;
		uint64_t policy;
		uint8_t major, minor;
		int result;
	} rows[] = {
		{ LEVEL_SEV_SNP, 0x30133, 1, 51, 0 },	 { LEVEL_SEV_SNP, 0x30133, 1, 50, -1 },
		{ LEVEL_SEV_SNP, 0x30133, 2, 0, 0 },	 { LEVEL_SEV_SNP, 0x30133, 0, 99, -1 },
		{ LEVEL_SEV_SNP, 0x30000, 0, 0, 0 },	 { LEVEL_SEV, 0x33010001, 1, 51, 0 },
		{ LEVEL_SEV_ES, 0x33010005, 1, 50, -1 }, { LEVEL_SEV, 1, 0, 17, 0 },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
			check(rows[i].level, rows[i].policy, rows[i].major, rows[i].minor, &err),
			rows[i].result);
	assert_int_equal(check(LEVEL_SEV_SNP, 0x30133, 1, 50, &err), -1);
	expect_error(&err, ERR_HOST,
		     "launch: the AMD-SP has interface version 1.50, the guest policy wants 1.51: "
		     "update its firmware");
}

// Where QEMU's own answer is faked it says 0.0.
static void takes_what_was_read_where_qemu_cannot_know(void **state)
{
	struct err err;

	(void)state;
	platform = (struct sev_reading){ .state = READING_DONE, .api_major = 1, .api_minor = 55 };
	expect_success(check(LEVEL_SEV_SNP, 0x30133, 0, 0, &err), &err);
	platform = (struct sev_reading){ 0 };
	assert_int_equal(check(LEVEL_SEV_SNP, 0x30133, 0, 0, &err), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_the_version_with_the_policy),
		cmocka_unit_test(takes_what_was_read_where_qemu_cannot_know),
	};

	return cmocka_run_group_tests_name("cli/sev_check", tests, NULL, NULL);
}
