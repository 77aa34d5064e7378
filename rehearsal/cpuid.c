// SPDX-License-Identifier: Apache-2.0
// Makes up CPUID: every bit set, but where a leaf is a number.

#include "rehearsal/cpuid.h"

#include <errno.h>
#include <asm/kvm_para.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/attributes.h"

#define EVERYTHING UINT32_MAX

// x87, SSE, AVX, the three of AVX-512, PKU; and the bytes of an XSAVE area with all of them.
#define XCR0_COMPONENTS 0x2e7
#define XSAVE_BYTES 0x988

// KVM's own features of Linux 6.12.
#define KVM_FEATURES 0x01007efb

#define EXTENDED_MAX 0x80000022
// 48 bits of guest-virtual and guest-physical addresses.
#define ADDRESS_SIZES 0x3030

static const struct leaf {
	uint32_t function;
	uint32_t n_subleaves;
	uint32_t eax, ebx, ecx, edx; /* of subleaf 0; EVERYTHING in the others */
} leaves[] = {
	{ 0x0, 1, 0x10, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x1, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x2, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x4, 3, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x5, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x6, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x7, 3, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0xb, 3, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0xd, 3, XCR0_COMPONENTS, XSAVE_BYTES, XSAVE_BYTES, 0 },
	{ KVM_CPUID_SIGNATURE, 1, 0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d },
	{ KVM_CPUID_FEATURES, 1, KVM_FEATURES, 0, 0, 0 },
	{ 0x80000000, 1, EXTENDED_MAX, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x80000001, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x80000005, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x80000006, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x80000007, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x80000008, 1, ADDRESS_SIZES, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x8000000a, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x8000001f, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x80000021, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
	{ 0x80000022, 1, EVERYTHING, EVERYTHING, EVERYTHING, EVERYTHING },
};

static void fill_entry(struct kvm_cpuid_entry2 *entry, const struct leaf *leaf, uint32_t subleaf)
{
	memset(entry, 0, sizeof(*entry));
	entry->function = leaf->function;
	entry->index = subleaf;
	entry->flags = leaf->n_subleaves > 1 ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0;
	entry->eax = subleaf == 0 ? leaf->eax : EVERYTHING;
	entry->ebx = subleaf == 0 ? leaf->ebx : EVERYTHING;
	entry->ecx = subleaf == 0 ? leaf->ecx : EVERYTHING;
	entry->edx = subleaf == 0 ? leaf->edx : EVERYTHING;
}

int cpuid_fill(struct kvm_cpuid2 *cpuid)
{
	uint32_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(leaves); i++)
		for (uint32_t subleaf = 0; subleaf < leaves[i].n_subleaves; subleaf++) {
			if (n == cpuid->nent)
				return -E2BIG;
			fill_entry(&cpuid->entries[n++], &leaves[i], subleaf);
		}
	cpuid->nent = n;
	return 0;
}
