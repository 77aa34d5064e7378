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

// A uid that is not given still is one that the other must not be.
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

// A later number of a version says nothing without the first.
static void check_versions(const struct host_policy_file *policy, const char *file,
			   struct err_list *errors)
{
	for (size_t i = 0; i < policy->n_sev_firmware_min; i++) {
		const struct firmware_minimum *least = &policy->sev_firmware_min[i];
		struct err err;

		if (least->api_major != 0 || (least->api_minor == 0 && least->build == 0))
			continue;
		(void)err_set(&err, ERR_GUEST_FILE,
			      "policy file '%s': key 'sev_firmware_min[%zu]': '%s' needs "
			      "'api_major'",
			      TEXT_SHOW(file), i, least->api_minor != 0 ? "api_minor" : "build");
		err_list_add(errors, &err);
	}
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
	check_versions(policy, file, errors);
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
	policy->memory_reserve_mib =
		value_or(policy->memory_reserve_mib, HOST_POLICY_MEMORY_RESERVE_MIB_DEFAULT);
	policy->limit_asids = value_or(policy->limit_asids, ON_OFF_OFF);
	policy->kernel_hashes_required = value_or(policy->kernel_hashes_required, ON_OFF_OFF);
	policy->debug_allowed = value_or(policy->debug_allowed, ON_OFF_OFF);
	policy->id_block_required = value_or(policy->id_block_required, ON_OFF_OFF);
}

// A set of the words' values, less 'first'.
static uint32_t set_of(const uint32_t *values, size_t n, uint32_t first)
{
	uint32_t set = 0;

	for (size_t i = 0; i < n; i++)
		set |= 1U << (values[i] - first);
	return set;
}

static uint32_t policy_bits(const uint32_t *words, size_t n)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < n; i++)
		bits |= launch_rules_policy_bit(words[i]);
	return bits;
}

#define COPY_LIST(out, from, list) \
	do { \
		static_assert(sizeof((out)->list) == sizeof((from)->list), "the same list"); \
		(out)->n_##list = (uint32_t)(from)->n_##list; \
		memcpy((out)->list, (from)->list, sizeof((out)->list)); \
	} while (0)

void host_policy_compile_rules(struct launch_rules *out, const struct host_policy_file *policy)
{
	memset(out, 0, sizeof(*out));
	out->levels = set_of(policy->levels, policy->n_levels, 0);
	out->vcpus_max = policy->vcpus_max;
	out->memory_mib_max = policy->memory_mib_max;
	out->debug_allowed = policy->debug_allowed == ON_OFF_ON;
	out->kernel_hashes_required = policy->kernel_hashes_required == ON_OFF_ON;
	out->id_block_required = policy->id_block_required == ON_OFF_ON;
	out->guest_policy_required =
		policy_bits(policy->guest_policy_required, policy->n_guest_policy_required);
	out->guest_policy_forbidden =
		policy_bits(policy->guest_policy_forbidden, policy->n_guest_policy_forbidden);
	out->network_kinds =
		set_of(policy->network_kinds, policy->n_network_kinds, NETWORK_UNSET + 1);
	COPY_LIST(out, policy, taps);
	COPY_LIST(out, policy, cpu_models);
	COPY_LIST(out, policy, firmware_sha256);
	COPY_LIST(out, policy, firmware_directories);
	COPY_LIST(out, policy, id_keys);
	COPY_LIST(out, policy, author_keys);
	COPY_LIST(out, policy, sev_firmware_min);
}

void host_policy_compile(struct host_policy *out, const struct host_policy_file *policy)
{
	struct host_policy_file full = *policy;
	struct launch_rules rules;

	host_policy_fill(&full);
	host_policy_compile_rules(&rules, policy);
	memset(out, 0, sizeof(*out));
	// The launcher knows its build's uids and the default of the overhead: zero asks for them.
	out->front_uid = policy->front_uid;
	out->qemu_uid = policy->qemu_uid;
	out->memory_overhead_mib = policy->memory_overhead_mib;
	out->confinement = full.confinement - 1;
	out->seccomp = full.seccomp - 1;
	out->sev_issue_cmd = full.sev_issue_cmd - 1;
	out->limit_asids = full.limit_asids == ON_OFF_ON;
	out->judges_off = launch_rules_concern_off(&rules);
	out->memory_total_mib = policy->memory_total_mib;
	out->memory_reserve_mib = policy->memory_reserve_mib;
	out->sev_asids = policy->sev_asids;
	out->sev_es_asids = policy->sev_es_asids;
	memcpy(out->cgroup, full.cgroup, sizeof(out->cgroup));
	COPY_LIST(out, &full, qemu);
	COPY_LIST(out, &full, artifact_directories);
}

char *host_policy_schema(void)
{
	return field_schema(&host_policy_fields, "snplaunch policy file");
}
