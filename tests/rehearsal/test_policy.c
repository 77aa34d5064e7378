// SPDX-License-Identifier: Apache-2.0
// Guest policies on the platforms, as KVM and the firmware judge them.

#include "tests/unit.h"

#include <errno.h>

#include "rehearsal/policy.h"

static void judges_sev_policies(void **state)
{
	const struct platform *genoa = platform_find("genoa"); // API 1.55

	(void)state;
	assert_int_equal(sev_policy_judge(genoa, 0x1), FIRMWARE_SUCCESS);
	assert_int_equal(sev_policy_judge(genoa, 0x5), FIRMWARE_SUCCESS);
	assert_int_equal(sev_policy_judge(genoa, 0x37010001), FIRMWARE_SUCCESS);
	assert_int_equal(sev_policy_judge(genoa, 0x38010001), FIRMWARE_POLICY_FAILURE);
	assert_int_equal(sev_policy_judge(genoa, 0x00020001), FIRMWARE_POLICY_FAILURE);
}

static void refuses_sev_es_beside_snp_with_new_firmware(void **state)
{
	struct platform milan = *platform_find("milan");
	struct platform turin = *platform_find("turin");

	(void)state;
	milan.snp_svn = 0x1a;
	assert_int_equal(sev_policy_judge(&milan, SEV_POLICY_ES), FIRMWARE_SUCCESS);
	milan.snp_svn = 0x1b;
	assert_int_equal(sev_policy_judge(&milan, SEV_POLICY_ES), FIRMWARE_UNSUPPORTED);
	assert_int_equal(sev_policy_judge(&milan, 0), FIRMWARE_SUCCESS);
	milan.vm_types = 1; // SNP is not initialized
	assert_int_equal(sev_policy_judge(&milan, SEV_POLICY_ES), FIRMWARE_SUCCESS);
	turin.snp_svn = 3;
	assert_int_equal(sev_policy_judge(&turin, SEV_POLICY_ES), FIRMWARE_SUCCESS);
	turin.snp_svn = 4;
	assert_int_equal(sev_policy_judge(&turin, SEV_POLICY_ES), FIRMWARE_UNSUPPORTED);
}

static void kvm_filters_snp_policies(void **state)
{
	const struct platform *genoa = platform_find("genoa");

	(void)state;
	assert_int_equal(snp_policy_filter(genoa, 0x30000), 0);
	assert_int_equal(snp_policy_filter(genoa, 0xb0137), 0);
	assert_int_equal(snp_policy_filter(genoa, 0x20000), -EINVAL);  // SMT
	assert_int_equal(snp_policy_filter(genoa, 0x10000), -EINVAL);  // must be one
	assert_int_equal(snp_policy_filter(genoa, 0x70000), -EINVAL);  // migration agent
	assert_int_equal(snp_policy_filter(genoa, 0x130000), -EINVAL); // single socket
	assert_int_equal(snp_policy_filter(genoa, 0x230000), -EINVAL); // CXL
	assert_int_equal(snp_policy_filter(genoa, 1ULL << 63 | 0x30000), -EINVAL);
}

static void firmware_judges_snp_policies(void **state)
{
	struct platform genoa = *platform_find("genoa");

	(void)state;
	assert_int_equal(snp_policy_judge(&genoa, 0x30000), FIRMWARE_SUCCESS);
	assert_int_equal(snp_policy_judge(&genoa, 0x30137), FIRMWARE_SUCCESS);
	assert_int_equal(snp_policy_judge(&genoa, 0x30138), FIRMWARE_POLICY_FAILURE);
	assert_int_equal(snp_policy_judge(&genoa, 0x30200), FIRMWARE_POLICY_FAILURE);
	assert_int_equal(snp_policy_judge(&genoa, 0x20000), FIRMWARE_POLICY_FAILURE);
	assert_int_equal(snp_policy_judge(&genoa, 0x10000), FIRMWARE_INVALID_PARAM);
	assert_int_equal(snp_policy_judge(&genoa, 1ULL << 26 | 0x30000), FIRMWARE_INVALID_PARAM);
	assert_int_equal(snp_policy_judge(&genoa, 1ULL << 24 | 0x30000), FIRMWARE_POLICY_FAILURE);
	assert_int_equal(snp_policy_judge(platform_find("turin"), 1ULL << 24 | 0x30000),
			 FIRMWARE_SUCCESS);
	assert_int_equal(snp_policy_judge(&genoa, 0x130000), FIRMWARE_SUCCESS);
	genoa.sockets = 2;
	assert_int_equal(snp_policy_judge(&genoa, 0x130000), FIRMWARE_POLICY_FAILURE);
	genoa.smt_active = false;
	assert_int_equal(snp_policy_judge(&genoa, 0x20000), FIRMWARE_SUCCESS);
}

static void the_tcb_has_the_svn_in_its_place(void **state)
{
	(void)state;
	assert_int_equal(platform_tcb(platform_find("milan")) >> 48 & 0xff, 0x18);
	assert_int_equal(platform_tcb(platform_find("genoa")) >> 48 & 0xff, 0x17);
	assert_int_equal(platform_tcb(platform_find("turin")) >> 24 & 0xff, 0x02);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_sev_policies),
		cmocka_unit_test(refuses_sev_es_beside_snp_with_new_firmware),
		cmocka_unit_test(kvm_filters_snp_policies),
		cmocka_unit_test(firmware_judges_snp_policies),
		cmocka_unit_test(the_tcb_has_the_svn_in_its_place),
	};

	return cmocka_run_group_tests_name("rehearsal/policy", tests, NULL, NULL);
}
