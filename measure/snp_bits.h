/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of single bits: of a guest's POLICY, as guest files spell them, and of PLATFORM_INFO.
 * Source: SEV-SNP Firmware ABI (AMD 56860), GUEST_POLICY and ATTESTATION_REPORT.
 */
#ifndef SNPLAUNCH_MEASURE_SNP_BITS_H
#define SNPLAUNCH_MEASURE_SNP_BITS_H

#include <stdint.h>

#define SNP_BITS 64

/* Bits 0 to 15 of a policy: the least version of the firmware's API. */
#define SNP_POLICY_ABI_BITS 16

/* Bit 17 of a policy must be set, and says nothing. */
#define SNP_POLICY_RESERVED_ONE 17

/* NULL for a bit that is reserved, or not one that stands for itself. */
const char *snp_policy_bit_name(unsigned int bit);
const char *snp_platform_bit_name(unsigned int bit);

#endif
