// SPDX-License-Identifier: Apache-2.0
// Checks of the host's kernel: its release, how it was built and started, and which features of the
// CPU it uses. What the BIOS keeps back shows in the last.

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "host/probe.h"

// --- What the kernel makes of CPUID --------------------------------------------------------------

static void judge_flag(struct probe_result *result, const struct host_readings *readings)
{
	const char *word = result->check->word;

	if (probe_text_is_missing(result, readings, HOST_TEXT_CPUINFO))
		return;
	if (readings_has_word(readings, HOST_TEXT_CPUINFO, word))
		probe_say(result, PROBE_PASS, "the kernel uses '%s'", word);
	else
		probe_say(result, PROBE_FAIL,
			  "the CPU has %s, but the kernel does not use it (no flag '%s' in "
			  "/proc/cpuinfo)",
			  word, word);
}

// --- MSRs ----------------------------------------------------------------------------------------

// 'which' is the register, 'word' the bit that must be set; without a bit the value must not be 0.
static void judge_msr(struct probe_result *result, const struct host_readings *readings)
{
	const struct probe_check *check = result->check;
	uint64_t value = readings->msrs[check->which].value;
	uint64_t bit = check->word[0] == '\0' ? UINT64_MAX : 1ULL << strtoul(check->word, NULL, 10);

	if (!readings->msrs[check->which].is_read) {
		probe_say(result, PROBE_UNKNOWN, "MSR 0x%08x is not read here",
			  host_msr_numbers[check->which]);
		result->remedy = "as root, 'modprobe msr' and read it with 'rdmsr -p 0'";
	} else {
		probe_say(result, (value & bit) != 0 ? PROBE_PASS : PROBE_WARN,
			  "MSR 0x%08x is 0x%llx", host_msr_numbers[check->which],
			  (unsigned long long)value);
	}
}

// --- Release -------------------------------------------------------------------------------------

// 'which' is the release that a level needs, 100 * major + minor.
static void judge_release(struct probe_result *result, const struct host_readings *readings)
{
	const struct probe_check *check = result->check;
	unsigned int major = (unsigned int)check->which / 100;
	unsigned int minor = (unsigned int)check->which % 100;

	if (readings->release[0] == '\0')
		probe_say_unread(result, "the kernel's release", READING_NONE);
	else if (!readings_kernel_is_older(readings, major, minor))
		probe_say(result, PROBE_PASS, "%s", readings->release);
	else
		probe_say(result, PROBE_FAIL, "Linux %s is older than %u.%u", readings->release,
			  major, minor);
}

// A distributor may have ported it back, which kvm_amd's parameter tells.
static void judge_release_snp(struct probe_result *result, const struct host_readings *readings)
{
	bool knows = readings->texts[HOST_TEXT_KVM_AMD_SEV_SNP].state != READING_ABSENT;

	if (readings->release[0] == '\0')
		probe_say_unread(result, "the kernel's release", READING_NONE);
	else if (!readings_kernel_is_older(readings, 6, 11))
		probe_say(result, PROBE_PASS, "%s", readings->release);
	else
		probe_say(result, knows ? PROBE_WARN : PROBE_FAIL, "Linux %s is older than 6.11%s",
			  readings->release, knows ? "" : ", and its kvm_amd knows no SEV-SNP");
}

static void judge_init2(struct probe_result *result, const struct host_readings *readings)
{
	if (readings->release[0] == '\0')
		probe_say_unread(result, "the kernel's release", READING_NONE);
	else if (readings_kernel_is_older(readings, 6, 10))
		probe_say(result, PROBE_WARN, "Linux %s is older than 6.10", readings->release);
	else
		probe_say(result, PROBE_PASS, "%s", readings->release);
}

static void judge_turin(struct probe_result *result, const struct host_readings *readings)
{
	if (!readings->cpuid_read || readings_family(readings).family < 0x1a)
		probe_say(result, PROBE_SKIP, "this CPU is older");
	else if (readings_kernel_is_older(readings, 6, 14))
		probe_say(result, PROBE_WARN, "Linux %s is older than 6.14", readings->release);
	else
		probe_say(result, PROBE_PASS, "%s", readings->release);
}

// --- Configuration and options -------------------------------------------------------------------

static void judge_config(struct probe_result *result, const struct host_readings *readings)
{
	const char *option = result->check->word;
	char value[32];

	if (probe_text_is_missing(result, readings, HOST_TEXT_CONFIG))
		return;
	if (readings_value(readings, HOST_TEXT_CONFIG, option, value, sizeof(value)))
		probe_say(result, PROBE_PASS, "%s=%s", option, value);
	else
		probe_say(result, result->check->levels != 0 ? PROBE_FAIL : PROBE_WARN,
			  "this kernel was built without %s", option);
}

