/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual machine save area: the registers of a vCPU as the firmware measures them. */
#ifndef SNPLAUNCH_REHEARSAL_VMSA_H
#define SNPLAUNCH_REHEARSAL_VMSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rehearsal/vcpu.h"

#define VMSA_BYTES 4096

/* The bit of SEV_FEATURES that KVM sets for each SNP guest. */
#define VMSA_FEATURE_SNP_ACTIVE (1ULL << 0)

/*
 * Fills a VMSA from the registers that QEMU set. 'with_fpu' is false for a guest that was begun by
 * KVM_SEV_ES_INIT, whose VMSAs KVM leaves without it so that old digests stay right.
 * Returns 0, or -EINVAL for a vCPU with debug registers in use.
 * Source: Linux 6.12, sev_es_sync_vmsa().
 */
int vmsa_build(uint8_t vmsa[static VMSA_BYTES], const struct vcpu *vcpu, uint64_t features,
	       bool with_fpu);

#endif
