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
		const char *words;
	} rows[] = {
		{ LEVEL_SEV, ON_OFF_UNSET, "none" },
		{ LEVEL_SEV_ES, ON_OFF_ON, "debug" },
		{ LEVEL_SEV_SNP, ON_OFF_ON, "smt, debug" },
	};
	char words[SNP_POLICY_WORDS_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		fill(rows[i].level);
		guest.guest_policy.debug = rows[i].debug;
		make();
		assert_string_equal(plan_policy_words(words, &plan), rows[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_policies_that_kvm_of_this_linux_refuses),
		cmocka_unit_test(has_the_words_of_each_level),
	};

	return cmocka_run_group_tests_name("cli/plan_policy", tests, NULL, NULL);
}
