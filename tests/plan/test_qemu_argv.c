// SPDX-License-Identifier: Apache-2.0
// QEMU's command line: where strings may stand, which descriptors it names, what each level adds.

#include "tests/base/process.h"
#include "tests/plan/plans.h"

#include "base/argv.h"
#include "base/text_base64.h"
#include "plan/layout.h"
#include "plan/plan_check.h"
#include "plan/qemu_argv.h"

struct fixture {
	struct plan plan;
	struct argv argv;
};

static struct fixture fixture;

static void build(void)
{
	struct err err;

	expect_success(plan_check(&fixture.plan, &err), &err);
	argv_release(&fixture.argv);
	qemu_argv(&fixture.argv, &fixture.plan);
}

static void build_level(enum level level)
{
	plan_fill(&fixture.plan, level);
	build();
}

static int tear_down(void **state)
{
	(void)state;
	argv_release(&fixture.argv);
	return 0;
}

// The value behind the n-th use of an option, NULL when there is none.
static const char *value_of(const char *option, size_t nth)
{
	for (size_t i = 0; i + 1 < fixture.argv.n; i++)
		if (strcmp(fixture.argv.items[i], option) == 0 && nth-- == 0)
			return fixture.argv.items[i + 1];
	return NULL;
}

static void expect_option(const char *option, const char *value)
{
	if (value_of(option, 0) == NULL)
		fail_msg("there is no %s", option);
	assert_string_equal(value_of(option, 0), value);
	assert_null(value_of(option, 1));
}

static bool has_argument_with(const char *part)
{
	for (size_t i = 0; i < fixture.argv.n; i++)
		if (strstr(fixture.argv.items[i], part) != NULL)
			return true;
	return false;
}

// --- Strings -------------------------------------------------------------------------------------

static void passes_the_cmdline_byte_for_byte_as_one_argument(void **state)
{
	static const char *const cmdlines[] = {
		"",
		"console=ttyS0",
		"-incoming tcp:0:4444",
		"a,b=\"c\" 'd' \\ $(e) \n\t\x01\xff,,",
		"--",
		"%s%n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cmdlines); i++) {
		plan_fill(&fixture.plan, LEVEL_OFF);
		memset(fixture.plan.cmdline, 0, sizeof(fixture.plan.cmdline));
		memcpy(fixture.plan.cmdline, cmdlines[i], strlen(cmdlines[i]));
		build();
		expect_option("-append", cmdlines[i]);
	}
}

static void has_the_cmdline_in_no_other_argument(void **state)
{
	size_t n = 0;

	(void)state;
	plan_fill(&fixture.plan, LEVEL_SEV);
	memset(fixture.plan.cmdline, 0, sizeof(fixture.plan.cmdline));
	(void)strcpy(fixture.plan.cmdline, "needle=7");
	build();
	for (size_t i = 0; i < fixture.argv.n; i++)
		n += strstr(fixture.argv.items[i], "needle") != NULL;
	assert_int_equal(n, 1);
}

static void has_the_same_arguments_whatever_strings_say(void **state)
{
	struct plan *plan = &fixture.plan;
	size_t n;

	(void)state;
	build_level(LEVEL_SEV);
	n = fixture.argv.n;
	memset(plan->name, 'n', sizeof(plan->name) - 1);
	memset(plan->machine, 'm', sizeof(plan->machine) - 1);
	memset(plan->cpu_model, 'c', sizeof(plan->cpu_model) - 1);
	memset(plan->disks[0].serial, 's', sizeof(plan->disks[0].serial) - 1);
	memset(plan->networks[0].device, 'd', sizeof(plan->networks[0].device) - 1);
	memset(plan->cmdline, ' ', sizeof(plan->cmdline) - 1);
	build();
	assert_int_equal(fixture.argv.n, n);
}