#define OPTIONS_MAX 10

struct bad_options {
	const char *words[OPTIONS_MAX];
};

// Linux arch/x86/kvm/svm/sev.c, sev_hardware_setup(); drivers/iommu/amd/init.c, iommu_snp_enable().
static const struct bad_options bad_options[] = {
	{ { "kvm_amd.sev=0", "kvm_amd.npt=0", "kvm_amd.nrips=0", "nosvm" } },
	{ { "kvm_amd.sev_es=0", "kvm.mmio_caching=0", "kvm_amd.lbrv=0" } },
	{ { "sev=nosnp", "amd_iommu=off", "iommu=off", "iommu=pt", "iommu.passthrough=1",
	    "amd_iommu=pgtbl_v2", "kvm_amd.sev_snp=0" } },
};

static void judge_options(struct probe_result *result, const struct host_readings *readings)
{
	const struct bad_options *bad = &bad_options[result->check->which];
	char found[160] = "";
	size_t len = 0;

	if (probe_text_is_missing(result, readings, HOST_TEXT_CMDLINE))
		return;
	for (size_t i = 0; i < OPTIONS_MAX && bad->words[i] != NULL; i++)
		if (readings_has_word(readings, HOST_TEXT_CMDLINE, bad->words[i]))
			len += (size_t)snprintf(found + len, sizeof(found) - len, " %s",
						bad->words[i]);
	if (len == 0)
		probe_say(result, PROBE_PASS, "none");
	else
		probe_say(result, PROBE_FAIL, "the kernel was started with%s", found);
}

static void judge_kdump(struct probe_result *result, const struct host_readings *readings)
{
	switch (readings->texts[HOST_TEXT_VMCORE].state) {
	case READING_DONE:
		probe_say(result, PROBE_FAIL, "this is a kdump kernel (/proc/vmcore is there)");
		return;
	case READING_ABSENT:
		probe_say(result, PROBE_PASS, "there is no /proc/vmcore");
		return;
	default:
		probe_say_unread(result, "/proc/vmcore", readings->texts[HOST_TEXT_VMCORE].state);
	}
}

// --- The table -----------------------------------------------------------------------------------

#define BIOS_SMEE \
	"in the BIOS, enable SMEE (or SME) and the SMM lock, then update it; the kernel log says " \
	"'memory encryption not enabled by BIOS'"
#define NEWER_KERNEL "install a newer kernel; in Debian, one from backports"
#define OTHER_KERNEL "install a kernel that has it"

