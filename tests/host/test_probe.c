// SPDX-License-Identifier: Apache-2.0
// Verdicts on machines, and what follows from them: refusals, ASIDs, what failures point to.

#include "tests/host/probe_fixture.h"

#include "host/failure_checks.h"

// Whatever is not read is not held against the machine.
static void fails_nothing_that_was_not_read(void **state)
{
	struct fixture *fixture = *state;
	const struct probe_result *why;

	memset(&fixture->readings, 0, sizeof(fixture->readings));
	probe_make(&fixture->probe, &fixture->readings);
	for (size_t i = 0; i < fixture->probe.n; i++)
		if (fixture->probe.results[i].status != PROBE_UNKNOWN &&
		    fixture->probe.results[i].status != PROBE_SKIP &&
		    fixture->probe.results[i].status != PROBE_PASS)
			fail_msg("%s: %s", fixture->probe.results[i].check->name,
				 fixture->probe.results[i].value);
	for (enum host_level level = 0; level < HOST_LEVELS; level++)
		assert_int_equal(probe_level(&fixture->probe, level, &why), PROBE_CANNOT_TELL);
}

// --- Levels --------------------------------------------------------------------------------------

static void says_which_levels_work(void **state)
{
	static const struct {
		const char *capture;
		enum probe_verdict verdicts[HOST_LEVELS];
		const char *why[HOST_LEVELS];
	} machines[] = {
		{ "milan",
		  { PROBE_WORKS, PROBE_NO, PROBE_WORKS },
		  { NULL, "es.beside_snp", NULL } },
		{ "genoa", { PROBE_WORKS, PROBE_WORKS, PROBE_WORKS }, { NULL } },
		{ "turin",
		  { PROBE_WORKS, PROBE_NO, PROBE_WORKS },
		  { NULL, "es.beside_snp", NULL } },
		{ "intel", { PROBE_NO }, { "cpu.vendor", "cpu.vendor", "cpu.vendor" } },
		{ "in-a-vm",
		  { PROBE_NO },
		  { "cpu.bare_metal", "cpu.bare_metal", "cpu.bare_metal" } },
		{ "bios-misconfigured",
		  { PROBE_NO },
		  { "kernel.flag_sev", "cpu.asids_es", "cpu.asids_es" } },
		{ "old-kernel", { PROBE_NO }, { "dev.sev", "dev.sev", "kernel.release_snp" } },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(machines); i++) {
		load(fixture, machines[i].capture);
		probe_make(&fixture->probe, &fixture->readings);
		for (enum host_level level = 0; level < HOST_LEVELS; level++) {
			const struct probe_result *why = NULL;

			assert_int_equal(probe_level(&fixture->probe, level, &why),
					 machines[i].verdicts[level]);
			if (machines[i].why[level] == NULL)
				assert_null(why);
			else
				assert_string_equal(why->check->name, machines[i].why[level]);
		}
	}
}

static void expect_refusal(struct fixture *fixture, enum host_level level, enum err_kind kind,
			   const char *text)
{
	assert_int_equal(probe_require(&fixture->readings, level, &fixture->err), -1);
	assert_string_equal(fixture->err.text, text);
	assert_int_equal(fixture->err.kind, kind);
}