// What would end a word, an option or a JSON string is refused before there is a command line.
static void gets_no_name_that_could_change_its_shape(void **state)
{
	static const char marks[] = " ,:='\"\\{}[]\n\x7f";
	struct plan *plan = &fixture.plan;
	char *const names[] = { plan->name, plan->machine, plan->cpu_model, plan->disks[0].serial };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		for (size_t mark = 0; mark < sizeof(marks) - 1; mark++) {
			struct err err;

			plan_fill(plan, LEVEL_OFF);
			names[i][1] = marks[mark];
			assert_int_equal(plan_check(plan, &err), -1);
			assert_int_equal(err.kind, ERR_REFUSED);
			assert_non_null(strstr(err.text, "plain name"));
		}
	}
}

// Everything but names from the plan is the same in each; paths never come from outside.
static void names_no_path_but_descriptors_and_dev_sev(void **state)
{
	(void)state;
	for (enum level level = LEVEL_OFF; level < LEVELS; level++) {
		build_level(level);
		for (size_t i = 0; i < fixture.argv.n; i++) {
			const char *slash = strchr(fixture.argv.items[i], '/');

			for (; slash != NULL; slash = strchr(slash + 1, '/'))
				if (strncmp(slash, "/proc/self/fd/", 14) == 0)
					slash += 13;
				else if (strncmp(slash, "/dev/fdset/", 11) == 0)
					slash += 10;
				else if (strncmp(slash, "/dev/sev\"", 9) == 0)
					slash += 8;
				else // base64 has slashes too
					assert_non_null(strstr(fixture.argv.items[i], "sev-snp"));
		}
	}
}

// --- Descriptors ---------------------------------------------------------------------------------

static void numbers_descriptors_without_gaps(void **state)
{
	struct layout layout;
	bool used[64] = { false };
	const int *number = (const int *)&layout;

	(void)state;
	for (enum level level = LEVEL_OFF; level < LEVELS; level++) {
		plan_fill(&fixture.plan, level);
		layout = layout_of(&fixture.plan);
		memset(used, 0, sizeof(used));
		for (size_t i = 0; i < offsetof(struct layout, end) / sizeof(int); i++) {
			if (number[i] < 0)
				continue;
			assert_in_range(number[i], LAYOUT_FIRST_FD, layout.end - 1);
			assert_false(used[number[i]]);
			used[number[i]] = true;
		}
		for (int fd = LAYOUT_FIRST_FD; fd < layout.end; fd++)
			assert_true(used[fd]);
	}
}

static void expect_fdset(int fd)
{
	char expected[32];
	size_t n = 0;

	(void)snprintf(expected, sizeof(expected), "fd=%d,set=%d", fd, fd);
	for (size_t i = 0; value_of("-add-fd", i) != NULL; i++)
		n += strcmp(value_of("-add-fd", i), expected) == 0;
	assert_int_equal(n, 1);
	(void)snprintf(expected, sizeof(expected), "/dev/fdset/%d", fd);
	assert_true(has_argument_with(expected));
}

static void puts_each_disk_flash_and_kvm_into_an_fdset_of_its_number(void **state)
{
	struct layout layout;
	size_t n = 0;

	(void)state;
	build_level(LEVEL_SEV);
	layout = layout_of(&fixture.plan);
	expect_fdset(layout.kvm);
	expect_fdset(layout.firmware);
	expect_fdset(layout.disks[0]);
	expect_fdset(layout.disks[1]);
	while (value_of("-add-fd", n) != NULL)
		n++;
	assert_int_equal(n, 4);
}

static void lets_an_old_qemu_open_kvm_itself(void **state)
{
	int end;

	(void)state;
	build_level(LEVEL_SEV);
	end = layout_of(&fixture.plan).end;
	fixture.plan.kvm_by_path = 1;
	build();
	expect_option("-accel", "kvm");
	assert_int_equal(layout_of(&fixture.plan).kvm, -1);
	assert_int_equal(layout_of(&fixture.plan).end, end - 1);
}

