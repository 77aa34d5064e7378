/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The host policy as plain bytes: what the machine's administrator allows. The front program,
 * unprivileged and before it has read anything else, compiles /etc/snplaunch/policy.json to it; the
 * launcher checks and obeys it. Behind it come the rules about what a guest is made of, by which
 * another such process judges (policy/launch_rules.h). Zero everywhere but in the enums is the
 * policy of a machine without a policy file.
 */
#ifndef SNPLAUNCH_LAUNCHER_HOST_POLICY_H
#define SNPLAUNCH_LAUNCHER_HOST_POLICY_H

#include <assert.h>
#include <stdint.h>

#include "base/err.h"

#define HOST_POLICY_PATH_SIZE 256 /* with NUL */
#define HOST_POLICY_QEMUS_MAX 8
#define HOST_POLICY_DIRECTORIES_MAX 16
/* What QEMU itself may need beside the guest's memory. */
#define HOST_POLICY_MEMORY_OVERHEAD_MIB_DEFAULT 512
#define HOST_POLICY_MEMORY_OVERHEAD_MIB_MAX 65536
/* What the host keeps of its memory for everything that is no guest. */
#define HOST_POLICY_MEMORY_RESERVE_MIB_DEFAULT 512
/* For all guests together; 256 TiB. */
#define HOST_POLICY_MEMORY_TOTAL_MIB_MAX 268435456
#define HOST_POLICY_ASIDS_MAX 65535

/* What happens where the kernel refuses a layer. */
enum confinement { CONFINEMENT_REQUIRE, CONFINEMENT_AUTO, CONFINEMENTS };
/* What a system call outside the list does to QEMU. */
enum seccomp_action { SECCOMP_KILL, SECCOMP_LOG, SECCOMP_ACTIONS };
/* What QEMU's own SEV_ISSUE_CMD at level sev-snp does; at other levels it is never faked. */
enum sev_issue_cmd { SEV_ISSUE_CMD_ALLOW, SEV_ISSUE_CMD_FAKE, SEV_ISSUE_CMDS };

struct host_policy {
	uint32_t confinement;	      /* enum confinement */
	uint32_t seccomp;	      /* enum seccomp_action */
	uint32_t sev_issue_cmd;	      /* enum sev_issue_cmd */
	uint32_t front_uid;	      /* 0: the one of this build; also its gid */
	uint32_t qemu_uid;	      /* 0: the one of this build; also its gid */
	uint32_t memory_overhead_mib; /* for memory.max; 0: the default above */
	uint32_t limit_asids;	      /* 0 or 1: misc.max allows the guest's cgroup one ASID */
	uint32_t n_qemu; /* 0: any QEMU that belongs to root and nobody else may write */
	uint32_t n_artifact_directories; /* 0: any directory */
	uint32_t
		judges_off; /* 0 or 1: guests of level off are judged by the rules behind this, too */
	uint32_t memory_total_mib;   /* of all guests that run; 0: the host's without the reserve */
	uint32_t memory_reserve_mib; /* 0: the default above */
	uint32_t sev_asids;	     /* for all guests that run; 0: as many as the processor has */
	uint32_t sev_es_asids;	     /* likewise; sev-snp uses these, too */
	/* Below the cgroup v2 mount, with a leading '/'; "": the launcher's own cgroup. */
	char cgroup[HOST_POLICY_PATH_SIZE];
	char qemu[HOST_POLICY_QEMUS_MAX][HOST_POLICY_PATH_SIZE]; /* absolute, canonical */
	char artifact_directories[HOST_POLICY_DIRECTORIES_MAX]
				 [HOST_POLICY_PATH_SIZE]; /* likewise, no '/' at the end */
	char file[HOST_POLICY_PATH_SIZE]; /* where this was read, for messages; "": there is none */
};

static_assert(sizeof(struct host_policy) <= 8192, "a policy fits a pipe's buffer many times");

/*
 * Checks a policy that an unprivileged process made: each number in its range, each string ended
 * and zero-filled, each path absolute, the uids not equal to one another. Fills in what it leaves
 * open, and a user's own uid for both where root has not started us.
 * Errors: ERR_REFUSED.
 */
int host_policy_accept(struct host_policy *policy, struct err *err) MUST_CHECK;

/*
 * Says on whose behalf 'err', which names the value and a remedy, refuses a guest: "host policy
 * '/etc/snplaunch/policy.json', key 'taps': 'tap1' is not listed: ...".
 */
static inline int host_policy_blame(const struct host_policy *policy, const char *key,
				    struct err *err)
{
	return err_context(err, "host policy %s%s%s, key '%s'", policy->file[0] != '\0' ? "'" : "",
			   policy->file[0] != '\0' ? policy->file : "without a file",
			   policy->file[0] != '\0' ? "'" : "", key);
}

#endif
