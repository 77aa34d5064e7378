// SPDX-License-Identifier: Apache-2.0
// Checks of the CPU, by CPUID: what the silicon can do, and what the BIOS gave it.
// Source: AMD64 Architecture Programmer's Manual volume 3 (AMD 24594), appendix E.

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "host/probe.h"

// CPUID 0x8000001F EAX
#define SEV_EAX_SECURE_TSC (1U << 8)
#define SEV_EAX_DEBUG_SWAP (1U << 14)
#define SEV_EAX_RMPREAD (1U << 21)

#define FAMILY_ZEN3_4 0x19
#define FAMILY_ZEN5 0x1a

static bool is_unread(struct probe_result *result, const struct host_readings *readings)
{
	if (!readings->cpuid_read)
		probe_say_unread(result, "CPUID", READING_NONE);
	return !readings->cpuid_read;
}

static void judge_arch(struct probe_result *result, const struct host_readings *readings)
{
	if (readings->machine[0] == '\0')
		probe_say_unread(result, "the kernel's architecture", READING_NONE);
	else
		probe_say(result,
			  strcmp(readings->machine, "x86_64") == 0 ? PROBE_PASS : PROBE_FAIL, "%s",
			  readings->machine);
}

static void judge_vendor(struct probe_result *result, const struct host_readings *readings)
{
	struct host_cpu cpu;

	if (is_unread(result, readings))
		return;
	readings_cpu(readings, &cpu);
	if (strcmp(cpu.vendor, "AuthenticAMD") == 0)
		probe_say(result, PROBE_PASS, "AuthenticAMD");
	else
		probe_say(result, PROBE_FAIL, "this CPU is of '%s', not of AMD", cpu.vendor);
}

static void judge_bare_metal(struct probe_result *result, const struct host_readings *readings)
{
	if (is_unread(result, readings))
		return;
	if ((readings->leaves[HOST_LEAF_SIGNATURE].ecx & CPUID_1_ECX_HYPERVISOR) == 0)
		probe_say(result, PROBE_PASS, "no hypervisor below");
	else
		probe_say(result, PROBE_FAIL,
			  "this machine is a virtual machine itself (CPUID 1 ECX bit 31)");
}

static void judge_brand(struct probe_result *result, const struct host_readings *readings)
{
	char brand[3 * sizeof(struct cpuid_registers) + 1] = "";

	if (is_unread(result, readings))
		return;
	memcpy(brand, &readings->leaves[HOST_LEAF_BRAND_1], sizeof(brand) - 1);
	if (brand[0] == '\0')
		probe_say_unread(result, "the CPU's name", READING_NONE);
	else
		probe_say(result, strstr(brand, "EPYC") != NULL ? PROBE_PASS : PROBE_WARN, "%s",
			  brand + strspn(brand, " "));
}

static const struct {
	uint32_t family;
	uint32_t model_first;
	uint32_t model_last;
	const char *name;
} generations[] = {
	{ 0x17, 0x00, 0x0f, "Naples" },
	{ 0x17, 0x30, 0x3f, "Rome" },
	{ FAMILY_ZEN3_4, 0x00, 0x0f, "Milan" },
	{ FAMILY_ZEN3_4, 0x10, 0x1f, "Genoa" },
	{ FAMILY_ZEN3_4, 0xa0, 0xaf, "Bergamo or Siena" },
	{ FAMILY_ZEN5, 0x00, 0x11, "Turin" },
};

static void judge_generation(struct probe_result *result, const struct host_readings *readings)
{
	struct cpu_family cpu = readings_family(readings);
	const char *name = NULL;

	if (is_unread(result, readings))
		return;
	for (size_t i = 0; i < ARRAY_LEN(generations); i++)
		if (generations[i].family == cpu.family &&
		    generations[i].model_first <= cpu.model &&
		    cpu.model <= generations[i].model_last)
			name = generations[i].name;
	probe_say(result, name != NULL ? PROBE_PASS : PROBE_WARN,
		  "%s (family %02xh, model %02xh, stepping %u)",
		  name != NULL ? name : "no EPYC that is known here", cpu.family, cpu.model,
		  cpu.stepping);
}

static void judge_leaf(struct probe_result *result, const struct host_readings *readings)
{
	uint32_t max = readings->leaves[HOST_LEAF_EXTENDED].eax;

	if (is_unread(result, readings))
		return;
	if (max >= CPUID_SEV_LEAF)
		probe_say(result, PROBE_PASS, "the highest extended leaf is 0x%08x", max);
	else
		probe_say(result, PROBE_FAIL,
			  "this CPU has no leaf 0x8000001F: its highest extended one is 0x%08x",
			  max);
}

