// SPDX-License-Identifier: Apache-2.0
// Scenarios: what they change, and the text of every refusal.

#include "tests/unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rehearsal/abi.h"
#include "rehearsal/scenario.h"

static void parse(struct scenario *scenario, const char *text)
{
	struct err err = { .kind = ERR_NONE };

	if (scenario_parse(scenario, text, strlen(text), &err) < 0)
		fail_msg("'%s': %s", text, err.text);
}

static void assert_refuses(const char *text, const char *why)
{
	struct scenario scenario;
	char expected[512];
	struct err err = { .kind = ERR_NONE };

	(void)snprintf(expected, sizeof(expected), "scenario: line %s", why);
	assert_int_equal(scenario_parse(&scenario, text, strlen(text), &err), -1);
	assert_int_equal(err.kind, ERR_GUEST_FILE);
	assert_string_equal(err.text, expected);
}

static void no_statement_is_a_healthy_genoa(void **state)
{
	struct scenario scenario;

	(void)state;
	parse(&scenario, "# nothing\n\n  \t\n");
	assert_string_equal(scenario.platform.name, "genoa");
	assert_int_equal(scenario.platform.build, 39);
	assert_int_equal(scenario.platform.sev_es_asids, 99);
	assert_int_equal(scenario.n_faults, 0);
	assert_false(scenario.has_keys);
}

static void changes_a_platform(void **state)
{
	struct scenario scenario;

	(void)state;
	parse(&scenario, "platform milan # and a comment\n"
			 "api 1.51.3\n"
			 "snp_svn 28\n"
			 "sev_asids 0\n"
			 "sev_es_asids 1\n"
			 "vm_types sev,sev-es\n"
			 "snp_policy_allowed 0xffffffffffffffff\n"
			 "smt_active off\n"
			 "sockets 2");
	assert_string_equal(scenario.platform.name, "milan");
	assert_int_equal(scenario.platform.api_minor, 51);
	assert_int_equal(scenario.platform.build, 3);
	assert_int_equal(scenario.platform.snp_svn, 28);
	assert_int_equal(scenario.platform.sev_asids, 0);
	assert_int_equal(scenario.platform.sev_es_asids, 1);
	assert_int_equal(scenario.platform.vm_types,
			 1U << ABI_VM_DEFAULT | 1U << ABI_VM_SEV | 1U << ABI_VM_SEV_ES);
	assert_int_equal(scenario.platform.snp_policy_allowed, UINT64_MAX);
	assert_false(scenario.platform.smt_active);
	assert_int_equal(scenario.platform.sockets, 2);
}

static void reads_faults(void **state)
{
	struct scenario scenario;

	(void)state;
	parse(&scenario, "fault KVM_SEV_SNP_LAUNCH_UPDATE call=3 fw_error=INVALID_PARAM\n"
			 "fault KVM_CREATE_VM errno=EBUSY\n"
			 "fault SEV_PLATFORM_STATUS fw_error=0x8003 errno=ENODEV\n"
			 "fault OPEN_SEV errno=EACCES\n");
	assert_int_equal(scenario.n_faults, 4);
	assert_string_equal(scenario.faults[0].name, "KVM_SEV_SNP_LAUNCH_UPDATE");
	assert_int_equal(scenario.faults[0].call, 3);
	assert_int_equal(scenario.faults[0].errnum, EIO);
	assert_int_equal(scenario.faults[0].fw_error, 22);
	assert_int_equal(scenario.faults[1].call, 0);
	assert_int_equal(scenario.faults[1].errnum, EBUSY);
	assert_int_equal(scenario.faults[1].fw_error, 0);
	assert_int_equal(scenario.faults[2].errnum, ENODEV);
	assert_int_equal(scenario.faults[2].fw_error, 0x8003);
	assert_int_equal(scenario.faults[3].errnum, EACCES);
}

static void reads_faults_that_end_qemu(void **state)
{
	struct scenario scenario;

	(void)state;
	parse(&scenario, "fault KVM_RUN qemu=dies\n"
			 "fault KVM_CREATE_VM call=2 qemu=hangs\n"
			 "fault KVM_SEV_INIT errno=133\n");
	assert_int_equal(scenario.faults[0].effect, FAULT_DIES);
	assert_int_equal(scenario.faults[1].effect, FAULT_HANGS);
	assert_int_equal(scenario.faults[1].call, 2);
	assert_int_equal(scenario.faults[2].effect, FAULT_ANSWERS);
	assert_int_equal(scenario.faults[2].errnum, 133);
}

static void reads_what_a_host_cheats_with(void **state)
{
	char text[200] = "measured_policy 0x5\nmeasured_api 1.2.3\nreplayed_measurement ";
	struct scenario scenario;

	(void)state;
	assert_refuses(
		"replayed_measurement 00\n",
		"1: replayed_measurement: a measurement has 96 lower-case hexadecimal digits");
	memset(text + strlen(text), 'a', 2 * SESSION_MEASUREMENT_BYTES);
	parse(&scenario, text);
	assert_true(scenario.has_measured_policy && scenario.has_measured_api &&
		    scenario.has_replayed_measurement);
	assert_false(scenario.has_keys);
	assert_int_equal(scenario.measured_policy, 5);
	assert_int_equal(scenario.measured_api[2], 3);
	assert_int_equal(scenario.replayed_measurement[SESSION_MEASUREMENT_BYTES - 1], 0xaa);
	assert_int_equal(scenario.platform.api_minor, 55);
}