static void names_every_descriptor_of_the_layout(void **state)
{
	(void)state;
	for (enum level level = LEVEL_OFF; level < LEVELS; level++) {
		struct layout layout;

		build_level(level);
		layout = layout_of(&fixture.plan);
		for (int fd = LAYOUT_FIRST_FD; fd < layout.end; fd++) {
			char forms[4][40];

			(void)snprintf(forms[0], sizeof(forms[0]), "fd=%d", fd);
			(void)snprintf(forms[1], sizeof(forms[1]), "/proc/self/fd/%d", fd);
			(void)snprintf(forms[2], sizeof(forms[2]), "\"vhostfd\":\"%d\"", fd);
			(void)snprintf(forms[3], sizeof(forms[3]), "/dev/fdset/%d", fd);
			assert_true(has_argument_with(forms[0]) || has_argument_with(forms[1]) ||
				    has_argument_with(forms[2]) || has_argument_with(forms[3]));
		}
	}
}

// --- Options -------------------------------------------------------------------------------------

static void says_the_plans_figures(void **state)
{
	(void)state;
	build_level(LEVEL_OFF);
	assert_string_equal(fixture.argv.items[0], "qemu-system-x86_64");
	expect_option("-name", "web");
	expect_option("-cpu", "EPYC-v4");
	expect_option("-smp", "4");
	expect_option("-m", "2048M");
	expect_option("-accel", "tcg");
	expect_option("-machine",
		      "pc-q35-10.0,smm=off,vmport=off,usb=off,graphics=off,mem-merge=off,"
		      "dump-guest-core=off,pflash0=firmware");
	assert_null(value_of("-object", 0));
}

static void begins_stopped_sandboxed_and_without_defaults(void **state)
{
	static const char *const flags[] = { "-S", "-nodefaults", "-no-user-config" };

	(void)state;
	build_level(LEVEL_SEV_SNP);
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		assert_true(has_argument_with(flags[i]));
	expect_option("-sandbox",
		      "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny");
	expect_option("-display", "none");
	expect_option("-action", "reboot=shutdown");
	expect_option("-mon", "chardev=qmp,mode=control");
	assert_string_equal(value_of("-chardev", 0), "socket,id=qmp,fd=3");
}

static void maps_firmware_as_flash_or_as_bios(void **state)
{
	char path[40];

	(void)state;
	build_level(LEVEL_SEV_SNP);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", layout_of(&fixture.plan).firmware);
	expect_option("-bios", path);
	assert_false(has_argument_with("pflash"));
	build_level(LEVEL_SEV);
	assert_null(value_of("-bios", 0));
	assert_true(has_argument_with(",pflash0=firmware,confidential-guest-support=sev0"));
	(void)snprintf(path, sizeof(path), "\"filename\":\"/dev/fdset/%d\"",
		       layout_of(&fixture.plan).firmware);
	assert_non_null(strstr(value_of("-blockdev", 0), path));
	assert_non_null(strstr(value_of("-blockdev", 0), "\"read-only\":true"));
}

static void describes_sev_with_and_without_what_is_optional(void **state)
{
	struct layout layout;
	char expected[400];

	(void)state;
	build_level(LEVEL_SEV_ES);
	layout = layout_of(&fixture.plan);
	(void)snprintf(
		expected, sizeof(expected),
		"{\"qom-type\":\"sev-guest\",\"id\":\"sev0\",\"sev-device\":\"/dev/sev\","
		"\"cbitpos\":51,\"reduced-phys-bits\":1,\"kernel-hashes\":true,\"policy\":5,"
		"\"handle\":0,\"legacy-vm-type\":\"on\",\"dh-cert-file\":\"/proc/self/fd/%d\","
		"\"session-file\":\"/proc/self/fd/%d\"}",
		layout.dh_cert, layout.session);
	expect_option("-object", expected);

	fixture.plan.sev.has_session = 0;
	fixture.plan.sev.kernel_hashes = 0;
	fixture.plan.sev.legacy_vm_type = ON_OFF_UNSET;
	fixture.plan.sev.policy = UINT64_MAX;
	build();
	expect_option("-object",
		      "{\"qom-type\":\"sev-guest\",\"id\":\"sev0\","
		      "\"sev-device\":\"/dev/sev\",\"cbitpos\":51,\"reduced-phys-bits\":1,"
		      "\"kernel-hashes\":false,\"policy\":18446744073709551615,"
		      "\"handle\":0}");

	fixture.plan.level = LEVEL_SEV;
	fixture.plan.sev.legacy_vm_type = ON_OFF_OFF;
	build();
	assert_non_null(strstr(value_of("-object", 0), "\"legacy-vm-type\":\"off\""));
}

