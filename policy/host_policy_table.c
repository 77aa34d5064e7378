// SPDX-License-Identifier: Apache-2.0
// The rows of the table of a policy file's keys.

#include "policy/host_policy_table.h"

#include "policy/field_rows.h"
#include "policy/host_policy_file.h"

DEFINE_WORDS(confinement, CONFINEMENTS + 1, [CONFINEMENT_REQUIRE + 1] = "require",
	     [CONFINEMENT_AUTO + 1] = "auto", );

DEFINE_WORDS(seccomp, SECCOMP_ACTIONS + 1, [SECCOMP_KILL + 1] = "kill",
	     [SECCOMP_LOG + 1] = "log", );

DEFINE_WORDS(sev_issue_cmd, SEV_ISSUE_CMDS + 1, [SEV_ISSUE_CMD_ALLOW + 1] = "allow",
	     [SEV_ISSUE_CMD_FAKE + 1] = "fake", );

// The only row of a list of paths: an element is the path itself.
static const struct field path_rows[] = {
	{ .key = "",
	  .help = "absolute path",
	  .kind = FIELD_ABSOLUTE,
	  .size = HOST_POLICY_PATH_SIZE,
	  .max = HOST_POLICY_PATH_SIZE - 1 },
};
static const struct field_table path_fields = { path_rows, ARRAY_LEN(path_rows), NULL };

#define UID(member, help_text) \
	SIZED(struct host_policy_file, member, FIELD_NUMBER, help_text, \
	      .min = HOST_POLICY_UID_MIN, .max = HOST_POLICY_UID_MAX)
// An empty list would read like "nothing", and mean "anything": it is refused.
#define PATHS(member, help_text, ...) \
	ELEMENTS(struct host_policy_file, member, FIELD_LIST, path_fields, help_text, .min = 1, \
		 __VA_ARGS__)
#define POLICY_WORD(member, help_text) \
	WORD(struct host_policy_file, member, member##_words, help_text)

static const struct field host_policy_rows[] = {
	UID(front_uid, "uid and gid of the front and of QEMU's init"),
	UID(qemu_uid, "uid and gid of QEMU"),
	PATHS(qemu, "QEMU binaries that may be started",
	      .absent = "any that belongs to root and that nobody else may write"),
	PATHS(artifact_directories, "firmware, kernels, initrds and disks come from below",
	      .absent = "any"),
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
};
const struct field_table host_policy_fields = { host_policy_rows, ARRAY_LEN(host_policy_rows),
						NULL };
