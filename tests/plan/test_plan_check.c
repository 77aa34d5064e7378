// SPDX-License-Identifier: Apache-2.0
// Plans: right ones for each level, and every field of theirs made wrong.

#include "tests/base/process.h"
#include "tests/plan/plans.h"

#include "base/argv.h"
#include "plan/plan_check.h"
#include "plan/qemu_argv.h"

static struct plan plan; // too large for a stack
static struct err err;

#define SEV_FLAGS "plan: 'sev.kernel_hashes..sev.has_guest_visible_workarounds'"

static void expect_refusal(const char *text)
{
	assert_int_equal(plan_check(&plan, &err), -1);
	expect_error(&err, ERR_REFUSED, text);
}

static void accepts_a_plan_of_every_level(void **state)
{
	static const enum level levels[] = { LEVEL_OFF, LEVEL_SEV, LEVEL_SEV_ES, LEVEL_SEV_SNP };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		plan_fill(&plan, levels[i]);
		expect_success(plan_check(&plan, &err), &err);
	}
}

static void accepts_the_smallest_and_the_largest_plan(void **state)
{
	(void)state;
	memset(&plan, 0, sizeof(plan));
	(void)strcpy(plan.name, "a");
	(void)strcpy(plan.machine, "q35");
	(void)strcpy(plan.cpu_model, "max");
	plan.level = LEVEL_OFF;
	plan.accel = ACCEL_TCG;
	plan.firmware_mapping = FIRMWARE_PFLASH;
	plan.vcpus = 1;
	plan.memory_mib = PLAN_MEMORY_MIB_MIN;
	expect_success(plan_check(&plan, &err), &err);

	plan_fill(&plan, LEVEL_OFF);
	memset(plan.name, 'n', sizeof(plan.name) - 1);
	memset(plan.machine, 'm', sizeof(plan.machine) - 1);
	memset(plan.cpu_model, 'c', sizeof(plan.cpu_model) - 1);
	memset(plan.cmdline, '"', sizeof(plan.cmdline) - 1);
	plan.vcpus = PLAN_VCPUS_MAX;
	plan.memory_mib = PLAN_MEMORY_MIB_MAX;
	while (plan.n_disks < PLAN_DISKS_MAX)
		plan_add_disk(&plan, "d", DISK_QCOW2);
	while (plan.n_networks < PLAN_NETWORKS_MAX)
		plan_add_network(&plan, "abcdefghijklmno");
	expect_success(plan_check(&plan, &err), &err);
}

// --- One field at a time -------------------------------------------------------------------------