static void expect_base64(const char *key, const uint8_t *bytes, size_t len)
{
	char encoded[TEXT_BASE64_SIZE(SNP_ID_AUTH_BYTES)];
	char expected[TEXT_BASE64_SIZE(SNP_ID_AUTH_BYTES) + 64];

	text_base64_encode(encoded, bytes, len);
	(void)snprintf(expected, sizeof(expected), "\"%s\":\"%s\"", key, encoded);
	assert_non_null(strstr(value_of("-object", 0), expected));
}

static void describes_sev_snp_with_all_its_properties(void **state)
{
	static const char head[] =
		"{\"qom-type\":\"sev-snp-guest\",\"id\":\"sev0\",\"sev-device\":\"/dev/sev\","
		"\"cbitpos\":51,\"reduced-phys-bits\":1,\"kernel-hashes\":true,\"policy\":196608,"
		"\"vcek-disabled\":true,\"author-key-enabled\":true,\"host-data\":\"";
	const struct plan_sev *sev = &fixture.plan.sev;

	(void)state;
	build_level(LEVEL_SEV_SNP);
	assert_memory_equal(value_of("-object", 0), head, strlen(head));
	expect_base64("host-data", sev->host_data, SNP_HOST_DATA_BYTES);
	expect_base64("guest-visible-workarounds", sev->guest_visible_workarounds, SNP_GOSVW_BYTES);
	expect_base64("id-block", sev->id_block, SNP_ID_BLOCK_BYTES);
	expect_base64("id-auth", sev->id_auth, SNP_ID_AUTH_BYTES);
	assert_false(has_argument_with("legacy-vm-type"));
	assert_false(has_argument_with("handle"));
	assert_null(value_of("-object", 1));
}

static void leaves_out_what_an_snp_guest_does_not_have(void **state)
{
	struct plan_sev *sev = &fixture.plan.sev;

	(void)state;
	plan_fill(&fixture.plan, LEVEL_SEV_SNP);
	*sev = (struct plan_sev){ .policy = 0x30000, .cbitpos = 51, .reduced_phys_bits = 1 };
	build();
	expect_option("-object",
		      "{\"qom-type\":\"sev-snp-guest\",\"id\":\"sev0\",\"sev-device\":\"/dev/sev\","
		      "\"cbitpos\":51,\"reduced-phys-bits\":1,\"kernel-hashes\":false,"
		      "\"policy\":196608,\"vcek-disabled\":false,\"author-key-enabled\":false}");
}

static void gives_networks_no_option_rom(void **state)
{
	char netdev[40];

	(void)state;
	build_level(LEVEL_OFF);
	(void)snprintf(netdev, sizeof(netdev), "tap,id=net0,fd=%d",
		       layout_of(&fixture.plan).networks[0]);
	expect_option("-netdev", netdev);
	assert_true(has_argument_with(
		"{\"driver\":\"virtio-net-pci\",\"netdev\":\"net0\",\"mac\":\"52:54:00:12:34:ff\","
		"\"romfile\":\"\",\"disable-legacy\":\"on\"}"));
}

static void gives_disks_their_format_access_and_serial_and_no_backing_file(void **state)
{
	(void)state;
	build_level(LEVEL_OFF);
	assert_true(has_argument_with("{\"driver\":\"raw\",\"node-name\":\"disk0\","
				      "\"read-only\":true,\"file\":\"disk0-file\"}"));
	assert_true(has_argument_with("{\"driver\":\"qcow2\",\"node-name\":\"disk1\","
				      "\"read-only\":false,\"file\":\"disk1-file\","
				      "\"backing\":null}"));
	assert_true(has_argument_with("{\"driver\":\"virtio-blk-pci\",\"id\":\"data\","
				      "\"drive\":\"disk1\",\"serial\":\"data\","
				      "\"disable-legacy\":\"on\"}"));
}

