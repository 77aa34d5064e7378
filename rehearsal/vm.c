// SPDX-License-Identifier: Apache-2.0
// Virtual machines and the ioctls of their descriptors.

#include "rehearsal/vm.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "rehearsal/call.h"
#include "rehearsal/capability.h"

struct memory_rules vm_memory_rules(const struct vm *vm)
{
	return (struct memory_rules){
		.readonly_allowed = vm->type != ABI_VM_SEV_ES && vm->type != ABI_VM_SNP,
		.private_allowed = vm->type == ABI_VM_SNP,
	};
}

int vm_create(const struct machine *machine, unsigned long type)
{
	struct object object = { .kind = OBJECT_VM };
	int fd;

	if (type >= 64 || (machine->scenario.platform.vm_types >> type & 1) == 0)
		return -EINVAL;
	object.vm = mem_zeroed(1, sizeof(*object.vm));
	object.vm->type = type;
	fd = object_create(&object, 0);
	if (fd < 0)
		free(object.vm);
	else
		account_write(&machine->account, "{\"record\":\"vm\",\"type\":%lu}", type);
	return fd;
}

// A vCPU whose descriptor is still open keeps its VM.
void vm_close(struct machine *machine, struct vm *vm)
{
	object_forget_vm(vm);
	launch_release(&vm->launch, machine);
	memory_release(&vm->memory);
	if (vm->n_vcpus == 0)
		free(vm);
}

static int check_extension(struct machine *machine, struct object *object, const struct call *call,
			   void *argument)
{
	(void)call;
	return capability_check(machine, object->vm, (unsigned long)argument);
}

static bool has_vcpu(const struct vm *vm, uint32_t id)
{
	for (size_t i = 0; i < vm->n_vcpus; i++)
		if (vm->vcpus[i]->id == id)
			return true;
	return false;
}

static int create_vcpu(struct machine *machine, struct object *object, const struct call *call,
		       void *argument)
{
	struct object made = { .kind = OBJECT_VCPU, .vm = object->vm };
	struct vm *vm = object->vm;
	uint32_t id = (uint32_t)(uintptr_t)argument;
	int fd;

	(void)machine, (void)call;
	if (vm->n_vcpus == ARRAY_LEN(vm->vcpus))
		return -EINVAL;
	if (has_vcpu(vm, id))
		return -EEXIST;
	made.vcpu = mem_zeroed(1, sizeof(*made.vcpu));
	vcpu_init(made.vcpu, id);
	fd = object_create(&made, VCPU_MAPPING_BYTES);
	if (fd < 0) {
		free(made.vcpu);
		return fd;
	}
	// QEMU maps the same pages. They are there as long as the process.
	made.vcpu->run = mmap(NULL, VCPU_MAPPING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)mem_must(made.vcpu->run == MAP_FAILED ? NULL : made.vcpu->run);
	vm->vcpus[vm->n_vcpus++] = made.vcpu;
	return fd;
}

static int set_memory_region(struct machine *machine, struct object *object,
			     const struct call *call, void *argument)
{
	const struct kvm_userspace_memory_region *old = argument;
	const struct abi_memory_region2 slot = {
		.slot = old->slot,
		.flags = old->flags,
		.guest_phys_addr = old->guest_phys_addr,
		.memory_size = old->memory_size,
		.userspace_addr = old->userspace_addr,
	};
	struct memory_rules rules = vm_memory_rules(object->vm);

	(void)machine, (void)call;
	if ((slot.flags & ABI_MEM_GUEST_MEMFD) != 0)
		return -EINVAL;
	return memory_set_slot(&object->vm->memory, &slot, &rules);
}

static int set_memory_region2(struct machine *machine, struct object *object,
			      const struct call *call, void *argument)
{
	const struct abi_memory_region2 *slot = argument;
	struct memory_rules rules = vm_memory_rules(object->vm);
	bool has_memfd = (slot->flags & ABI_MEM_GUEST_MEMFD) != 0 && slot->memory_size > 0;

	(void)machine, (void)call;
	if (has_memfd) {
		const struct object *memory = object_find((int)slot->guest_memfd);

		if (memory == NULL || memory->kind != OBJECT_GUEST_MEMORY ||
		    memory->vm != object->vm)
			return -EINVAL;
	}
	return memory_set_slot(&object->vm->memory, slot, &rules);
}