static void refuses_levels_that_this_cpu_does_not_have(void **state)
{
	static const struct {
		enum host_level level;
		uint32_t bit;
		const char *text;
	} levels[] = {
		{ HOST_LEVEL_SEV, 1,
		  "level 'sev': this CPU (AuthenticAMD) has no SEV (CPUID 0x8000001F EAX bit 1): "
		  "use another machine, or describe one with --host-facts" },
		{ HOST_LEVEL_SEV_ES, 3,
		  "level 'sev-es': this CPU (AuthenticAMD) has no SEV-ES (CPUID 0x8000001F EAX bit "
		  "3): use another machine, or describe one with --host-facts" },
		{ HOST_LEVEL_SEV_SNP, 4,
		  "level 'sev-snp': this CPU (AuthenticAMD) has no SEV-SNP (CPUID 0x8000001F EAX "
		  "bit 4): use another machine, or describe one with --host-facts" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		load(fixture, "genoa");
		assert_int_equal(probe_require(&fixture->readings, levels[i].level, &fixture->err),
				 0);
		fixture->readings.leaves[HOST_LEAF_SEV].eax &= ~(1U << levels[i].bit);
		expect_refusal(fixture, levels[i].level, ERR_HOST, levels[i].text);
	}
}

static void refuses_levels_that_this_qemu_does_not_have(void **state)
{
	struct fixture *fixture = *state;

	load(fixture, "genoa");
	fixture->facts.qemu.major = 7;
	fixture->facts.qemu.minor = 2;
	fixture->facts.qemu.sev_snp_guest = 0;
	expect_refusal(fixture, HOST_LEVEL_SEV_SNP, ERR_HOST,
		       "level 'sev-snp': QEMU 7.2 has no object 'sev-snp-guest': install QEMU 9.1 "
		       "or newer");
	fixture->facts.qemu.sev_guest = 0;
	expect_refusal(fixture, HOST_LEVEL_SEV, ERR_HOST,
		       "level 'sev': QEMU 7.2 has no object 'sev-guest': install QEMU 2.12 or "
		       "newer");
	expect_refusal(fixture, HOST_LEVEL_SEV_ES, ERR_HOST,
		       "level 'sev-es': QEMU 7.2 has no object 'sev-guest': install QEMU 6.0 or "
		       "newer");
}

static void says_of_what_may_pass_that_it_is_not_now(void **state)
{
	struct fixture *fixture = *state;

	load(fixture, "genoa");
	set_text(&fixture->readings, HOST_TEXT_MISC_CURRENT, "sev 907\nsev_es 12");
	expect_refusal(fixture, HOST_LEVEL_SEV, ERR_BUSY,
		       "level 'sev': all 907 ASIDs are in use: wait until another guest ends");
	assert_int_equal(probe_require(&fixture->readings, HOST_LEVEL_SEV_ES, &fixture->err), 0);
}

// What run knows of another machine are its facts alone.
static void judges_facts_alone(void **state)
{
	struct fixture *fixture = *state;
	struct host_readings readings = { 0 };
	const struct probe_result *why;

	load(fixture, "genoa");
	fixture->facts.cpu = (struct host_cpu){ .vendor = "AuthenticAMD",
						.signature = 0xa10f11,
						.sev = true,
						.sev_es = true,
						.sev_snp = true,
						.cbitpos = 51,
						.max_asid = 1006,
						.min_sev_asid = 100 };
	fixture->facts.kvm = (struct host_kvm){ .vm_types_known = true, .vm_types = 0x1d };
	readings_add_facts(&readings, &fixture->facts);
	for (enum host_level level = 0; level < HOST_LEVELS; level++) {
		assert_int_equal(probe_require(&readings, level, &fixture->err), 0);
		probe_make(&fixture->probe, &readings);
		assert_int_equal(probe_level(&fixture->probe, level, &why), PROBE_CANNOT_TELL);
	}
	fixture->facts.kvm.vm_types = 0x1;
	memset(&readings, 0, sizeof(readings));
	readings_add_facts(&readings, &fixture->facts);
	assert_int_equal(probe_require(&readings, HOST_LEVEL_SEV_SNP, &fixture->err), -1);
	assert_non_null(strstr(fixture->err.text, "this kernel's KVM makes no such machines"));
}

static void refuses_policies_that_this_machine_cannot_keep(void **state)
{
	static const struct {
		const char *capture;
		uint64_t policy;
		const char *text; // NULL: it can
	} policies[] = {
		{ "genoa", 0x30000, NULL },
		{ "genoa", 0x20000, "key 'guest_policy': it forbids SMT, which is on" },
		{ "turin", 0x20000, NULL }, // SMT is off
		{ "turin", 0x30033, NULL },
		{ "turin", 0x70000, "takes the policy bits 0x3fb00ff, and not 0x40000" },
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		int result;

		load(fixture, policies[i].capture);
		result = probe_require_policy(&fixture->readings, policies[i].policy,
					      "guest_policy", &fixture->err);
		assert_int_equal(result, policies[i].text == NULL ? 0 : -1);
		if (result < 0) {
			assert_int_equal(fixture->err.kind, ERR_HOST);
			assert_non_null(strstr(fixture->err.text, policies[i].text));
		}
	}
}

// Names on both sides are those of rows.
static void knows_what_failures_point_to(void **state)
{
	struct fixture *fixture = *state;
	const struct failure_checks *checks;

	probe_make(&fixture->probe, &fixture->readings);
	for (size_t i = 0; (checks = failure_checks_at(i)) != NULL; i++) {
		const struct failure *failure = NULL;

		for (size_t f = 0; (failure = failure_at(f)) != NULL; f++)
			if (strcmp(failure->name, checks->failure) == 0)
				break;
		if (failure == NULL || failure_checks_find(failure) != checks)
			fail_msg("'%s' is no failure, or is there twice", checks->failure);
		assert_non_null(checks->checks[0]);
		for (size_t c = 0; c < FAILURE_CHECKS_MAX && checks->checks[c] != NULL; c++)
			if (probe_find(&fixture->probe, checks->checks[c]) == NULL)
				fail_msg("'%s': there is no check '%s'", checks->failure,
					 checks->checks[c]);
	}
}

static void finds_the_first_fault(void **state)
{
	struct fixture *fixture = *state;

	load(fixture, "bios-misconfigured");
	probe_make(&fixture->probe, &fixture->readings);
	assert_string_equal(probe_root(probe_find(&fixture->probe, "kvm.type_sev"))->check->name,
			    "kernel.flag_sev");
	assert_string_equal(probe_root(probe_find(&fixture->probe, "cpu.vendor"))->check->name,
			    "cpu.vendor");
}

static void counts_asids(void **state)
{
	struct fixture *fixture = *state;
	struct probe_asids asids;

	load(fixture, "genoa");
	asids = probe_asids(&fixture->readings, true);
	assert_true(asids.known && asids.used_known);
	assert_int_equal(asids.total, 99);
	assert_int_equal(asids.used, 3);
	fixture->readings.texts[HOST_TEXT_MISC_CAPACITY].state = READING_ABSENT;
	fixture->readings.texts[HOST_TEXT_MISC_CURRENT].state = READING_ABSENT;
	asids = probe_asids(&fixture->readings, false);
	assert_true(asids.known && !asids.used_known);
	assert_int_equal(asids.total, 907);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(fails_nothing_that_was_not_read, set_up, tear_down),
		cmocka_unit_test_setup_teardown(says_which_levels_work, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_levels_that_this_cpu_does_not_have, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_levels_that_this_qemu_does_not_have, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(says_of_what_may_pass_that_it_is_not_now, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(judges_facts_alone, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_policies_that_this_machine_cannot_keep,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(knows_what_failures_point_to, set_up, tear_down),
		cmocka_unit_test_setup_teardown(finds_the_first_fault, set_up, tear_down),
		cmocka_unit_test_setup_teardown(counts_asids, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("host/probe", tests, NULL, NULL);
}
