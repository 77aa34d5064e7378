/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy file says about its machine, checked key by key, and what it comes to. */
#ifndef SNPLAUNCH_POLICY_HOST_POLICY_FILE_H
#define SNPLAUNCH_POLICY_HOST_POLICY_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "launcher/host_policy.h"
#include "plan/plan.h"
#include "policy/err_list.h"
#include "policy/launch_rules.h"

/* Uids are any but root's and (uid_t)-1, by which setresuid(2) means "no change". */
#define HOST_POLICY_UID_MIN 1
#define HOST_POLICY_UID_MAX 4294967294

/* The words of the SNP guest policy that a policy file takes: all but debug, which has its own key. */
#define HOST_POLICY_BITS 8

/*
 * Member name = JSON key = manual word. Zero means "not given". The words are those of the enums of
 * launcher/host_policy.h, each one higher, because zero is a word there.
 */
struct host_policy_file {
	uint32_t front_uid;
	uint32_t qemu_uid;
	size_t n_qemu;
	char qemu[HOST_POLICY_QEMUS_MAX][HOST_POLICY_PATH_SIZE];
	size_t n_artifact_directories;
	char artifact_directories[HOST_POLICY_DIRECTORIES_MAX][HOST_POLICY_PATH_SIZE];
	uint32_t confinement;
	uint32_t seccomp;
	uint32_t sev_issue_cmd;
	char cgroup[HOST_POLICY_PATH_SIZE];
	uint32_t memory_overhead_mib;
	enum on_off limit_asids;
	uint32_t memory_total_mib;
	uint32_t memory_reserve_mib;
	uint32_t sev_asids;
	uint32_t sev_es_asids;
	size_t n_network_kinds;
	uint32_t network_kinds[NETWORK_KINDS]; /* also "none" */
	size_t n_taps;
	char taps[LAUNCH_RULES_LIST_MAX][PLAN_INTERFACE_SIZE];
	size_t n_levels;
	uint32_t levels[LEVELS - 1];
	uint32_t vcpus_max;
	uint32_t memory_mib_max;
	size_t n_cpu_models;
	char cpu_models[LAUNCH_RULES_LIST_MAX][PLAN_WORD_SIZE];
	size_t n_firmware_sha256;
	uint8_t firmware_sha256[LAUNCH_RULES_LIST_MAX][LAUNCH_RULES_SHA256_BYTES];
	size_t n_firmware_directories;
	char firmware_directories[HOST_POLICY_DIRECTORIES_MAX][HOST_POLICY_PATH_SIZE];
	enum on_off kernel_hashes_required;
	enum on_off debug_allowed;
	size_t n_guest_policy_required;
	uint32_t guest_policy_required[HOST_POLICY_BITS];
	size_t n_guest_policy_forbidden;
	uint32_t guest_policy_forbidden[HOST_POLICY_BITS];
	enum on_off id_block_required;
	size_t n_id_keys;
	uint8_t id_keys[LAUNCH_RULES_LIST_MAX][LAUNCH_RULES_KEY_DIGEST_BYTES];
	size_t n_author_keys;
	uint8_t author_keys[LAUNCH_RULES_LIST_MAX][LAUNCH_RULES_KEY_DIGEST_BYTES];
	size_t n_sev_firmware_min;
	struct firmware_minimum sev_firmware_min[GENERATIONS - 1];
};

/*
 * Reads a policy file's text into 'policy' (zeroed by the caller). 'file' is the name for messages:
 * "policy file 'policy.json':3:14: key 'seccomp': must be kill or log, not 'on'".
 * Errors: -1 and at least one ERR_GUEST_FILE in 'errors'.
 */
int host_policy_read(struct host_policy_file *policy, const char *file, const char *text,
		     size_t len, struct err_list *errors) MUST_CHECK;

/* Gives each key that is not given, and has a value then, that value. */
void host_policy_fill(struct host_policy_file *policy);

/* Turns what a file says into the bytes that the launcher obeys; 'out' needs no preparation. */
void host_policy_compile(struct host_policy *out, const struct host_policy_file *policy);

/* The same for those that the judge obeys; 'judges_off' of the former follows from it. */
void host_policy_compile_rules(struct launch_rules *out, const struct host_policy_file *policy);

/* The JSON Schema of a policy file. Owner: caller, free(). */
char *host_policy_schema(void);

#endif
