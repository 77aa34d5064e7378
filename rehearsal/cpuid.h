/* SPDX-License-Identifier: Apache-2.0 */
/* The processor that KVM shows. */
#ifndef SNPLAUNCH_REHEARSAL_CPUID_H
#define SNPLAUNCH_REHEARSAL_CPUID_H

#include <linux/kvm.h>

/*
 * KVM_GET_SUPPORTED_CPUID: a processor with every feature there is, so that QEMU leaves nothing out
 * of the model that is asked for. No digest covers it.
 * Returns 0, or -E2BIG when 'cpuid' has too little room.
 */
int cpuid_fill(struct kvm_cpuid2 *cpuid);

#endif
