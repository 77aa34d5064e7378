// SPDX-License-Identifier: Apache-2.0
// The tables that drive writing and reading captures.

#include "host/capture_fields.h"

#include "host/readings.h"

static const struct qmp_field kvm_fields[] = {
	QMP_FIELD(struct kvm_reading, api_version, "api_version"),
	QMP_FIELD_HEX(struct kvm_reading, vm_types, "vm_types"),
	QMP_FIELD(struct kvm_reading, user_memory2, "user_memory2"),
	QMP_FIELD_HEX(struct kvm_reading, memory_attributes, "memory_attributes"),
	QMP_FIELD(struct kvm_reading, guest_memfd, "guest_memfd"),
	QMP_FIELD_HEX(struct kvm_reading, exit_hypercall, "exit_hypercall"),
	QMP_FIELD(struct kvm_reading, vmsa_features_known, "vmsa_features_known"),
	QMP_FIELD_HEX(struct kvm_reading, vmsa_features, "vmsa_features"),
	QMP_FIELD(struct kvm_reading, policy_bits_known, "policy_bits_known"),
	QMP_FIELD_HEX(struct kvm_reading, policy_bits, "policy_bits"),
};

static const struct qmp_field sev_fields[] = {
	QMP_FIELD(struct sev_reading, errnum, "errno"),
	QMP_FIELD(struct sev_reading, fw_error, "fw_error"),
	QMP_FIELD(struct sev_reading, api_major, "api_major"),
	QMP_FIELD(struct sev_reading, api_minor, "api_minor"),
	QMP_FIELD(struct sev_reading, build, "build"),
	QMP_FIELD(struct sev_reading, platform_state, "platform_state"),
	QMP_FIELD_HEX(struct sev_reading, flags, "flags"),
	QMP_FIELD(struct sev_reading, guests, "guests"),
};

static const struct qmp_field snp_fields[] = {
	QMP_FIELD(struct snp_reading, errnum, "errno"),
	QMP_FIELD(struct snp_reading, fw_error, "fw_error"),
	QMP_FIELD(struct snp_reading, api_major, "api_major"),
	QMP_FIELD(struct snp_reading, api_minor, "api_minor"),
	QMP_FIELD(struct snp_reading, platform_state, "platform_state"),
	QMP_FIELD_HEX(struct snp_reading, rmp_flags, "rmp_flags"),
	QMP_FIELD(struct snp_reading, build, "build"),
	QMP_FIELD_HEX(struct snp_reading, flags, "flags"),
	QMP_FIELD(struct snp_reading, guests, "guests"),
	QMP_FIELD_HEX(struct snp_reading, current_tcb, "current_tcb"),
	QMP_FIELD_HEX(struct snp_reading, reported_tcb, "reported_tcb"),
};

const struct capture_answer capture_answers[CAPTURE_ANSWERS] = {
	{ "kvm", offsetof(struct host_readings, kvm), kvm_fields, ARRAY_LEN(kvm_fields) },
	{ "sev", offsetof(struct host_readings, sev), sev_fields, ARRAY_LEN(sev_fields) },
	{ "snp", offsetof(struct host_readings, snp), snp_fields, ARRAY_LEN(snp_fields) },
};
