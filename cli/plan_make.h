/* SPDX-License-Identifier: Apache-2.0 */
/* Decides: from what is asked for and what the host can do to a plan. No side effects. */
#ifndef SNPLAUNCH_CLI_PLAN_MAKE_H
#define SNPLAUNCH_CLI_PLAN_MAKE_H

#include "base/err.h"
#include "host/facts.h"
#include "plan/plan.h"
#include "policy/guest.h"
#include "policy/snp_policy.h"

/* Where a value was not given. The manual has the same figures; a test compares them. */
#define DEFAULT_VCPUS 1
#define DEFAULT_MEMORY_MIB 1024
#define DEFAULT_SHUTDOWN_TIMEOUT_MS 30000
#define DEFAULT_LAUNCH_TIMEOUT_MS 60000
#define DEFAULT_CPU_MEASURED "EPYC-v4"
#define DEFAULT_CPU_MEASURED_OLD "EPYC-v3" /* of the same signature, where QEMU is before 8.1 */
#define DEFAULT_CPU_OFF "max"

/* Longer command lines reach the guest, but Linux on x86 cuts them (COMMAND_LINE_SIZE). */
#define LINUX_CMDLINE_MAX 2047

/*
 * Fills 'plan' but for what only the artifacts tell: the ID block. 'guest' passed guest_check(),
 * and its name and accel are set. Prints warnings for choices that work but may surprise.
 * Errors: ERR_HOST when host or QEMU cannot, ERR_GUEST_FILE for a CPU model that does not fit the
 * level; each says what would.
 */
int plan_make(struct plan *plan, const struct guest *guest, const struct host_facts *facts,
	      struct err *err) MUST_CHECK;

/* How firmware reaches a guest; unset 'legacy_vm_type' means on. */
enum firmware_mapping plan_firmware_mapping(enum level level, enum on_off legacy_vm_type);

/* The 64-bit SNP guest policy, or the 32-bit SEV one, for what is asked and the level. */
uint64_t plan_guest_policy(const struct guest_policy *policy, enum level level);

/*
 * The bits of a plan's policy: at sev-snp what they allow, in words of a guest file; at sev and sev-es
 * as AMD names them: "NODBG, ES, abi 0.24". "none" for none. Returns 'out'.
 */
char *plan_policy_words(char out[static SNP_POLICY_WORDS_SIZE], const struct plan *plan);

#endif