static void refuses_numbers_out_of_range(void **state)
{
	static const struct {
		uint32_t *number;
		enum level level;
		uint32_t value;
		const char *text;
	} rows[] = {
		{ &plan.level, LEVEL_OFF, 0, "plan: 'level' must be 1 to 4, not 0" },
		{ &plan.level, LEVEL_OFF, 5, "plan: 'level' must be 1 to 4, not 5" },
		{ &plan.accel, LEVEL_OFF, 0, "plan: 'accel' must be 1 to 2, not 0" },
		{ &plan.accel, LEVEL_OFF, 3, "plan: 'accel' must be 1 to 2, not 3" },
		{ &plan.firmware_mapping, LEVEL_OFF, 0,
		  "plan: 'firmware_mapping' must be 1 to 2, not 0" },
		{ &plan.firmware_mapping, LEVEL_OFF, 3,
		  "plan: 'firmware_mapping' must be 1 to 2, not 3" },
		{ &plan.vcpus, LEVEL_OFF, 0, "plan: 'vcpus' must be 1 to 512, not 0" },
		{ &plan.vcpus, LEVEL_OFF, 513, "plan: 'vcpus' must be 1 to 512, not 513" },
		{ &plan.memory_mib, LEVEL_OFF, 63,
		  "plan: 'memory_mib' must be 64 to 16777216, not 63" },
		{ &plan.memory_mib, LEVEL_OFF, 16777217,
		  "plan: 'memory_mib' must be 64 to 16777216, not 16777217" },
		{ &plan.n_disks, LEVEL_OFF, 17, "plan: 'n_disks' must be 0 to 16, not 17" },
		{ &plan.n_disks, LEVEL_OFF, UINT32_MAX,
		  "plan: 'n_disks' must be 0 to 16, not 4294967295" },
		{ &plan.n_networks, LEVEL_OFF, 5, "plan: 'n_networks' must be 0 to 4, not 5" },
		{ &plan.sev.cbitpos, LEVEL_SEV, 64, "plan: 'sev.cbitpos' must be 0 to 63, not 64" },
		{ &plan.sev.reduced_phys_bits, LEVEL_SEV, 64,
		  "plan: 'sev.reduced_phys_bits' must be 0 to 63, not 64" },
		{ &plan.sev.legacy_vm_type, LEVEL_SEV, 3,
		  "plan: 'sev.legacy_vm_type' must be 0 to 2, not 3" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		plan_fill(&plan, rows[i].level);
		*rows[i].number = rows[i].value;
		expect_refusal(rows[i].text);
	}
}

static void refuses_flags_other_than_0_and_1(void **state)
{
	static const struct {
		uint8_t *flag;
		const char *field;
	} rows[] = {
		{ &plan.has_kernel, "plan: 'has_kernel..may_relaunch'" },
		{ &plan.has_initrd, "plan: 'has_kernel..may_relaunch'" },
		{ &plan.has_cmdline, "plan: 'has_kernel..may_relaunch'" },
		{ &plan.has_console, "plan: 'has_kernel..may_relaunch'" },
		{ &plan.has_firmware_log, "plan: 'has_kernel..may_relaunch'" },
		{ &plan.kvm_by_path, "plan: 'has_kernel..may_relaunch'" },
		{ &plan.may_relaunch, "plan: 'has_kernel..may_relaunch'" },
		{ &plan.sev.kernel_hashes, SEV_FLAGS },
		{ &plan.sev.has_session, SEV_FLAGS },
		{ &plan.sev.author_key_enabled, SEV_FLAGS },
		{ &plan.sev.vcek_disabled, SEV_FLAGS },
		{ &plan.sev.has_id_block, SEV_FLAGS },
		{ &plan.sev.has_id_auth, SEV_FLAGS },
		{ &plan.sev.has_host_data, SEV_FLAGS },
		{ &plan.sev.has_guest_visible_workarounds, SEV_FLAGS },
		{ &plan.disks[0].read_only, "plan: 'disks[0]': 'read_only..is_block_device'" },
		{ &plan.disks[1].is_block_device,
		  "plan: 'disks[1]': 'read_only..is_block_device'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (unsigned int value = 2; value < 256; value += 127) {
			char text[200];

			plan_fill(&plan, LEVEL_SEV_SNP);
			*rows[i].flag = (uint8_t)value;
			(void)snprintf(text, sizeof(text), "%s must be 0 to 1, not %u",
				       rows[i].field, value);
			expect_refusal(text);
		}
	}
}

static void refuses_every_reserved_byte_that_is_not_zero(void **state)
{
	static const struct {
		uint8_t *bytes;
		size_t len;
		const char *text;
	} rows[] = {
		{ plan.reserved_end, sizeof(plan.reserved_end),
		  "plan: 'reserved_end' must be 0 to 0, not 1" },
		{ plan.sev.reserved, sizeof(plan.sev.reserved),
		  "plan: 'sev.reserved' must be 0 to 0, not 1" },
		{ &plan.disks[1].reserved, 1,
		  "plan: 'disks[1]': 'reserved' must be 0 to 0, not 1" },
		{ plan.networks[0].reserved, 2,
		  "plan: 'networks[0]': 'reserved' must be 0 to 0, not 1" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t byte = 0; byte < rows[i].len; byte++) {
			plan_fill(&plan, LEVEL_SEV);
			rows[i].bytes[byte] = 1;
			expect_refusal(rows[i].text);
		}
	}
}

// A word field and what it says when it is wrong.
struct word {
	char *field;
	size_t size;
	const char *text;
};

static const struct word words[] = {
	{ plan.name, sizeof(plan.name), "plan: 'name' must be a plain name" },
	{ plan.machine, sizeof(plan.machine), "plan: 'machine' must be a plain name" },
	{ plan.cpu_model, sizeof(plan.cpu_model), "plan: 'cpu_model' must be a plain name" },
	{ plan.disks[0].serial, sizeof(plan.disks[0].serial),
	  "plan: 'disks[0]': 'serial' must be a plain name" },
	{ plan.networks[0].device, sizeof(plan.networks[0].device),
	  "plan: 'networks[0]': 'device' must be a plain name" },
};

static void refuses_words_that_are_not_plain(void **state)
{
	static const char *const mistakes[] = { "",	"a,b", "a=b",  "-S",  "../x", "a b",
						"a\nb", "a\"", "\x80", "a+b", "a/b",  "host,+svm" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		for (size_t m = 0; m < ARRAY_LEN(mistakes); m++) {
			plan_fill(&plan, LEVEL_OFF);
			memset(words[i].field, 0, words[i].size);
			memcpy(words[i].field, mistakes[m], strlen(mistakes[m]));
			expect_refusal(words[i].text);
		}
	}
}

static void refuses_words_that_do_not_end_or_go_on_behind_their_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		plan_fill(&plan, LEVEL_OFF);
		memset(words[i].field, 'a', words[i].size);
		expect_refusal(words[i].text);
		plan_fill(&plan, LEVEL_OFF);
		words[i].field[words[i].size - 1] = 'a';
		expect_refusal(words[i].text);
	}
}

