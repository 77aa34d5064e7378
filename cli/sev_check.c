// SPDX-License-Identifier: Apache-2.0
// Compares query-sev's answer with the plan.

#include "cli/sev_check.h"

#include <inttypes.h>

// The lowest version of the AMD-SP's interface that the owner accepts, in the guest policy.
// SEV-SNP: AMD 56860; SEV: AMD 55766, guest policy structures.
#define SNP_POLICY_ABI_MAJOR_SHIFT 8
#define SEV_POLICY_API_MAJOR_SHIFT 16
#define SEV_POLICY_API_MINOR_SHIFT 24

static int differs(const char *what, const char *is, const char *must, struct err *err)
{
	return err_set(err, ERR_PROTOCOL, "launch: query-sev's '%s' is '%s', must be '%s'", what,
		       is, must);
}

static int check_version(const struct qmp_sev *sev, const struct sev_wanted *wanted,
			 struct err *err)
{
	const struct sev_reading *platform = wanted->platform;
	// A QEMU that may not ask says 0.0.
	bool is_told = sev->api_major == 0 && platform->state == READING_DONE;
	uint8_t major = is_told ? platform->api_major : sev->api_major;
	uint8_t minor = is_told ? platform->api_minor : sev->api_minor;
	uint64_t policy = sev->policy;
	uint8_t major_min = (uint8_t)(policy >> (sev->is_snp ? SNP_POLICY_ABI_MAJOR_SHIFT :
							       SEV_POLICY_API_MAJOR_SHIFT));
	uint8_t minor_min = (uint8_t)(sev->is_snp ? policy : policy >> SEV_POLICY_API_MINOR_SHIFT);

	if (major > major_min || (major == major_min && minor >= minor_min))
		return 0;
	return err_set(err, ERR_HOST,
		       "launch: the AMD-SP has interface version %u.%u, the guest policy wants "
		       "%u.%u: update its firmware",
		       major, minor, major_min, minor_min);
}

int sev_check(const struct qmp_sev *sev, const struct sev_wanted *wanted, struct err *err)
{
	const struct plan *plan = wanted->plan;
	bool is_snp = plan->level == LEVEL_SEV_SNP;

	if (sev->enabled != (plan->level > LEVEL_OFF))
		return differs("enabled", sev->enabled ? "true" : "false",
			       sev->enabled ? "false" : "true", err);
	if (!sev->enabled)
		return 0;
	if (sev->is_snp != is_snp)
		return differs("sev-type", sev->is_snp ? "sev-snp" : "sev",
			       is_snp ? "sev-snp" : "sev", err);
	if (sev->state != wanted->state)
		return differs("state", qmp_sev_state_word(sev->state),
			       qmp_sev_state_word(wanted->state), err);
	if (sev->policy != plan->sev.policy)
		return err_set(err, ERR_PROTOCOL,
			       "launch: query-sev's policy is 0x%" PRIx64
			       ", the plan's is 0x%" PRIx64,
			       sev->policy, plan->sev.policy);
	return check_version(sev, wanted, err);
}