static int set_memory_attributes(struct machine *machine, struct object *object,
				 const struct call *call, void *argument)
{
	(void)machine, (void)call;
	if (!vm_memory_rules(object->vm).private_allowed)
		return -EINVAL;
	return memory_set_attributes(&object->vm->memory, argument);
}

// The file stays empty: nothing of a private page is read back, so nothing needs to be kept.
static int create_guest_memfd(struct machine *machine, struct object *object,
			      const struct call *call, void *argument)
{
	const struct abi_create_guest_memfd *wanted = argument;
	struct object made = { .kind = OBJECT_GUEST_MEMORY, .vm = object->vm };

	(void)machine, (void)call;
	if (wanted->flags != 0 || wanted->size == 0 || wanted->size % MEMORY_PAGE_BYTES != 0)
		return -EINVAL;
	return object_create(&made, 0);
}

static int encrypt(struct machine *machine, struct object *object, const struct call *call,
		   void *argument)
{
	(void)call;
	return launch_command(machine, object, argument);
}

static const struct call rows[] = {
	CALL(KVM_CHECK_EXTENSION, check_extension),
	CALL(KVM_CREATE_VCPU, create_vcpu),
	CALL(KVM_SET_USER_MEMORY_REGION, set_memory_region),
	CALL_NAMED(ABI_SET_USER_MEMORY_REGION2, "KVM_SET_USER_MEMORY_REGION2", set_memory_region2),
	CALL_NAMED(ABI_SET_MEMORY_ATTRIBUTES, "KVM_SET_MEMORY_ATTRIBUTES", set_memory_attributes),
	CALL_NAMED(ABI_CREATE_GUEST_MEMFD, "KVM_CREATE_GUEST_MEMFD", create_guest_memfd),
	CALL(KVM_MEMORY_ENCRYPT_OP, encrypt),
	CALL_ACCEPTED(KVM_MEMORY_ENCRYPT_REG_REGION),
	CALL_ACCEPTED(KVM_MEMORY_ENCRYPT_UNREG_REGION),
	CALL_ACCEPTED(KVM_ENABLE_CAP),
	CALL_ACCEPTED(KVM_SET_TSS_ADDR),
	CALL_ACCEPTED(KVM_SET_IDENTITY_MAP_ADDR),
	CALL_ACCEPTED(KVM_CREATE_IRQCHIP),
	CALL_ACCEPTED(KVM_GET_IRQCHIP),
	CALL_ACCEPTED(KVM_SET_IRQCHIP),
	CALL_ACCEPTED(KVM_CREATE_PIT2),
	CALL_ACCEPTED(KVM_GET_PIT2),
	CALL_ACCEPTED(KVM_SET_PIT2),
	CALL_ACCEPTED(KVM_GET_CLOCK),
	CALL_ACCEPTED(KVM_SET_CLOCK),
	CALL_ACCEPTED(KVM_SET_GSI_ROUTING),
	CALL_ACCEPTED(KVM_IRQ_LINE_STATUS),
	CALL_ACCEPTED(KVM_SIGNAL_MSI),
	CALL_ACCEPTED(KVM_IRQFD),
	CALL_ACCEPTED(KVM_IOEVENTFD),
	CALL_ACCEPTED(KVM_REGISTER_COALESCED_MMIO),
	CALL_ACCEPTED(KVM_UNREGISTER_COALESCED_MMIO),
	CALL_ACCEPTED(KVM_SET_BOOT_CPU_ID),
	CALL_ACCEPTED(KVM_X86_SET_MSR_FILTER),
	CALL_ACCEPTED(KVM_GET_DIRTY_LOG),
	CALL_ACCEPTED(KVM_SET_TSC_KHZ),
};

const struct call_table vm_calls = { rows, ARRAY_LEN(rows), ENOTTY, false };