static void refuses_a_cmdline_that_does_not_end_or_goes_on_behind_its_end(void **state)
{
	(void)state;
	plan_fill(&plan, LEVEL_OFF);
	memset(plan.cmdline, 'a', sizeof(plan.cmdline));
	expect_refusal("plan: 'cmdline' must end within its bounds");
	plan_fill(&plan, LEVEL_OFF);
	plan.cmdline[sizeof(plan.cmdline) - 1] = 'a';
	expect_refusal("plan: 'cmdline' must end within its bounds");
}

// --- Lists ---------------------------------------------------------------------------------------

static void refuses_what_lies_behind_the_last_disk_and_network(void **state)
{
	(void)state;
	plan_fill(&plan, LEVEL_OFF);
	plan.n_disks--;
	expect_refusal("plan: 'disks' must be zero behind the last");
	plan_fill(&plan, LEVEL_OFF);
	plan.disks[PLAN_DISKS_MAX - 1].reserved = 1;
	expect_refusal("plan: 'disks' must be zero behind the last");
	plan_fill(&plan, LEVEL_OFF);
	plan.n_networks--;
	expect_refusal("plan: 'networks' must be zero behind the last");
	plan_fill(&plan, LEVEL_OFF);
	plan.networks[PLAN_NETWORKS_MAX - 1].reserved[1] = 1;
	expect_refusal("plan: 'networks' must be zero behind the last");
}

static void refuses_disks_and_networks_that_are_not_filled_in(void **state)
{
	(void)state;
	plan_fill(&plan, LEVEL_OFF);
	plan.n_disks++;
	expect_refusal("plan: 'disks[2]': 'format' must be 1 to 2, not 0");
	plan_fill(&plan, LEVEL_OFF);
	plan.disks[0].format = DISK_FORMATS;
	expect_refusal("plan: 'disks[0]': 'format' must be 1 to 2, not 3");
	plan_fill(&plan, LEVEL_OFF);
	plan.n_networks++;
	expect_refusal("plan: 'networks[1]': 'kind' must be 1 to 1, not 0");
	plan_fill(&plan, LEVEL_OFF);
	plan.networks[0].kind = NETWORK_KINDS;
	expect_refusal("plan: 'networks[0]': 'kind' must be 1 to 1, not 2");
	plan_fill(&plan, LEVEL_OFF);
	plan.networks[0].mac[0] |= 1;
	expect_refusal("plan: 'networks' must have unicast addresses");
}

// --- Combinations --------------------------------------------------------------------------------

static void refuses_a_rehearsal_of_what_is_not_measured(void **state)
{
	(void)state;
	for (enum level level = LEVEL_OFF; level < LEVELS; level++) {
		plan_fill(&plan, level);
		plan.rehearses = 1;
		assert_int_equal(plan_check(&plan, &err), level == LEVEL_OFF ? -1 : 0);
	}
	plan_fill(&plan, LEVEL_OFF);
	plan.rehearses = 1;
	assert_int_equal(plan_check(&plan, &err), -1);
	expect_error(&err, ERR_REFUSED, "plan: 'rehearses' must be 0 at level off");
}

