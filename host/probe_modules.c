// SPDX-License-Identifier: Apache-2.0
// Checks of the modules kvm_amd and ccp, and of what the AMD-SP's device says of itself.

#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "host/probe.h"

static bool is_yes(const char *text)
{
	return strcmp(text, "Y") == 0 || strcmp(text, "1") == 0;
}

static void judge_module(struct probe_result *result, const struct host_readings *readings)
{
	enum host_text which = (enum host_text)result->check->which;
	enum reading_state state = readings->texts[which].state;

	if (state == READING_DONE)
		probe_say(result, PROBE_PASS, "%s", reading_rows[which].key);
	else if (state == READING_ABSENT)
		probe_say(result, PROBE_FAIL, "the module is not loaded (no %s)",
			  reading_rows[which].key);
	else
		probe_say_unread(result, reading_rows[which].key, state);
}

// A parameter that must be on. One that this kernel does not have says nothing.
static void judge_parameter(struct probe_result *result, const struct host_readings *readings)
{
	enum host_text which = (enum host_text)result->check->which;
	const char *text = readings_text(readings, which);

	if (text == NULL)
		probe_say_unread(result, reading_rows[which].key, readings->texts[which].state);
	else
		probe_say(result, is_yes(text) ? PROBE_PASS : PROBE_FAIL, "%s is %s",
			  reading_rows[which].key, text);
}

static void judge_snp_parameter(struct probe_result *result, const struct host_readings *readings)
{
	if (readings->texts[HOST_TEXT_KVM_AMD_SEV_SNP].state == READING_ABSENT)
		probe_say(result, PROBE_FAIL, "this kernel's kvm_amd knows no SEV-SNP (no %s)",
			  reading_rows[HOST_TEXT_KVM_AMD_SEV_SNP].key);
	else
		judge_parameter(result, readings);
}

static void judge_hiding(struct probe_result *result, const struct host_readings *readings)
{
	struct host_cpu cpu;
	uint64_t n;

	if (readings->texts[HOST_TEXT_KVM_AMD_HIDING_ASIDS].state == READING_ABSENT) {
		probe_say(result, PROBE_SKIP, "this kernel does not know it");
		return;
	}
	if (!readings_number(readings, HOST_TEXT_KVM_AMD_HIDING_ASIDS, &n)) {
		(void)probe_text_is_missing(result, readings, HOST_TEXT_KVM_AMD_HIDING_ASIDS);
		return;
	}
	readings_cpu(readings, &cpu);
	if (n == 0)
		probe_say(result, PROBE_PASS, "off");
	else if (n + 1 >= cpu.min_sev_asid)
		probe_say(result, PROBE_FAIL, "SEV-SNP has all ASIDs up to %llu, and SEV-ES none",
			  (unsigned long long)n);
	else
		probe_say(result, PROBE_PASS, "SEV-SNP has 1 to %llu, SEV-ES %llu to %u",
			  (unsigned long long)n, (unsigned long long)n + 1, cpu.min_sev_asid - 1);
}

// What is only told.
static void judge_told(struct probe_result *result, const struct host_readings *readings)
{
	enum host_text which = (enum host_text)result->check->which;

	if (readings->texts[which].state == READING_ABSENT)
		probe_say(result, PROBE_SKIP, "this machine does not tell");
	else if (!probe_text_is_missing(result, readings, which))
		probe_say(result, PROBE_PASS, "%s",
			  readings->texts[which].text[0] != '\0' ? readings->texts[which].text :
								   "none");
}

// 1 is as it should be.
static void judge_one(struct probe_result *result, const struct host_readings *readings)
{
	judge_told(result, readings);
	if (result->status == PROBE_PASS && strcmp(result->value, "1") != 0)
		result->status = PROBE_WARN;
}