static const struct probe_check rows[] = {
	{ "kernel.options", PROBE_ALL, judge_options, "cpu.sev", true, .which = 0,
	  .why = "these options turn SEV off",
	  .remedy = "remove them from the kernel's command line and reboot" },
	{ "kernel.release_sev", PROBE_SEV, judge_release, "cpu.sev", true, .which = 416,
	  .why = "KVM starts SEV guests since Linux 4.16", .remedy = NEWER_KERNEL },
	{ "kernel.release_es", PROBE_SEV_ES, judge_release, "cpu.sev_es", true, .which = 511,
	  .why = "KVM starts SEV-ES guests since Linux 5.11", .remedy = NEWER_KERNEL },
	{ "kernel.release_snp", PROBE_SEV_SNP, judge_release_snp, "cpu.sev_snp", true,
	  .why = "KVM starts SEV-SNP guests since Linux 6.11; kvm.type_snp decides",
	  .remedy = NEWER_KERNEL },
	{ "kernel.init2", PROBE_SEV_AND_ES, judge_init2, "cpu.sev",
	  .why = "'legacy_vm_type' off needs KVM_SEV_INIT2, which is of Linux 6.10",
	  .remedy = "leave 'legacy_vm_type' on, or install a newer kernel" },
	{ "kernel.turin", PROBE_SEV_SNP, judge_turin, "cpu.sev_snp",
	  .why = "older kernels take the RMP of Zen 5 for that of Zen 4", .remedy = NEWER_KERNEL },
	{ "kernel.kdump", PROBE_ALL, judge_kdump, "cpu.sev", true,
	  .why = "after a crash the kernel leaves SEV alone", .remedy = "reboot" },
	{ "kernel.config_sev", PROBE_ALL, judge_config, "cpu.sev", true,
	  .word = "CONFIG_KVM_AMD_SEV", .why = "KVM's part of SEV", .remedy = OTHER_KERNEL },
	{ "kernel.config_psp", PROBE_ALL, judge_config, "cpu.sev", true,
	  .word = "CONFIG_CRYPTO_DEV_SP_PSP", .why = "the driver of the AMD-SP",
	  .remedy = OTHER_KERNEL },
	{ "kernel.config_ccp", PROBE_ALL, judge_config, "cpu.sev", true,
	  .word = "CONFIG_CRYPTO_DEV_CCP_DD", .why = "the driver of the AMD-SP's device",
	  .remedy = OTHER_KERNEL },
	{ "kernel.config_iommu", PROBE_SEV_SNP, judge_config, "cpu.sev_snp", true,
	  .word = "CONFIG_AMD_IOMMU", .why = "SEV-SNP needs the IOMMU",
	  .remedy = "install another kernel: Debian's 'cloud' kernels are built without it" },
	{ "kernel.config_misc", 0, judge_config, "cpu.sev", .word = "CONFIG_CGROUP_MISC",
	  .why = "the kernel then counts ASIDs, and limits them",
	  .remedy = "without it nobody can tell how many ASIDs are free" },
	{ "kernel.flag_sev", PROBE_ALL, judge_flag, "kernel.options", true, .word = "sev",
	  .why = "the kernel drops the flag when the BIOS has memory encryption off",
	  .remedy = BIOS_SMEE },
	{ "kernel.options_es", PROBE_ES_AND_SNP, judge_options, "cpu.sev_es", true, .which = 1,
	  .why = "these options turn SEV-ES and SEV-SNP off",
	  .remedy = "remove them from the kernel's command line and reboot" },
	{ "kernel.flag_sev_es", PROBE_ES_AND_SNP, judge_flag, "kernel.flag_sev", true,
	  .word = "sev_es",
	  .why = "the kernel drops the flag when the BIOS has memory encryption off",
	  .remedy = BIOS_SMEE },
	{ "kernel.options_snp", PROBE_SEV_SNP, judge_options, "cpu.sev_snp", true, .which = 2,
	  .why = "these options turn SEV-SNP off, or the IOMMU that it needs",
	  .remedy = "remove them from the kernel's command line and reboot" },
	{ "kernel.flag_sev_snp", PROBE_SEV_SNP, judge_flag, "kernel.flag_sev_es", true,
	  "kernel.release_snp", .word = "sev_snp",
	  .why = "the kernel drops the flag without memory for the RMP, or on a CPU that it does "
		 "not know",
	  .remedy = "in the BIOS, enable 'SNP Memory (RMP Table) Coverage' and the SEV-SNP support "
		    "of the IOMMU; if they are, the kernel may be too old for this CPU" },
	{ "msr.smee", PROBE_ALL, judge_msr, "cpu.sev", .which = HOST_MSR_SYSCFG, .word = "23",
	  .why = "SYSCFG's bit 23: memory encryption; kernel.flag_sev says so, too",
	  .remedy = "in the BIOS, enable SMEE" },
	{ "msr.snp_enable", PROBE_SEV_SNP, judge_msr, "cpu.sev_snp", .which = HOST_MSR_SYSCFG,
	  .word = "24", .why = "SYSCFG's bit 24, which the kernel sets, not the BIOS",
	  .remedy = "load kvm_amd, and read in the kernel log why SEV-SNP is off" },
	{ "msr.smm_lock", PROBE_ALL, judge_msr, "cpu.sev", .which = HOST_MSR_HWCR, .word = "0",
	  .why = "HWCR's bit 0: the BIOS has locked SMM", .remedy = "update the BIOS" },
	{ "msr.rmp_base", PROBE_SEV_SNP, judge_msr, "cpu.sev_snp", .which = HOST_MSR_RMP_BASE,
	  .word = "", .why = "where the BIOS has put the RMP; kernel.flag_sev_snp says so, too",
	  .remedy = "in the BIOS, enable 'SNP Memory (RMP Table) Coverage'" },
	{ "msr.rmp_end", PROBE_SEV_SNP, judge_msr, "cpu.sev_snp", .which = HOST_MSR_RMP_END,
	  .word = "", .why = "where the RMP ends; 0 with a segmented RMP, as Turin can have",
	  .remedy = "in the BIOS, enable 'SNP Memory (RMP Table) Coverage'" },
};

const struct probe_table probe_kernel_checks = { rows, ARRAY_LEN(rows) };
