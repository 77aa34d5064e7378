// SPDX-License-Identifier: Apache-2.0
// Reads a policy file, fills in what it leaves out, and makes the launcher's bytes of it.

#include "policy/host_policy_file.h"

#include <string.h>

#include "base/text_escape.h"
#include "config.h"
#include "policy/field_reader.h"
#include "policy/field_schema.h"
#include "policy/host_policy_table.h"

static uint32_t value_or(uint32_t value, uint32_t otherwise)
{
	return value != 0 ? value : otherwise;
}

// The only rule between keys. A uid that is not given still is one that the other must not be.
static void check_uids(const struct host_policy_file *policy, const char *file,
		       struct err_list *errors)
{
	uint32_t front_uid = value_or(policy->front_uid, SNPLAUNCH_FRONT_UID);
	struct err err;

	if (front_uid != value_or(policy->qemu_uid, SNPLAUNCH_QEMU_UID))
		return;
	(void)err_set(
		&err, ERR_GUEST_FILE,
		"policy file '%s': keys 'front_uid' and 'qemu_uid' must differ, both are %u%s",
		TEXT_SHOW(file), front_uid,
		policy->front_uid == 0 ? " (front_uid by default)" :
		policy->qemu_uid == 0  ? " (qemu_uid by default)" :
					 "");
	err_list_add(errors, &err);
}

int host_policy_read(struct host_policy_file *policy, const char *file, const char *text,
		     size_t len, struct err_list *errors)
{
	const struct field_reader reader = {
		.noun = "policy file",
		.file = file,
		.text = text,
		.len = len,
		.errors = errors,
	};

	if (field_reader_read_file(&reader, &host_policy_fields, policy) < 0)
		return -1;
	check_uids(policy, file, errors);
	return errors->n == 0 ? 0 : -1;
}

void host_policy_fill(struct host_policy_file *policy)
{
	policy->front_uid = value_or(policy->front_uid, SNPLAUNCH_FRONT_UID);
	policy->qemu_uid = value_or(policy->qemu_uid, SNPLAUNCH_QEMU_UID);
	policy->confinement = value_or(policy->confinement, CONFINEMENT_REQUIRE + 1);
	policy->seccomp = value_or(policy->seccomp, SECCOMP_KILL + 1);
	policy->sev_issue_cmd = value_or(policy->sev_issue_cmd, SEV_ISSUE_CMD_ALLOW + 1);
	policy->memory_overhead_mib =
		value_or(policy->memory_overhead_mib, HOST_POLICY_MEMORY_OVERHEAD_MIB_DEFAULT);
	if (policy->limit_asids == ON_OFF_UNSET)
		policy->limit_asids = ON_OFF_OFF;
}

void host_policy_compile(struct host_policy *out, const struct host_policy_file *policy)
{
	struct host_policy_file full = *policy;

	host_policy_fill(&full);
	memset(out, 0, sizeof(*out));
	// The launcher knows its build's uids and the default of the overhead: zero asks for them.
	out->front_uid = policy->front_uid;
	out->qemu_uid = policy->qemu_uid;
	out->memory_overhead_mib = policy->memory_overhead_mib;
	out->confinement = full.confinement - 1;
	out->seccomp = full.seccomp - 1;
	out->sev_issue_cmd = full.sev_issue_cmd - 1;
	out->limit_asids = full.limit_asids == ON_OFF_ON;
	out->n_qemu = (uint32_t)full.n_qemu;
	out->n_artifact_directories = (uint32_t)full.n_artifact_directories;
	memcpy(out->cgroup, full.cgroup, sizeof(out->cgroup));
	memcpy(out->qemu, full.qemu, sizeof(out->qemu));
	memcpy(out->artifact_directories, full.artifact_directories,
	       sizeof(out->artifact_directories));
}

char *host_policy_schema(void)
{
	return field_schema(&host_policy_fields, "snplaunch policy file");
}
