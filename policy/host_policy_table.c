// SPDX-License-Identifier: Apache-2.0
// The rows of the table of a policy file's keys.

#include "policy/host_policy_table.h"

#include "policy/field_rows.h"
#include "policy/guest_words.h"
#include "policy/host_policy_file.h"

DEFINE_WORDS(confinement, CONFINEMENTS + 1, [CONFINEMENT_REQUIRE + 1] = "require",
	     [CONFINEMENT_AUTO + 1] = "auto", );

DEFINE_WORDS(seccomp, SECCOMP_ACTIONS + 1, [SECCOMP_KILL + 1] = "kill",
	     [SECCOMP_LOG + 1] = "log", );

DEFINE_WORDS(sev_issue_cmd, SEV_ISSUE_CMDS + 1, [SEV_ISSUE_CMD_ALLOW + 1] = "allow",
	     [SEV_ISSUE_CMD_FAKE + 1] = "fake", );

DEFINE_WORDS(network_rule, NETWORK_KINDS + 1, [NETWORK_UNSET + 1] = "none",
	     [NETWORK_TAP + 1] = "tap", );

DEFINE_WORDS(generation, GENERATIONS, [GENERATION_NAPLES] = "naples", [GENERATION_ROME] = "rome",
	     [GENERATION_MILAN] = "milan", [GENERATION_MILAN_X] = "milan-x",
	     [GENERATION_GENOA] = "genoa", [GENERATION_GENOA_X] = "genoa-x",
	     [GENERATION_BERGAMO] = "bergamo", [GENERATION_TURIN] = "turin", );

DEFINE_WORDS(policy_bit, HOST_POLICY_BITS + 1, [1] = "smt", [2] = "migrate_agent",
	     [3] = "single_socket", [4] = "cxl_allow", [5] = "mem_aes_256_xts", [6] = "rapl_dis",
	     [7] = "ciphertext_hiding_dram", [8] = "page_swap_disable", );

// The only row of a list: an element is the value itself.
#define ELEMENT(name, element_kind, element_size, ...) \
	static const struct field name##_rows[] = { \
		{ .key = "", .kind = (element_kind), .size = (element_size), __VA_ARGS__ }, \
	}; \
	static const struct field_table name##_fields = { name##_rows, 1, NULL }

ELEMENT(path, FIELD_ABSOLUTE, HOST_POLICY_PATH_SIZE, .max = HOST_POLICY_PATH_SIZE - 1);
ELEMENT(level, FIELD_WORD, sizeof(uint32_t), .words = &level_words);
ELEMENT(network_kind, FIELD_WORD, sizeof(uint32_t), .words = &network_rule_words);
ELEMENT(policy_bit, FIELD_WORD, sizeof(uint32_t), .words = &policy_bit_words);
ELEMENT(tap, FIELD_NAME, PLAN_INTERFACE_SIZE, .max = PLAN_INTERFACE_SIZE - 1);
ELEMENT(cpu_model, FIELD_NAME, PLAN_WORD_SIZE, .max = PLAN_WORD_SIZE - 1);
ELEMENT(sha256, FIELD_DIGEST, LAUNCH_RULES_SHA256_BYTES);
ELEMENT(key_digest, FIELD_DIGEST, LAUNCH_RULES_KEY_DIGEST_BYTES);

#define COMPONENT(member, help_text) \
	SIZED(struct firmware_minimum, member, FIELD_NUMBER, help_text, .max = UINT8_MAX)
static const struct field minimum_rows[] = {
	WORD(struct firmware_minimum, generation, generation_words, "of the processor",
	     .required = true, .unique = true),
	COMPONENT(api_major, "version of the firmware"),
	COMPONENT(api_minor, "likewise"),
	COMPONENT(build, "likewise"),
	COMPONENT(fmc, "component of the TCB, of turin"),
	COMPONENT(boot_loader, "component of the TCB"),
	COMPONENT(tee, "component of the TCB"),
	COMPONENT(snp, "component of the TCB"),
	COMPONENT(microcode, "component of the TCB"),
};
static const struct field_table minimum_fields = { minimum_rows, ARRAY_LEN(minimum_rows), NULL };

#define UID(member, help_text) \
	SIZED(struct host_policy_file, member, FIELD_NUMBER, help_text, \
	      .min = HOST_POLICY_UID_MIN, .max = HOST_POLICY_UID_MAX)
// An empty list would read like "nothing", and mean "anything": it is refused.
#define LIST(member, elements, help_text, ...) \
	ELEMENTS(struct host_policy_file, member, FIELD_LIST, elements, help_text, .min = 1, \
		 __VA_ARGS__)
