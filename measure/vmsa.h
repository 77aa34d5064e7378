/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page that holds a vCPU's registers before it runs, as the AMD-SP measures it.
 *
 * Sources: VMSA layout: AMD64 Architecture Programmer's Manual, volume 2 (AMD 24593), appendix B;
 * values: QEMU target/i386/cpu.c, x86_cpu_reset_hold(), and Linux arch/x86/kvm/svm/sev.c,
 * sev_es_sync_vmsa(); EC2 and GCE: sev-snp-measure.
 */
#ifndef SNPLAUNCH_MEASURE_VMSA_H
#define SNPLAUNCH_MEASURE_VMSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VMSA_BYTES ((size_t)4096)

/* Where the first vCPU starts: the reset vector. */
#define VMSA_BOOT_ADDRESS 0xfffffff0u

/* Who fills the page. */
enum vmsa_variant {
	VMSA_QEMU,
	VMSA_QEMU_LEGACY, /* SEV-ES begun by KVM_SEV_ES_INIT: no state of the FPU */
	VMSA_EC2,
	VMSA_GCE,
	VMSA_VARIANTS,
};

struct vmsa_cpu {
	uint32_t signature; /* CPUID family, model, stepping. EC2 and GCE put a constant there */
	uint64_t features;  /* SEV_FEATURES, exactly as the page has them */
};

/* Fills the page of a vCPU that starts at 'address', the first one where that is the reset vector. */
void vmsa_make(uint8_t page[static VMSA_BYTES], enum vmsa_variant variant, uint32_t address,
	       const struct vmsa_cpu *cpu);

#endif
