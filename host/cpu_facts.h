/* SPDX-License-Identifier: Apache-2.0 */
/* Asks this machine's CPU and KVM what they can do. */
#ifndef SNPLAUNCH_HOST_CPU_FACTS_H
#define SNPLAUNCH_HOST_CPU_FACTS_H

#include <stdint.h>

#include "base/err.h"
#include "host/facts.h"

#define CPUID_1_ECX_HYPERVISOR (1U << 31)
#define CPUID_SEV_LEAF 0x8000001fU
#define CPUID_SEV_EAX_SEV (1U << 1)
#define CPUID_SEV_EAX_SEV_ES (1U << 3)
#define CPUID_SEV_EAX_SEV_SNP (1U << 4)

struct cpuid_registers {
	uint32_t eax;
	uint32_t ebx;
	uint32_t ecx;
	uint32_t edx;
};

/* What CPUID gave for the leaves that matter; a leaf that the CPU does not have is zero. */
struct cpuid_leaves {
	struct cpuid_registers vendor;	  /* 0 */
	struct cpuid_registers signature; /* 1 */
	struct cpuid_registers sev;	  /* 0x8000001F */
};

/*
 * Reads registers.
 * Source: AMD64 Architecture Programmer's Manual volume 3 (AMD 24594), appendix E.
 */
void cpu_facts_decode(struct host_cpu *cpu, const struct cpuid_leaves *leaves);

/* Executes CPUID, subleaf 0; zeros for a leaf that the CPU does not have. */
struct cpuid_registers cpuid_execute(uint32_t leaf);

/* Executes CPUID on the CPU that this thread happens to run on, and decodes it. */
void cpu_facts_read(struct host_cpu *cpu);

/*
 * Asks KVM, at an open /dev/kvm (borrowed), for the types of machines it makes.
 * Errors: ERR_HOST when it is not KVM, or not the version of its interface that there ever was.
 */
int kvm_facts_read(struct host_kvm *kvm, int kvm_fd, struct err *err) MUST_CHECK;

#endif
