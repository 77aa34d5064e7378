// SPDX-License-Identifier: Apache-2.0
// Builds VMSAs. Offsets are of the AMD64 manual, volume 2, table B-4.

#include "rehearsal/vmsa.h"

#include <errno.h>
#include <string.h>

#include "base/attributes.h"

#define EFER_SVME 0x1000ULL
#define CR4_MCE 0x40ULL
#define CR0_CACHE_BITS 0x60000000ULL
#define DR7_FIXED 0x400ULL

enum {
	VMSA_GDTR = 0x060,
	VMSA_IDTR = 0x080,
	VMSA_CPL = 0x0cb,
	VMSA_EFER = 0x0d0,
	VMSA_CR4 = 0x148,
	VMSA_CR3 = 0x150,
	VMSA_CR0 = 0x158,
	VMSA_DR7 = 0x160,
	VMSA_DR6 = 0x168,
	VMSA_CR2 = 0x240,
	VMSA_SEV_FEATURES = 0x3b0,
	VMSA_XCR0 = 0x3e8,
	VMSA_X87_DP = 0x400,
	VMSA_MXCSR = 0x408,
	VMSA_X87_FTW = 0x40c,
	VMSA_X87_FSW = 0x40e,
	VMSA_X87_FCW = 0x410,
	VMSA_X87_FOP = 0x412,
	VMSA_X87_RIP = 0x418,
	VMSA_X87_REGISTERS = 0x420,
	VMSA_XMM = 0x470,
	VMSA_YMM = 0x570,
};

static const struct {
	uint16_t vmsa_offset;
	uint16_t offset;
} segment_rows[] = {
	{ 0x000, offsetof(struct kvm_sregs2, es) },  { 0x010, offsetof(struct kvm_sregs2, cs) },
	{ 0x020, offsetof(struct kvm_sregs2, ss) },  { 0x030, offsetof(struct kvm_sregs2, ds) },
	{ 0x040, offsetof(struct kvm_sregs2, fs) },  { 0x050, offsetof(struct kvm_sregs2, gs) },
	{ 0x070, offsetof(struct kvm_sregs2, ldt) }, { 0x090, offsetof(struct kvm_sregs2, tr) },
};

static const struct {
	uint16_t vmsa_offset;
	uint16_t offset;
} general_rows[] = {
	{ 0x170, offsetof(struct kvm_regs, rflags) }, { 0x178, offsetof(struct kvm_regs, rip) },
	{ 0x1d8, offsetof(struct kvm_regs, rsp) },    { 0x1f8, offsetof(struct kvm_regs, rax) },
	{ 0x308, offsetof(struct kvm_regs, rcx) },    { 0x310, offsetof(struct kvm_regs, rdx) },
	{ 0x318, offsetof(struct kvm_regs, rbx) },    { 0x328, offsetof(struct kvm_regs, rbp) },
	{ 0x330, offsetof(struct kvm_regs, rsi) },    { 0x338, offsetof(struct kvm_regs, rdi) },
	{ 0x340, offsetof(struct kvm_regs, r8) },     { 0x348, offsetof(struct kvm_regs, r9) },
	{ 0x350, offsetof(struct kvm_regs, r10) },    { 0x358, offsetof(struct kvm_regs, r11) },
	{ 0x360, offsetof(struct kvm_regs, r12) },    { 0x368, offsetof(struct kvm_regs, r13) },
	{ 0x370, offsetof(struct kvm_regs, r14) },    { 0x378, offsetof(struct kvm_regs, r15) },
};

// The x87, SSE and AVX state: which bytes of an XSAVE area go where.
static const struct {
	uint16_t vmsa_offset;
	uint16_t offset;
	uint16_t len;
} fpu_rows[] = {
	{ VMSA_X87_DP, 16, 8 }, { VMSA_MXCSR, 24, 4 },	{ VMSA_X87_FTW, 4, 2 },
	{ VMSA_X87_FSW, 2, 2 }, { VMSA_X87_FCW, 0, 2 }, { VMSA_X87_FOP, 6, 2 },
	{ VMSA_X87_RIP, 8, 8 }, { VMSA_XMM, 160, 256 },
};

static void put(uint8_t *vmsa, size_t offset, uint64_t value)
{
	memcpy(vmsa + offset, &value, sizeof(value));
}

