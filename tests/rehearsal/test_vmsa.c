// SPDX-License-Identifier: Apache-2.0
// VMSAs of the vCPUs that QEMU makes, byte by byte.

#include "tests/unit.h"

#include <errno.h>
#include <string.h>

#include "base/attributes.h"
#include "rehearsal/vmsa.h"

// What QEMU sets after reset; only CS:IP and the processor's signature differ between vCPUs.
static void reset(struct vcpu *vcpu, uint32_t address, uint32_t signature)
{
	const struct kvm_segment data = { .limit = 0xffff, .type = 3, .present = 1, .s = 1 };
	struct kvm_sregs2 *sregs = &vcpu->sregs;

	vcpu_init(vcpu, 0);
	sregs->es = sregs->ss = sregs->ds = sregs->fs = sregs->gs = data;
	sregs->cs = (struct kvm_segment){ .base = address & 0xffff0000,
					  .limit = 0xffff,
					  .selector = 0xf000,
					  .type = 11,
					  .present = 1,
					  .s = 1 };
	sregs->ldt = (struct kvm_segment){ .limit = 0xffff, .type = 2, .present = 1 };
	sregs->tr = (struct kvm_segment){ .limit = 0xffff, .type = 11, .present = 1 };
	sregs->gdt.limit = sregs->idt.limit = 0xffff;
	sregs->cr0 = 0x60000010;
	vcpu->regs.rip = address & 0xffff;
	vcpu->regs.rflags = 2;
	vcpu->regs.rdx = signature;
}

// All that is not zero in a VMSA after reset.
static const struct {
	uint16_t offset;
	uint8_t len;
	uint64_t value;
} expected[] = {
	{ 0x000, 8, 0x0000ffff00930000 }, // ES
	{ 0x010, 8, 0x0000ffff009bf000 }, // CS
	{ 0x018, 8, 0xffff0000 },
	{ 0x020, 8, 0x0000ffff00930000 }, // SS
	{ 0x030, 8, 0x0000ffff00930000 }, // DS
	{ 0x040, 8, 0x0000ffff00930000 }, // FS
	{ 0x050, 8, 0x0000ffff00930000 }, // GS
	{ 0x060, 8, 0x0000ffff00000000 }, // GDTR
	{ 0x070, 8, 0x0000ffff00820000 }, // LDTR
	{ 0x080, 8, 0x0000ffff00000000 }, // IDTR
	{ 0x090, 8, 0x0000ffff008b0000 }, // TR
	{ 0x0d0, 8, 0x1000 },		  // EFER
	{ 0x148, 8, 0x40 },		  // CR4
	{ 0x158, 8, 0x10 },		  // CR0
	{ 0x160, 8, 0x400 },		  // DR7
	{ 0x168, 8, 0xffff0ff0 },	  // DR6
	{ 0x170, 8, 2 },		  // RFLAGS
	{ 0x178, 8, 0xfff0 },		  // RIP
	{ 0x268, 8, 0x0007040600070406 }, // PAT
	{ 0x310, 8, 0x00a00f11 },	  // RDX
	{ 0x3b0, 8, 1 },		  // SEV_FEATURES
	{ 0x3e8, 8, 1 },		  // XCR0
	{ 0x408, 4, 0x1f80 },		  // MXCSR
	{ 0x410, 2, 0x37f },		  // X87_FCW
};

static void has_the_registers_after_reset(void **state)
{
	static struct vcpu vcpu;
	uint8_t vmsa[VMSA_BYTES];
	uint8_t wanted[VMSA_BYTES] = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		memcpy(wanted + expected[i].offset, &expected[i].value, expected[i].len);
	reset(&vcpu, 0xfffffff0, 0x00a00f11);
	assert_int_equal(vmsa_build(vmsa, &vcpu, 1, true), 0);
	assert_memory_equal(vmsa, wanted, sizeof(vmsa));
	memset(wanted + 0x400, 0, 0x20);
	assert_int_equal(vmsa_build(vmsa, &vcpu, 1, false), 0);
	assert_memory_equal(vmsa, wanted, sizeof(vmsa));
}

static void has_the_general_registers(void **state)
{
	static struct vcpu vcpu;
	uint8_t vmsa[VMSA_BYTES];

	(void)state;
	reset(&vcpu, 0x0080b004, 0);
	vcpu.regs.rax = 0xa1;
	vcpu.regs.rsp = 0xa2;
	vcpu.regs.r15 = 0xa3;
	vcpu.sregs.cr3 = 0xa4;
	assert_int_equal(vmsa_build(vmsa, &vcpu, 0, true), 0);
	assert_int_equal(vmsa[0x1f8], 0xa1);
	assert_int_equal(vmsa[0x1d8], 0xa2);
	assert_int_equal(vmsa[0x378], 0xa3);
	assert_int_equal(vmsa[0x150], 0xa4);
	assert_int_equal(vmsa[0x01a], 0x80); // base of CS
	assert_int_equal(vmsa[0x179], 0xb0); // RIP
}

// An XSAVE area without a component leaves what Linux began with.
static void takes_only_components_that_are_there(void **state)
{
	static struct vcpu vcpu;
	uint8_t area[VCPU_XSAVE_BYTES] = { 0 };
	uint8_t vmsa[VMSA_BYTES];

	(void)state;
	reset(&vcpu, 0xfffffff0, 0);
	area[160] = 0x77; // XMM0
	area[576] = 0x88; // upper half of YMM0
	vcpu_set_xsave(&vcpu, area);
	assert_int_equal(vmsa_build(vmsa, &vcpu, 0, true), 0);
	assert_int_equal(vmsa[0x411], 0x03);
	assert_int_equal(vmsa[0x470], 0);
	assert_int_equal(vmsa[0x570], 0);
	area[VCPU_XSAVE_HEADER] = VCPU_XSTATE_X87 | VCPU_XSTATE_SSE | VCPU_XSTATE_AVX;
	vcpu_set_xsave(&vcpu, area);
	assert_int_equal(vmsa_build(vmsa, &vcpu, 0, true), 0);
	assert_int_equal(vmsa[0x411], 0); // X87_FCW
	assert_int_equal(vmsa[0x408], 0); // MXCSR
	assert_int_equal(vmsa[0x470], 0x77);
	assert_int_equal(vmsa[0x570], 0x88);
}

static void refuses_debug_registers_in_use(void **state)
{
	static struct vcpu vcpu;
	uint8_t vmsa[VMSA_BYTES];

	(void)state;
	reset(&vcpu, 0xfffffff0, 0);
	vcpu.debug.dr7 = 0x401;
	assert_int_equal(vmsa_build(vmsa, &vcpu, 0, true), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_the_registers_after_reset),
		cmocka_unit_test(has_the_general_registers),
		cmocka_unit_test(takes_only_components_that_are_there),
		cmocka_unit_test(refuses_debug_registers_in_use),
	};

	return cmocka_run_group_tests_name("rehearsal/vmsa", tests, NULL, NULL);
}
