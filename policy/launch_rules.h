/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a machine's administrator allows a guest to be made of, as plain bytes: the part of a
 * compiled policy that the launcher hands on unread to the judge (cli/judge.h). Zero everywhere is
 * the policy of a machine without a policy file.
 */
#ifndef SNPLAUNCH_POLICY_LAUNCH_RULES_H
#define SNPLAUNCH_POLICY_LAUNCH_RULES_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "launcher/host_policy.h"
#include "plan/plan.h"

#define LAUNCH_RULES_LIST_MAX 32
#define LAUNCH_RULES_SHA256_BYTES 32
/* SHA-384 of a public key as the firmware and attestation reports have it. */
#define LAUNCH_RULES_KEY_DIGEST_BYTES 48

/* The processors whose firmware or microcode has versions of its own. Siena is a Bergamo. */
enum generation {
	GENERATION_UNKNOWN,
	GENERATION_NAPLES,
	GENERATION_ROME,
	GENERATION_MILAN,
	GENERATION_MILAN_X,
	GENERATION_GENOA,
	GENERATION_GENOA_X,
	GENERATION_BERGAMO,
	GENERATION_TURIN,
	GENERATIONS,
};

/* The oldest firmware that one generation may run; 0: any. */
struct firmware_minimum {
	uint32_t generation; /* enum generation */
	uint32_t api_major;  /* with the next two one version */
	uint32_t api_minor;
	uint32_t build;
	uint32_t fmc; /* this and the rest: components of the TCB, for sev-snp */
	uint32_t boot_loader;
	uint32_t tee;
	uint32_t snp;
	uint32_t microcode;
};

struct launch_rules {
	uint32_t levels;    /* set of 1 << enum level; 0: any */
	uint32_t vcpus_max; /* 0: any, as in what follows */
	uint32_t memory_mib_max;
	uint32_t debug_allowed;		 /* 0 or 1 */
	uint32_t guest_policy_required;	 /* bits of the SNP guest policy */
	uint32_t guest_policy_forbidden; /* likewise */
	uint32_t kernel_hashes_required; /* 0 or 1 */
	uint32_t id_block_required;	 /* 0 or 1 */
	uint32_t network_kinds;		 /* set of 1 << enum network_kind; 0: any */
	uint32_t n_taps;
	uint32_t n_cpu_models;
	uint32_t n_firmware_sha256;
	uint32_t n_firmware_directories;
	uint32_t n_id_keys;
	uint32_t n_author_keys;
	uint32_t n_sev_firmware_min;
	char taps[LAUNCH_RULES_LIST_MAX][PLAN_INTERFACE_SIZE];
	char cpu_models[LAUNCH_RULES_LIST_MAX][PLAN_WORD_SIZE];
	uint8_t firmware_sha256[LAUNCH_RULES_LIST_MAX][LAUNCH_RULES_SHA256_BYTES];
	char firmware_directories[HOST_POLICY_DIRECTORIES_MAX][HOST_POLICY_PATH_SIZE];
	uint8_t id_keys[LAUNCH_RULES_LIST_MAX][LAUNCH_RULES_KEY_DIGEST_BYTES];
	uint8_t author_keys[LAUNCH_RULES_LIST_MAX][LAUNCH_RULES_KEY_DIGEST_BYTES];
	struct firmware_minimum sev_firmware_min[GENERATIONS - 1];
};

/* What a policy file is compiled to. */
struct compiled_policy {
	struct host_policy host; /* first: the launcher reads no further */
	struct launch_rules rules;
};

static_assert(sizeof(struct compiled_policy) <= 32 * 1024, "a policy is written and read at once");

/*
 * Checks rules that another process made: counts in range, strings ended. Errors: ERR_BUG.
 */
int launch_rules_check(const struct launch_rules *rules, struct err *err) MUST_CHECK;

/* The bit of the SNP guest policy that a value of policy_bit_words means; 0 for none. */
uint32_t launch_rules_policy_bit(uint32_t word);

/* True when there is any rule that a guest of level off could break. */
bool launch_rules_concern_off(const struct launch_rules *rules);

#endif