static void judge_bit(struct probe_result *result, const struct host_readings *readings)
{
	const struct probe_check *check = result->check;
	struct host_cpu cpu;

	if (is_unread(result, readings))
		return;
	readings_cpu(readings, &cpu);
	if ((readings->leaves[HOST_LEAF_SEV].eax & 1U << check->which) != 0)
		probe_say(result, PROBE_PASS, "CPUID 0x8000001F EAX bit %d", check->which);
	else
		probe_say(result, PROBE_FAIL,
			  "this CPU (%s) has no %s (CPUID 0x8000001F EAX bit %d)", cpu.vendor,
			  check->word, check->which);
}

static void judge_c_bit(struct probe_result *result, const struct host_readings *readings)
{
	struct host_cpu cpu;

	if (is_unread(result, readings))
		return;
	readings_cpu(readings, &cpu);
	if (cpu.cbitpos == 0)
		probe_say(result, PROBE_WARN, "CPUID 0x8000001F EBX says 0");
	else
		probe_say(result, PROBE_PASS, "bit %u; %u bits of physical addresses are lost",
			  cpu.cbitpos, cpu.phys_addr_reduction);
}

static void judge_vmpls(struct probe_result *result, const struct host_readings *readings)
{
	uint32_t vmpls = readings->leaves[HOST_LEAF_SEV].ebx >> 12 & 0xf;

	if (is_unread(result, readings))
		return;
	if (vmpls == 0)
		probe_say_unread(result, "their number", READING_NONE);
	else
		probe_say(result, vmpls >= 4 ? PROBE_PASS : PROBE_WARN, "%u", vmpls);
}

static void judge_features(struct probe_result *result, const struct host_readings *readings)
{
	uint32_t eax = readings->leaves[HOST_LEAF_SEV].eax;

	if (is_unread(result, readings))
		return;
	probe_say(result, PROBE_PASS, "secure TSC %s, debug swap %s, RMPREAD %s",
		  (eax & SEV_EAX_SECURE_TSC) != 0 ? "yes" : "no",
		  (eax & SEV_EAX_DEBUG_SWAP) != 0 ? "yes" : "no",
		  (eax & SEV_EAX_RMPREAD) != 0 ? "yes" : "no");
}

static void judge_rmpread(struct probe_result *result, const struct host_readings *readings)
{
	if (is_unread(result, readings))
		return;
	if (readings_family(readings).family < FAMILY_ZEN5)
		probe_say(result, PROBE_SKIP, "only Zen 5 and newer need it");
	else if ((readings->leaves[HOST_LEAF_SEV].eax & SEV_EAX_RMPREAD) != 0)
		probe_say(result, PROBE_PASS, "CPUID 0x8000001F EAX bit 21");
	else
		probe_say(result, PROBE_WARN, "this CPU does not have it");
}

static void judge_asids(struct probe_result *result, const struct host_readings *readings)
{
	struct host_cpu cpu;

	if (is_unread(result, readings))
		return;
	readings_cpu(readings, &cpu);
	probe_say(result, cpu.max_asid > 0 ? PROBE_PASS : PROBE_FAIL,
		  cpu.max_asid > 0 ? "%u" : "the BIOS gives encrypted guests %u ASIDs",
		  cpu.max_asid);
}

static void judge_asids_es(struct probe_result *result, const struct host_readings *readings)
{
	struct host_cpu cpu;

	if (is_unread(result, readings))
		return;
	readings_cpu(readings, &cpu);
	if (cpu.min_sev_asid > 1)
		probe_say(result, PROBE_PASS, "%u (1 to %u)", cpu.min_sev_asid - 1,
			  cpu.min_sev_asid - 1);
	else
		probe_say(result, PROBE_FAIL, "the BIOS gives SEV-ES and SEV-SNP no ASIDs");
}

static void judge_asids_sev(struct probe_result *result, const struct host_readings *readings)
{
	struct host_cpu cpu;

	if (is_unread(result, readings))
		return;
	readings_cpu(readings, &cpu);
	if (cpu.min_sev_asid <= cpu.max_asid)
		probe_say(result, PROBE_PASS, "%u (%u to %u)",
			  cpu.max_asid - cpu.min_sev_asid + (cpu.min_sev_asid > 0 ? 1U : 0U),
			  cpu.min_sev_asid, cpu.max_asid);
	else
		probe_say(result, PROBE_FAIL,
			  "the BIOS gives SEV-ES and SEV-SNP all ASIDs, and plain SEV none");
}

