// SPDX-License-Identifier: Apache-2.0
// The catalogue: QEMU says that an option, the firmware or another file does not fit.

#include "base/attributes.h"
#include "host/failures.h"

#define SEV_C "QEMU target/i386/sev.c"
#define PC_SYSFW_C "QEMU hw/i386/pc_sysfw.c"

static const struct failure rows[] = {
	{
		.name = "cbitpos",
		.patterns = { "cbitpos check failed, host '%n' requested '%n'" },
		.cause = "the C-bit is at another position on this host",
		.remedy = "give cbitpos the host's number, which CPUID 0x8000001f has in EBX[5:0]",
		.evidence = SEV_C "; AMDESE/linux-svsm#9",
	},
	{
		.name = "reduced-phys-bits",
		.patterns = { "reduced_phys_bits check failed" },
		.cause = "reduced-phys-bits is not between 1 and 63",
		.remedy = "set it to 1, which is right for every guest",
		.evidence = SEV_C,
	},
	{
		.name = "reduced-phys-bits-missing",
		.patterns = { "Parameter 'reduced-phys-bits' is missing" },
		.cause = "QEMU demands this property of an SEV object",
		.remedy = "add reduced-phys-bits=1",
		.evidence = SEV_C,
		.proof = FAILURE_TRIED,
	},
	{
		.name = "cpuid-count",
		.patterns = { "CPUID entry count (%n) exceeds max (%n)" },
		.cause = "the CPU model has more CPUID leaves than the page for them holds",
		.remedy = "leave out Hyper-V's features and others that were added to the model",
		.evidence = SEV_C,
	},
	{
		.name = "metadata-missing",
		.patterns = { "Failed to locate SEV metadata header" },
		.cause = "the firmware has no SEV metadata, so it cannot run at sev-snp; Debian's "
			 "OVMF_CODE_4M.fd is such an image",
		.remedy =
			"take a build with metadata, such as Debian's OVMF.fd or edk2's AmdSevX64",
		.evidence = SEV_C,
	},
	{
		.name = "reset-vector",
		.patterns = { "SEV information block/Firmware GUID Table block not found in pflash rom",
			      "failed to locate and/or save reset vector" },
		.cause =
			"the image is no firmware that knows SEV, or a file of variables was given as one",
		.remedy = "take an OVMF image with code, built for SEV",
		.evidence = SEV_C "; AMDESE/AMDSEV#218; kata-containers/kata-containers#9724",
	},
	{
		.name = "reset-address-zero",
		.patterns = { "SEV-ES reset address is zero" },
		.cause = "the firmware was built without SEV-ES",
		.remedy = "take an OVMF image that was built for SEV-ES",
		.evidence = SEV_C,
	},
	{
		.name = "pflash-readonly",
		.patterns = { "pflash with kvm requires KVM readonly memory support" },
		.cause =
			"KVM has no read-only memory at sev-snp, nor at sev-es with legacy_vm_type off, so "
			"firmware cannot be a pflash device there",
		.remedy =
			"load the firmware with -bios; at sev-es legacy_vm_type 'on' helps as well",
		.evidence = PC_SYSFW_C "; Linux 6.11, KVM_CAP_READONLY_MEM",
	},
	{
		.name = "readonly-slot",
		.patterns = { "KVM_SET_USER_MEMORY_REGION2 failed*flags=%n{2}*guest_memfd=%n{-1}*"
			      "Invalid argument" },
		.cause =
			"QEMU gave an encrypted guest read-only memory, which is what a pflash device is",
		.remedy = "load the firmware with -bios",
		.evidence = "AMDESE/AMDSEV#236, #242; amd/sev-utils#17",
		.proof = FAILURE_REPORTED,
	},
	{
		.name = "convert-region",
		.patterns = { "Convert non guest_memfd backed memory region (%n" },
		.cause =
			"the guest wants to make memory private that cannot be: flash, a ROM, or the APIC's "
			"page. Old firmware, or an image of code only, does that",
		.remedy = "take a newer, whole OVMF image and load it with -bios",
		.evidence = "AMDESE/AMDSEV#236; tianocore/edk2#6285",
		.proof = FAILURE_UNPROVEN,
	},
	{
		.name = "smm",
		.patterns = { "SEV-SNP does not support SMM" },
		.cause = "system management mode is on",
		.remedy = "set smm=off and take firmware that was built without SMM",
		.evidence = SEV_C,
	},
	{
		.name = "hash-table-missing",
		.patterns = { "kernel specified but guest firmware has no hashes table GUID" },
		.cause =
			"the kernel's hashes are to be measured, and the firmware has no place for them",
		.remedy = "take edk2's AmdSev build, or set kernel_hashes to false",
		.evidence = SEV_C,
	},
	{
		.name = "hash-table-invalid",
		.patterns = { "guest firmware hashes table area is invalid (base=%n size=%n)" },
		.cause =
			"the firmware names a place for the kernel's hashes that is empty; all of Debian's "
			"images do",
		.remedy = "take edk2's AmdSev build, or set kernel_hashes to false",
		.evidence = SEV_C,
		.proof = FAILURE_TRIED,
	},
	{
		.name = "parameter-length",
		.patterns = { "parameter length of %n not equal to %n",
			      "parameter length of %n exceeds max of %n" },
		.cause = "a value in base64 has the wrong number of bytes",
		.remedy =
			"host data are 32 bytes, an ID block 96, its authentication 4096, workarounds 16",
		.evidence = SEV_C,
		.proof = FAILURE_TRIED,
	},
	{
		.name = "object-unknown",
		.patterns = { "Parameter 'qom-type' does not accept value 'sev-snp-guest'",
			      "Parameter 'qom-type' does not accept value 'igvm-cfg'" },
		.cause =
			"this QEMU lacks the object: it is older than 9.1, or was built without IGVM",
		.remedy = "use a newer QEMU, or one that was built with libigvm",
		.evidence = "coconut-svsm/svsm#680",
		.proof = FAILURE_TRIED,
	},
	{
		.name = "igvm-property",
		.patterns = { "machine.igvm-cfg' not found" },
		.cause = "this QEMU was built without IGVM, as Debian's is, or is older than 10.1",
		.remedy = "use a QEMU that was built with libigvm",
		.evidence = "QEMU hw/core/machine.c",
		.proof = FAILURE_TRIED,
	},
	{
		.name = "igvm-pflash",
		.patterns = { "pflash devices cannot be configured when using IGVM" },
		.cause =
			"an IGVM file brings its own firmware, and a pflash device is there as well",
		.remedy = "leave out the pflash device",
		.evidence = PC_SYSFW_C,
	},
	{
		.name = "igvm-vmsa",
		.patterns = { "VMSA contains unsupported sev_features",
			      "The VMSA contains fields that are not synchronized with KVM" },
		.cause = "the IGVM file was made for another hypervisor",
		.remedy = "build the IGVM file for QEMU",
		.evidence = SEV_C,
	},
	{
		.name = "bios-file",
		.patterns = { "could not load PC BIOS" },
		.cause = "the firmware cannot be read, or its size is not a multiple of 64 KiB",
		.remedy = "check path and size of the image",
		.evidence = "QEMU hw/i386/x86-common.c",
		.proof = FAILURE_TRIED,
	},
	{
		.name = "session-file",
		.patterns = { "SEV: Failed to read '%w'" },
		.cause = "the owner's certificate or session cannot be read, or is not base64",
		.remedy = "check path and content of both files",
		.evidence = SEV_C,
	},
	{
		.name = "object-missing",
		.patterns = { "Device '%w' not found" },
		.cause = "an option names an object that is not there, such as "
			 "confidential-guest-support an SEV object",
		.remedy = "define the object with -object, under the same id",
		.evidence = "QEMU qom/object.c",
		.proof = FAILURE_TRIED,
	},
};

const struct failure_table failures_options = { rows, ARRAY_LEN(rows) };
