// SPDX-License-Identifier: Apache-2.0
// The ioctls of /dev/kvm.

#include "rehearsal/call.h"

#include <errno.h>
#include <string.h>

#include "rehearsal/capability.h"
#include "rehearsal/cpuid.h"
#include "rehearsal/vm.h"

// MCG_CTL_P and MCG_SER_P: what KVM has without Intel's extensions.
#define MCE_CAPABILITIES 0x01000100ULL

// Registers that QEMU keeps track of when KVM lists them, and the one that tells features.
static const uint32_t msr_indices[] = {
	0x10,	    0x1b,	0x174,	    0x175,	0x176,	    0x277,
	0xc0000080, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084, 0xc0000102,
};
static const uint32_t msr_feature_indices[] = { 0x10a };

static int get_api_version(struct machine *machine, struct object *object, const struct call *call,
			   void *argument)
{
	(void)machine, (void)object, (void)call, (void)argument;
	return KVM_API_VERSION;
}

static int get_mapping_size(struct machine *machine, struct object *object, const struct call *call,
			    void *argument)
{
	(void)machine, (void)object, (void)call, (void)argument;
	return VCPU_MAPPING_BYTES;
}

static int check_extension(struct machine *machine, struct object *object, const struct call *call,
			   void *argument)
{
	(void)object, (void)call;
	return capability_check(machine, NULL, (unsigned long)argument);
}

static int create_vm(struct machine *machine, struct object *object, const struct call *call,
		     void *argument)
{
	(void)object, (void)call;
	return vm_create(machine, (unsigned long)argument);
}

static int get_supported_cpuid(struct machine *machine, struct object *object,
			       const struct call *call, void *argument)
{
	(void)machine, (void)object, (void)call;
	return cpuid_fill(argument);
}

static int list_msrs(struct kvm_msr_list *list, const uint32_t *indices, uint32_t n)
{
	uint32_t room = list->nmsrs;

	list->nmsrs = n;
	if (room < n)
		return -E2BIG;
	memcpy(list->indices, indices, n * sizeof(indices[0]));
	return 0;
}

static int get_msr_indices(struct machine *machine, struct object *object, const struct call *call,
			   void *argument)
{
	(void)machine, (void)object, (void)call;
	return list_msrs(argument, msr_indices, ARRAY_LEN(msr_indices));
}

static int get_msr_feature_indices(struct machine *machine, struct object *object,
				   const struct call *call, void *argument)
{
	(void)machine, (void)object, (void)call;
	return list_msrs(argument, msr_feature_indices, ARRAY_LEN(msr_feature_indices));
}

static int get_feature_msrs(struct machine *machine, struct object *object, const struct call *call,
			    void *argument)
{
	struct kvm_msrs *msrs = argument;

	(void)machine, (void)object, (void)call;
	for (uint32_t i = 0; i < msrs->nmsrs; i++)
		msrs->entries[i].data = 0;
	return (int)msrs->nmsrs;
}

static int get_mce_capabilities(struct machine *machine, struct object *object,
				const struct call *call, void *argument)
{
	const uint64_t capabilities = MCE_CAPABILITIES;

	(void)machine, (void)object, (void)call;
	memcpy(argument, &capabilities, sizeof(capabilities));
	return 0;
}

static int get_attribute(struct machine *machine, struct object *object, const struct call *call,
			 void *argument)
{
	const struct kvm_device_attr *attribute = argument;
	const uint64_t *features = &machine->scenario.platform.vmsa_features;

	(void)object, (void)call;
	if (attribute->group != ABI_X86_GRP_SEV || attribute->attr != ABI_X86_SEV_VMSA_FEATURES)
		return -ENXIO;
	memcpy((void *)(uintptr_t)attribute->addr, features, sizeof(*features));
	return 0;
}

static const struct call rows[] = {
	CALL(KVM_GET_API_VERSION, get_api_version),
	CALL(KVM_CHECK_EXTENSION, check_extension),
	CALL(KVM_CREATE_VM, create_vm),
	CALL(KVM_GET_VCPU_MMAP_SIZE, get_mapping_size),
	CALL(KVM_GET_SUPPORTED_CPUID, get_supported_cpuid),
	CALL(KVM_GET_MSR_INDEX_LIST, get_msr_indices),
	CALL(KVM_GET_MSR_FEATURE_INDEX_LIST, get_msr_feature_indices),
	CALL(KVM_GET_MSRS, get_feature_msrs),
	CALL(KVM_X86_GET_MCE_CAP_SUPPORTED, get_mce_capabilities),
	CALL(KVM_GET_DEVICE_ATTR, get_attribute),
};

const struct call_table kvm_calls = { rows, ARRAY_LEN(rows), EINVAL, false };