#define ANOTHER_MACHINE "use another machine, or describe one with --host-facts"

static const struct probe_check rows[] = {
	{ "cpu.arch", PROBE_ALL, judge_arch, .why = "SEV exists on AMD's x86-64 alone",
	  .remedy = ANOTHER_MACHINE },
	{ "cpu.vendor", PROBE_ALL, judge_vendor, "cpu.arch", .decides = true,
	  .why = "SEV exists on AMD's CPUs alone", .remedy = ANOTHER_MACHINE },
	{ "cpu.bare_metal", PROBE_ALL, judge_bare_metal, "cpu.vendor", .decides = true,
	  .why = "Linux starts no encrypted guests of guests",
	  .remedy =
		  "start them on the machine that runs this one, or try the launch with 'snplaunch rehearse'" },
	{ "cpu.brand", PROBE_ALL, judge_brand, "cpu.vendor",
	  .why = "AMD supports SEV on EPYC; others may show the bits and fail",
	  .remedy = "expect surprises: this is not an EPYC" },
	{ "cpu.generation", PROBE_ALL, judge_generation, "cpu.vendor",
	  .why = "layouts of versions and of the RMP differ between generations",
	  .remedy = "what is said below of firmware versions may be wrong here" },
	{ "cpu.sev_leaf", PROBE_ALL, judge_leaf, "cpu.bare_metal", .decides = true,
	  .why = "CPUID 0x8000001F describes SEV", .remedy = ANOTHER_MACHINE },
	{ "cpu.sev", PROBE_ALL, judge_bit, "cpu.sev_leaf", .which = 1, .word = "SEV",
	  .decides = true, .why = "the silicon must have it", .remedy = ANOTHER_MACHINE },
	{ "cpu.sev_es", PROBE_ES_AND_SNP, judge_bit, "cpu.sev", .which = 3, .word = "SEV-ES",
	  .decides = true, .why = "the silicon must have it", .remedy = ANOTHER_MACHINE },
	{ "cpu.sev_snp", PROBE_SEV_SNP, judge_bit, "cpu.sev_es", .which = 4, .word = "SEV-SNP",
	  .decides = true, .why = "the silicon must have it", .remedy = ANOTHER_MACHINE },
	{ "cpu.c_bit", PROBE_ALL, judge_c_bit, "cpu.sev",
	  .why = "QEMU must be told the page table bit that means \"encrypted\"",
	  .remedy = "update the BIOS" },
	{ "cpu.vmpls", PROBE_SEV_SNP, judge_vmpls, "cpu.sev_snp",
	  .why = "privilege levels inside of a guest, for an SVSM: four are usual",
	  .remedy = "update the BIOS" },
	{ "cpu.features", PROBE_SEV_SNP, judge_features, "cpu.sev_snp",
	  .why = "features that guests may have; none is needed" },
	{ "cpu.rmpread", PROBE_SEV_SNP, judge_rmpread, "cpu.sev_snp",
	  .why = "newer kernels host SEV-SNP on Zen 5 only with this instruction",
	  .remedy = "update the BIOS" },
	{ "cpu.asids", PROBE_ALL, judge_asids, "cpu.sev", .decides = true,
	  .why = "each encrypted guest takes an ASID, which is its key's number",
	  .remedy = "set the number of SEV ASIDs in the BIOS above 0" },
	{ "cpu.asids_es", PROBE_ES_AND_SNP, judge_asids_es, "cpu.asids", .decides = true,
	  .why = "SEV-ES and SEV-SNP use the ASIDs below the lowest of plain SEV",
	  .remedy = "in the BIOS, under CBS > CPU Common, set 'SEV-ES ASID Space Limit Control' to "
		    "Manual and 'SEV-ES ASID Space Limit' above 1, such as 100" },
	{ "cpu.asids_sev", PROBE_SEV, judge_asids_sev, "cpu.asids",
	  .why = "plain SEV uses the ASIDs that SEV-ES and SEV-SNP do not have",
	  .remedy = "in the BIOS, lower 'SEV-ES ASID Space Limit' below the number of all ASIDs" },
};

const struct probe_table probe_cpu_checks = { rows, ARRAY_LEN(rows) };