#define LIMIT(member, most, help_text, ...) \
	SIZED(struct host_policy_file, member, FIELD_NUMBER, help_text, .min = 1, .max = (most), \
	      __VA_ARGS__)
#define POLICY_WORD(member, help_text) \
	WORD(struct host_policy_file, member, member##_words, help_text)

static const struct field host_policy_rows[] = {
	UID(front_uid, "uid and gid of the front and of QEMU's init"),
	UID(qemu_uid, "uid and gid of QEMU"),
	LIST(qemu, path_fields, "QEMU binaries that may be started",
	     .absent = "any that belongs to root and that nobody else may write"),
	LIST(artifact_directories, path_fields,
	     "firmware, kernels, initrds and disks come from below", .absent = "any"),
	POLICY_WORD(confinement, "when the kernel refuses a layer of the jail"),
	POLICY_WORD(seccomp, "when QEMU makes a system call that is not on its list"),
	POLICY_WORD(sev_issue_cmd, "what SEV_ISSUE_CMD of QEMU's does at level sev-snp"),
	SIZED(struct host_policy_file, cgroup, FIELD_ABSOLUTE,
	      "cgroup below which each guest gets one of its own", .max = HOST_POLICY_PATH_SIZE - 1,
	      .absent = "the one snplaunch is started in"),
	SIZED(struct host_policy_file, memory_overhead_mib, FIELD_NUMBER,
	      "memory for QEMU beside its guest's", .min = 1,
	      .max = HOST_POLICY_MEMORY_OVERHEAD_MIB_MAX, .unit = " MiB"),
	SWITCH(struct host_policy_file, limit_asids, "each guest's cgroup may use one ASID"),
	LIMIT(memory_total_mib, HOST_POLICY_MEMORY_TOTAL_MIB_MAX, "memory of all guests that run",
	      .unit = " MiB", .absent = "the host's, without huge pages and memory_reserve_mib"),
	LIMIT(memory_reserve_mib, HOST_POLICY_MEMORY_TOTAL_MIB_MAX,
	      "memory that is for no guest, where memory_total_mib is absent", .unit = " MiB"),
	LIMIT(sev_asids, HOST_POLICY_ASIDS_MAX, "guests of level sev that run",
	      .absent = "as many as the processor has ASIDs for"),
	LIMIT(sev_es_asids, HOST_POLICY_ASIDS_MAX, "guests of levels sev-es and sev-snp that run",
	      .absent = "as many as the processor has ASIDs for"),
	LIST(network_kinds, network_kind_fields, "kinds of networks that a guest may have",
	     .absent = "any"),
	LIST(taps, tap_fields, "tap devices that a guest may be attached to", .absent = "any"),
	LIST(levels, level_fields, "levels that may be launched", .absent = "any"),
	LIMIT(vcpus_max, PLAN_VCPUS_MAX, "vCPUs of one guest", .absent = "512"),
	LIMIT(memory_mib_max, PLAN_MEMORY_MIB_MAX, "memory of one guest", .unit = " MiB",
	      .absent = "16777216 MiB"),
	LIST(cpu_models, cpu_model_fields, "CPU models that a guest may have", .absent = "any"),
	LIST(firmware_sha256, sha256_fields, "SHA-256 of firmware that may be launched",
	     .absent = "any"),
	LIST(firmware_directories, path_fields, "firmware may be launched that lies below",
	     .absent = "any"),
	SWITCH(struct host_policy_file, kernel_hashes_required,
	       "a kernel at a measured level must be part of the launch digest"),
	SWITCH(struct host_policy_file, debug_allowed, "guest policies may allow debugging"),
	LIST(guest_policy_required, policy_bit_fields, "the guest policy must have, at sev-snp",
	     .absent = "none"),
	LIST(guest_policy_forbidden, policy_bit_fields, "the guest policy must lack, at sev-snp",
	     .absent = "none"),
	SWITCH(struct host_policy_file, id_block_required, "sev-snp takes an ID block"),
	LIST(id_keys, key_digest_fields, "SHA-384 of keys that sign ID blocks", .absent = "any"),
	LIST(author_keys, key_digest_fields, "SHA-384 of keys that sign ID keys", .absent = "any"),
	ELEMENTS(struct host_policy_file, sev_firmware_min, FIELD_ARRAY, minimum_fields,
		 "the oldest SEV firmware, for each generation of processors", .min = 1,
		 .absent = "any"),
};
const struct field_table host_policy_fields = { host_policy_rows, ARRAY_LEN(host_policy_rows),
						NULL };
