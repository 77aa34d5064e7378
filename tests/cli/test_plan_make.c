// SPDX-License-Identifier: Apache-2.0
// Decisions: what is asked for and what a host can do, against the plan or the refusal.

#include "tests/cli/plan_facts.h"

#include "base/text.h"

static void add_kernel(const char *cmdline)
{
	(void)strcpy(guest.kernel.text, "vmlinuz");
	guest.has_cmdline = true;
	(void)strcpy(guest.cmdline, cmdline);
}

// --- Defaults ------------------------------------------------------------------------------------

static void fills_in_what_nobody_said(void **state)
{
	(void)state;
	fill(LEVEL_OFF);
	make();
	assert_string_equal(plan.name, "web");
	assert_string_equal(plan.machine, "pc-q35-10.0");
	assert_string_equal(plan.cpu_model, DEFAULT_CPU_OFF);
	assert_int_equal(plan.level, LEVEL_OFF);
	assert_int_equal(plan.accel, ACCEL_TCG);
	assert_int_equal(plan.vcpus, DEFAULT_VCPUS);
	assert_int_equal(plan.memory_mib, DEFAULT_MEMORY_MIB);
	assert_int_equal(plan.firmware_mapping, FIRMWARE_PFLASH);
	assert_int_equal(plan.has_console, 1);
	assert_int_equal(plan.has_firmware_log, 0);
	assert_int_equal(plan.has_kernel | plan.has_initrd | plan.has_cmdline, 0);
	assert_int_equal(plan.kvm_by_path, 0);
	assert_int_equal(plan.may_relaunch, 0);
	assert_int_equal(plan.vsock_cid | plan.n_disks | plan.n_networks, 0);
}

static void leaves_sev_empty_at_level_off(void **state)
{
	static const struct plan_sev none;

	(void)state;
	fill(LEVEL_OFF);
	add_kernel("quiet");
	guest.accel = ACCEL_KVM;
	make();
	assert_memory_equal(&plan.sev, &none, sizeof(none));
}

static void takes_over_what_the_guest_says(void **state)
{
	(void)state;
	fill(LEVEL_OFF);
	add_kernel("console=ttyS0");
	(void)strcpy(guest.initrd.text, "initrd");
	guest.vcpus = 300;
	guest.memory_mib = 4096;
	guest.vsock_cid = 5;
	guest.console = CONSOLE_NONE;
	guest.firmware_log = ON_OFF_ON;
	make();
	assert_int_equal(plan.vcpus, 300);
	assert_int_equal(plan.memory_mib, 4096);
	assert_int_equal(plan.vsock_cid, 5);
	assert_int_equal(plan.has_console, 0);
	assert_int_equal(plan.has_firmware_log, 1);
	assert_int_equal(plan.has_kernel & plan.has_initrd & plan.has_cmdline, 1);
	assert_string_equal(plan.cmdline, "console=ttyS0");
}

static void leaves_nothing_of_an_earlier_plan(void **state)
{
	static struct plan first;

	(void)state;
	fill(LEVEL_OFF);
	make();
	first = plan;
	memset(&plan, 0xff, sizeof(plan));
	make();
	assert_memory_equal(&plan, &first, sizeof(plan));
}

static void lets_an_old_qemu_open_kvm_itself(void **state)
{
	(void)state;
	fill(LEVEL_SEV_SNP);
	facts.qemu.kvm_takes_fd = false;
	make();
	assert_int_equal(plan.kvm_by_path, 1);
	fill(LEVEL_OFF);
	facts.qemu.kvm_takes_fd = false;
	make();
	assert_int_equal(plan.kvm_by_path, 0);
}