static void judge_psp(struct probe_result *result, const struct host_readings *readings)
{
	enum reading_state state = readings->texts[HOST_TEXT_PSP_FUSED_PART].state;

	if (state == READING_DONE)
		probe_say(result, PROBE_PASS, "ccp drives it");
	else if (state == READING_ABSENT)
		probe_say(result, PROBE_WARN,
			  "none of ccp's devices is a PSP that tells of itself");
	else
		probe_say_unread(result, "/sys/bus/pci/drivers/ccp", state);
}

// "00.13.00.70" as one number; 0 for other text.
static uint64_t version_number(const char *text)
{
	uint64_t number = 0;

	for (int part = 0; part < 4; part++) {
		char *end;

		number = number << 8 | (strtoul(text, &end, 16) & 0xff);
		if (end != text + 2 || (part < 3 && *end != '.'))
			return 0;
		text = end + 1;
	}
	return number;
}

// Milan's SEV firmware of 2022 and newer does not start on an older one.
static void judge_bootloader(struct probe_result *result, const struct host_readings *readings)
{
	struct cpu_family cpu = readings_family(readings);
	uint64_t version;

	judge_told(result, readings);
	if (result->status != PROBE_PASS || cpu.family != 0x19 || cpu.model > 0x0f)
		return;
	version = version_number(result->value);
	if (version != 0 && version < 0x00130070)
		result->status = PROBE_WARN;
}

#define KVM_AMD_RELOAD "then reload kvm_amd: 'modprobe -r kvm_amd; modprobe kvm_amd'"

