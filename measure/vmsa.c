// SPDX-License-Identifier: Apache-2.0
// Fills VMSA pages from tables: what all have, what the VMMs disagree on, what a vCPU has of its own.

#include "measure/vmsa.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

#include "base/attributes.h"

// A segment: u16 selector, u16 attributes, u32 limit, u64 base.
#define SEGMENT_ATTRIBUTES 2
#define SEGMENT_LIMIT 4
#define SEGMENT_BASE 8

enum {
	OFFSET_ES = 0x000,
	OFFSET_CS = 0x010,
	OFFSET_SS = 0x020,
	OFFSET_DS = 0x030,
	OFFSET_FS = 0x040,
	OFFSET_GS = 0x050,
	OFFSET_GDTR = 0x060,
	OFFSET_LDTR = 0x070,
	OFFSET_IDTR = 0x080,
	OFFSET_TR = 0x090,
	OFFSET_EFER = 0x0d0,
	OFFSET_CR4 = 0x148,
	OFFSET_CR0 = 0x158,
	OFFSET_DR7 = 0x160,
	OFFSET_DR6 = 0x168,
	OFFSET_RFLAGS = 0x170,
	OFFSET_RIP = 0x178,
	OFFSET_G_PAT = 0x268,
	OFFSET_RDX = 0x310,
	OFFSET_SEV_FEATURES = 0x3b0,
	OFFSET_XCR0 = 0x3e8,
	OFFSET_MXCSR = 0x408,
	OFFSET_X87_FCW = 0x410,
};

// EC2 and GCE give every guest this signature.
#define SIGNATURE_OF_CLOUDS 0x600

struct value {
	uint16_t offset;
	uint16_t size; // bytes
	uint64_t value;
};

static const struct value common_values[] = {
	{ OFFSET_ES + SEGMENT_ATTRIBUTES, 2, 0x0093 },
	{ OFFSET_ES + SEGMENT_LIMIT, 4, 0xffff },
	{ OFFSET_CS, 2, 0xf000 },
	{ OFFSET_CS + SEGMENT_LIMIT, 4, 0xffff },
	{ OFFSET_SS + SEGMENT_LIMIT, 4, 0xffff },
	{ OFFSET_DS + SEGMENT_ATTRIBUTES, 2, 0x0093 },
	{ OFFSET_DS + SEGMENT_LIMIT, 4, 0xffff },
	{ OFFSET_FS + SEGMENT_ATTRIBUTES, 2, 0x0093 },
	{ OFFSET_FS + SEGMENT_LIMIT, 4, 0xffff },
	{ OFFSET_GS + SEGMENT_ATTRIBUTES, 2, 0x0093 },
	{ OFFSET_GS + SEGMENT_LIMIT, 4, 0xffff },
	{ OFFSET_GDTR + SEGMENT_LIMIT, 4, 0xffff },
	{ OFFSET_LDTR + SEGMENT_ATTRIBUTES, 2, 0x0082 },
	{ OFFSET_LDTR + SEGMENT_LIMIT, 4, 0xffff },
	{ OFFSET_IDTR + SEGMENT_LIMIT, 4, 0xffff },
	{ OFFSET_TR + SEGMENT_LIMIT, 4, 0xffff },
	{ OFFSET_EFER, 8, 0x1000 }, // KVM adds SVME
	{ OFFSET_CR4, 8, 0x40 },    // KVM adds MCE
	{ OFFSET_CR0, 8, 0x10 },    // KVM takes CD and NW away
	{ OFFSET_DR7, 8, 0x400 },
	{ OFFSET_DR6, 8, 0xffff0ff0 },
	{ OFFSET_RFLAGS, 8, 0x2 },
	{ OFFSET_XCR0, 8, 0x1 },
};

static const struct variant {
	uint16_t cs_boot; // attributes
	uint16_t cs_others;
	uint16_t ss;
	uint16_t tr;
	uint32_t signature; // 0: the vCPU's own
	uint32_t mxcsr;
	uint16_t x87_fcw;
	uint64_t g_pat;
} variants[] = {
	[VMSA_QEMU] = { 0x9b, 0x9b, 0x93, 0x8b, 0, 0x1f80, 0x037f, 0x0007040600070406 },
	[VMSA_QEMU_LEGACY] = { 0x9b, 0x9b, 0x93, 0x8b, 0, 0, 0, 0x0007040600070406 },
	[VMSA_EC2] = { 0x9a, 0x9b, 0x92, 0x83, SIGNATURE_OF_CLOUDS, 0, 0, 0x0007040600070406 },
	[VMSA_GCE] = { 0x9b, 0x9b, 0x93, 0x8b, SIGNATURE_OF_CLOUDS, 0, 0, 0x0000000000070106 },
};
static_assert(ARRAY_LEN(variants) == VMSA_VARIANTS, "each variant has a row");

static void put(uint8_t page[static VMSA_BYTES], const struct value *values, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t value = htole64(values[i].value);

		memcpy(page + values[i].offset, &value, values[i].size);
	}
}

void vmsa_make(uint8_t page[static VMSA_BYTES], enum vmsa_variant variant, uint32_t address,
	       const struct vmsa_cpu *cpu)
{
	const struct variant *row = &variants[variant];
	const struct value values[] = {
		{ OFFSET_CS + SEGMENT_ATTRIBUTES, 2,
		  address == VMSA_BOOT_ADDRESS ? row->cs_boot : row->cs_others },
		{ OFFSET_CS + SEGMENT_BASE, 8, address & 0xffff0000 },
		{ OFFSET_RIP, 8, address & 0xffff },
		{ OFFSET_SS + SEGMENT_ATTRIBUTES, 2, row->ss },
		{ OFFSET_TR + SEGMENT_ATTRIBUTES, 2, row->tr },
		{ OFFSET_G_PAT, 8, row->g_pat },
		{ OFFSET_RDX, 8, row->signature != 0 ? row->signature : cpu->signature },
		{ OFFSET_SEV_FEATURES, 8, cpu->features },
		{ OFFSET_MXCSR, 4, row->mxcsr },
		{ OFFSET_X87_FCW, 2, row->x87_fcw },
	};

	memset(page, 0, VMSA_BYTES);
	put(page, common_values, ARRAY_LEN(common_values));
	put(page, values, ARRAY_LEN(values));
}
