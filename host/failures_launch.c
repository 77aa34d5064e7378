// SPDX-License-Identifier: Apache-2.0
// The catalogue: a command of QEMU to KVM or the AMD-SP fails. QEMU prints what the call returned and
// the firmware's code; "ret=1" of a LAUNCH_START is only how QEMU initialises that variable.

#include "base/attributes.h"
#include "host/failures.h"

#define SEV_C "QEMU target/i386/sev.c"
#define KVM_SEV_C "Linux arch/x86/kvm/svm/sev.c"
#define PSP_SEV_H "Linux include/uapi/linux/psp-sev.h"

static const struct failure rows[] = {
	{
		.name = "platform-status",
		.patterns = { "failed to get platform status ret=%e fw_error='%f" },
		.cause = "the PSP failed or did not answer",
		.remedy =
			"read what the kernel log says of SEV; a PSP that timed out needs the power off "
			"and on",
		.evidence = SEV_C,
	},
	{
		.name = "init-off",
		.patterns = { "failed to initialize ret=%e{-25} fw_error=%f" },
		.cause =
			"KVM has this level off, or left it no ASIDs: by the BIOS, or all are taken for "
			"ciphertext hiding",
		.remedy = "set 'SEV-ES ASID Space Limit' above 1 in the BIOS, and lower "
			  "kvm_amd.ciphertext_hiding_asids for sev-es",
		.evidence = "AMDESE/AMDSEV#258; " KVM_SEV_C ", sev_asid_new()",
	},
	{
		.name = "init-busy",
		.patterns = { "failed to initialize ret=%e{-16} fw_error=%f" },
		.cause =
			"no ASID is free, the cgroup's limit on them is reached, or the PSP is dead",
		.remedy =
			"stop other guests, raise misc.max, give this level more ASIDs in the BIOS; "
			"ASIDs of guests that just ended are free only after a flush, so try again",
		.evidence = KVM_SEV_C ", sev_asid_new(); Linux kernel/cgroup/misc.c",
	},
	{
		.name = "init-arguments",
		.patterns = { "failed to initialize ret=%e{-22} fw_error=%f" },
		.cause =
			"QEMU and kernel are of different generations, or the kernel refuses a feature of "
			"the VMSA",
		.remedy = "update both; leave out debug-swap and secure-tsc",
		.evidence =
			"kata-containers/kata-containers#9672; " KVM_SEV_C ", __sev_guest_init()",
	},
	{
		.name = "init-platform",
		.patterns = { "failed to initialize ret=%e{-5} fw_error=%f" },
		.cause =
			"the platform was to be initialised for this guest, and the firmware failed",
		.remedy = "see the code, and what the kernel log says of SEV INIT",
		.evidence = KVM_SEV_C ", __sev_guest_init()",
	},
	{
		.name = "es-refused-beside-snp",
		.patterns = { "LAUNCH_START ret=%n fw_error=%f{21}" },
		.cause =
			"the firmware refuses SEV-ES while SEV-SNP is initialised: firmware with the fix of "
			"AMD-SB-3023 (CVE-2025-48514) does so for good",
		.remedy =
			"use sev-snp, or turn SNP off on the host with kvm_amd.sev_snp=0, sev=nosnp or in "
			"the BIOS, and reboot",
		.evidence = "AMDESE/AMDSEV#282",
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "start-policy",
		.patterns = { "LAUNCH_START ret=%n fw_error=%f{7}" },
		.cause =
			"the guest policy asks for what this platform has not: a newer API, SEV-ES, or a "
			"domain",
		.remedy =
			"lower the API version in bits 31 to 16 to the platform's, and drop bits that this "
			"level lacks",
		.evidence = PSP_SEV_H,
	},
	{
		.name = "start-session",
		.patterns = { "LAUNCH_START ret=%n fw_error=%f{6,10,11}" },
		.cause =
			"the owner's session was not made for this platform, or its Diffie-Hellman key has "
			"changed since",
		.remedy = "make the session again from the platform's current PDH certificate",
		.evidence = PSP_SEV_H,
	},
	{
		.name = "snp-start-policy-kvm",
		.patterns = { "SNP_LAUNCH_START ret=%e{-22} fw_error=%f" },
		.cause =
			"KVM refuses bits of the guest policy: bit 17 must be set, and up to Linux 6.12 bit "
			"16 as well and bit 20 not; bit 18 never",
		.remedy =
			"begin with policy 0x30000; one of an SEV guest, such as 0x7, does not fit",
		.evidence = "AMDESE/AMDSEV#223; " KVM_SEV_C ", snp_launch_start()",
	},
	{
		.name = "snp-start-type",
		.patterns = { "SNP_LAUNCH_START ret=%e{-25} fw_error=%f" },
		.cause =
			"for KVM this is no SNP guest, or its context could not be made: QEMU and kernel "
			"do not fit together",
		.remedy = "update QEMU and the kernel",
		.evidence = "AMDESE/AMDSEV#216",
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "snp-start-policy",
		.patterns = { "SNP_LAUNCH_START ret=%e{-5} fw_error=%f{7}" },
		.cause =
			"the firmware refuses the guest policy: the host has SMT on and the policy forbids "
			"it, its ABI version is too new, or it asks for RAPL off or ciphertext hiding that "
			"the host has not",
		.remedy =
			"allow SMT in the policy or turn it off on the host, and lower the ABI version",
		.evidence = "kata-containers/kata-containers#5795",
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "snp-start-state",
		.patterns = { "SNP_LAUNCH_START ret=%e{-5} fw_error=%f{1}" },
		.cause = "SNP is not initialised on this host",
		.remedy = "find in the kernel log why SNP_INIT failed",
		.evidence = PSP_SEV_H "; AMDESE/AMDSEV#170",
	},
	{
		.name = "encryption-context",
		.patterns = { "failed to create encryption context" },
		.cause = "follows from the command that failed before",
		.remedy = "look at the lines in front of it",
		.evidence = SEV_C,
		.is_noise = true,
	},
	{
		.name = "cpuid-page",
		.patterns = { "SNP_LAUNCH_UPDATE ret=%e{-5} fw_error=%f{22}" },
		.cause =
			"the firmware rejects the CPUID page: cache or topology leaves of the CPU model are "
			"not what this CPU may have, as with 'EPYC' or an odd number of vCPUs",
		.remedy =
			"take a versioned model that fits the CPU, such as EPYC-v4 or EPYC-Milan-v2",
		.evidence = "NVIDIA/nvtrust#91",
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "cpuid-leaf",
		.patterns = { "CPUID validation failed for function %n, index: %n" },
		.cause =
			"this leaf of the CPUID page is not what the CPU may have; the line has both values",
		.remedy =
			"take a versioned model that fits the CPU, and leave out features set by hand",
		.evidence = "NVIDIA/nvtrust#91; " SEV_C,
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "cpuid-page-follows",
		.patterns = { "SEV-SNP: failed update CPUID page",
			      "CPUID validation failed due to count mismatch" },
		.cause = "follows from the CPUID page that the firmware rejected",
		.remedy = "look at the lines in front of it",
		.evidence = SEV_C,
		.is_noise = true,
	},
	{
		.name = "private-memory",
		.patterns = { "SNP_LAUNCH_UPDATE ret=%e{-22}",
			      "failed to configure initialprivate guest memory",
			      "failed to configure initial private guest memory" },
		.cause =
			"memory that is to be measured cannot be private: its backend has no guest_memfd",
		.remedy = "take QEMU's own memory backend, and load the firmware with -bios",
		.evidence = "AMDESE/AMDSEV#166; " SEV_C,
	},
	{
		.name = "private-attribute",
		.patterns = { "failed to set memory attribute private" },
		.cause = "KVM did not make the memory private",
		.remedy =
			"take QEMU's own memory backend; if the text says 'no memory', the host has too "
			"little",
		.evidence = SEV_C,
	},
	{
		.name = "rmp-page",
		.patterns = { "SNP_LAUNCH_UPDATE ret=%e{-5} fw_error=%f{25,26,28}" },
		.cause =
			"a page is not in the state that kernel and RMP agree on: a fault of the kernel",
		.remedy = "keep the kernel log, reboot, and update the kernel",
		.evidence = PSP_SEV_H,
	},
	{
		.name = "partial-update",
		.patterns = { "expected update of GPA range" },
		.cause = "KVM took only part of the memory that was to be measured",
		.remedy = "take QEMU's own memory backend, and load the firmware with -bios",
		.evidence = SEV_C,
	},
	{
		.name = "digest-differs",
		.patterns = { "SNP_LAUNCH_FINISH ret=%e{-5} fw_error=%f{11}" },
		.cause =
			"the launch digest is not the ID block's: firmware, kernel files, number of vCPUs, "
			"CPU signature or VMSA features are others than when it was made",
		.remedy = "compute the digest for this guest and make a new ID block",
		.evidence = "AMDESE/AMDSEV#195",
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "id-signature",
		.patterns = { "SNP_LAUNCH_FINISH ret=%e{-5} fw_error=%f{10}" },
		.cause = "a signature in the ID block's authentication is wrong",
		.remedy = "sign again with ECDSA P-384, numbers in little-endian order",
		.evidence = PSP_SEV_H,
	},
	{
		.name = "id-policy",
		.patterns = { "SNP_LAUNCH_FINISH ret=%e{-5} fw_error=%f{7}" },
		.cause =
			"the ID block has another guest policy than the launch, or vcek_disabled is set and "
			"the host has no VLEK",
		.remedy = "give both the same policy; load a VLEK, or leave vcek_disabled out",
		.evidence = PSP_SEV_H,
		.proof = FAILURE_UNPROVEN,
	},
	{
		.name = "measure",
		.patterns = { "LAUNCH_MEASURE ret=%n fw_error=%f" },
		.cause =
			"the measurement could not be read; QEMU's text in quotes belongs to ret, not to "
			"the code",
		.remedy = "see the code",
		.evidence = SEV_C,
	},
	{
		.name = "firmware-code",
		.patterns = { "ret=%e fw_error=%f", "fw_error=%f", "fw_error='%f", "fw_err=%f" },
		.cause = "a command of QEMU to KVM or the SEV firmware failed",
		.remedy =
			"see the code, and what the kernel log says at that time; with code 0 it was KVM "
			"that refused, before the firmware was asked",
		.evidence = SEV_C,
		.rank = FAILURE_BACKGROUND,
	},
};

const struct failure_table failures_launch = { rows, ARRAY_LEN(rows) };
