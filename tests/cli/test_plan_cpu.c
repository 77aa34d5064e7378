// SPDX-License-Identifier: Apache-2.0
// Which CPU model a plan takes: pinned ones where it is measured, and the first that runs.

#include "tests/cli/plan_facts.h"

static void ask_cpu(const char *name)
{
	(void)strcpy(guest.cpu.names[guest.cpu.n++], name);
}

static void refuses_models_that_a_digest_cannot_pin(void **state)
{
	static const enum level levels[] = { LEVEL_SEV, LEVEL_SEV_ES, LEVEL_SEV_SNP };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		fill(levels[i]);
		ask_cpu("host");
		ask_cpu("EPYC-v4"); // a later one does not make up for the mistake
		expect_refusal(ERR_GUEST_FILE,
			       "key 'cpu': CPU model 'host' is another one on each machine, so its "
			       "launch digest is too: name a versioned model, such as 'EPYC-v4'");
		fill(levels[i]);
		ask_cpu("max");
		expect_refusal(ERR_GUEST_FILE,
			       "key 'cpu': CPU model 'max' is another one on each machine, so its "
			       "launch digest is too: name a versioned model, such as 'EPYC-v4'");
		fill(levels[i]);
		ask_cpu("EPYC");
		expect_refusal(ERR_GUEST_FILE,
			       "key 'cpu': CPU model 'EPYC' is an alias that may change: with this "
			       "QEMU it means 'EPYC-v1', write that");
	}
}

static void takes_those_and_resolves_aliases_at_level_off(void **state)
{
	(void)state;
	fill(LEVEL_OFF);
	ask_cpu("EPYC");
	make();
	assert_string_equal(plan.cpu_model, "EPYC-v1");
	fill(LEVEL_OFF);
	guest.accel = ACCEL_KVM;
	ask_cpu("host");
	make();
	assert_string_equal(plan.cpu_model, "host");
	fill(LEVEL_OFF);
	(void)strcpy(model_named("EPYC")->alias_of, "EPYC-v99");
	ask_cpu("EPYC");
	make();
	assert_string_equal(plan.cpu_model, "EPYC");
}

static void takes_the_first_candidate_that_runs(void **state)
{
	(void)state;
	fill(LEVEL_SEV_SNP);
	ask_cpu("EPYC-Turin-v9"); // QEMU does not have it
	ask_cpu("EPYC-Milan-v2"); // this host does not run it
	ask_cpu("EPYC-v4");
	ask_cpu("EPYC-v1");
	model_named("EPYC-Milan-v2")->runnable = false;
	make();
	assert_string_equal(plan.cpu_model, "EPYC-v4");
	model_named("EPYC-Milan-v2")->runnable = true;
	make();
	assert_string_equal(plan.cpu_model, "EPYC-Milan-v2");
}

static void says_why_the_last_candidate_does_not_run(void **state)
{
	(void)state;
	fill(LEVEL_SEV_SNP);
	ask_cpu("EPYC-Turin-v9");
	ask_cpu("EPYC-Milan-v2");
	model_named("EPYC-Milan-v2")->runnable = false;
	(void)strcpy(model_named("EPYC-Milan-v2")->unavailable, "pcid, vaes and 2 more");
	expect_refusal(ERR_HOST, "key 'cpu': CPU model 'EPYC-Milan-v2' does not run on this host, "
				 "which lacks pcid, vaes and 2 more");
	fill(LEVEL_SEV_SNP);
	ask_cpu("EPYC-Turin-v9");
	expect_refusal(ERR_HOST, "key 'cpu': QEMU 10.0 has no CPU model 'EPYC-Turin-v9'");
	fill(LEVEL_OFF);
	facts.qemu.n_cpu_models--; // QEMU without KVM has no "host"
	ask_cpu("host");
	expect_refusal(ERR_HOST, "key 'cpu': QEMU 10.0 has no CPU model 'host' without KVM");
}

static void does_not_ask_tcg_whether_it_runs_a_model(void **state)
{
	(void)state;
	fill(LEVEL_OFF);
	ask_cpu("EPYC-v4");
	model_named("EPYC-v4")->runnable = false;
	make();
	guest.accel = ACCEL_KVM;
	(void)strcpy(model_named("EPYC-v4")->unavailable, "npt");
	expect_refusal(ERR_HOST,
		       "key 'cpu': CPU model 'EPYC-v4' does not run on this host, which lacks npt");
}

static void presets_a_versioned_model_at_measured_levels(void **state)
{
	(void)state;
	fill(LEVEL_SEV);
	make();
	assert_string_equal(plan.cpu_model, DEFAULT_CPU_MEASURED);
	(void)strcpy(model_named(DEFAULT_CPU_MEASURED)->name, DEFAULT_CPU_MEASURED_OLD);
	make();
	assert_string_equal(plan.cpu_model, DEFAULT_CPU_MEASURED_OLD);
	model_named(DEFAULT_CPU_MEASURED_OLD)->runnable = false;
	(void)strcpy(model_named(DEFAULT_CPU_MEASURED_OLD)->unavailable, "npt");
	expect_refusal(ERR_HOST, "key 'cpu': CPU model 'EPYC-v3' does not run on this host, which "
				 "lacks npt");
}

static void warns_of_a_deprecated_model(void **state)
{
	(void)state;
	fill(LEVEL_OFF);
	model_named("max")->deprecated = true;
	assert_string_equal(warnings(),
			    "snplaunch: warning: CPU model 'max' is deprecated in QEMU 10.0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_models_that_a_digest_cannot_pin),
		cmocka_unit_test(takes_those_and_resolves_aliases_at_level_off),
		cmocka_unit_test(takes_the_first_candidate_that_runs),
		cmocka_unit_test(says_why_the_last_candidate_does_not_run),
		cmocka_unit_test(does_not_ask_tcg_whether_it_runs_a_model),
		cmocka_unit_test(presets_a_versioned_model_at_measured_levels),
		cmocka_unit_test(warns_of_a_deprecated_model),
	};

	return cmocka_run_group_tests_name("cli/plan_make cpu", tests, NULL, NULL);
}