static const struct probe_check rows[] = {
	{ "module.kvm_amd", PROBE_ALL, judge_module, "kernel.flag_sev", .which = HOST_TEXT_KVM_AMD,
	  .decides = true, .why = "KVM's module for AMD's CPUs",
	  .remedy = "'modprobe kvm_amd'; if that fails, enable SVM in the BIOS" },
	{ "module.npt", PROBE_ALL, judge_parameter, "module.kvm_amd", true,
	  .which = HOST_TEXT_KVM_AMD_NPT, .why = "SEV needs nested paging",
	  .remedy = "remove npt=0 from the module's options, " KVM_AMD_RELOAD },
	{ "module.nrips", PROBE_ALL, judge_parameter, "module.kvm_amd", true,
	  .which = HOST_TEXT_KVM_AMD_NRIPS, .why = "SEV needs the saved next instruction pointer",
	  .remedy = "remove nrips=0 from the module's options, " KVM_AMD_RELOAD },
	{ "module.lbrv", PROBE_ES_AND_SNP, judge_parameter, "module.kvm_amd", true,
	  .which = HOST_TEXT_KVM_AMD_LBRV, .why = "SEV-ES needs virtual last branch records",
	  .remedy = "remove lbrv=0 from the module's options, " KVM_AMD_RELOAD },
	{ "module.mmio_caching", PROBE_ES_AND_SNP, judge_parameter, "module.kvm_amd", true,
	  .which = HOST_TEXT_KVM_MMIO_CACHING, .why = "SEV-ES needs it to see accesses to devices",
	  .remedy = "remove mmio_caching=0 from the options of the module kvm, and reboot" },
	{ "module.ccp", PROBE_ALL, judge_module, "cpu.sev", .which = HOST_TEXT_CCP, .decides = true,
	  .why = "the driver of the AMD-SP, whose firmware encrypts guests",
	  .remedy = "'modprobe ccp', then read what the kernel log says of SEV" },
	{ "module.sev", PROBE_ALL, judge_parameter, "module.nrips", .also_after = "module.npt",
	  .which = HOST_TEXT_KVM_AMD_SEV, .decides = true,
	  .why = "what became of SEV when kvm_amd was loaded, not what was asked for",
	  .remedy = "read why in the kernel log ('SEV', 'ccp'), mend that and reload kvm_amd" },
	{ "module.sev_es", PROBE_ES_AND_SNP, judge_parameter, "module.sev",
	  .also_after = "cpu.asids_es", .which = HOST_TEXT_KVM_AMD_SEV_ES, .decides = true,
	  .why = "what became of SEV-ES when kvm_amd was loaded",
	  .remedy = "give SEV-ES ASIDs in the BIOS, remove sev_es=0, lbrv=0 and mmio_caching=0" },
	{ "module.sev_snp", PROBE_SEV_SNP, judge_snp_parameter, "module.sev_es",
	  .also_after = "kernel.flag_sev_snp", .which = HOST_TEXT_KVM_AMD_SEV_SNP, .decides = true,
	  .why = "what became of SEV-SNP when kvm_amd was loaded",
	  .remedy = "it takes Linux 6.11 or newer and a BIOS with SNP enabled; the kernel log says "
		    "what failed ('SEV-SNP', 'RMP')" },
	{ "module.ciphertext_hiding", PROBE_SEV_ES, judge_hiding, "module.sev_es",
	  .why = "hiding ciphertext divides the ASIDs between SEV-SNP and SEV-ES",
	  .remedy = "set kvm_amd.ciphertext_hiding_asids lower, and reboot" },
	{ "module.debug_swap", 0, judge_told, "module.sev_es",
	  .which = HOST_TEXT_KVM_AMD_DEBUG_SWAP,
	  .why = "some kernels then set a bit of the VMSA that a launch digest covers" },
	{ "module.init_on_probe", 0, judge_told, "module.ccp", .which = HOST_TEXT_CCP_INIT_ON_PROBE,
	  .why = "with N the platform is initialised by the first guest" },
	{ "module.init_ex_path", 0, judge_told, "module.ccp", .which = HOST_TEXT_CCP_INIT_EX_PATH,
	  .why = "a file instead of the AMD-SP's own memory; a wrong one makes INIT fail" },
	{ "psp.device", 0, judge_psp, "module.ccp", .why = "a device with the AMD-SP",
	  .remedy = "older kernels say nothing of it; newer ones must" },
	{ "psp.fused_part", 0, judge_one, "psp.device", .which = HOST_TEXT_PSP_FUSED_PART,
	  .why = "an engineering sample is not fused, and protects nothing",
	  .remedy = "do not trust guests to this CPU" },
	{ "psp.debug_lock", 0, judge_one, "psp.device", .which = HOST_TEXT_PSP_DEBUG_LOCK_ON,
	  .why = "the CPU's debug port must be locked",
	  .remedy = "do not trust guests to this CPU, or update the BIOS" },
	{ "psp.tsme", 0, judge_told, "psp.device", .which = HOST_TEXT_PSP_TSME_STATUS,
	  .why = "1: all memory is encrypted, by the BIOS, besides what SEV does" },
	{ "psp.anti_rollback", 0, judge_told, "psp.device",
	  .which = HOST_TEXT_PSP_ANTI_ROLLBACK_STATUS, .why = "1: the CPU refuses older firmware" },
	{ "psp.bootloader", 0, judge_bootloader, "psp.device",
	  .which = HOST_TEXT_PSP_BOOTLOADER_VERSION,
	  .why = "Milan's newer SEV firmware needs 00.13.00.70 or newer",
	  .remedy = "update the BIOS (MilanPI 1.0.0.9 or newer)" },
	{ "psp.tee", 0, judge_told, "psp.device", .which = HOST_TEXT_PSP_TEE_VERSION,
	  .why = "part of the TCB that attestation reports name" },
	{ "psp.mitigations_supported", 0, judge_told, "module.ccp",
	  .which = HOST_TEXT_MITIGATIONS_SUPPORTED,
	  .why = "mitigations that the SEV firmware has, where the kernel tells" },
	{ "psp.mitigations_verified", 0, judge_told, "module.ccp",
	  .which = HOST_TEXT_MITIGATIONS_VERIFIED, .why = "those that were verified" },
};

const struct probe_table probe_module_checks = { rows, ARRAY_LEN(rows) };