static void refuses_encryption_without_kvm(void **state)
{
	(void)state;
	for (enum level level = LEVEL_SEV; level < LEVELS; level++) {
		plan_fill(&plan, level);
		plan.accel = ACCEL_TCG;
		expect_refusal("plan: 'accel' must be kvm at this level");
	}
}

static void refuses_flash_where_kvm_has_none(void **state)
{
	(void)state;
	plan_fill(&plan, LEVEL_SEV_SNP);
	plan.firmware_mapping = FIRMWARE_PFLASH;
	expect_refusal("plan: 'firmware_mapping' must be bios at this level");
	plan_fill(&plan, LEVEL_SEV_ES);
	plan.sev.legacy_vm_type = ON_OFF_OFF;
	expect_refusal("plan: 'firmware_mapping' must be bios at this level");
	plan.firmware_mapping = FIRMWARE_BIOS;
	expect_success(plan_check(&plan, &err), &err);
	plan_fill(&plan, LEVEL_SEV_ES);
	plan.sev.legacy_vm_type = ON_OFF_UNSET;
	expect_success(plan_check(&plan, &err), &err);
	plan_fill(&plan, LEVEL_SEV);
	plan.sev.legacy_vm_type = ON_OFF_OFF;
	expect_success(plan_check(&plan, &err), &err);
}

static void refuses_every_sev_property_at_level_off(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(plan.sev); i++) {
		uint8_t *bytes = (uint8_t *)&plan.sev;

		plan_fill(&plan, LEVEL_OFF);
		bytes[i] = 1;
		assert_int_equal(plan_check(&plan, &err), -1);
		assert_non_null(strstr(err.text, "plan: 'sev"));
	}
	plan_fill(&plan, LEVEL_OFF);
	plan.sev.policy = 1;
	expect_refusal("plan: 'sev' must be empty at level off");
}

static void refuses_what_goes_with_a_kernel_without_one(void **state)
{
	static uint8_t *const flags[] = { &plan.has_initrd, &plan.has_cmdline,
					  &plan.sev.kernel_hashes };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		plan_fill(&plan, LEVEL_SEV);
		memset(plan.cmdline, 0, sizeof(plan.cmdline));
		plan.has_kernel = 0;
		for (size_t other = 0; other < ARRAY_LEN(flags); other++)
			*flags[other] = other == i;
		expect_refusal("plan: 'has_kernel' must be set for what goes with a kernel");
		*flags[i] = 0;
		expect_success(plan_check(&plan, &err), &err);
	}
}

static void refuses_a_session_at_sev_snp_and_a_cmdline_that_is_not_there(void **state)
{
	(void)state;
	plan_fill(&plan, LEVEL_SEV_SNP);
	plan.sev.has_session = 1;
	expect_refusal("plan: 'sev.has_session' must be 0 at this level");
	plan_fill(&plan, LEVEL_OFF);
	plan.has_cmdline = 0;
	expect_refusal("plan: 'cmdline' must be empty when there is none");
}

// --- Every byte ---------------------------------------------------------------------------------

