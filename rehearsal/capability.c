// SPDX-License-Identifier: Apache-2.0
// What KVM_CHECK_EXTENSION says. Linux 6.12 on AMD has more; this is what a launch of QEMU asks for
// and what nothing here would have to be done for.

#include "rehearsal/capability.h"

// Capabilities that only are there.
static const uint16_t present[] = {
	KVM_CAP_IRQCHIP,
	KVM_CAP_HLT,
	KVM_CAP_USER_MEMORY,
	KVM_CAP_SET_TSS_ADDR,
	KVM_CAP_VAPIC,
	KVM_CAP_EXT_CPUID,
	KVM_CAP_MP_STATE,
	KVM_CAP_SYNC_MMU,
	KVM_CAP_DESTROY_MEMORY_REGION_WORKS,
	KVM_CAP_USER_NMI,
	KVM_CAP_SET_GUEST_DEBUG,
	KVM_CAP_IRQ_INJECT_STATUS,
	KVM_CAP_JOIN_MEMORY_REGIONS_WORKS,
	KVM_CAP_IRQFD,
	KVM_CAP_PIT2,
	KVM_CAP_SET_BOOT_CPU_ID,
	KVM_CAP_PIT_STATE2,
	KVM_CAP_IOEVENTFD,
	KVM_CAP_SET_IDENTITY_MAP_ADDR,
	KVM_CAP_INTERNAL_ERROR_DATA,
	KVM_CAP_VCPU_EVENTS,
	KVM_CAP_INTR_SHADOW,
	KVM_CAP_DEBUGREGS,
	KVM_CAP_X86_ROBUST_SINGLESTEP,
	KVM_CAP_ENABLE_CAP,
	KVM_CAP_XSAVE,
	KVM_CAP_XCRS,
	KVM_CAP_TSC_CONTROL,
	KVM_CAP_GET_TSC_KHZ,
	KVM_CAP_TSC_DEADLINE_TIMER,
	KVM_CAP_KVMCLOCK_CTRL,
	KVM_CAP_SIGNAL_MSI,
	KVM_CAP_IRQFD_RESAMPLE,
	KVM_CAP_ENABLE_CAP_VM,
	KVM_CAP_SPLIT_IRQCHIP,
	KVM_CAP_IOEVENTFD_ANY_LENGTH,
	KVM_CAP_IMMEDIATE_EXIT,
	KVM_CAP_GET_MSR_FEATURES,
	KVM_CAP_EXCEPTION_PAYLOAD,
	KVM_CAP_X86_USER_SPACE_MSR,
	KVM_CAP_X86_MSR_FILTER,
	KVM_CAP_SREGS2,
	ABI_CAP_USER_MEMORY2,
};

// Those with a number of their own.
static const struct {
	uint16_t capability;
	int value;
} numbered[] = {
	{ KVM_CAP_NR_VCPUS, VM_VCPUS_MAX },
	{ KVM_CAP_MAX_VCPUS, VM_VCPUS_MAX },
	{ KVM_CAP_MAX_VCPU_ID, 4096 },
	{ KVM_CAP_NR_MEMSLOTS, 32764 },
	{ KVM_CAP_IRQ_ROUTING, 4096 },
	{ KVM_CAP_MCE, 32 },
	{ KVM_CAP_ADJUST_CLOCK, KVM_CLOCK_TSC_STABLE | KVM_CLOCK_REALTIME | KVM_CLOCK_HOST_TSC },
	{ KVM_CAP_XSAVE2, sizeof(struct kvm_xsave) },
	{ KVM_CAP_X2APIC_API,
	  KVM_X2APIC_API_USE_32BIT_IDS | KVM_X2APIC_API_DISABLE_BROADCAST_QUIRK },
};

int capability_check(const struct machine *machine, const struct vm *vm, unsigned long capability)
{
	const struct memory_rules any = { .readonly_allowed = true, .private_allowed = true };
	struct memory_rules rules = vm == NULL ? any : vm_memory_rules(vm);

	switch (capability) {
	case KVM_CAP_READONLY_MEM:
		return rules.readonly_allowed;
	case ABI_CAP_GUEST_MEMFD:
		return rules.private_allowed;
	case ABI_CAP_MEMORY_ATTRIBUTES:
		return rules.private_allowed ? (int)ABI_MEMORY_ATTRIBUTE_PRIVATE : 0;
	case ABI_CAP_VM_TYPES:
		return (int)machine->scenario.platform.vm_types;
	default:
		break;
	}
	for (size_t i = 0; i < ARRAY_LEN(numbered); i++)
		if (numbered[i].capability == capability)
			return numbered[i].value;
	for (size_t i = 0; i < ARRAY_LEN(present); i++)
		if (present[i] == capability)
			return 1;
	return 0;
}
