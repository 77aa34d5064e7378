/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual machine of KVM. */
#ifndef SNPLAUNCH_REHEARSAL_VM_H
#define SNPLAUNCH_REHEARSAL_VM_H

#include <stddef.h>

#include "rehearsal/launch.h"
#include "rehearsal/machine.h"
#include "rehearsal/memory.h"
#include "rehearsal/vcpu.h"

#define VM_VCPUS_MAX 1024
#define VM_TSC_KHZ 2600000

struct vm {
	/* enum abi_vm_type */
	unsigned long type;
	struct memory memory;
	/* In the order of their creation, which is that of their VMSAs. Owner: vm. */
	struct vcpu *vcpus[VM_VCPUS_MAX];
	size_t n_vcpus;
	struct launch launch;
};

/* What a VM's memory may be. */
struct memory_rules vm_memory_rules(const struct vm *vm);

/* Makes a VM. Returns a descriptor or a negated errno. */
int vm_create(const struct machine *machine, unsigned long type);

/* QEMU has closed a VM's descriptor, of which it makes no copies: its ASID is free again. */
void vm_close(struct machine *machine, struct vm *vm);

#endif
