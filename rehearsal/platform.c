// SPDX-License-Identifier: Apache-2.0
// Machines with SEV-SNP, one row each.

#include "rehearsal/platform.h"

#include <stddef.h>
#include <string.h>

#include "base/attributes.h"
#include "rehearsal/abi.h"
#include "rehearsal/policy.h"

#define ALL_TYPES (1U << ABI_VM_DEFAULT | 1U << ABI_VM_SEV | 1U << ABI_VM_SEV_ES | 1U << ABI_VM_SNP)

// SEV_FEATURES bit 5, the only one that Linux 6.12 offers.
#define DEBUG_SWAP (1U << 5)

// What Linux 6.11 to 6.18 make of the SNP guest policy.
#define LINUX_6_12 \
	.vm_types = ALL_TYPES, .vmsa_features = DEBUG_SWAP, \
	.snp_policy_allowed = \
		SNP_POLICY_ABI | SNP_POLICY_SMT | SNP_POLICY_MUST_BE_ONE | SNP_POLICY_DEBUG, \
	.snp_policy_required = SNP_POLICY_SMT | SNP_POLICY_MUST_BE_ONE

// Firmware of Debian's amd64-microcode 3.20250311.1; ASIDs as these machines commonly have them,
// 99 of them for SEV-ES and SNP.
static const struct platform platforms[] = {
	{ .name = "milan",
	  .api_major = 1,
	  .api_minor = 55,
	  .build = 29,
	  .snp_svn = 0x18,
	  .tcb_of_others = 0xdb00000000000004,
	  .snp_svn_byte = 6,
	  .svn_refusing_es = 0x1b,
	  .sev_asids = 410,
	  .sev_es_asids = 99,
	  .smt_active = true,
	  .sockets = 1,
	  LINUX_6_12 },
	{ .name = "genoa",
	  .api_major = 1,
	  .api_minor = 55,
	  .build = 39,
	  .snp_svn = 0x17,
	  .tcb_of_others = 0x540000000000000a,
	  .snp_svn_byte = 6,
	  .svn_refusing_es = 0x1b,
	  .sev_asids = 907,
	  .sev_es_asids = 99,
	  .smt_active = true,
	  .sockets = 1,
	  LINUX_6_12 },
	{ .name = "turin",
	  .api_major = 1,
	  .api_minor = 55,
	  .build = 54,
	  .snp_svn = 0x02,
	  .tcb_of_others = 0x5100000000000001,
	  .snp_svn_byte = 3,
	  .svn_refusing_es = 0x04,
	  .sev_asids = 907,
	  .sev_es_asids = 99,
	  .smt_active = true,
	  .sockets = 1,
	  .snp_policy_features = SNP_POLICY_FEATURES_1_55,
	  LINUX_6_12 },
};

const char platform_names[] = "milan, genoa, turin";

const struct platform *platform_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(platforms); i++)
		if (strcmp(platforms[i].name, name) == 0)
			return &platforms[i];
	return NULL;
}

uint64_t platform_tcb(const struct platform *platform)
{
	return platform->tcb_of_others | (uint64_t)platform->snp_svn
						 << (8 * platform->snp_svn_byte);
}

bool platform_has_snp(const struct platform *platform)
{
	return (platform->vm_types & 1U << ABI_VM_SNP) != 0;
}

bool platform_starts_sev_es(const struct platform *platform)
{
	return !platform_has_snp(platform) || platform->snp_svn < platform->svn_refusing_es;
}