// Bytes that may have any value, in a plan of sev-snp with one vCPU and the least memory.
static bool may_be_anything(size_t at)
{
	static const struct {
		size_t offset;
		size_t len;
	} anything[] = {
#define ANYTHING(member) { offsetof(struct plan, member), sizeof(((struct plan *)0)->member) }
		ANYTHING(sev.policy),
		ANYTHING(sev.host_data),
		ANYTHING(sev.guest_visible_workarounds),
		ANYTHING(sev.id_block),
		ANYTHING(sev.id_auth),
		// Only together with the rest of their numbers.
		{ offsetof(struct plan, memory_mib) + 1, 2 },
		ANYTHING(vsock_cid),
		{ offsetof(struct plan, networks[0].mac) + 1, PLAN_MAC_BYTES - 1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(anything); i++)
		if (at >= anything[i].offset && at < anything[i].offset + anything[i].len)
			return true;
	return false;
}

static bool is_refused_with(uint8_t *byte, uint8_t value)
{
	uint8_t right = *byte;
	bool refused;

	*byte = value;
	refused = plan_check(&plan, &err) < 0;
	*byte = right;
	return refused;
}

// A member that plan_check() does not know, and padding between two, would show here.
static void judges_every_byte_that_may_not_be_anything(void **state)
{
	uint8_t *bytes = (uint8_t *)&plan;

	(void)state;
	plan_fill(&plan, LEVEL_SEV_SNP);
	memset(plan.cmdline, 0, sizeof(plan.cmdline));
	plan.has_cmdline = 0;
	plan.vcpus = 1;
	plan.memory_mib = PLAN_MEMORY_MIB_MIN;
	memset(plan.networks[0].mac, 0, sizeof(plan.networks[0].mac));
	expect_success(plan_check(&plan, &err), &err);
	for (size_t i = 0; i < sizeof(plan); i++)
		if (!may_be_anything(i) && !is_refused_with(&bytes[i], 0) &&
		    !is_refused_with(&bytes[i], 0xff))
			fail_msg("byte %zu of a plan may have any value", i);
}

// --- Property ------------------------------------------------------------------------------------

static void expect_bounded_argv(void)
{
	AUTO(argv) struct argv argv = { 0 };
	size_t len = 0;

	qemu_argv(&argv, &plan);
	assert_in_range(argv.n, 20, 200);
	for (size_t i = 0; i < argv.n; i++)
		len += strlen(argv.items[i]) + 1;
	assert_in_range(len, 200, 100 * 1024);
}

// 'byte' becomes another one for as long as this takes.
static void expect_refusal_or_bounded_argv(uint8_t *byte, uint8_t change, bool argv_wanted)
{
	*byte ^= change;
	if (plan_check(&plan, &err) < 0) {
		assert_int_equal(err.kind, ERR_REFUSED);
		assert_memory_equal(err.text, "plan: '", 7);
	} else if (argv_wanted) {
		expect_bounded_argv();
	}
	*byte ^= change;
}

// A full command line makes every byte of it count. All of them are alike, so one in a hundred is
// enough to build a command line with.
static void survives_a_change_of_any_single_byte(void **state)
{
	uint8_t *bytes = (uint8_t *)&plan;
	const size_t cmdline = offsetof(struct plan, cmdline);

	(void)state;
	plan_fill(&plan, LEVEL_OFF);
	memset(plan.cmdline, 'x', sizeof(plan.cmdline) - 1);
	for (size_t i = 0; i < sizeof(plan); i++) {
		bool in_cmdline = i >= cmdline && i < cmdline + sizeof(plan.cmdline) - 1;

		expect_refusal_or_bounded_argv(&bytes[i], 0x01, !in_cmdline || i % 100 == 0);
		if (!in_cmdline)
			expect_refusal_or_bounded_argv(&bytes[i], 0xff, true);
		else if (i % 100 == 0)
			expect_refusal_or_bounded_argv(&bytes[i], 'x', true); // an early end
	}
	expect_success(plan_check(&plan, &err), &err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_a_plan_of_every_level),
		cmocka_unit_test(accepts_the_smallest_and_the_largest_plan),
		cmocka_unit_test(refuses_numbers_out_of_range),
		cmocka_unit_test(refuses_flags_other_than_0_and_1),
		cmocka_unit_test(refuses_every_reserved_byte_that_is_not_zero),
		cmocka_unit_test(refuses_words_that_are_not_plain),
		cmocka_unit_test(refuses_words_that_do_not_end_or_go_on_behind_their_end),
		cmocka_unit_test(refuses_a_cmdline_that_does_not_end_or_goes_on_behind_its_end),
		cmocka_unit_test(refuses_what_lies_behind_the_last_disk_and_network),
		cmocka_unit_test(refuses_disks_and_networks_that_are_not_filled_in),
		cmocka_unit_test(refuses_a_rehearsal_of_what_is_not_measured),
		cmocka_unit_test(refuses_encryption_without_kvm),
		cmocka_unit_test(refuses_flash_where_kvm_has_none),
		cmocka_unit_test(refuses_every_sev_property_at_level_off),
		cmocka_unit_test(refuses_what_goes_with_a_kernel_without_one),
		cmocka_unit_test(refuses_a_session_at_sev_snp_and_a_cmdline_that_is_not_there),
		cmocka_unit_test(judges_every_byte_that_may_not_be_anything),
		cmocka_unit_test(survives_a_change_of_any_single_byte),
	};

	return cmocka_run_group_tests_name("launcher/plan_check", tests, NULL, NULL);
}
