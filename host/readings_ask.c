// SPDX-License-Identifier: Apache-2.0
// Asks KVM and the AMD-SP by the ioctls that change nothing: KVM_CHECK_EXTENSION and
// KVM_GET_DEVICE_ATTR, PLATFORM_STATUS and SNP_PLATFORM_STATUS.

#include <errno.h>
#include <linux/kvm.h>
#include <linux/psp-sev.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/attributes.h"
#include "host/readings_open.h"

// What Debian 12's headers do not have yet (Linux: include/uapi/linux/kvm.h, asm/kvm.h, psp-sev.h).
#define CAP_EXIT_HYPERCALL 201
#define CAP_USER_MEMORY2 231
#define CAP_MEMORY_ATTRIBUTES 233
#define CAP_GUEST_MEMFD 234
#define CAP_VM_TYPES 235
#define GROUP_SEV 1
#define ATTRIBUTE_VMSA_FEATURES 0
#define ATTRIBUTE_POLICY_BITS 1
#define COMMAND_SNP_PLATFORM_STATUS 9

struct snp_status {
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t state;
	uint8_t rmp_flags;
	uint32_t build;
	uint32_t flags;
	uint32_t guests;
	uint64_t current_tcb;
	uint64_t reported_tcb;
} __attribute__((packed));
_Static_assert(sizeof(struct snp_status) == 32, "the kernel's structure");

// --- KVM -----------------------------------------------------------------------------------------

static bool get_attribute(int kvm_fd, uint64_t attribute, uint64_t *value)
{
	struct kvm_device_attr question = {
		.group = GROUP_SEV,
		.attr = attribute,
		.addr = (uintptr_t)value,
	};

	*value = 0;
	return ioctl(kvm_fd, KVM_GET_DEVICE_ATTR, &question) == 0;
}

void readings_ask_kvm(struct kvm_reading *kvm, int kvm_fd)
{
	const struct {
		int capability;
		uint32_t *value;
	} rows[] = {
		{ CAP_VM_TYPES, &kvm->vm_types },
		{ CAP_USER_MEMORY2, &kvm->user_memory2 },
		{ CAP_MEMORY_ATTRIBUTES, &kvm->memory_attributes },
		{ CAP_GUEST_MEMFD, &kvm->guest_memfd },
		{ CAP_EXIT_HYPERCALL, &kvm->exit_hypercall },
	};
	int version = ioctl(kvm_fd, KVM_GET_API_VERSION, 0);

	*kvm = (struct kvm_reading){ .state = READING_FAILED };
	if (version < 0)
		return;
	kvm->state = READING_DONE;
	kvm->api_version = (uint32_t)version;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int answer = ioctl(kvm_fd, KVM_CHECK_EXTENSION, rows[i].capability);

		*rows[i].value = answer < 0 ? 0 : (uint32_t)answer;
	}
	kvm->vmsa_features_known =
		get_attribute(kvm_fd, ATTRIBUTE_VMSA_FEATURES, &kvm->vmsa_features);
	kvm->policy_bits_known = get_attribute(kvm_fd, ATTRIBUTE_POLICY_BITS, &kvm->policy_bits);
}

// --- The AMD-SP ----------------------------------------------------------------------------------

static enum reading_state issue(int fd, uint32_t command, void *status, uint32_t *fw_error,
				uint32_t *errnum)
{
	struct sev_issue_cmd issued = { .cmd = command, .data = (uintptr_t)status };

	if (ioctl(fd, SEV_ISSUE_CMD, &issued) == 0)
		return READING_DONE;
	*errnum = (uint32_t)errno;
	*fw_error = errno == EIO ? issued.error : 0; // else nobody has filled it
	// A kernel that does not know the command.
	if (command == COMMAND_SNP_PLATFORM_STATUS && errno == EINVAL)
		return READING_ABSENT;
	return READING_FAILED;
}

void readings_ask_sev(struct sev_reading *sev, int sev_fd)
{
	struct sev_user_data_status status = { 0 };

	*sev = (struct sev_reading){ 0 };
	sev->state = issue(sev_fd, SEV_PLATFORM_STATUS, &status, &sev->fw_error, &sev->errnum);
	sev->api_major = status.api_major;
	sev->api_minor = status.api_minor;
	sev->build = status.build;
	sev->platform_state = status.state;
	sev->flags = status.flags;
	sev->guests = status.guest_count;
}

void readings_ask_snp(struct snp_reading *snp, int sev_fd)
{
	struct snp_status status = { 0 };

	*snp = (struct snp_reading){ 0 };
	snp->state =
		issue(sev_fd, COMMAND_SNP_PLATFORM_STATUS, &status, &snp->fw_error, &snp->errnum);
	snp->api_major = status.api_major;
	snp->api_minor = status.api_minor;
	snp->platform_state = status.state;
	snp->rmp_flags = status.rmp_flags;
	snp->build = status.build;
	snp->flags = status.flags;
	snp->guests = status.guests;
	snp->current_tcb = status.current_tcb;
	snp->reported_tcb = status.reported_tcb;
}
