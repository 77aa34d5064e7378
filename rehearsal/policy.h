/* SPDX-License-Identifier: Apache-2.0 */
/* Guest policies, judged as KVM and the SEV firmware judge them when a launch starts. */
#ifndef SNPLAUNCH_REHEARSAL_POLICY_H
#define SNPLAUNCH_REHEARSAL_POLICY_H

#include <stdint.h>

#include "rehearsal/firmware_error.h"
#include "rehearsal/platform.h"

/* SEV: AMD 55766, guest policy structure. */
#define SEV_POLICY_ES (1U << 2)

/* SEV-SNP: AMD 56860, guest policy structure. */
#define SNP_POLICY_ABI 0xffffULL
#define SNP_POLICY_SMT (1ULL << 16)
#define SNP_POLICY_MUST_BE_ONE (1ULL << 17)
#define SNP_POLICY_DEBUG (1ULL << 19)
#define SNP_POLICY_SINGLE_SOCKET (1ULL << 20)
/* CXL_ALLOW, MEM_AES_256_XTS, RAPL_DIS, CIPHERTEXT_HIDING_DRAM */
#define SNP_POLICY_FEATURES_1_55 (0xfULL << 21)
#define SNP_POLICY_FEATURES (SNP_POLICY_FEATURES_1_55 | 1ULL << 25)
#define SNP_POLICY_RESERVED (~0ULL << 26)

/* What LAUNCH_START answers to the policy of a SEV or SEV-ES guest. KVM does not look at it. */
enum firmware_error sev_policy_judge(const struct platform *platform, uint32_t policy);

/* 0, or -EINVAL when KVM does not show a policy to the firmware at all. */
int snp_policy_filter(const struct platform *platform, uint64_t policy);

/* What SNP_LAUNCH_START answers to a policy that KVM has let through. */
enum firmware_error snp_policy_judge(const struct platform *platform, uint64_t policy);

#endif
