// SPDX-License-Identifier: Apache-2.0
// Launches by the calls that QEMU makes: their order, their faults, ASIDs, and who may see what.

#include "tests/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "rehearsal/call.h"
#include "rehearsal/vm.h"

struct fixture {
	struct machine machine;
	struct object kvm;
	/* The last command. */
	struct kvm_sev_cmd command;
};

static int set_up(void **state)
{
	struct fixture *fixture = test_calloc(1, sizeof(*fixture));

	scenario_init(&fixture->machine.scenario);
	fixture->machine.account.fd = -1;
	fixture->kvm.kind = OBJECT_KVM;
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	test_free(*state);
	return 0;
}

static int call(struct fixture *fixture, int fd, unsigned long request, const void *argument)
{
	return call_ioctl(&fixture->machine, object_find(fd), request, (void *)(uintptr_t)argument);
}

static int create_vm(struct fixture *fixture, unsigned long type)
{
	return call_ioctl(&fixture->machine, &fixture->kvm, KVM_CREATE_VM, (void *)type);
}

static int command(struct fixture *fixture, int vm, uint32_t id, const void *data)
{
	fixture->command = (struct kvm_sev_cmd){ .id = id, .data = (uintptr_t)data };
	return call(fixture, vm, KVM_MEMORY_ENCRYPT_OP, &fixture->command);
}

static void close_vm(struct fixture *fixture, int vm)
{
	vm_close(&fixture->machine, object_find(vm)->vm);
	(void)close(vm);
}

static int begin_snp(struct fixture *fixture, uint64_t policy)
{
	const struct abi_sev_init init = { 0 };
	const struct abi_snp_launch_start start = { .policy = policy };
	int vm = create_vm(fixture, ABI_VM_SNP);

	assert_true(vm >= 0);
	assert_int_equal(command(fixture, vm, ABI_SEV_INIT2, &init), 0);
	(void)command(fixture, vm, ABI_SNP_LAUNCH_START, &start);
	return vm;
}

// One page of memory that is private, at 1 MiB.
static void add_page(struct fixture *fixture, int vm, void *page)
{
	struct abi_create_guest_memfd wanted = { .size = 4096 };
	AUTO(fd) int memfd = call(fixture, vm, ABI_CREATE_GUEST_MEMFD, &wanted);
	const struct abi_memory_region2 slot = {
		.flags = ABI_MEM_GUEST_MEMFD,
		.guest_phys_addr = 0x100000,
		.memory_size = 4096,
		.userspace_addr = (uintptr_t)page,
		.guest_memfd = (uint32_t)memfd,
	};
	const struct abi_memory_attributes private = { 0x100000, 4096, ABI_MEMORY_ATTRIBUTE_PRIVATE,
						       0 };

	assert_true(memfd >= 0);
	assert_int_equal(call(fixture, vm, ABI_SET_USER_MEMORY_REGION2, &slot), 0);
	assert_int_equal(call(fixture, vm, ABI_SET_MEMORY_ATTRIBUTES, &private), 0);
}

static int update(struct fixture *fixture, int vm, void *page, uint8_t type)
{
	struct abi_snp_launch_update wanted = {
		.gfn_start = 0x100, .uaddr = (uintptr_t)page, .len = 4096, .type = type
	};

	return command(fixture, vm, ABI_SNP_LAUNCH_UPDATE, &wanted);
}

static void launches_snp(void **state)
{
	static _Alignas(4096) uint8_t page[4096];
	struct fixture *fixture = *state;
	const struct abi_snp_launch_finish finish = { 0 };
	struct kvm_regs regs = { 0 };
	int vm = begin_snp(fixture, 0x30000);
	AUTO(fd) int vcpu = call(fixture, vm, KVM_CREATE_VCPU, NULL);

	assert_true(vcpu >= 0);
	assert_int_equal(update(fixture, vm, page, 1), -EINVAL); // there is no slot
	add_page(fixture, vm, page);
	assert_int_equal(update(fixture, vm, page, 2), -EINVAL); // VMSAs are KVM's
	assert_int_equal(update(fixture, vm, page, 1), 0);
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_FINISH, NULL), -EPERM);
	assert_int_equal(call(fixture, vcpu, KVM_GET_REGS, &regs), 0);
	assert_int_equal(command(fixture, vm, ABI_SNP_LAUNCH_FINISH, &finish), 0);
	assert_int_equal(call(fixture, vcpu, KVM_GET_REGS, &regs), -EINVAL);
	assert_int_equal(command(fixture, vm, ABI_SNP_LAUNCH_FINISH, &finish), -EINVAL);
	assert_int_equal(call(fixture, vcpu, KVM_RUN, NULL), CALL_WAITS);
	close_vm(fixture, vm);
}

static void snp_policies_reach_kvm_then_the_firmware(void **state)
{
	struct fixture *fixture = *state;
	int vm = begin_snp(fixture, 0x20000);

	assert_int_equal(fixture->command.error, 0);
	close_vm(fixture, vm);
	vm = begin_snp(fixture, 0x30138);
	assert_int_equal(fixture->command.error, FIRMWARE_POLICY_FAILURE);
	close_vm(fixture, vm);
}

