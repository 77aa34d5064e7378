/* SPDX-License-Identifier: Apache-2.0 */
/* The single readings of a machine: which there are, and what each holds. */
#ifndef SNPLAUNCH_HOST_READING_H
#define SNPLAUNCH_HOST_READING_H

#include <stdbool.h>
#include <stdint.h>

enum reading_state {
	READING_NONE, /* not asked for */
	READING_DONE,
	READING_ABSENT, /* there is no such thing */
	READING_DENIED, /* not for this user */
	READING_FAILED,
	READING_STATES,
};

/* Files and directories, in the order of the table in readings.c. */
enum host_text {
	HOST_TEXT_CPUINFO,
	HOST_TEXT_CMDLINE,
	HOST_TEXT_MEMINFO,
	HOST_TEXT_VMCORE,
	HOST_TEXT_CONFIG,
	HOST_TEXT_KVM_AMD,
	HOST_TEXT_KVM_AMD_SEV,
	HOST_TEXT_KVM_AMD_SEV_ES,
	HOST_TEXT_KVM_AMD_SEV_SNP,
	HOST_TEXT_KVM_AMD_HIDING_ASIDS,
	HOST_TEXT_KVM_AMD_DEBUG_SWAP,
	HOST_TEXT_KVM_AMD_NPT,
	HOST_TEXT_KVM_AMD_NRIPS,
	HOST_TEXT_KVM_AMD_LBRV,
	HOST_TEXT_KVM_MMIO_CACHING,
	HOST_TEXT_CCP,
	HOST_TEXT_CCP_INIT_ON_PROBE,
	HOST_TEXT_CCP_INIT_EX_PATH,
	HOST_TEXT_PSP_FUSED_PART,
	HOST_TEXT_PSP_DEBUG_LOCK_ON,
	HOST_TEXT_PSP_TSME_STATUS,
	HOST_TEXT_PSP_ANTI_ROLLBACK_STATUS,
	HOST_TEXT_PSP_BOOTLOADER_VERSION,
	HOST_TEXT_PSP_TEE_VERSION,
	HOST_TEXT_MITIGATIONS_SUPPORTED,
	HOST_TEXT_MITIGATIONS_VERIFIED,
	HOST_TEXT_MISC_CAPACITY,
	HOST_TEXT_MISC_CURRENT,
	HOST_TEXT_CGROUP_MISC_MAX,
	HOST_TEXT_CGROUP_MISC_EVENTS,
	HOST_TEXT_CGROUP_MEMORY_MAX,
	HOST_TEXT_HUGEPAGES,
	HOST_TEXT_DMA_ENTRY_LIMIT,
	HOST_TEXT_SMT_ACTIVE,
	HOST_TEXT_PACKAGE_FIRST,
	HOST_TEXT_PACKAGE_LAST,
	HOST_TEXT_IOMMU_FEATURES,
	HOST_TEXT_IOMMU_GROUP_FIRST,
	HOST_TEXT_IOMMU_GROUP_SECOND,
	HOST_TEXT_SBIN_MODEL,
	HOST_TEXT_SBIN_FAMILY,
	HOST_TEXT_SBIN_ANY,
	HOST_TEXTS,
};

#define READING_TEXT_SIZE 512

struct reading {
	enum reading_state state;
	int errnum;
	char text[READING_TEXT_SIZE]; /* printable ASCII and line feeds; of READING_DONE */
};

/* How much of a file is kept: never more than the checks need, because a capture goes to others. */
enum reading_way {
	READING_WHOLE,	/* without the line feed at its end */
	READING_LINES,	/* those that begin with a word of the row's list */
	READING_WORDS,	/* those that begin with a text of the row's list */
	READING_EXISTS, /* nothing of it */
	READING_HEX,	/* its first bytes */
};

#define READING_LIST_MAX 24
#define SBIN_HEADER_BYTES 128

struct reading_row {
	const char *key;  /* in captures, and in what is said to people */
	const char *path; /* without its first slash; for its {places} see readings_open.c */
	enum reading_way way;
	const char *list[READING_LIST_MAX];
	bool at_launch; /* run reads it, too */
};

extern const struct reading_row reading_rows[HOST_TEXTS];

/* CPUID leaves, all of subleaf 0. */
enum host_leaf {
	HOST_LEAF_VENDOR,
	HOST_LEAF_SIGNATURE,
	HOST_LEAF_EXTENDED,
	HOST_LEAF_EXTENDED_SIGNATURE,
	HOST_LEAF_BRAND_1,
	HOST_LEAF_BRAND_2,
	HOST_LEAF_BRAND_3,
	HOST_LEAF_SEV,
	HOST_LEAVES,
};

extern const uint32_t host_leaf_numbers[HOST_LEAVES];

enum host_msr { HOST_MSR_SYSCFG, HOST_MSR_HWCR, HOST_MSR_RMP_BASE, HOST_MSR_RMP_END, HOST_MSRS };

extern const uint32_t host_msr_numbers[HOST_MSRS];

/* What KVM answers to questions that change nothing. A number is 0 where KVM does not know it. */
struct kvm_reading {
	uint32_t state; /* enum reading_state: could /dev/kvm be opened and asked */
	uint32_t api_version;
	uint32_t vm_types;
	uint32_t user_memory2;
	uint32_t memory_attributes;
	uint32_t guest_memfd;
	uint32_t exit_hypercall;
	bool vmsa_features_known;
	bool policy_bits_known;
	uint64_t vmsa_features;
	uint64_t policy_bits;
};

/* PLATFORM_STATUS. */
struct sev_reading {
	uint32_t state; /* enum reading_state */
	uint32_t errnum;
	uint32_t fw_error;
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t build;
	uint8_t platform_state; /* 0 uninitialized, 1 initialized, 2 working */
	uint32_t flags;
	uint32_t guests;
};

/* SNP_PLATFORM_STATUS. */
struct snp_reading {
	uint32_t state; /* enum reading_state; ABSENT: the kernel does not know the command */
	uint32_t errnum;
	uint32_t fw_error;
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t platform_state; /* 0 uninitialized, 1 initialized */
	uint8_t rmp_flags;	/* bit 0: the RMP is initialized, bit 1: aliases were checked for */
	uint32_t build;
	uint32_t flags;
	uint32_t guests;
	uint64_t current_tcb;
	uint64_t reported_tcb;
};

#endif
