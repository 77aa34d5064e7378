/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What KVM and the AMD-SP's driver have grown since the oldest kernel headers that this is built
 * with. The names differ from those of newer headers, which have all of it.
 * Source: Linux 6.12, arch/x86/include/uapi/asm/kvm.h, include/uapi/linux/{kvm,psp-sev}.h.
 */
#ifndef SNPLAUNCH_REHEARSAL_ABI_H
#define SNPLAUNCH_REHEARSAL_ABI_H

#include <linux/kvm.h>
#include <linux/psp-sev.h>
#include <stdint.h>
#include <sys/ioctl.h>

/* The argument of KVM_CREATE_VM. */
enum abi_vm_type {
	ABI_VM_DEFAULT = 0,
	ABI_VM_SEV = 2,
	ABI_VM_SEV_ES = 3,
	ABI_VM_SNP = 4,
};

enum abi_capability {
	ABI_CAP_USER_MEMORY2 = 231,
	ABI_CAP_MEMORY_ATTRIBUTES = 233,
	ABI_CAP_GUEST_MEMFD = 234,
	ABI_CAP_VM_TYPES = 235,
};

#define ABI_MEM_GUEST_MEMFD (1U << 2)
#define ABI_MEMORY_ATTRIBUTE_PRIVATE (1ULL << 3)

struct abi_memory_region2 {
	uint32_t slot;
	uint32_t flags;
	uint64_t guest_phys_addr;
	uint64_t memory_size;
	uint64_t userspace_addr;
	uint64_t guest_memfd_offset;
	uint32_t guest_memfd;
	uint32_t pad1;
	uint64_t pad2[14];
};

struct abi_memory_attributes {
	uint64_t address;
	uint64_t size;
	uint64_t attributes;
	uint64_t flags;
};

struct abi_create_guest_memfd {
	uint64_t size;
	uint64_t flags;
	uint64_t reserved[6];
};

#define ABI_SET_USER_MEMORY_REGION2 _IOW(KVMIO, 0x49, struct abi_memory_region2)
#define ABI_SET_MEMORY_ATTRIBUTES _IOW(KVMIO, 0xd2, struct abi_memory_attributes)
#define ABI_CREATE_GUEST_MEMFD _IOWR(KVMIO, 0xd4, struct abi_create_guest_memfd)

/* KVM_GET_DEVICE_ATTR on /dev/kvm. */
#define ABI_X86_GRP_SEV 1
#define ABI_X86_SEV_VMSA_FEATURES 0

/* Of KVM_MEMORY_ENCRYPT_OP. */
enum abi_sev_command {
	ABI_SEV_INIT2 = 22,
	ABI_SNP_LAUNCH_START = 100,
	ABI_SNP_LAUNCH_UPDATE = 101,
	ABI_SNP_LAUNCH_FINISH = 102,
};

struct abi_sev_init {
	uint64_t vmsa_features;
	uint32_t flags;
	uint16_t ghcb_version;
	uint16_t pad1;
	uint32_t pad2[8];
};

struct abi_snp_launch_start {
	uint64_t policy;
	uint8_t gosvw[16];
	uint16_t flags;
	uint8_t pad0[6];
	uint64_t pad1[4];
};

struct abi_snp_launch_update {
	uint64_t gfn_start;
	uint64_t uaddr;
	uint64_t len;
	uint8_t type;
	uint8_t pad0;
	uint16_t flags;
	uint32_t pad1;
	uint64_t pad2[4];
};

#define ABI_SNP_HOST_DATA_SIZE 32

struct abi_snp_launch_finish {
	uint64_t id_block_uaddr;
	uint64_t id_auth_uaddr;
	uint8_t id_block_en;
	uint8_t auth_key_en;
	uint8_t vcek_disabled;
	uint8_t host_data[ABI_SNP_HOST_DATA_SIZE];
	uint8_t pad0[3];
	uint16_t flags;
	uint64_t pad1[4];
};

/* Of SEV_ISSUE_CMD. */
enum abi_platform_command {
	ABI_SNP_PLATFORM_STATUS = 9,
};

#define ABI_SNP_STATUS_RMP_INITIALIZED (1U << 0)
#define ABI_SNP_STATUS_ALIAS_CHECK_COMPLETE (1U << 1)

struct abi_snp_platform_status {
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t state;
	uint8_t flags;
	uint32_t build;
	uint32_t features;
	uint32_t guest_count;
	uint64_t current_tcb;
	uint64_t reported_tcb;
} __attribute__((packed));

#endif
