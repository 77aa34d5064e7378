/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that is played: processor, SEV firmware and kernel, as far as a launch shows them. */
#ifndef SNPLAUNCH_REHEARSAL_PLATFORM_H
#define SNPLAUNCH_REHEARSAL_PLATFORM_H

#include <stdbool.h>
#include <stdint.h>

struct platform {
	/* Borrowed, static. */
	const char *name;
	/* Of the SEV firmware. */
	uint8_t api_major;
	uint8_t api_minor;
	uint8_t build;
	/* The security version of the SNP firmware, one byte of the TCB. */
	uint8_t snp_svn;
	/* The whole TCB without that byte, and which byte that is. */
	uint64_t tcb_of_others;
	uint8_t snp_svn_byte;
	/* From this security version on the firmware refuses SEV-ES beside SNP (AMD-SB-3023). */
	uint8_t svn_refusing_es;
	/* How many guests can start: SEV-ES and SNP share theirs. */
	uint32_t sev_asids;
	uint32_t sev_es_asids;
	/* Bits (1 << enum abi_vm_type) that KVM_CREATE_VM takes. */
	uint64_t vm_types;
	/* What KVM lets a guest ask for in its VMSA. */
	uint64_t vmsa_features;
	/* Bits of the SNP guest policy that KVM lets through, and those it demands. */
	uint64_t snp_policy_allowed;
	uint64_t snp_policy_required;
	/* Bits of the SNP guest policy that the firmware has the features for. */
	uint64_t snp_policy_features;
	bool smt_active;
	uint8_t sockets;
};

/* A platform by its name, NULL when there is none. */
const struct platform *platform_find(const char *name);

/* The names of all, for messages. */
extern const char platform_names[];

/* The TCB_VERSION that the firmware reports. */
uint64_t platform_tcb(const struct platform *platform);

/* True when SNP is initialized, which it is whenever KVM offers it. */
bool platform_has_snp(const struct platform *platform);

/* True when the firmware starts SEV-ES guests. */
bool platform_starts_sev_es(const struct platform *platform);

#endif
