// SPDX-License-Identifier: Apache-2.0
// Judges guest policies.

#include "rehearsal/policy.h"

#include <errno.h>

// Both policies name the oldest firmware that may run the guest.
static bool is_newer(unsigned int major, unsigned int minor, const struct platform *platform)
{
	return major > platform->api_major ||
	       (major == platform->api_major && minor > platform->api_minor);
}

enum firmware_error sev_policy_judge(const struct platform *platform, uint32_t policy)
{
	if (is_newer(policy >> 16 & 0xff, policy >> 24, platform))
		return FIRMWARE_POLICY_FAILURE;
	if ((policy & SEV_POLICY_ES) != 0 && !platform_starts_sev_es(platform))
		return FIRMWARE_UNSUPPORTED;
	return FIRMWARE_SUCCESS;
}

int snp_policy_filter(const struct platform *platform, uint64_t policy)
{
	if ((policy & ~platform->snp_policy_allowed) != 0)
		return -EINVAL;
	if ((~policy & platform->snp_policy_required) != 0)
		return -EINVAL;
	return 0;
}

enum firmware_error snp_policy_judge(const struct platform *platform, uint64_t policy)
{
	if ((policy & SNP_POLICY_RESERVED) != 0 || (policy & SNP_POLICY_MUST_BE_ONE) == 0)
		return FIRMWARE_INVALID_PARAM;
	if (is_newer(policy >> 8 & 0xff, policy & 0xff, platform))
		return FIRMWARE_POLICY_FAILURE;
	if (platform->smt_active && (policy & SNP_POLICY_SMT) == 0)
		return FIRMWARE_POLICY_FAILURE;
	if (platform->sockets > 1 && (policy & SNP_POLICY_SINGLE_SOCKET) != 0)
		return FIRMWARE_POLICY_FAILURE;
	if ((policy & SNP_POLICY_FEATURES & ~platform->snp_policy_features) != 0)
		return FIRMWARE_POLICY_FAILURE;
	return FIRMWARE_SUCCESS;
}
