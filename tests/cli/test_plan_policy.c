// SPDX-License-Identifier: Apache-2.0
// The guest policy in a plan: what the kernel of the host refuses, and its words.

#include "tests/cli/plan_facts.h"

static void refuses_policies_that_kvm_of_this_linux_refuses(void **state)
{
	(void)state;
	fill(LEVEL_SEV_SNP);
	guest.guest_policy.smt = ON_OFF_OFF;
	make();
	(void)strcpy(facts.identity, "format=1 kernel=6.12.94+deb12-amd64 cpu=AuthenticAMD");
	expect_refusal(ERR_HOST, "key 'guest_policy.smt' is off, which KVM of Linux 6.12 refuses: "
				 "use Linux 6.19 or newer, or turn it on");
	(void)strcpy(facts.identity, "format=1 kernel=7.1.8-amd64");
	make();
	assert_int_equal(plan.sev.policy, 0x20000);
}

static void has_the_words_of_each_level(void **state)
{
	static const struct {
		enum level level;
		enum on_off debug;
		uint8_t abi_minor;
		const char *words;
	} rows[] = {
		{ LEVEL_SEV, ON_OFF_UNSET, 0, "NODBG" },
		{ LEVEL_SEV, ON_OFF_ON, 0, "none" },
		{ LEVEL_SEV_ES, ON_OFF_ON, 0, "ES" },
		{ LEVEL_SEV_ES, ON_OFF_OFF, 24, "NODBG, ES, abi 0.24" },
		{ LEVEL_SEV_SNP, ON_OFF_ON, 0, "smt, debug" },
	};
	char words[SNP_POLICY_WORDS_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		fill(rows[i].level);
		guest.guest_policy.debug = rows[i].debug;
		guest.guest_policy.abi_minor = rows[i].abi_minor;
		make();
		assert_string_equal(plan_policy_words(words, &plan), rows[i].words);
	}
}

static void has_all_words_of_the_sev_policy(void **state)
{
	char words[SNP_POLICY_WORDS_SIZE];

	(void)state;
	fill(LEVEL_SEV);
	make();
	plan.sev.policy = UINT32_MAX;
	assert_string_equal(plan_policy_words(words, &plan),
			    "NODBG, NOKS, ES, NOSEND, DOMAIN, SEV, abi 255.255");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_policies_that_kvm_of_this_linux_refuses),
		cmocka_unit_test(has_the_words_of_each_level),
		cmocka_unit_test(has_all_words_of_the_sev_policy),
	};

	return cmocka_run_group_tests_name("cli/plan_policy", tests, NULL, NULL);
}