static void sev_goes_from_state_to_state(void **state)
{
	static _Alignas(16) uint8_t data[32];
	struct fixture *fixture = *state;
	struct kvm_sev_launch_start start = { .policy = 1 };
	struct kvm_sev_launch_update_data piece = { .uaddr = (uintptr_t)data, .len = 32 };
	uint8_t blob[SESSION_MEASUREMENT_BYTES];
	struct kvm_sev_launch_measure measure = { .uaddr = (uintptr_t)blob };
	int vm = create_vm(fixture, ABI_VM_DEFAULT);

	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_START, &start), -ENOTTY);
	assert_int_equal(command(fixture, vm, KVM_SEV_INIT, NULL), 0);
	assert_int_equal(command(fixture, vm, KVM_SEV_INIT, NULL), -EINVAL);
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_UPDATE_DATA, &piece), -EIO);
	assert_int_equal(fixture->command.error, FIRMWARE_INVALID_GUEST_STATE);
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_START, &start), 0);
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_UPDATE_DATA, &piece), 0);
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_UPDATE_VMSA, NULL), -ENOTTY);
	piece.len = 8;
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_UPDATE_DATA, &piece), -EIO);
	assert_int_equal(fixture->command.error, FIRMWARE_INVALID_LEN);
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_FINISH, NULL), -EIO);
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_MEASURE, &measure), -EIO);
	assert_int_equal(fixture->command.error, FIRMWARE_INVALID_LEN);
	assert_int_equal(measure.len, SESSION_MEASUREMENT_BYTES);
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_MEASURE, &measure), 0);
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_UPDATE_DATA, &piece), -EIO);
	assert_int_equal(command(fixture, vm, KVM_SEV_LAUNCH_FINISH, NULL), 0);
	close_vm(fixture, vm);
}

static void asids_run_out_and_come_back(void **state)
{
	struct fixture *fixture = *state;
	int first;
	int second;

	fixture->machine.scenario.platform.sev_asids = 1;
	first = create_vm(fixture, ABI_VM_DEFAULT);
	second = create_vm(fixture, ABI_VM_DEFAULT);
	assert_int_equal(command(fixture, first, KVM_SEV_INIT, NULL), 0);
	assert_int_equal(command(fixture, second, KVM_SEV_INIT, NULL), -EBUSY);
	close_vm(fixture, first);
	assert_int_equal(command(fixture, second, KVM_SEV_INIT, NULL), 0);
	close_vm(fixture, second);
}

static void vm_types_have_their_capabilities(void **state)
{
	struct fixture *fixture = *state;
	const struct {
		unsigned long type;
		int readonly, guest_memfd;
	} rows[] = { { ABI_VM_DEFAULT, 1, 0 },
		     { ABI_VM_SEV, 1, 0 },
		     { ABI_VM_SEV_ES, 0, 0 },
		     { ABI_VM_SNP, 0, 1 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int vm = create_vm(fixture, rows[i].type);

		assert_int_equal(call(fixture, vm, KVM_CHECK_EXTENSION,
				      (void *)(uintptr_t)KVM_CAP_READONLY_MEM),
				 rows[i].readonly);
		assert_int_equal(call(fixture, vm, KVM_CHECK_EXTENSION,
				      (void *)(uintptr_t)ABI_CAP_GUEST_MEMFD),
				 rows[i].guest_memfd);
		close_vm(fixture, vm);
	}
	assert_int_equal(create_vm(fixture, 1), -EINVAL);
	assert_int_equal(create_vm(fixture, 5), -EINVAL);
	assert_int_equal(create_vm(fixture, 64), -EINVAL);
}

static void faults_strike_at_their_call(void **state)
{
	static const char text[] = "fault KVM_CREATE_VM call=2 errno=ENOMEM\n"
				   "fault KVM_SEV_INIT fw_error=INVALID_CONFIG\n";
	struct fixture *fixture = *state;
	struct err err;
	int first;
	int third;

	assert_int_equal(scenario_parse(&fixture->machine.scenario, text, strlen(text), &err), 0);
	first = create_vm(fixture, ABI_VM_DEFAULT);
	assert_true(first >= 0);
	assert_int_equal(create_vm(fixture, ABI_VM_DEFAULT), -ENOMEM);
	third = create_vm(fixture, ABI_VM_DEFAULT);
	assert_true(third >= 0);
	assert_int_equal(command(fixture, third, KVM_SEV_INIT, NULL), -EIO);
	assert_int_equal(fixture->command.error, 3);
	assert_int_equal(command(fixture, third, KVM_SEV_ES_INIT, NULL), 0);
	assert_int_equal(fixture->command.error, 0);
	close_vm(fixture, first);
	close_vm(fixture, third);
}

static void a_copied_descriptor_is_the_same_object(void **state)
{
	struct fixture *fixture = *state;
	int vm = create_vm(fixture, ABI_VM_DEFAULT);
	AUTO(fd) int copy = dup(vm);
	AUTO(fd) int other = memfd_create("other", MFD_CLOEXEC);

	assert_non_null(object_find(vm));
	assert_ptr_equal(object_find(copy), object_find(vm));
	assert_null(object_find(other));
	assert_null(object_find(-1));
	close_vm(fixture, vm);
	assert_null(object_find(copy));
}

static void unknown_calls_are_refused_and_told(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int account = memfd_create("account", MFD_CLOEXEC);
	int vm = create_vm(fixture, ABI_VM_DEFAULT);
	char text[200] = { 0 };

	fixture->machine.account.fd = account;
	assert_int_equal(call(fixture, vm, 0xaeff, NULL), -ENOTTY);
	assert_true(pread(account, text, sizeof(text) - 1, 0) > 0);
	assert_string_equal(text, "{\"record\":\"unknown-call\",\"request\":\"0xaeff\"}\n");
	fixture->machine.account.fd = -1;
	close_vm(fixture, vm);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(launches_snp),
		TEST(snp_policies_reach_kvm_then_the_firmware),
		TEST(sev_goes_from_state_to_state),
		TEST(asids_run_out_and_come_back),
		TEST(vm_types_have_their_capabilities),
		TEST(faults_strike_at_their_call),
		TEST(a_copied_descriptor_is_the_same_object),
		TEST(unknown_calls_are_refused_and_told),
	};

	return cmocka_run_group_tests_name("rehearsal/launch", tests, NULL, NULL);
}
