// SPDX-License-Identifier: Apache-2.0
// Judges a host policy field by field; the process that compiled it is not believed.

#include "launcher/host_policy.h"

#include <unistd.h>

#include "base/text.h"
#include "config.h"

// The first 'n' are absolute, the rest empty.
static int check_paths(const char *name, const char (*paths)[HOST_POLICY_PATH_SIZE], size_t n,
		       size_t n_max, struct err *err)
{
	for (size_t i = 0; i < n_max; i++)
		if (n > n_max || !text_field_is_clean(paths[i], HOST_POLICY_PATH_SIZE) ||
		    paths[i][0] != (i < n ? '/' : '\0'))
			return err_set(err, ERR_REFUSED, "host policy: '%s' has bad paths", name);
	return 0;
}

int host_policy_accept(struct host_policy *policy, struct err *err)
{
	const struct {
		const char *name;
		uint32_t value, max;
	} numbers[] = {
		{ "confinement", policy->confinement, CONFINEMENTS - 1 },
		{ "seccomp", policy->seccomp, SECCOMP_ACTIONS - 1 },
		{ "sev_issue_cmd", policy->sev_issue_cmd, SEV_ISSUE_CMDS - 1 },
		{ "front_uid", policy->front_uid, UINT32_MAX - 1 },
		{ "qemu_uid", policy->qemu_uid, UINT32_MAX - 1 },
		{ "memory_overhead_mib", policy->memory_overhead_mib,
		  HOST_POLICY_MEMORY_OVERHEAD_MIB_MAX },
		{ "limit_asids", policy->limit_asids, 1 },
		{ "judges_off", policy->judges_off, 1 },
		{ "memory_total_mib", policy->memory_total_mib, HOST_POLICY_MEMORY_TOTAL_MIB_MAX },
		{ "memory_reserve_mib", policy->memory_reserve_mib,
		  HOST_POLICY_MEMORY_TOTAL_MIB_MAX },
		{ "sev_asids", policy->sev_asids, HOST_POLICY_ASIDS_MAX },
		{ "sev_es_asids", policy->sev_es_asids, HOST_POLICY_ASIDS_MAX },
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i].value > numbers[i].max)
			return err_set(err, ERR_REFUSED, "host policy: '%s' is above %u: %u",
				       numbers[i].name, numbers[i].max, numbers[i].value);
	policy->front_uid = policy->front_uid ?: SNPLAUNCH_FRONT_UID;
	policy->qemu_uid = policy->qemu_uid ?: SNPLAUNCH_QEMU_UID;
	policy->memory_overhead_mib =
		policy->memory_overhead_mib ?: HOST_POLICY_MEMORY_OVERHEAD_MIB_DEFAULT;
	policy->memory_reserve_mib =
		policy->memory_reserve_mib ?: HOST_POLICY_MEMORY_RESERVE_MIB_DEFAULT;
	if (policy->front_uid == policy->qemu_uid && getuid() == 0)
		return err_set(err, ERR_REFUSED, "host policy: both uids are the same");
	if (getuid() != 0) // a user has but one
		policy->front_uid = policy->qemu_uid = getuid();
	if (check_paths("file", &policy->file, policy->file[0] != '\0', 1, err) < 0 ||
	    check_paths("cgroup", &policy->cgroup, policy->cgroup[0] != '\0', 1, err) < 0 ||
	    check_paths("qemu", policy->qemu, policy->n_qemu, HOST_POLICY_QEMUS_MAX, err) < 0)
		return -1;
	return check_paths("artifact_directories", policy->artifact_directories,
			   policy->n_artifact_directories, HOST_POLICY_DIRECTORIES_MAX, err);
}
