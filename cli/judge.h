/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the host policy allows what a guest is made of. The launcher starts this program once more
 * for it, unprivileged, with the plan and the firmware that QEMU is to get: "--judge=FD,FD,...".
 */
#ifndef SNPLAUNCH_CLI_JUDGE_H
#define SNPLAUNCH_CLI_JUDGE_H

#include "base/err.h"
#include "cli/judge_platform.h"
#include "measure/sha.h"
#include "plan/plan.h"
#include "policy/launch_rules.h"

/* What is judged, looked up by nobody but the judge. All is borrowed. */
struct judgement {
	const struct compiled_policy *policy;
	const struct plan *plan; /* one that plan_check() accepted */
	uint8_t firmware_sha256[SHA256_BYTES];
	/* Of a file on this machine with the firmware's bytes; "": none is known. */
	const char *firmware_path;
	const struct judge_platform *platform;
};

/*
 * Judges by one rule after the other. Errors: ERR_REFUSED for the first that is broken, naming the
 * policy file, the key, the value and a remedy.
 */
int judge_plan(const struct judgement *judgement, struct err *err) MUST_CHECK;

#define JUDGE_OPTION "--judge="

/* Obeys this argument. Returns the exit status: 0, or 1 with the reason in JUDGE_FD_WHY. */
int judge_run(const char *argument);

#endif