static void reads_keys(void **state)
{
	struct scenario scenario;

	(void)state;
	parse(&scenario, "tik 000102030405060708090a0b0c0d0e0f\n");
	assert_true(scenario.has_keys);
	assert_int_equal(scenario.tik[1], 1);
	assert_int_equal(scenario.tik[15], 15);
	assert_refuses("tik 00\n", "1: tik: a key has 32 lower-case hexadecimal digits");
	assert_refuses("tek 000102030405060708090A0b0c0d0e0f\n",
		       "1: tek: a key has 32 lower-case hexadecimal digits");
	assert_refuses("tek 000102030405060708090a0b0c0d0e0f0\n",
		       "1: tek: a key has 32 lower-case hexadecimal digits");
}

static void refuses_statements(void **state)
{
	(void)state;
	assert_refuses("color blue", "1: unknown statement 'color'");
	assert_refuses("api", "1: 'api' needs one value");
	assert_refuses("api 1.55.39 1", "1: 'api' needs one value");
	assert_refuses("\napi 1.55.39\napi 1.55.39", "3: 'api' is given twice");
	assert_refuses("platform rome", "1: 'rome' is no platform: milan, genoa, turin");
	assert_refuses("sockets 1\nplatform milan", "2: 'platform' must be the first statement");
	assert_refuses("platform milan\nplatform milan",
		       "2: 'platform' must be the first statement");
	assert_refuses("a b c d e f g h i", "1: a line has at most 8 words");
}

static void refuses_values(void **state)
{
	(void)state;
	assert_refuses("api 1.55", "1: api: '1.55' is not a version such as 1.55.39");
	assert_refuses("api 1.55.39.1", "1: api: '1.55.39.1' is not a version such as 1.55.39");
	assert_refuses("api 1.256.1", "1: api: '1.256.1' is not a version such as 1.55.39");
	assert_refuses("snp_svn 256", "1: snp_svn: '256' is not a number of 0 to 255");
	assert_refuses("sev_asids -1", "1: sev_asids: '-1' is not a number of 0 to 4294967295");
	assert_refuses("smt_active yes", "1: smt_active: 'yes' is neither 'on' nor 'off'");
	assert_refuses("vm_types sev,", "1: vm_types: '' is not one of sev, sev-es, sev-snp, none");
	assert_refuses("vm_types tdx",
		       "1: vm_types: 'tdx' is not one of sev, sev-es, sev-snp, none");
}

static void refuses_faults(void **state)
{
	(void)state;
	assert_refuses("fault", "1: 'fault' needs the name of a call");
	assert_refuses("fault KVM_NOTHING errno=EIO", "1: 'KVM_NOTHING' is no call that can fail");
	assert_refuses("fault KVM_CREATE_VM",
		       "1: fault of 'KVM_CREATE_VM' without errno=E or fw_error=E");
	assert_refuses("fault KVM_CREATE_VM fw_error=7",
		       "1: 'KVM_CREATE_VM' does not reach the firmware: errno=E");
	assert_refuses("fault KVM_CREATE_VM errno=EWHAT",
		       "1: 'EWHAT' is no errno that a fault can have");
	assert_refuses("fault KVM_CREATE_VM call=0 errno=EIO", "1: calls are counted from 1");
	assert_refuses("fault KVM_CREATE_VM errno=EIO errno=EIO", "1: 'errno=' is given twice");
	assert_refuses("fault KVM_CREATE_VM now",
		       "1: 'now' is none of call=N, errno=E, fw_error=E, qemu=hangs|dies");
	assert_refuses("fault KVM_CREATE_VM errno=0", "1: '0' is no errno that a fault can have");
	assert_refuses("fault KVM_CREATE_VM errno=134",
		       "1: '134' is no errno that a fault can have");
	assert_refuses("fault KVM_CREATE_VM qemu=sleeps",
		       "1: 'sleeps' is neither 'hangs' nor 'dies'");
	assert_refuses("fault KVM_RUN qemu=dies errno=EIO",
		       "1: 'KVM_RUN': a QEMU that hangs or dies gets no errno and no fw_error");
	assert_refuses("fault KVM_SEV_INIT2 fw_error=SUCCESS",
		       "1: 'SUCCESS' is neither an error of the SEV firmware nor a number of 1 to "
		       "65535");
}

static void refuses_too_much(void **state)
{
	static char text[SCENARIO_FAULTS_MAX * 40 + 400];
	struct scenario scenario;
	struct err err;

	(void)state;
	memset(text, 'x', 300);
	assert_refuses(text, "1: a line has at most 255 bytes");
	text[0] = '\0';
	for (size_t i = 0; i <= SCENARIO_FAULTS_MAX; i++)
		(void)strcat(text, "fault KVM_CREATE_VM errno=EIO\n");
	assert_refuses(text, "33: more than 32 faults");
	assert_int_equal(scenario_parse(&scenario, "api\0", 4, &err), -1);
	assert_string_equal(err.text, "scenario: line 1: NUL byte");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_statement_is_a_healthy_genoa),
		cmocka_unit_test(changes_a_platform),
		cmocka_unit_test(reads_faults),
		cmocka_unit_test(reads_faults_that_end_qemu),
		cmocka_unit_test(reads_what_a_host_cheats_with),
		cmocka_unit_test(reads_keys),
		cmocka_unit_test(refuses_statements),
		cmocka_unit_test(refuses_values),
		cmocka_unit_test(refuses_faults),
		cmocka_unit_test(refuses_too_much),
	};

	return cmocka_run_group_tests_name("rehearsal/scenario", tests, NULL, NULL);
}