static void opens_block_devices_by_a_driver_of_their_own(void **state)
{
	(void)state;
	plan_fill(&fixture.plan, LEVEL_OFF);
	fixture.plan.disks[1].is_block_device = 1;
	build();
	assert_true(has_argument_with("{\"driver\":\"file\",\"node-name\":\"disk0-file\""));
	assert_true(has_argument_with("{\"driver\":\"host_device\",\"node-name\":\"disk1-file\""));
}

static void leaves_out_what_a_plan_does_not_have(void **state)
{
	static const char *const options[] = { "-kernel",   "-initrd", "-append", "-serial",
					       "-blockdev", "-netdev", "-object", "-add-fd" };
	struct plan *plan = &fixture.plan;

	(void)state;
	plan_fill(plan, LEVEL_OFF);
	plan->has_kernel = plan->has_initrd = plan->has_cmdline = 0;
	plan->has_console = plan->has_firmware_log = 0;
	plan->vsock_cid = plan->n_disks = plan->n_networks = 0;
	plan->firmware_mapping = FIRMWARE_BIOS;
	memset(plan->disks, 0, sizeof(plan->disks));
	memset(plan->networks, 0, sizeof(plan->networks));
	memset(plan->cmdline, 0, sizeof(plan->cmdline));
	build();
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		assert_null(value_of(options[i], 0));
	expect_option("-device", "{\"driver\":\"pvpanic\"}");
	assert_int_equal(layout_of(plan).end, LAYOUT_FIRST_FD + 2);
}

static void asks_a_qemu_without_a_guest(void **state)
{
	(void)state;
	argv_release(&fixture.argv);
	qemu_argv_probe(&fixture.argv, ACCEL_KVM, false);
	expect_option("-machine", "none");
	expect_option("-add-fd", "fd=4,set=4");
	expect_option("-accel", "kvm,device=/dev/fdset/4");
	expect_option("-chardev", "socket,id=qmp,fd=3");
	argv_release(&fixture.argv);
	qemu_argv_probe(&fixture.argv, ACCEL_KVM, true);
	expect_option("-accel", "kvm");
	assert_null(value_of("-add-fd", 0));
	argv_release(&fixture.argv);
	qemu_argv_probe(&fixture.argv, ACCEL_TCG, false);
	expect_option("-accel", "tcg");
	assert_null(value_of("-add-fd", 0));
	assert_true(has_argument_with("-S"));
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passes_the_cmdline_byte_for_byte_as_one_argument),
		TEST(has_the_cmdline_in_no_other_argument),
		TEST(has_the_same_arguments_whatever_strings_say),
		TEST(gets_no_name_that_could_change_its_shape),
		TEST(names_no_path_but_descriptors_and_dev_sev),
		TEST(numbers_descriptors_without_gaps),
		TEST(puts_each_disk_flash_and_kvm_into_an_fdset_of_its_number),
		TEST(lets_an_old_qemu_open_kvm_itself),
		TEST(names_every_descriptor_of_the_layout),
		TEST(says_the_plans_figures),
		TEST(begins_stopped_sandboxed_and_without_defaults),
		TEST(maps_firmware_as_flash_or_as_bios),
		TEST(describes_sev_with_and_without_what_is_optional),
		TEST(describes_sev_snp_with_all_its_properties),
		TEST(leaves_out_what_an_snp_guest_does_not_have),
		TEST(gives_networks_no_option_rom),
		TEST(gives_disks_their_format_access_and_serial_and_no_backing_file),
		TEST(opens_block_devices_by_a_driver_of_their_own),
		TEST(leaves_out_what_a_plan_does_not_have),
		TEST(asks_a_qemu_without_a_guest),
	};

	return cmocka_run_group_tests_name("launcher/qemu_argv", tests, NULL, NULL);
}
