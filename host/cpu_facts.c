// SPDX-License-Identifier: Apache-2.0
// Reads CPUID and asks KVM.

#include "host/cpu_facts.h"

#include <cpuid.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>

// Debian 12's headers are older than this (Linux 6.10: include/uapi/linux/kvm.h).
#ifndef KVM_CAP_VM_TYPES
#define KVM_CAP_VM_TYPES 235
#endif

void cpu_facts_decode(struct host_cpu *cpu, const struct cpuid_leaves *leaves)
{
	const struct cpuid_registers *sev = &leaves->sev;

	*cpu = (struct host_cpu){
		.signature = leaves->signature.eax,
		.hypervisor = (leaves->signature.ecx & CPUID_1_ECX_HYPERVISOR) != 0,
		.sev = (sev->eax & CPUID_SEV_EAX_SEV) != 0,
		.sev_es = (sev->eax & CPUID_SEV_EAX_SEV_ES) != 0,
		.sev_snp = (sev->eax & CPUID_SEV_EAX_SEV_SNP) != 0,
		.cbitpos = sev->ebx & 0x3f,
		.phys_addr_reduction = sev->ebx >> 6 & 0x3f,
		.max_asid = sev->ecx,
		.min_sev_asid = sev->edx,
	};
	memcpy(cpu->vendor, &leaves->vendor.ebx, 4);
	memcpy(cpu->vendor + 4, &leaves->vendor.edx, 4);
	memcpy(cpu->vendor + 8, &leaves->vendor.ecx, 4);
	// A made-up vendor of a hypervisor may hold anything; it is shown and written to files.
	for (size_t i = 0; i < HOST_VENDOR_SIZE - 1; i++)
		if (cpu->vendor[i] < ' ' || cpu->vendor[i] > '~')
			cpu->vendor[i] = '?';
}

struct cpuid_registers cpuid_execute(uint32_t leaf)
{
	struct cpuid_registers out = { 0 };

	// Leaves zeros when the CPU has no such leaf.
	(void)__get_cpuid_count(leaf, 0, &out.eax, &out.ebx, &out.ecx, &out.edx);
	return out;
}

void cpu_facts_read(struct host_cpu *cpu)
{
	struct cpuid_leaves leaves = {
		.vendor = cpuid_execute(0),
		.signature = cpuid_execute(1),
		.sev = cpuid_execute(CPUID_SEV_LEAF),
	};

	cpu_facts_decode(cpu, &leaves);
}

int kvm_facts_read(struct host_kvm *kvm, int kvm_fd, struct err *err)
{
	int version = ioctl(kvm_fd, KVM_GET_API_VERSION, 0);
	int vm_types;

	*kvm = (struct host_kvm){ 0 };
	if (version < 0)
		return err_sys_kind(err, ERR_HOST, "/dev/kvm is not KVM");
	if (version != KVM_API_VERSION)
		return err_set(err, ERR_HOST, "KVM has interface version %d, not %d", version,
			       KVM_API_VERSION);
	vm_types = ioctl(kvm_fd, KVM_CHECK_EXTENSION, KVM_CAP_VM_TYPES);
	if (vm_types < 0)
		return err_sys_kind(err, ERR_HOST, "KVM does not tell its machine types");
	kvm->vm_types_known = true;
	kvm->vm_types = (uint32_t)vm_types;
	return 0;
}
