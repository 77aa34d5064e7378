// SPDX-License-Identifier: Apache-2.0
// The catalogue: the host's kernel log, of the PSP's driver, KVM, RMP and IOMMU.

#include "base/attributes.h"
#include "host/failures.h"

#define SEV_DEV_C "Linux drivers/crypto/ccp/sev-dev.c"
#define KVM_SEV_C "Linux arch/x86/kvm/svm/sev.c"
#define VIRT_SEV_C "Linux arch/x86/virt/svm/sev.c"
#define IOMMU_C "Linux drivers/iommu/amd/init.c"

/* A driver's words for a failed SNP_INIT, of several versions; 'code' ends them. */
#define SNP_INIT_FAILED(code) \
	{ \
		"SNP_INIT failed rc %e, error %f" code, "SNP_INIT_EX failed rc %e, error %f" code, \
			"SEV-SNP: failed to INIT rc %e, error %f" code, \
			"SEV-SNP: failed to INIT error %f" code \
	}
#define SEV_INIT_FAILED(code) \
	{ \
		"SEV: INIT failed %f" code, "SEV: INIT_EX failed %f" code, \
			"SEV: failed to INIT error %f" code \
	}

static const struct failure rows[] = {
	{
		.name = "smee-off",
		.patterns = { "SEV: memory encryption not enabled by BIOS" },
		.cause = "the BIOS has memory encryption off",
		.remedy = "enable SMEE and lock SMM in the BIOS, or update it",
		.evidence = SEV_DEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "rmp-not-reserved",
		.patterns = { "Memory for the RMP table has not been reserved by BIOS" },
		.cause = "the BIOS reserves no memory for the RMP, so there is no SNP",
		.remedy = "enable 'SNP Memory (RMP Table) Coverage' in the BIOS",
		.evidence = VIRT_SEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "rmp-too-small",
		.patterns = { "RMP table does not cover full system RAM" },
		.cause = "the RMP does not cover all memory: custom coverage, or memory was added",
		.remedy = "let the BIOS cover all memory",
		.evidence = VIRT_SEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "rmp-configuration",
		.patterns = { "RMP configuration not valid", "Segmented RMP enabled but",
			      "RMP segment size" },
		.cause = "BIOS and kernel do not agree on how the RMP lies in memory",
		.remedy = "update both; Zen 5 needs a kernel that knows segmented RMPs",
		.evidence = VIRT_SEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "iommu-passthrough",
		.patterns = { "SNP: IOMMU disabled or configured in passthrough mode" },
		.cause = "the IOMMU is off or passes everything through, and SNP needs it",
		.remedy =
			"remove iommu=pt, iommu=off and amd_iommu=off from the kernel's command line, and "
			"enable the IOMMU in the BIOS",
		.evidence = IOMMU_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "iommu-v2",
		.patterns = { "SNP: IOMMU is configured with V2 page table mode" },
		.cause = "the IOMMU uses version 2 page tables, with which SNP does not work",
		.remedy = "remove amd_iommu=pgtbl_v2 from the kernel's command line",
		.evidence = IOMMU_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "iommu-snp-off",
		.patterns = { "SNP: IOMMU SNP feature not enabled" },
		.cause = "the BIOS has SNP off in the IOMMU; 'Auto' is off",
		.remedy = "set 'SEV-SNP Support' to Enabled in the BIOS, on the page of the NBIO",
		.evidence = IOMMU_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "rmp-initialization",
		.patterns = { "SNP: RMP initialization failed" },
		.cause = "the RMP could not be set up, so there is no SNP",
		.remedy = "look for lines of SEV-SNP about the RMP in front of it",
		.evidence = IOMMU_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "snp-init-configuration",
		.patterns = SNP_INIT_FAILED("{3}"),
		.cause =
			"the firmware rejects how the host is configured: the BIOS, registers that differ "
			"between CPUs, interleaved memory, or what a kexec left behind",
		.remedy =
			"turn the power off and on; if that does not help, update the BIOS and check its "
			"SNP and memory interleaving settings. There is no single cause",
		.evidence = SEV_DEV_C "; AMDESE/AMDSEV#107, #154, #176, #189",
		.area = FAILURE_KERNEL,
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "snp-init-rmp",
		.patterns = SNP_INIT_FAILED("{32}"),
		.cause = "the RMP is not initialised, as after a kexec or a firmware update",
		.remedy = "reboot the host",
		.evidence = SEV_DEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "snp-init",
		.patterns = SNP_INIT_FAILED(""),
		.cause = "the firmware could not initialise SNP",
		.remedy = "see the code; turn the power off and on, then update the BIOS",
		.evidence = SEV_DEV_C,
		.area = FAILURE_KERNEL,
		.rank = FAILURE_BACKGROUND,
	},
	{
		.name = "sev-init-state",
		.patterns = SEV_INIT_FAILED("{1}"),
		.cause =
			"INIT came in the wrong state: SNP's initialisation failed before, or the SEV "
			"firmware is too new for the PSP's boot loader, or older than 1.51 with SNP on",
		.remedy = "look for a failed SNP_INIT before it; update the BIOS",
		.evidence = "AMDESE/AMDSEV#81, #140",
		.area = FAILURE_KERNEL,
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "sev-init-hardware",
		.patterns = SEV_INIT_FAILED("{3,19}"),
		.cause =
			"the firmware rejects how the BIOS has set the platform up: memory encryption, or "
			"SNP without memory for the RMP",
		.remedy = "set SMEE and the RMP's coverage in the BIOS, or update it",
		.evidence = "AMDESE/sev-tool#65; " SEV_DEV_C,
		.area = FAILURE_KERNEL,
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "sev-init-flush",
		.patterns = SEV_INIT_FAILED("{14}"),
		.cause = "not all CPUs have flushed their caches, because some are offline",
		.remedy = "bring all CPUs online before ccp is loaded; check how SMT is turned off",
		.evidence = "AMDESE/AMDSEV#202",
		.area = FAILURE_KERNEL,
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "sev-init",
		.patterns = SEV_INIT_FAILED(""),
		.cause = "the firmware could not initialise SEV",
		.remedy = "see the code; turn the power off and on, then update the BIOS",
		.evidence = SEV_DEV_C,
		.area = FAILURE_KERNEL,
		.rank = FAILURE_BACKGROUND,
	},
	{
		.name = "psp-status",
		.patterns = { "SEV: failed to get status. Error: %f" },
		.cause = "the PSP does not answer as it should, so there is no /dev/sev",
		.remedy = "turn the power off and on, then update the BIOS",
		.evidence = "AMDESE/AMDSEV#105, #246",
		.area = FAILURE_KERNEL,
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "guest-features",
		.patterns = { "SEV-ES guest requested termination: reason %n info %n" },
		.cause =
			"the guest's kernel does not know an SNP feature that is on; the number is a mask of "
			"such features",
		.remedy = "use a newer kernel in the guest, or turn the feature off",
		.evidence =
			KVM_SEV_C "; Linux arch/x86/boot/compressed/sev.c, snp_check_features()",
		.area = FAILURE_KERNEL,
	},
	{
		.name = "guest-termination",
		.patterns = { "SEV-ES guest requested termination: %g" },
		.cause = "the guest's firmware or kernel gave up",
		.remedy = "see the code, and the end of the guest's console and firmware log",
		.evidence = KVM_SEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "lock-limit",
		.patterns = { "SEV: %n total pages would exceed the lock limit of %n" },
		.cause =
			"the guest's memory is to be pinned, and RLIMIT_MEMLOCK is lower; both numbers are "
			"pages of 4 KiB",
		.remedy = "raise the limit to the guest's memory and 256 MiB more, in a unit with "
			  "LimitMEMLOCK=infinity",
		.evidence = KVM_SEV_C ", sev_pin_memory()",
		.area = FAILURE_KERNEL,
	},
	{
		.name = "lock-failed",
		.patterns = { "SEV: Failure locking %n pages" },
		.cause =
			"memory could not be pinned: too little is free, or its file system cannot",
		.remedy = "free memory, or take another memory backend",
		.evidence = KVM_SEV_C ", sev_pin_memory()",
		.area = FAILURE_KERNEL,
	},
	{
		.name = "snp-context",
		.patterns = { "Failed to create SEV-SNP context, rc %e fw_error %f" },
		.cause = "the firmware made no context for the guest",
		.remedy = "see the code",
		.evidence = KVM_SEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "psp-timeout",
		.patterns = { "sev command %n timed out, disabling PSP" },
		.cause = "the PSP hangs; from now on everything fails with EBUSY",
		.remedy = "turn the power off and on: a reboot may not be enough",
		.evidence = SEV_DEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "es-disabled",
		.patterns = { "SEV-ES disabled (ASIDs", "SEV-ES unusable (ASIDs" },
		.cause =
			"SEV-ES has no ASIDs, ciphertext hiding took them all, or the firmware refuses "
			"SEV-ES beside SNP (AMD-SB-3023)",
		.remedy =
			"set 'SEV-ES ASID Space Limit' above 1 in the BIOS, or lower "
			"kvm_amd.ciphertext_hiding_asids; where the firmware refuses, use sev-snp",
		.evidence = KVM_SEV_C ", sev_hardware_setup()",
		.area = FAILURE_KERNEL,
	},
	{
		.name = "snp-disabled",
		.patterns = { "SEV-SNP disabled (ASIDs" },
		.cause = "KVM will start no SNP guests",
		.remedy = "look for lines about SNP, RMP or IOMMU in front of it",
		.evidence = KVM_SEV_C ", sev_hardware_setup()",
		.area = FAILURE_KERNEL,
	},
	{
		.name = "tmr-allocation",
		.patterns = { "SEV: TMR allocation failed, SEV-ES support unavailable" },
		.cause = "there was no contiguous memory for SEV-ES when ccp was loaded",
		.remedy = "reboot; have ccp loaded early",
		.evidence = SEV_DEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "secure-data",
		.patterns = { "retrying INIT command because of SECURE_DATA_INVALID" },
		.cause = "the PSP's stored data were damaged and are made anew, with new keys",
		.remedy = "make the sessions of owners again, and import certificates again",
		.evidence = SEV_DEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "firmware-updated",
		.patterns = { "SEV firmware updated from" },
		.cause = "no failure: the kernel loaded newer SEV firmware",
		.remedy =
			"none; without the file in /lib/firmware/amd the next boot has the BIOS's firmware "
			"again",
		.evidence = SEV_DEV_C,
		.area = FAILURE_KERNEL,
		.is_harmless = true,
	},
	{
		.name = "psp-registers",
		.patterns = { "psp: unable to access the device: you might be running a broken BIOS" },
		.cause = "the PSP's registers cannot be read",
		.remedy = "update the BIOS",
		.evidence = "Linux drivers/crypto/ccp/psp-dev.c",
		.area = FAILURE_KERNEL,
	},
	{
		.name = "private-memory-configuration",
		.patterns = { "SEV-SNP requires private memory support via guest_memfd" },
		.cause = "the kernel, a development version, was built without private memory",
		.remedy = "use Linux 6.11 or newer",
		.evidence = "coconut-svsm/svsm#409",
		.area = FAILURE_KERNEL,
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "rmp-fault",
		.patterns = { "RMPUPDATE failed", "Leaking PFN range",
			      "SEV: Unexpected RMP fault" },
		.cause = "kernel and RMP disagree about a page: a fault of the kernel",
		.remedy = "keep the kernel log, reboot, and update the kernel",
		.evidence = VIRT_SEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "vmgexit",
		.patterns = { "vmgexit: *not valid", "vmgexit: *unsupported", "vmgexit: *GHCB" },
		.cause = "the guest asked the hypervisor for something in a wrong way",
		.remedy = "use a newer kernel and newer firmware in the guest",
		.evidence = KVM_SEV_C,
		.area = FAILURE_KERNEL,
	},
	{
		.name = "sev-option",
		.patterns = { "SEV command-line option '%w' was not recognized" },
		.cause =
			"the kernel's command line has a word in sev= that this kernel does not know",
		.remedy = "correct it; 'nosnp' is one that there is",
		.evidence = "Linux arch/x86/virt/svm/cmdline.c",
		.area = FAILURE_KERNEL,
	},
};

const struct failure_table failures_kernel = { rows, ARRAY_LEN(rows) };
