// SPDX-License-Identifier: Apache-2.0
// The catalogue: what guests say on their console, and their firmware in its log.

#include "base/attributes.h"
#include "host/failures.h"

#define GUEST_SEV_C "Linux arch/x86/boot/compressed/sev.c"
#define COCO_SEV_C "Linux arch/x86/coco/sev/core.c"

static const struct failure rows[] = {
	{
		.name = "blob-hash",
		.patterns = { "Hash comparison failed for", "Verifier called but no hashes table",
			      "Fetching blob failed" },
		.cause =
			"kernel, initrd or command line are not those that were hashed, or there are no "
			"hashes for firmware that wants them; it now hangs and never ends",
		.remedy =
			"set kernel_hashes to true with this firmware, and give it the files that were "
			"measured",
		.evidence = "edk2 OvmfPkg/AmdSev/BlobVerifierLibSevHashes/BlobVerifierSevHashes.c",
		.area = FAILURE_OVMF,
	},
	{
		.name = "encrypted-mmio",
		.patterns = { "MMIO using encrypted memory" },
		.cause =
			"the firmware is too old for this QEMU or kernel, and accesses a device through "
			"encrypted memory",
		.remedy = "take a newer OVMF image",
		.evidence = "AMDESE/AMDSEV#92",
		.area = FAILURE_OVMF,
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "cpu-features",
		.patterns = { "SEV-ES CPU Features missing" },
		.cause = "the CPU model lacks what an SEV-ES kernel needs, which is RDRAND",
		.remedy = "take an EPYC model",
		.evidence = GUEST_SEV_C,
		.area = FAILURE_GUEST,
	},
	{
		.name = "snp-not-in-cpuid",
		.patterns = { "SEV-SNP support indicated by CC blob, but not CPUID",
			      "SEV-SNP support indicated by CC blob, but not SEV status MSR" },
		.cause = "firmware and CPU contradict each other about SNP",
		.remedy = "take an EPYC model and a newer OVMF image",
		.evidence = GUEST_SEV_C,
		.area = FAILURE_GUEST,
	},
	{
		.name = "encryption-active",
		.patterns = { "Memory Encryption Features active: AMD SEV" },
		.cause = "no failure: the guest's kernel names the protection that it found",
		.remedy = "none, if it is the level that was asked for",
		.evidence = "Linux arch/x86/mm/mem_encrypt.c",
		.area = FAILURE_GUEST,
		.is_harmless = true,
	},
	{
		.name = "vc-exit-code",
		.patterns = { "Unsupported exit-code %n in #VC" },
		.cause = "a program in the guest touched a ROM or the memory of a device",
		.remedy = "find that program, and leave it out",
		.evidence = "AMDESE/AMDSEV#255",
		.area = FAILURE_GUEST,
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "boot-loader-reset",
		.patterns = { "DXE ResetSystem2: ResetType Cold" },
		.cause =
			"the boot loader asks for a reboot, as the fallback loader does after it made a "
			"boot entry, and an encrypted guest cannot be reset",
		.remedy = "start it again; make the boot entry part of the image",
		.evidence = "coconut-svsm/svsm#482, #680",
		.area = FAILURE_OVMF,
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "swiotlb",
		.patterns = { "swiotlb buffer is full", "swiotlb: Cannot allocate" },
		.cause = "the memory that guest and devices share is used up",
		.remedy = "raise swiotlb= on the guest's command line",
		.evidence = "Linux kernel/dma/swiotlb.c",
		.area = FAILURE_GUEST,
		.proof = FAILURE_UNPROVEN,
	},
	{
		.name = "secondary-cpus",
		.patterns = { "smp: Bringing up secondary CPUs" },
		.cause =
			"the guest's other vCPUs do not start, and this is the last that it says; why is "
			"not known",
		.remedy =
			"see whether it boots with one vCPU; update the host's kernel and the firmware",
		.evidence = "AMDESE/AMDSEV#264",
		.area = FAILURE_GUEST,
		.proof = FAILURE_REPORTED,
		.only_last = true,
	},
	{
		.name = "secure-tsc",
		.patterns = { "Failed to get TSC info" },
		.cause = "secure TSC is on, and the host has it not",
		.remedy = "turn secure TSC off",
		.evidence = COCO_SEV_C,
		.area = FAILURE_GUEST,
	},
	{
		.name = "vmpck",
		.patterns = { "Empty VMPCK%n", "VMPCK is disabled", "Disabling VMPCK%n" },
		.cause =
			"the guest wiped its key for attestation after a request failed, so that no number "
			"is used twice",
		.remedy = "start the guest again; if it comes back, update the SEV firmware",
		.evidence = COCO_SEV_C,
		.area = FAILURE_GUEST,
	},
	{
		.name = "accept-memory",
		.patterns = { "Cannot accept memory: unknown platform" },
		.cause = "the guest's kernel was built without SEV-SNP",
		.remedy = "use a newer kernel in the guest, with CONFIG_AMD_MEM_ENCRYPT",
		.evidence = "Linux arch/x86/boot/compressed/mem.c",
		.area = FAILURE_GUEST,
	},
};

const struct failure_table failures_guest = { rows, ARRAY_LEN(rows) };