static void says_whether_a_reset_starts_the_guest_again(void **state)
{
	static const struct {
		enum reset_action action;
		uint8_t may_relaunch;
	} rows[] = { { RESET_UNSET, 0 }, { RESET_EXIT, 0 }, { RESET_RELAUNCH, 1 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		fill(LEVEL_OFF);
		guest.on_reset = rows[i].action;
		make();
		assert_int_equal(plan.may_relaunch, rows[i].may_relaunch);
	}
}

// --- Levels and accelerators ---------------------------------------------------------------------

static void refuses_accelerators_that_are_not_there(void **state)
{
	(void)state;
	fill(LEVEL_OFF);
	guest.accel = ACCEL_KVM;
	facts.qemu.kvm_usable = false;
	expect_refusal(ERR_HOST, "KVM is not usable on this host (QEMU could not open it): check "
				 "/dev/kvm, or use --accel tcg");
	facts.qemu.kvm_built = false;
	expect_refusal(ERR_HOST,
		       "KVM is not usable on this host (QEMU was built without it): check "
		       "/dev/kvm, or use --accel tcg");
	guest.accel = ACCEL_TCG;
	make();
	facts.qemu.tcg_built = false;
	expect_refusal(ERR_HOST, "this QEMU was built without TCG: use --accel kvm");
	fill(LEVEL_SEV);
	facts.qemu.kvm_usable = false; // no word of tcg, which this level cannot use
	expect_refusal(ERR_HOST, "KVM is not usable on this host (QEMU could not open it): check "
				 "/dev/kvm");
}

static void refuses_more_vcpus_than_the_machine_has(void **state)
{
	(void)state;
	fill(LEVEL_OFF);
	guest.vcpus = 301;
	expect_refusal(ERR_HOST, "key 'vcpus': machine 'pc-q35-10.0' of this QEMU has at most 300, "
				 "not 301");
}

// --- Guest policy --------------------------------------------------------------------------------

static void sets_the_bits_of_the_snp_policy(void **state)
{
	static const struct {
		struct guest_policy asked;
		uint64_t bits;
	} rows[] = {
		{ { .smt = ON_OFF_UNSET }, 0x30000 },
		{ { .smt = ON_OFF_ON }, 0x30000 },
		{ { .smt = ON_OFF_OFF }, 0x20000 },
		{ { .debug = ON_OFF_ON }, 0xb0000 },
		{ { .debug = ON_OFF_OFF }, 0x30000 },
		{ { .single_socket = ON_OFF_ON }, 0x130000 },
		{ { .migrate_agent = ON_OFF_ON }, 0x70000 },
		{ { .has_abi = true, .abi_major = 1, .abi_minor = 55 }, 0x30137 },
		{ { .has_abi = true, .abi_major = 255, .abi_minor = 255 }, 0x3ffff },
		{ { .rapl_dis = ON_OFF_ON }, 0x830000 },
		{ { .smt = ON_OFF_OFF,
		    .debug = ON_OFF_ON,
		    .single_socket = ON_OFF_ON,
		    .migrate_agent = ON_OFF_ON,
		    .has_abi = true,
		    .abi_major = 2,
		    .abi_minor = 3 },
		  0x1e0203 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(plan_guest_policy(&rows[i].asked, LEVEL_SEV_SNP), rows[i].bits);
}

static void sets_the_bits_of_the_sev_policy(void **state)
{
	static const struct {
		struct guest_policy asked;
		uint64_t sev;
		uint64_t sev_es;
	} rows[] = {
		{ { .debug = ON_OFF_UNSET }, 0x1, 0x5 },
		{ { .debug = ON_OFF_OFF }, 0x1, 0x5 },
		{ { .debug = ON_OFF_ON }, 0x0, 0x4 },
		{ { .has_abi = true, .abi_major = 1, .abi_minor = 55 }, 0x37010001, 0x37010005 },
		{ { .has_abi = true, .abi_major = 255, .abi_minor = 255 }, 0xffff0001, 0xffff0005 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(plan_guest_policy(&rows[i].asked, LEVEL_SEV), rows[i].sev);
		assert_int_equal(plan_guest_policy(&rows[i].asked, LEVEL_SEV_ES), rows[i].sev_es);
	}
}

// --- Encryption ----------------------------------------------------------------------------------

static void plans_the_properties_of_an_snp_guest(void **state)
{
	(void)state;
	fill(LEVEL_SEV_SNP);
	add_kernel("");
	guest.has_host_data = true;
	memset(guest.host_data, 0xa1, sizeof(guest.host_data));
	guest.has_guest_visible_workarounds = true;
	memset(guest.guest_visible_workarounds, 0xb2, sizeof(guest.guest_visible_workarounds));
	guest.vcek_disabled = ON_OFF_ON;
	guest.id_block.author_key = ON_OFF_ON;
	make();
	assert_int_equal(plan.sev.policy, 0x30000);
	assert_int_equal(plan.sev.cbitpos, 51);
	assert_int_equal(plan.sev.reduced_phys_bits, 1);
	assert_int_equal(plan.sev.kernel_hashes, 1);
	assert_int_equal(plan.sev.legacy_vm_type, ON_OFF_UNSET);
	assert_int_equal(plan.sev.vcek_disabled, 1);
	assert_int_equal(plan.sev.author_key_enabled, 1);
	assert_int_equal(plan.sev.has_host_data, 1);
	assert_memory_equal(plan.sev.host_data, guest.host_data, SNP_HOST_DATA_BYTES);
	assert_int_equal(plan.sev.has_guest_visible_workarounds, 1);
	assert_int_equal(plan.sev.guest_visible_workarounds[SNP_GOSVW_BYTES - 1], 0xb2);
	assert_int_equal(plan.sev.has_id_block | plan.sev.has_id_auth | plan.sev.has_session, 0);
	assert_int_equal(plan.firmware_mapping, FIRMWARE_BIOS);
}

static void measures_a_kernel_unless_told_not_to(void **state)
{
	(void)state;
	fill(LEVEL_SEV);
	make();
	assert_int_equal(plan.sev.kernel_hashes, 0);
	add_kernel("");
	make();
	assert_int_equal(plan.sev.kernel_hashes, 1);
	guest.kernel_hashes = ON_OFF_OFF;
	make();
	assert_int_equal(plan.sev.kernel_hashes, 0);
	guest.kernel_hashes = ON_OFF_ON;
	facts.qemu.sev_guest &= ~HOST_PROPERTY_BIT(HOST_PROPERTY_KERNEL_HASHES);
	expect_refusal(ERR_HOST, "key 'kernel_hashes': QEMU 10.0 cannot measure a kernel: install "
				 "6.2 or newer");
}

static void pins_the_vm_type_where_qemu_has_a_choice(void **state)
{
	(void)state;
	fill(LEVEL_SEV_ES);
	make();
	assert_int_equal(plan.sev.legacy_vm_type, ON_OFF_ON);
	assert_int_equal(plan.firmware_mapping, FIRMWARE_PFLASH);
	guest.legacy_vm_type = ON_OFF_OFF;
	make();
	assert_int_equal(plan.sev.legacy_vm_type, ON_OFF_OFF);
	assert_int_equal(plan.firmware_mapping, FIRMWARE_BIOS);
	fill_guest(LEVEL_SEV);
	guest.legacy_vm_type = ON_OFF_OFF;
	make();
	assert_int_equal(plan.sev.legacy_vm_type, ON_OFF_OFF);
	assert_int_equal(plan.firmware_mapping, FIRMWARE_PFLASH);
}

static void takes_the_only_vm_type_of_an_old_qemu(void **state)
{
	(void)state;
	fill(LEVEL_SEV_ES);
	facts.qemu.major = 7;
	facts.qemu.minor = 2;
	facts.qemu.sev_guest &= ~HOST_PROPERTY_BIT(HOST_PROPERTY_LEGACY_VM_TYPE);
	make();
	assert_int_equal(plan.sev.legacy_vm_type, ON_OFF_UNSET);
	guest.legacy_vm_type = ON_OFF_ON;
	make();
	assert_int_equal(plan.sev.legacy_vm_type, ON_OFF_UNSET);
	assert_int_equal(plan.firmware_mapping, FIRMWARE_PFLASH);
	guest.legacy_vm_type = ON_OFF_OFF;
	expect_refusal(ERR_HOST, "key 'legacy_vm_type': QEMU 7.2 knows only legacy VM types: "
				 "install 9.1 or newer for off");
}

static void tells_of_a_session(void **state)
{
	(void)state;
	fill(LEVEL_SEV);
	(void)strcpy(guest.sev_session.session.text, "session.b64");
	(void)strcpy(guest.sev_session.dh_cert.text, "dh.b64");
	make();
	assert_int_equal(plan.sev.has_session, 1);
}

// --- Disks and networks --------------------------------------------------------------------------

static struct guest_disk *add_disk(const char *name)
{
	struct guest_disk *disk = &guest.disks[guest.n_disks++];

	(void)strcpy(disk->name, name);
	(void)strcpy(disk->path.text, "a.img");
	disk->format = DISK_RAW;
	return disk;
}

static void makes_disks_read_only_unless_told_otherwise(void **state)
{
	(void)state;
	fill(LEVEL_OFF);
	add_disk("");
	add_disk("root")->read_only = ON_OFF_OFF;
	add_disk("")->read_only = ON_OFF_ON;
	guest.disks[2].format = DISK_QCOW2;
	make();
	assert_int_equal(plan.n_disks, 3);
	assert_string_equal(plan.disks[0].serial, "disk0");
	assert_string_equal(plan.disks[1].serial, "root");
	assert_string_equal(plan.disks[2].serial, "disk2");
	assert_int_equal(plan.disks[0].read_only, 1);
	assert_int_equal(plan.disks[1].read_only, 0);
	assert_int_equal(plan.disks[2].read_only, 1);
	assert_int_equal(plan.disks[2].format, DISK_QCOW2);
	assert_true(text_field_is_clean(plan.disks[0].serial, sizeof(plan.disks[0].serial)));
}

static void refuses_disks_of_one_name(void **state)
{
	(void)state;
	fill(LEVEL_OFF);
	add_disk("disk1");
	add_disk("");
	expect_refusal(ERR_GUEST_FILE,
		       "keys 'disks[0]' and 'disks[1]' are both named 'disk1': name them "
		       "differently");
}

static const uint8_t *mac_of(const char *name, size_t index)
{
	static uint8_t mac[PLAN_MAC_BYTES];

	fill(LEVEL_OFF);
	memset(guest.name, 0, sizeof(guest.name));
	(void)strcpy(guest.name, name);
	for (guest.n_networks = 0; guest.n_networks <= index; guest.n_networks++) {
		guest.networks[guest.n_networks].kind = NETWORK_TAP;
		(void)strcpy(guest.networks[guest.n_networks].device, "tap0");
	}
	make();
	memcpy(mac, plan.networks[index].mac, sizeof(mac));
	return mac;
}

// Stable over releases: a guest's network configuration may know it.
static void makes_addresses_that_stay_the_same(void **state)
{
	uint8_t first[PLAN_MAC_BYTES];

	(void)state;
	memcpy(first, mac_of("web", 0), sizeof(first));
	assert_memory_equal(mac_of("web", 0), first, sizeof(first));
	assert_memory_not_equal(mac_of("web", 1), first, sizeof(first));
	assert_memory_not_equal(mac_of("web2", 0), first, sizeof(first));
	assert_memory_equal(first, ((const uint8_t[]){ 0x52, 0x54, 0x00 }), 3);
	assert_int_equal(first[0] & 1, 0); // unicast
	assert_int_equal(first[0] & 2, 2); // locally administered
}

static void keeps_an_address_that_was_given(void **state)
{
	const uint8_t mac[PLAN_MAC_BYTES] = { 0x02, 1, 2, 3, 4, 5 };

	(void)state;
	fill(LEVEL_OFF);
	guest.n_networks = 1;
	guest.networks[0].kind = NETWORK_TAP;
	(void)strcpy(guest.networks[0].device, "tap7");
	guest.networks[0].has_mac = true;
	memcpy(guest.networks[0].mac, mac, sizeof(mac));
	make();
	assert_int_equal(plan.n_networks, 1);
	assert_int_equal(plan.networks[0].kind, NETWORK_TAP);
	assert_string_equal(plan.networks[0].device, "tap7");
	assert_memory_equal(plan.networks[0].mac, mac, sizeof(mac));
}

// --- Warnings ------------------------------------------------------------------------------------

static void warns_of_a_command_line_that_linux_cuts(void **state)
{
	(void)state;
	fill(LEVEL_OFF);
	add_kernel("");
	memset(guest.cmdline, 'a', LINUX_CMDLINE_MAX);
	assert_string_equal(warnings(), "");
	guest.cmdline[LINUX_CMDLINE_MAX] = 'a';
	assert_string_equal(warnings(), "snplaunch: warning: key 'cmdline': Linux uses the first "
					"2047 of these 2048 bytes\n");
	assert_int_equal(strlen(plan.cmdline), LINUX_CMDLINE_MAX + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fills_in_what_nobody_said),
		cmocka_unit_test(leaves_sev_empty_at_level_off),
		cmocka_unit_test(takes_over_what_the_guest_says),
		cmocka_unit_test(leaves_nothing_of_an_earlier_plan),
		cmocka_unit_test(lets_an_old_qemu_open_kvm_itself),
		cmocka_unit_test(says_whether_a_reset_starts_the_guest_again),
		cmocka_unit_test(refuses_accelerators_that_are_not_there),
		cmocka_unit_test(refuses_more_vcpus_than_the_machine_has),
		cmocka_unit_test(sets_the_bits_of_the_snp_policy),
		cmocka_unit_test(sets_the_bits_of_the_sev_policy),
		cmocka_unit_test(plans_the_properties_of_an_snp_guest),
		cmocka_unit_test(measures_a_kernel_unless_told_not_to),
		cmocka_unit_test(pins_the_vm_type_where_qemu_has_a_choice),
		cmocka_unit_test(takes_the_only_vm_type_of_an_old_qemu),
		cmocka_unit_test(tells_of_a_session),
		cmocka_unit_test(makes_disks_read_only_unless_told_otherwise),
		cmocka_unit_test(refuses_disks_of_one_name),
		cmocka_unit_test(makes_addresses_that_stay_the_same),
		cmocka_unit_test(keeps_an_address_that_was_given),
		cmocka_unit_test(warns_of_a_command_line_that_linux_cuts),
	};

	return cmocka_run_group_tests_name("cli/plan_make", tests, NULL, NULL);
}
