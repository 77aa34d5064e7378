/* SPDX-License-Identifier: Apache-2.0 */
/* The SEV firmware of this machine: which it is, and whether it is new enough. */
#ifndef SNPLAUNCH_CLI_JUDGE_PLATFORM_H
#define SNPLAUNCH_CLI_JUDGE_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "host/reading.h"
#include "measure/report.h"
#include "plan/plan.h"
#include "policy/launch_rules.h"

struct judge_platform {
	enum generation generation;
	bool has_version; /* the firmware has told it */
	uint32_t api_major;
	uint32_t api_minor;
	uint32_t build;
	bool has_tcb;
	struct snp_tcb tcb; /* the one that runs, which may be newer than the one in reports */
};

/* The generation of a processor, by CPUID 1 EAX. */
enum generation judge_generation(uint32_t signature);

/* Puts together what CPUID 1 EAX and the firmware say. */
void judge_platform_decode(struct judge_platform *platform, uint32_t signature,
			   const struct sev_reading *sev, const struct snp_reading *snp);

/* The same of this machine, whose /dev/sev is asked (-1: nothing is known). */
void judge_platform_read(struct judge_platform *platform, int sev_fd);

/*
 * Compares a platform with the rules for its generation, for a guest of that measured level: the
 * version, and at sev-snp the components of the TCB.
 * Errors: ERR_REFUSED, also for what is not told and for a generation without a rule.
 */
int judge_platform_check(const struct judge_platform *platform, const struct launch_rules *rules,
			 enum level level, struct err *err) MUST_CHECK;

#endif
