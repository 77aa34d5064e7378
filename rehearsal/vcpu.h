/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU: the registers that QEMU sets. It never runs an instruction. */
#ifndef SNPLAUNCH_REHEARSAL_VCPU_H
#define SNPLAUNCH_REHEARSAL_VCPU_H

#include <linux/kvm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* What QEMU maps of a vCPU: struct kvm_run, port data, coalesced MMIO. */
#define VCPU_MAPPING_BYTES ((size_t)3 * 4096)

#define VCPU_CPUID_ENTRIES_MAX 256

/* Of the standard format: legacy area, header, AVX. */
#define VCPU_XSAVE_HEADER 512
#define VCPU_XSAVE_AVX 576
#define VCPU_XSAVE_BYTES 832
#define VCPU_XSTATE_X87 (1U << 0)
#define VCPU_XSTATE_SSE (1U << 1)
#define VCPU_XSTATE_AVX (1U << 2)

/* Model-specific registers that a VMSA holds, with their places in it; others are not kept. */
#define VCPU_MSRS 12
struct vcpu_msr_row {
	uint32_t index;
	uint16_t vmsa_offset;
};
extern const struct vcpu_msr_row vcpu_msr_rows[VCPU_MSRS];

struct vcpu {
	uint32_t id;
	/* Shared with QEMU. Owner: the process, to its end. */
	struct kvm_run *run;
	struct kvm_regs regs;
	struct kvm_sregs2 sregs;
	struct kvm_debugregs debug;
	struct kvm_vcpu_events events;
	struct kvm_mp_state mp_state;
	struct kvm_lapic_state lapic;
	struct kvm_xcrs xcrs;
	uint64_t msrs[VCPU_MSRS];
	uint8_t xsave[VCPU_XSAVE_BYTES];
	struct kvm_cpuid_entry2 cpuid[VCPU_CPUID_ENTRIES_MAX];
	uint32_t n_cpuid;
	/* KVM shows no registers any more: they are encrypted. */
	bool is_protected;
};

/* A vCPU after reset. */
void vcpu_init(struct vcpu *vcpu, uint32_t id);

/*
 * Takes over those components of an XSAVE area that its header names, as KVM does; others keep
 * their bytes.
 */
void vcpu_set_xsave(struct vcpu *vcpu, const uint8_t area[static VCPU_XSAVE_BYTES]);

/* The value of XCR0. */
uint64_t vcpu_xcr0(const struct vcpu *vcpu);

/*
 * KVM_RUN of a guest that has nothing to do: waits until a signal or QEMU's immediate_exit.
 * Returns -EINTR.
 */
int vcpu_wait(const struct vcpu *vcpu);

#endif