static void put_segment(uint8_t *vmsa, size_t offset, const struct kvm_segment *segment)
{
	unsigned int attributes = (segment->type & 0xfU) | (segment->s & 1U) << 4 |
				  (segment->dpl & 3U) << 5 | (segment->avl & 1U) << 8 |
				  (segment->l & 1U) << 9 | (segment->db & 1U) << 10 |
				  (segment->g & 1U) << 11;

	if (segment->present && !segment->unusable)
		attributes |= 1U << 7;
	put(vmsa, offset,
	    segment->selector | (uint64_t)attributes << 16 | (uint64_t)segment->limit << 32);
	put(vmsa, offset + 8, segment->base);
}

static void put_table(uint8_t *vmsa, size_t offset, const struct kvm_dtable *table)
{
	put(vmsa, offset, (uint64_t)table->limit << 32);
	put(vmsa, offset + 8, table->base);
}

static void put_fpu(uint8_t *vmsa, const struct vcpu *vcpu)
{
	const uint8_t *area = vcpu->xsave;
	uint64_t components;

	memcpy(&components, area + VCPU_XSAVE_HEADER, sizeof(components));
	for (size_t i = 0; i < ARRAY_LEN(fpu_rows); i++)
		memcpy(vmsa + fpu_rows[i].vmsa_offset, area + fpu_rows[i].offset, fpu_rows[i].len);
	// Eight times bytes 0 to 7 of a register, then eight times bytes 8 and 9.
	for (size_t i = 0; i < 8; i++) {
		memcpy(vmsa + VMSA_X87_REGISTERS + 8 * i, area + 32 + 16 * i, 8);
		memcpy(vmsa + VMSA_X87_REGISTERS + 64 + 2 * i, area + 40 + 16 * i, 2);
	}
	if ((components & VCPU_XSTATE_AVX) != 0)
		memcpy(vmsa + VMSA_YMM, area + VCPU_XSAVE_AVX, 256);
}

static void put_special(uint8_t *vmsa, const struct vcpu *vcpu)
{
	const struct kvm_sregs2 *sregs = &vcpu->sregs;

	put_table(vmsa, VMSA_GDTR, &sregs->gdt);
	put_table(vmsa, VMSA_IDTR, &sregs->idt);
	vmsa[VMSA_CPL] = sregs->ss.dpl;
	put(vmsa, VMSA_EFER, sregs->efer | EFER_SVME);
	put(vmsa, VMSA_CR4, sregs->cr4 | CR4_MCE);
	put(vmsa, VMSA_CR3, sregs->cr3);
	put(vmsa, VMSA_CR2, sregs->cr2);
	put(vmsa, VMSA_CR0, sregs->cr0 & ~CR0_CACHE_BITS);
	put(vmsa, VMSA_DR7, vcpu->debug.dr7 | DR7_FIXED);
	put(vmsa, VMSA_DR6, vcpu->debug.dr6);
	put(vmsa, VMSA_XCR0, vcpu_xcr0(vcpu));
}

int vmsa_build(uint8_t vmsa[static VMSA_BYTES], const struct vcpu *vcpu, uint64_t features,
	       bool with_fpu)
{
	if ((vcpu->debug.dr7 & ~DR7_FIXED) != 0)
		return -EINVAL;
	memset(vmsa, 0, VMSA_BYTES);
	for (size_t i = 0; i < ARRAY_LEN(segment_rows); i++)
		put_segment(vmsa, segment_rows[i].vmsa_offset,
			    (const void *)((const char *)&vcpu->sregs + segment_rows[i].offset));
	for (size_t i = 0; i < ARRAY_LEN(general_rows); i++)
		memcpy(vmsa + general_rows[i].vmsa_offset,
		       (const char *)&vcpu->regs + general_rows[i].offset, sizeof(uint64_t));
	for (size_t i = 0; i < ARRAY_LEN(vcpu_msr_rows); i++)
		put(vmsa, vcpu_msr_rows[i].vmsa_offset, vcpu->msrs[i]);
	put_special(vmsa, vcpu);
	put(vmsa, VMSA_SEV_FEATURES, features);
	if (with_fpu)
		put_fpu(vmsa, vcpu);
	return 0;
}
