// SPDX-License-Identifier: Apache-2.0
// Each check of a machine, with readings that pass and with readings that do not.

#include "tests/host/probe_fixture.h"

#include <errno.h>

// --- What is put into readings -------------------------------------------------------------------

// A change of a number, by its place; text changes name 'which' and 'text'.
struct change {
	enum { CHANGE_NONE, CHANGE_TEXT, CHANGE_STATE, CHANGE_U8, CHANGE_U32, CHANGE_U64 } kind;
	size_t place; // enum host_text, or an offset
	uint64_t number;
	const char *text;
};

#define TEXT(which, value) \
	{ \
		CHANGE_TEXT, HOST_TEXT_##which, 0, value \
	}
#define STATE(which, value) \
	{ \
		CHANGE_STATE, HOST_TEXT_##which, READING_##value, NULL \
	}
#define U8(member, value) \
	{ \
		CHANGE_U8, offsetof(struct host_readings, member), value, NULL \
	}
#define U32(member, value) \
	{ \
		CHANGE_U32, offsetof(struct host_readings, member), value, NULL \
	}
#define U64(member, value) \
	{ \
		CHANGE_U64, offsetof(struct host_readings, member), value, NULL \
	}
#define MSR(which, content) \
	U8(msrs[HOST_MSR_##which].is_read, 1), U64(msrs[HOST_MSR_##which].value, content)
#define NO_TYPES U32(kvm.vm_types, 0x1)

static void make_change(struct host_readings *readings, const struct change *change)
{
	char *place = (char *)readings + change->place;
	uint32_t u32 = (uint32_t)change->number;

	switch (change->kind) {
	case CHANGE_TEXT:
		set_text(readings, (enum host_text)change->place, change->text);
		return;
	case CHANGE_STATE:
		memset(&readings->texts[change->place], 0, sizeof(struct reading));
		readings->texts[change->place].state = (enum reading_state)change->number;
		return;
	case CHANGE_U8:
		*place = (char)change->number;
		return;
	case CHANGE_U32:
		memcpy(place, &u32, sizeof(u32));
		return;
	case CHANGE_U64:
		memcpy(place, &change->number, sizeof(change->number));
		return;
	case CHANGE_NONE:
		return;
	}
}

// --- Each check ----------------------------------------------------------------------------------

#define CHANGES_MAX 4

struct row {
	const char *capture;
	const char *check;
	enum probe_status status;
	const char *value; // is part of it
	struct change changes[CHANGES_MAX];
};

#define PASS PROBE_PASS
#define WARN PROBE_WARN
#define FAIL PROBE_FAIL
#define UNKNOWN PROBE_UNKNOWN
#define SKIP PROBE_SKIP

/* clang-format off */
static const struct row rows[] = {
	/* The CPU */
	{ "genoa", "cpu.arch", PASS, "x86_64", { { 0 } } },
	{ "genoa", "cpu.arch", FAIL, "a86_64", { U8(machine, 'a') } },
	{ "genoa", "cpu.vendor", PASS, "AuthenticAMD", { { 0 } } },
	{ "intel", "cpu.vendor", FAIL, "'GenuineIntel', not of AMD", { { 0 } } },
	{ "genoa", "cpu.vendor", UNKNOWN, "CPUID was not read", { U8(cpuid_read, 0) } },
	{ "genoa", "cpu.bare_metal", PASS, "no hypervisor", { { 0 } } },
	{ "in-a-vm", "cpu.bare_metal", FAIL, "a virtual machine itself", { { 0 } } },
	{ "intel", "cpu.bare_metal", SKIP, "see cpu.vendor", { { 0 } } },
	{ "genoa", "cpu.brand", PASS, "AMD EPYC 9654", { { 0 } } },
	{ "genoa", "cpu.brand", WARN, "AMD RPYC", { U8(leaves[HOST_LEAF_BRAND_1].ebx, 'R') } },
	{ "milan", "cpu.generation", PASS, "Milan (family 19h, model 01h, stepping 1)", { { 0 } } },
	{ "turin", "cpu.generation", PASS, "Turin (family 1ah, model 02h", { { 0 } } },
	{ "genoa", "cpu.generation", PASS, "Naples", { U32(leaves[HOST_LEAF_SIGNATURE].eax, 0x800f12) } },
	{ "genoa", "cpu.generation", PASS, "Rome", { U32(leaves[HOST_LEAF_SIGNATURE].eax, 0x830f10) } },
	{ "genoa", "cpu.generation", PASS, "Bergamo", { U32(leaves[HOST_LEAF_SIGNATURE].eax, 0xaa0f02) } },
	{ "genoa", "cpu.generation", WARN, "no EPYC that is known", { U32(leaves[HOST_LEAF_SIGNATURE].eax, 0xa20f10) } },
	{ "genoa", "cpu.sev_leaf", PASS, "0x80000028", { { 0 } } },
	{ "genoa", "cpu.sev_leaf", FAIL, "no leaf 0x8000001F", { U32(leaves[HOST_LEAF_EXTENDED].eax, 0x8000001e) } },
	{ "genoa", "cpu.sev", PASS, "bit 1", { { 0 } } },
	{ "genoa", "cpu.sev", FAIL, "has no SEV (CPUID 0x8000001F EAX bit 1)", { U32(leaves[HOST_LEAF_SEV].eax, 0) } },
	{ "genoa", "cpu.sev_es", PASS, "bit 3", { { 0 } } },
	{ "genoa", "cpu.sev_es", FAIL, "has no SEV-ES", { U32(leaves[HOST_LEAF_SEV].eax, 0x3) } },
	{ "genoa", "cpu.sev_snp", PASS, "bit 4", { { 0 } } },
	{ "genoa", "cpu.sev_snp", FAIL, "has no SEV-SNP", { U32(leaves[HOST_LEAF_SEV].eax, 0xf) } },
	{ "genoa", "cpu.c_bit", PASS, "bit 51; 5 bits", { { 0 } } },
	{ "genoa", "cpu.c_bit", WARN, "says 0", { U32(leaves[HOST_LEAF_SEV].ebx, 0x4000) } },
	{ "genoa", "cpu.vmpls", PASS, "4", { { 0 } } },
	{ "genoa", "cpu.vmpls", WARN, "1", { U32(leaves[HOST_LEAF_SEV].ebx, 0x1173) } },
	{ "turin", "cpu.features", PASS, "secure TSC yes, debug swap yes, RMPREAD yes", { { 0 } } },
	{ "turin", "cpu.rmpread", PASS, "bit 21", { { 0 } } },
	{ "turin", "cpu.rmpread", WARN, "does not have it", { U32(leaves[HOST_LEAF_SEV].eax, 0x1f) } },
	{ "milan", "cpu.rmpread", SKIP, "only Zen 5", { { 0 } } },
	{ "genoa", "cpu.asids", PASS, "1006", { { 0 } } },
	{ "genoa", "cpu.asids", FAIL, "0 ASIDs", { U32(leaves[HOST_LEAF_SEV].ecx, 0) } },
	{ "genoa", "cpu.asids_es", PASS, "99 (1 to 99)", { { 0 } } },
	{ "genoa", "cpu.asids_es", FAIL, "SEV-ES and SEV-SNP no ASIDs", { U32(leaves[HOST_LEAF_SEV].edx, 1) } },
	{ "genoa", "cpu.asids_sev", PASS, "907 (100 to 1006)", { { 0 } } },
	{ "genoa", "cpu.asids_sev", FAIL, "plain SEV none", { U32(leaves[HOST_LEAF_SEV].edx, 1007) } },

	/* The kernel */
	{ "genoa", "kernel.options", PASS, "none", { { 0 } } },
	{ "genoa", "kernel.options", FAIL, "with kvm_amd.sev=0 nosvm", { TEXT(CMDLINE, "nosvm kvm_amd.sev=0"), NO_TYPES } },
	{ "genoa", "kernel.options", WARN, "with kvm_amd.npt=0", { TEXT(CMDLINE, "kvm_amd.npt=0") } },
	{ "genoa", "kernel.options", PASS, "none", { TEXT(CMDLINE, "kvm_amd.sev=01"), NO_TYPES } },
	{ "genoa", "kernel.options_es", PASS, "none", { { 0 } } },
	{ "genoa", "kernel.options_es", FAIL, "kvm.mmio_caching=0 kvm_amd.lbrv=0", { TEXT(CMDLINE, "kvm.mmio_caching=0 kvm_amd.lbrv=0"), NO_TYPES } },
	{ "genoa", "kernel.options_snp", PASS, "none", { { 0 } } },
	{ "genoa", "kernel.options_snp", FAIL, "with sev=nosnp iommu=pt", { TEXT(CMDLINE, "iommu=pt sev=nosnp"), NO_TYPES } },
	{ "genoa", "kernel.options_snp", UNKNOWN, "may not be read", { STATE(CMDLINE, DENIED) } },
	{ "genoa", "kernel.release_sev", PASS, "6.12", { { 0 } } },
	{ "old-kernel", "kernel.release_sev", FAIL, "is older than 4.16", { U8(release[0], '3') } },
	{ "genoa", "kernel.release_es", PASS, "6.12", { { 0 } } },
	{ "old-kernel", "kernel.release_es", FAIL, "is older than 5.11", { U8(release[0], '5') } },
	{ "genoa", "kernel.release_snp", PASS, "6.12", { { 0 } } },
	{ "old-kernel", "kernel.release_snp", FAIL, "older than 6.11, and its kvm_amd knows no", { { 0 } } },
	{ "old-kernel", "kernel.release_snp", WARN, "older than 6.11", { TEXT(KVM_AMD_SEV_SNP, "Y") } },
	{ "genoa", "kernel.init2", PASS, "6.12", { { 0 } } },
	{ "old-kernel", "kernel.init2", WARN, "older than 6.10", { { 0 } } },
	{ "turin", "kernel.turin", PASS, "7.1", { { 0 } } },
	{ "turin", "kernel.turin", WARN, "older than 6.14", { U8(release[0], '6') } },
	{ "genoa", "kernel.kdump", PASS, "no /proc/vmcore", { { 0 } } },
	{ "genoa", "kernel.kdump", FAIL, "kdump kernel", { TEXT(VMCORE, ""), NO_TYPES } },
	{ "genoa", "kernel.config_sev", PASS, "CONFIG_KVM_AMD_SEV=y", { { 0 } } },
	{ "genoa", "kernel.config_sev", FAIL, "without CONFIG_KVM_AMD_SEV", { TEXT(CONFIG, ""), NO_TYPES } },
	{ "genoa", "kernel.config_sev", UNKNOWN, "/boot/config is not there", { STATE(CONFIG, ABSENT) } },
	{ "genoa", "kernel.config_psp", PASS, "PSP=y", { { 0 } } },
	{ "genoa", "kernel.config_psp", FAIL, "without CONFIG_CRYPTO_DEV_SP_PSP", { TEXT(CONFIG, ""), NO_TYPES } },
	{ "genoa", "kernel.config_ccp", PASS, "DD=m", { { 0 } } },
	{ "genoa", "kernel.config_ccp", FAIL, "without CONFIG_CRYPTO_DEV_CCP_DD", { TEXT(CONFIG, ""), NO_TYPES } },
	{ "genoa", "kernel.config_iommu", PASS, "CONFIG_AMD_IOMMU=y", { { 0 } } },
	{ "genoa", "kernel.config_iommu", FAIL, "without CONFIG_AMD_IOMMU", { TEXT(CONFIG, "CONFIG_KVM_AMD_SEV=y"), NO_TYPES } },
	{ "genoa", "kernel.config_misc", PASS, "CONFIG_CGROUP_MISC=y", { { 0 } } },
	{ "genoa", "kernel.config_misc", WARN, "without CONFIG_CGROUP_MISC", { TEXT(CONFIG, "") } },
	{ "genoa", "kernel.flag_sev", PASS, "uses 'sev'", { { 0 } } },
	{ "bios-misconfigured", "kernel.flag_sev", FAIL, "no flag 'sev'", { { 0 } } },
	{ "genoa", "kernel.flag_sev_es", PASS, "uses 'sev_es'", { { 0 } } },
	{ "genoa", "kernel.flag_sev_es", FAIL, "no flag 'sev_es'", { TEXT(CPUINFO, "flags: sev sev_snp"), NO_TYPES } },
	{ "genoa", "kernel.flag_sev_snp", PASS, "uses 'sev_snp'", { { 0 } } },
	{ "genoa", "kernel.flag_sev_snp", FAIL, "no flag 'sev_snp'", { TEXT(CPUINFO, "flags: sev sev_es"), NO_TYPES } },
	{ "genoa", "kernel.flag_sev_snp", WARN, "no flag 'sev_snp'", { TEXT(CPUINFO, "flags: sev sev_es") } },
	{ "genoa", "msr.smee", UNKNOWN, "0xc0010010 is not read", { { 0 } } },
	{ "genoa", "msr.smee", PASS, "0xc0010010 is 0x800000", { MSR(SYSCFG, 0x800000) } },
	{ "bios-misconfigured", "msr.smee", WARN, "0x740000", { { 0 } } },
	{ "genoa", "msr.snp_enable", PASS, "0x1000000", { MSR(SYSCFG, 0x1000000) } },
	{ "genoa", "msr.snp_enable", WARN, "0x800000", { MSR(SYSCFG, 0x800000) } },
	{ "genoa", "msr.smm_lock", PASS, "0xc0010015 is 0x9000011", { MSR(HWCR, 0x9000011) } },
	{ "genoa", "msr.smm_lock", WARN, "0x9000010", { MSR(HWCR, 0x9000010) } },
	{ "genoa", "msr.rmp_base", PASS, "0xc0010132", { MSR(RMP_BASE, 0x1000000000) } },
	{ "genoa", "msr.rmp_base", WARN, "is 0x0", { MSR(RMP_BASE, 0) } },
	{ "genoa", "msr.rmp_end", PASS, "0xc0010133", { MSR(RMP_END, 0x10ffffffff) } },
	{ "genoa", "msr.rmp_end", WARN, "is 0x0", { MSR(RMP_END, 0) } },

	/* Modules */
	{ "genoa", "module.kvm_amd", PASS, "/sys/module/kvm_amd", { { 0 } } },
	{ "genoa", "module.kvm_amd", FAIL, "not loaded", { STATE(KVM_AMD, ABSENT) } },
	{ "genoa", "module.npt", PASS, "npt is Y", { { 0 } } },
	{ "genoa", "module.npt", FAIL, "npt is N", { TEXT(KVM_AMD_NPT, "N"), NO_TYPES } },
	{ "genoa", "module.nrips", PASS, "nrips is 1", { { 0 } } },
	{ "genoa", "module.nrips", FAIL, "nrips is 0", { TEXT(KVM_AMD_NRIPS, "0"), NO_TYPES } },
	{ "genoa", "module.lbrv", PASS, "lbrv is 1", { { 0 } } },
	{ "genoa", "module.lbrv", FAIL, "lbrv is 0", { TEXT(KVM_AMD_LBRV, "0"), NO_TYPES } },
	{ "genoa", "module.mmio_caching", PASS, "is Y", { { 0 } } },
	{ "genoa", "module.mmio_caching", FAIL, "is N", { TEXT(KVM_MMIO_CACHING, "N"), NO_TYPES } },
	{ "genoa", "module.ccp", PASS, "/sys/module/ccp", { { 0 } } },
	{ "genoa", "module.ccp", FAIL, "not loaded", { STATE(CCP, ABSENT) } },
	{ "genoa", "module.sev", PASS, "sev is Y", { { 0 } } },
	{ "genoa", "module.sev", FAIL, "sev is N", { TEXT(KVM_AMD_SEV, "N") } },
	{ "bios-misconfigured", "module.sev", SKIP, "see module.nrips", { { 0 } } },
	{ "genoa", "module.sev_es", PASS, "sev_es is Y", { { 0 } } },
	{ "genoa", "module.sev_es", FAIL, "sev_es is N", { TEXT(KVM_AMD_SEV_ES, "N") } },
	{ "genoa", "module.sev_snp", PASS, "sev_snp is Y", { { 0 } } },
	{ "genoa", "module.sev_snp", FAIL, "sev_snp is N", { TEXT(KVM_AMD_SEV_SNP, "N") } },
	{ "genoa", "module.sev_snp", FAIL, "knows no SEV-SNP", { STATE(KVM_AMD_SEV_SNP, ABSENT) } },
	{ "turin", "module.ciphertext_hiding", PASS, "off", { { 0 } } },
	{ "turin", "module.ciphertext_hiding", PASS, "1 to 50, SEV-ES 51 to 99", { TEXT(KVM_AMD_HIDING_ASIDS, "50") } },
	{ "turin", "module.ciphertext_hiding", FAIL, "and SEV-ES none", { TEXT(KVM_AMD_HIDING_ASIDS, "99") } },
	{ "genoa", "module.debug_swap", PASS, "N", { { 0 } } },
	{ "genoa", "module.init_on_probe", PASS, "Y", { { 0 } } },
	{ "genoa", "module.init_ex_path", PASS, "none", { { 0 } } },
	{ "genoa", "module.init_ex_path", PASS, "/var/lib/sev", { TEXT(CCP_INIT_EX_PATH, "/var/lib/sev") } },
	{ "genoa", "psp.device", PASS, "ccp drives it", { { 0 } } },
	{ "old-kernel", "psp.device", WARN, "none of ccp's devices", { { 0 } } },
	{ "genoa", "psp.fused_part", PASS, "1", { { 0 } } },
	{ "genoa", "psp.fused_part", WARN, "0", { TEXT(PSP_FUSED_PART, "0") } },
	{ "genoa", "psp.debug_lock", PASS, "1", { { 0 } } },
	{ "genoa", "psp.debug_lock", WARN, "0", { TEXT(PSP_DEBUG_LOCK_ON, "0") } },
	{ "genoa", "psp.tsme", PASS, "0", { { 0 } } },
	{ "genoa", "psp.anti_rollback", PASS, "1", { { 0 } } },
	{ "milan", "psp.bootloader", PASS, "00.2d.00.75", { { 0 } } },
	{ "milan", "psp.bootloader", WARN, "00.13.00.6f", { TEXT(PSP_BOOTLOADER_VERSION, "00.13.00.6f") } },
	{ "milan", "psp.bootloader", PASS, "00.13.00.70", { TEXT(PSP_BOOTLOADER_VERSION, "00.13.00.70") } },
	{ "genoa", "psp.bootloader", PASS, "00.13.00.6f", { TEXT(PSP_BOOTLOADER_VERSION, "00.13.00.6f") } },
	{ "genoa", "psp.tee", PASS, "00.2d.00.75", { { 0 } } },
	{ "genoa", "psp.mitigations_supported", SKIP, "does not tell", { { 0 } } },
	{ "genoa", "psp.mitigations_supported", PASS, "0x7", { TEXT(MITIGATIONS_SUPPORTED, "0x7") } },
	{ "genoa", "psp.mitigations_verified", PASS, "0x3", { TEXT(MITIGATIONS_VERIFIED, "0x3") } },

	/* The IOMMU */
	{ "genoa", "iommu.present", PASS, "ivhd0", { { 0 } } },
	{ "genoa", "iommu.present", FAIL, "no AMD IOMMU", { STATE(IOMMU_FEATURES, ABSENT), NO_TYPES } },
	{ "genoa", "iommu.snp", PASS, "EFR bit 63", { { 0 } } },
	{ "bios-misconfigured", "iommu.snp", FAIL, "no support for SEV-SNP", { { 0 } } },
	{ "genoa", "iommu.domain", PASS, "DMA-FQ", { { 0 } } },
	{ "genoa", "iommu.domain", FAIL, "passthrough", { TEXT(IOMMU_GROUP_FIRST, "identity"), TEXT(IOMMU_GROUP_SECOND, "identity"), NO_TYPES } },
	{ "genoa", "iommu.domain", PASS, "identity", { TEXT(IOMMU_GROUP_FIRST, "identity"), NO_TYPES } },

	/* KVM */
	{ "genoa", "kvm.device", PASS, "answers", { { 0 } } },
	{ "genoa", "kvm.device", FAIL, "no /dev/kvm", { U32(kvm.state, READING_ABSENT) } },
	{ "genoa", "kvm.device", FAIL, "this user may not open /dev/kvm", { U32(kvm.state, READING_DENIED) } },
	{ "genoa", "kvm.device", UNKNOWN, "was not read", { U32(kvm.state, READING_NONE) } },
	{ "genoa", "kvm.api", PASS, "12", { { 0 } } },
	{ "genoa", "kvm.api", FAIL, "version 11", { U32(kvm.api_version, 11) } },
	{ "genoa", "kvm.type_sev", PASS, "0x1d has type 2", { { 0 } } },
	{ "genoa", "kvm.type_sev", FAIL, "0x1 has no type 2", { U32(kvm.vm_types, 1) } },
	{ "old-kernel", "kvm.type_sev", PASS, "too old to list", { { 0 } } },
	{ "old-kernel", "kvm.type_sev", PASS, "too old to list", { NO_TYPES } },
	{ "genoa", "kvm.type_sev", UNKNOWN, "lists no types", { NO_TYPES, U8(release[0], 0) } },
	{ "genoa", "kvm.type_sev_es", FAIL, "0x5 has no type 3", { U32(kvm.vm_types, 5), U8(release[0], 0) } },
	{ "genoa", "kvm.type_snp", FAIL, "0x1 has no type 4", { NO_TYPES, U8(release[0], 0) } },
	{ "genoa", "kvm.type_sev_es", PASS, "type 3", { { 0 } } },
	{ "genoa", "kvm.type_sev_es", FAIL, "0x15 has no type 3", { U32(kvm.vm_types, 0x15) } },
	{ "genoa", "kvm.type_snp", PASS, "type 4", { { 0 } } },
	{ "genoa", "kvm.type_snp", FAIL, "0xd has no type 4", { U32(kvm.vm_types, 0xd) } },
	{ "genoa", "kvm.private_memory", PASS, "guest_memfd", { { 0 } } },
	{ "genoa", "kvm.private_memory", FAIL, "guest_memfd 0", { U32(kvm.guest_memfd, 0) } },
	{ "genoa", "kvm.private_memory", FAIL, "attributes 0x4", { U32(kvm.memory_attributes, 4) } },
	{ "turin", "kvm.vmsa_features", PASS, "0x201: debug swap no, secure TSC yes", { { 0 } } },
	{ "old-kernel", "kvm.vmsa_features", SKIP, "does not tell", { { 0 } } },
	{ "turin", "kvm.policy_bits", PASS, "0x3fb00ff", { { 0 } } },
	{ "genoa", "kvm.policy_bits", SKIP, "its release decides", { { 0 } } },

	/* The AMD-SP */
	{ "genoa", "dev.sev", PASS, "root can open", { { 0 } } },
	{ "genoa", "dev.sev", PASS, "this user can open", { U32(sev_device, READING_DONE), U8(by_root, 0) } },
	{ "genoa", "dev.sev", FAIL, "no /dev/sev", { U32(sev_device, READING_ABSENT) } },
	{ "old-kernel", "dev.sev", FAIL, "this user may not open", { { 0 } } },
	{ "genoa", "dev.sev", UNKNOWN, "cannot be read", { U32(sev_device, READING_FAILED), U32(sev.state, READING_NONE) } },
	{ "genoa", "sev.status", PASS, "answers", { { 0 } } },
	{ "genoa", "sev.status", FAIL, "Device or resource busy", { U32(sev.state, READING_FAILED), U32(sev.errnum, EBUSY) } },
	{ "genoa", "sev.status", FAIL, "firmware error", { U32(sev.state, READING_FAILED), U32(sev.errnum, EIO), U32(sev.fw_error, 0x13) } },
	{ "genoa", "sev.state", PASS, "initialized", { { 0 } } },
	{ "genoa", "sev.state", WARN, "uninitialized", { U8(sev.platform_state, 0) } },
	{ "genoa", "sev.state", PASS, "until the first guest", { U8(sev.platform_state, 0), TEXT(CCP_INIT_ON_PROBE, "N") } },
	{ "genoa", "sev.es_initialized", PASS, "is initialized", { { 0 } } },
	{ "genoa", "sev.es_initialized", FAIL, "not initialized SEV-ES", { U32(sev.flags, 0) } },
	{ "genoa", "sev.es_initialized", UNKNOWN, "not initialized", { U32(sev.flags, 0), U8(sev.platform_state, 0) } },
	{ "genoa", "sev.api", PASS, "1.55.31", { { 0 } } },
	{ "genoa", "sev.api", WARN, "0.16.", { U8(sev.api_major, 0), U8(sev.api_minor, 16) } },
	{ "genoa", "sev.guests", PASS, "3", { { 0 } } },
	{ "genoa", "snp.status", PASS, "answers", { { 0 } } },
	{ "genoa", "snp.status", FAIL, "too old", { U32(snp.state, READING_ABSENT) } },
	{ "genoa", "snp.status", FAIL, "does not answer", { U32(snp.state, READING_FAILED), U32(snp.errnum, ENODEV) } },
	{ "genoa", "snp.state", PASS, "initialized", { { 0 } } },
	{ "genoa", "snp.state", FAIL, "not initialized (state 0)", { U8(snp.platform_state, 0) } },
	{ "genoa", "snp.rmp", PASS, "initialized", { { 0 } } },
	{ "genoa", "snp.rmp", FAIL, "RMP is not initialized", { U8(snp.rmp_flags, 2) } },
	{ "genoa", "snp.aliases", PASS, "was checked", { { 0 } } },
	{ "genoa", "snp.aliases", WARN, "was not checked", { U8(snp.rmp_flags, 1) } },
	{ "genoa", "snp.api", PASS, "1.55.31", { { 0 } } },
	{ "genoa", "snp.api", FAIL, "1.50.31 is older than 1.51", { U8(snp.api_minor, 50) } },
	{ "milan", "snp.tcb", PASS, "bootloader 4, tee 0, snp 28, microcode 219", { { 0 } } },
	{ "turin", "snp.tcb", PASS, "fmc 1, bootloader 2, tee 1, snp 5, microcode 81", { { 0 } } },
	{ "genoa", "snp.tcb", WARN, "snp 21, microcode 72; reported: bootloader 9, tee 0, snp 20", { { 0 } } },
	{ "genoa", "snp.mask_chip_id", PASS, "off", { { 0 } } },
	{ "genoa", "snp.mask_chip_id", WARN, "on", { U32(snp.flags, 1) } },
	{ "genoa", "snp.mask_chip_key", PASS, "off", { { 0 } } },
	{ "genoa", "snp.mask_chip_key", WARN, "on", { U32(snp.flags, 2) } },
	{ "turin", "snp.features", PASS, "VLEK loaded, RAPL enabled, ciphertext hiding possible, off", { { 0 } } },
	{ "turin", "snp.features", PASS, "RAPL disabled, ciphertext hiding on", { U32(snp.flags, 0x70) } },
	{ "genoa", "es.beside_snp", PASS, "21 is below 27", { { 0 } } },
	{ "genoa", "es.beside_snp", PASS, "26 is below 27", { U64(snp.current_tcb, 0x481a000000000009) } },
	{ "genoa", "es.beside_snp", FAIL, "version 27) then refuses SEV-ES (AMD-SB-3023)", { U64(snp.current_tcb, 0x481b000000000009) } },
	{ "genoa", "es.beside_snp", PASS, "21 is below", { U64(snp.reported_tcb, 0x481b000000000009) } },
	{ "genoa", "es.beside_snp", PASS, "not initialized", { U64(snp.current_tcb, 0x481b000000000009), U8(snp.platform_state, 0) } },
	{ "genoa", "es.beside_snp", PASS, "knows no SEV-SNP", { U32(snp.state, READING_ABSENT) } },
	{ "turin", "es.beside_snp", FAIL, "version 4)", { U64(snp.current_tcb, 0x5100000004010201) } },
	{ "turin", "es.beside_snp", PASS, "3 is below 4", { U64(snp.current_tcb, 0x5100000003010201) } },

	/* Firmware */
	{ "milan", "firmware.file", PASS, "1.55.29 (SNP security version 24), older than the 1.55.36", { { 0 } } },
	{ "milan", "firmware.file", PASS, "which runs", { U8(sev.build, 29) } },
	{ "genoa", "firmware.file", WARN, "1.55.39 (SNP security version 23), newer than the 1.55.31", { { 0 } } },
	{ "genoa", "firmware.file", PASS, "no file", { STATE(SBIN_FAMILY, ABSENT) } },
	{ "genoa", "firmware.file", WARN, "no SEV firmware that is known", { TEXT(SBIN_FAMILY, "00") } },
	{ "genoa", "firmware.file", PASS, "what runs is not known", { U32(sev.state, READING_DENIED), U32(sev_device, READING_DONE) } },
	{ "genoa", "firmware.microcode", PASS, "0xa101148", { { 0 } } },
	{ "turin", "firmware.advisories", PASS, "not below", { { 0 } } },
	{ "milan", "firmware.advisories", WARN, "minimum of AMD-SB-3030 (as of 2", { { 0 } } },
	{ "milan", "firmware.advisories", WARN, "AMD-SB-3019, AMD-SB-3030", { TEXT(CPUINFO, "microcode : 0xa0011da\nflags: sev sev_es sev_snp") } },
	{ "milan", "firmware.advisories", WARN, "minimum of AMD-SB-3030 (", { TEXT(CPUINFO, "microcode : 0xa0012da\nflags: sev sev_es sev_snp") } },
	{ "genoa", "firmware.advisories", UNKNOWN, "running versions", { STATE(CPUINFO, DENIED), U32(snp.state, READING_DENIED) } },

	/* Resources */
	{ "genoa", "asids.free_sev", PASS, "907 of 907", { { 0 } } },
	{ "genoa", "asids.free_sev", FAIL, "all 907", { TEXT(MISC_CURRENT, "sev 907\nsev_es 0") } },
	{ "genoa", "asids.free_sev", UNKNOWN, "in use", { STATE(MISC_CURRENT, ABSENT) } },
	{ "genoa", "asids.free_es", PASS, "96 of 99", { { 0 } } },
	{ "genoa", "asids.free_es", FAIL, "all 99", { TEXT(MISC_CURRENT, "sev 0\nsev_es 99") } },
	{ "genoa", "asids.limit_sev", PASS, "no limit", { { 0 } } },
	{ "genoa", "asids.limit_sev", FAIL, "may use 0", { TEXT(CGROUP_MISC_MAX, "sev 0\nsev_es 2") } },
	{ "genoa", "asids.limit_es", PASS, "may use 2", { TEXT(CGROUP_MISC_MAX, "sev 0\nsev_es 2") } },
	{ "genoa", "asids.limit_es", FAIL, "may use 0", { TEXT(CGROUP_MISC_MAX, "sev 2\nsev_es 0") } },
	{ "genoa", "asids.limit_es", PASS, "no limit", { STATE(CGROUP_MISC_MAX, ABSENT) } },
	{ "genoa", "asids.refused", PASS, "0 times", { { 0 } } },
	{ "genoa", "asids.refused", WARN, "3 times", { TEXT(CGROUP_MISC_EVENTS, "sev.max 1\nsev_es.max 2") } },
	{ "genoa", "memory.locked", PASS, "as root", { { 0 } } },
	{ "old-kernel", "memory.locked", WARN, "at most 8 MiB", { { 0 } } },
	{ "old-kernel", "memory.locked", PASS, "unlimited", { U64(memlock_bytes, UINT64_MAX) } },
	{ "genoa", "memory.available", PASS, "244140 of 257665 MiB", { { 0 } } },
	{ "genoa", "memory.available", WARN, "1 of 2 MiB", { TEXT(MEMINFO, "MemTotal: 2048 kB\nMemAvailable: 1024 kB") } },
	{ "genoa", "memory.cgroup", PASS, "no limit", { { 0 } } },
	{ "genoa", "memory.cgroup", WARN, "512 MiB", { TEXT(CGROUP_MEMORY_MAX, "536870912") } },
	{ "genoa", "memory.hugepages", PASS, "0", { { 0 } } },
	{ "genoa", "memory.vfio_limit", SKIP, "there is none", { { 0 } } },
	{ "genoa", "memory.vfio_limit", PASS, "65535", { TEXT(DMA_ENTRY_LIMIT, "65535") } },
	{ "genoa", "cpu.smt", PASS, "on: ", { { 0 } } },
	{ "turin", "cpu.smt", PASS, "off: ", { { 0 } } },
	{ "genoa", "cpu.sockets", PASS, "one", { { 0 } } },
	{ "turin", "cpu.sockets", PASS, "more than one", { { 0 } } },

	/* QEMU and images */
	{ "genoa", "qemu.version", PASS, "10.0.2", { { 0 } } },
	{ "in-a-vm", "qemu.version", UNKNOWN, "no QEMU", { { 0 } } },
	{ "genoa", "qemu.sev_guest", PASS, "'sev-guest'", { { 0 } } },
	{ "no-qemu-objects", "qemu.sev_guest", FAIL, "no object 'sev-guest'", { { 0 } } },
	{ "genoa", "qemu.es_guest", PASS, "'sev-guest'", { { 0 } } },
	{ "no-qemu-objects", "qemu.es_guest", FAIL, "no object 'sev-guest'", { { 0 } } },
	{ "genoa", "qemu.snp_guest", PASS, "'sev-snp-guest'", { { 0 } } },
	{ "old-kernel", "qemu.snp_guest", FAIL, "QEMU 7.2 has no object 'sev-snp-guest'", { { 0 } } },
	{ "genoa", "qemu.kvm", PASS, "can use KVM", { { 0 } } },
	{ "no-qemu-objects", "qemu.kvm", FAIL, "built without it", { { 0 } } },
	{ "genoa", "qemu.kernel_hashes", PASS, "has 'kernel-hashes'", { { 0 } } },
	{ "old-qemu", "qemu.kernel_hashes", WARN, "lacks 'kernel-hashes'", { { 0 } } },
	{ "old-kernel", "qemu.legacy_vm_type", WARN, "lacks 'legacy-vm-type'", { { 0 } } },
	{ "genoa", "qemu.legacy_vm_type", PASS, "has 'legacy-vm-type'", { { 0 } } },
	{ "genoa", "qemu.cpu_model", PASS, "EPYC-Genoa-v1", { { 0 } } },
	{ "no-qemu-objects", "qemu.cpu_model", WARN, "no EPYC model", { { 0 } } },
	{ "genoa", "image.sev", PASS, "OVMF_CODE_4M", { { 0 } } },
	{ "in-a-vm", "image.sev", WARN, "none of 0", { { 0 } } },
	{ "genoa", "image.sev", UNKNOWN, "no firmware image", { U8(images_read, 0) } },
	{ "genoa", "image.sev_es", PASS, "OVMF_CODE_4M", { { 0 } } },
	{ "in-a-vm", "image.sev_es", WARN, "none of 0", { { 0 } } },
	{ "genoa", "image.sev_snp", PASS, "amdsev", { { 0 } } },
	{ "old-kernel", "image.sev_snp", WARN, "none of 1", { { 0 } } },
	{ "genoa", "image.kernel_hashes", PASS, "amdsev", { { 0 } } },
	{ "old-kernel", "image.kernel_hashes", WARN, "none of 1", { { 0 } } },
};
/* clang-format on */

static const struct probe_result *probe_row(struct fixture *fixture, const struct row *row)
{
	load(fixture, row->capture);
	for (size_t c = 0; c < CHANGES_MAX; c++)
		make_change(&fixture->readings, &row->changes[c]);
	memset(&fixture->probe, 0, sizeof(fixture->probe));
	probe_make(&fixture->probe, &fixture->readings);
	return probe_find(&fixture->probe, row->check);
}

static void judges_each_check(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct probe_result *result = probe_row(*state, &rows[i]);

		if (result == NULL)
			fail_msg("row %zu: there is no check '%s'", i, rows[i].check);
		if (result->status != rows[i].status ||
		    strstr(result->value, rows[i].value) == NULL)
			fail_msg("row %zu: %s of %s is %s: %s", i, rows[i].check, rows[i].capture,
				 probe_status_word(result->status), result->value);
		if (result->status == PROBE_FAIL || result->status == PROBE_WARN)
			assert_true(result->remedy[0] != '\0' && result->check->why[0] != '\0');
	}
}

// One that passes, and one that does not, unless the check only tells.
static void leaves_no_check_out(void **state)
{
	const struct probe_check *check;

	(void)state;
	for (size_t i = 0; (check = probe_check_at(i)) != NULL; i++) {
		bool passes = false;
		bool fails = false;

		for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
			if (strcmp(rows[r].check, check->name) != 0)
				continue;
			passes |= rows[r].status == PROBE_PASS;
			fails |= rows[r].status != PROBE_PASS && rows[r].status != PROBE_SKIP;
		}
		if (!passes || (!fails && check->remedy != NULL))
			fail_msg("no row %s '%s'", passes ? "fails" : "passes", check->name);
	}
}

static void has_checks_of_different_names(void **state)
{
	const struct probe_check *check;
	const struct probe_check *other;

	(void)state;
	for (size_t i = 0; (check = probe_check_at(i)) != NULL; i++)
		for (size_t j = 0; j < i && (other = probe_check_at(j)) != NULL; j++)
			assert_string_not_equal(check->name, other->name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(judges_each_check, set_up, tear_down),
		cmocka_unit_test(leaves_no_check_out),
		cmocka_unit_test(has_checks_of_different_names),
	};

	return cmocka_run_group_tests_name("host/probe_checks", tests, NULL, NULL);
}
