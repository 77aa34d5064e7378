// SPDX-License-Identifier: Apache-2.0
// Which files are read of a machine, how much of each, and looking values up in them.

#include "host/readings.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"

#define KVM_AMD(name) \
	.key = "/sys/module/kvm_amd/parameters/" name, \
	.path = "sys/module/kvm_amd/parameters/" name, .at_launch = true
#define PSP(name) .key = "psp/" name, .path = "{psp}/" name
#define PLAIN(file) .key = "/" file, .path = (file)

const struct reading_row reading_rows[HOST_TEXTS] = {
	[HOST_TEXT_CPUINFO] = { PLAIN("proc/cpuinfo"),
				READING_LINES,
				{ "model name", "microcode", "flags" },
				.at_launch = true },
	// Whatever else is there may be a secret.
	[HOST_TEXT_CMDLINE] = { PLAIN("proc/cmdline"),
				READING_WORDS,
				{ "sev=", "amd_iommu=", "iommu=", "iommu.", "kvm_amd.", "kvm.",
				  "ccp.", "nosvm", "mem_encrypt=", "nosmt" } },
	[HOST_TEXT_MEMINFO] = { PLAIN("proc/meminfo"),
				READING_LINES,
				{ "MemTotal:", "MemAvailable:" } },
	[HOST_TEXT_VMCORE] = { PLAIN("proc/vmcore"), READING_EXISTS },
	[HOST_TEXT_CONFIG] = { .key = "/boot/config",
			       .path = "boot/config-{release}",
			       READING_LINES,
			       { "CONFIG_KVM_AMD_SEV=", "CONFIG_CRYPTO_DEV_SP_PSP=",
				 "CONFIG_CRYPTO_DEV_CCP_DD=", "CONFIG_AMD_IOMMU=",
				 "CONFIG_CGROUP_MISC=" } },
	[HOST_TEXT_KVM_AMD] = { PLAIN("sys/module/kvm_amd"), READING_EXISTS, .at_launch = true },
	[HOST_TEXT_KVM_AMD_SEV] = { KVM_AMD("sev") },
	[HOST_TEXT_KVM_AMD_SEV_ES] = { KVM_AMD("sev_es") },
	[HOST_TEXT_KVM_AMD_SEV_SNP] = { KVM_AMD("sev_snp") },
	[HOST_TEXT_KVM_AMD_HIDING_ASIDS] = { KVM_AMD("ciphertext_hiding_asids") },
	[HOST_TEXT_KVM_AMD_DEBUG_SWAP] = { KVM_AMD("debug_swap") },
	[HOST_TEXT_KVM_AMD_NPT] = { KVM_AMD("npt") },
	[HOST_TEXT_KVM_AMD_NRIPS] = { KVM_AMD("nrips") },
	[HOST_TEXT_KVM_AMD_LBRV] = { KVM_AMD("lbrv") },
	[HOST_TEXT_KVM_MMIO_CACHING] = { PLAIN("sys/module/kvm/parameters/mmio_caching"),
					 .at_launch = true },
	[HOST_TEXT_CCP] = { PLAIN("sys/module/ccp"), READING_EXISTS, .at_launch = true },
	[HOST_TEXT_CCP_INIT_ON_PROBE] = { PLAIN("sys/module/ccp/parameters/psp_init_on_probe") },
	[HOST_TEXT_CCP_INIT_EX_PATH] = { PLAIN("sys/module/ccp/parameters/init_ex_path") },
	[HOST_TEXT_PSP_FUSED_PART] = { PSP("fused_part") },
	[HOST_TEXT_PSP_DEBUG_LOCK_ON] = { PSP("debug_lock_on") },
	[HOST_TEXT_PSP_TSME_STATUS] = { PSP("tsme_status") },
	[HOST_TEXT_PSP_ANTI_ROLLBACK_STATUS] = { PSP("anti_rollback_status") },
	[HOST_TEXT_PSP_BOOTLOADER_VERSION] = { PSP("bootloader_version") },
	[HOST_TEXT_PSP_TEE_VERSION] = { PSP("tee_version") },
	[HOST_TEXT_MITIGATIONS_SUPPORTED] = { PLAIN("sys/firmware/sev/vulnerabilities/"
						    "supported_mitigations") },
	[HOST_TEXT_MITIGATIONS_VERIFIED] = { PLAIN("sys/firmware/sev/vulnerabilities/"
						   "verified_mitigations") },
	[HOST_TEXT_MISC_CAPACITY] = { PLAIN("sys/fs/cgroup/misc.capacity"),
				      READING_LINES,
				      { "sev", "sev_es" },
				      .at_launch = true },
	[HOST_TEXT_MISC_CURRENT] = { PLAIN("sys/fs/cgroup/misc.current"),
				     READING_LINES,
				     { "sev", "sev_es" },
				     .at_launch = true },
	[HOST_TEXT_CGROUP_MISC_MAX] = { .key = "cgroup/misc.max",
					.path = "{cgroup}/misc.max",
					READING_LINES,
					{ "sev", "sev_es" },
					.at_launch = true },
	[HOST_TEXT_CGROUP_MISC_EVENTS] = { .key = "cgroup/misc.events",
					   .path = "{cgroup}/misc.events",
					   READING_LINES,
					   { "sev.max", "sev_es.max" } },
	[HOST_TEXT_CGROUP_MEMORY_MAX] = { .key = "cgroup/memory.max",
					  .path = "{cgroup}/memory.max" },
	[HOST_TEXT_HUGEPAGES] = { PLAIN("sys/kernel/mm/hugepages/hugepages-2048kB/"
					"free_hugepages") },
	[HOST_TEXT_DMA_ENTRY_LIMIT] = { PLAIN("sys/module/vfio_iommu_type1/parameters/"
					      "dma_entry_limit") },
	[HOST_TEXT_SMT_ACTIVE] = { PLAIN("sys/devices/system/cpu/smt/active"), .at_launch = true },
	[HOST_TEXT_PACKAGE_FIRST] = { PLAIN("sys/devices/system/cpu/cpu0/topology/"
					    "physical_package_id") },
	[HOST_TEXT_PACKAGE_LAST] = { .key = "last cpu/topology/physical_package_id",
				     .path = "sys/devices/system/cpu/{lastcpu}/topology/"
					     "physical_package_id" },
	[HOST_TEXT_IOMMU_FEATURES] = { PLAIN("sys/class/iommu/ivhd0/amd-iommu/features"),
				       .at_launch = true },
	[HOST_TEXT_IOMMU_GROUP_FIRST] = { PLAIN("sys/kernel/iommu_groups/0/type"),
					  .at_launch = true },
	[HOST_TEXT_IOMMU_GROUP_SECOND] = { PLAIN("sys/kernel/iommu_groups/1/type"),
					   .at_launch = true },
	// The order in which the kernel looks for them.
	[HOST_TEXT_SBIN_MODEL] = { .key = "firmware/model",
				   .path = "lib/firmware/amd/{model}",
				   READING_HEX },
	[HOST_TEXT_SBIN_FAMILY] = { .key = "firmware/family",
				    .path = "lib/firmware/amd/{family}",
				    READING_HEX },
	[HOST_TEXT_SBIN_ANY] = { .key = "firmware/any",
				 .path = "lib/firmware/amd/sev.fw",
				 READING_HEX },
};

const uint32_t host_leaf_numbers[HOST_LEAVES] = {
	[HOST_LEAF_VENDOR] = 0,
	[HOST_LEAF_SIGNATURE] = 1,
	[HOST_LEAF_EXTENDED] = 0x80000000,
	[HOST_LEAF_EXTENDED_SIGNATURE] = 0x80000001,
	[HOST_LEAF_BRAND_1] = 0x80000002,
	[HOST_LEAF_BRAND_2] = 0x80000003,
	[HOST_LEAF_BRAND_3] = 0x80000004,
	[HOST_LEAF_SEV] = CPUID_SEV_LEAF,
};

// AMD64 Architecture Programmer's Manual, volume 2, appendix A.
const uint32_t host_msr_numbers[HOST_MSRS] = {
	[HOST_MSR_SYSCFG] = 0xc0010010,
	[HOST_MSR_HWCR] = 0xc0010015,
	[HOST_MSR_RMP_BASE] = 0xc0010132,
	[HOST_MSR_RMP_END] = 0xc0010133,
};

const char *reading_state_word(enum reading_state state)
{
	static const char *const words[] = {
		[READING_NONE] = "none",     [READING_DONE] = "done",
		[READING_ABSENT] = "absent", [READING_DENIED] = "denied",
		[READING_FAILED] = "failed",
	};

	static_assert(ARRAY_LEN(words) == READING_STATES, "each state has a word");
	return words[state];
}

enum reading_state reading_state_of(int errnum)
{
	if (errnum == ENOENT || errnum == ENOTDIR || errnum == ENODEV || errnum == ENXIO)
		return READING_ABSENT;
	return errnum == EACCES || errnum == EPERM ? READING_DENIED : READING_FAILED;
}

const char *readings_text(const struct host_readings *readings, enum host_text which)
{
	const struct reading *reading = &readings->texts[which];

	return reading->state == READING_DONE ? reading->text : NULL;
}

// The line that begins with 'key' and a blank, a colon or '=' behind it.
static const char *find_line(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (text != NULL) {
		if (strncmp(text, key, len) == 0 && text[len] != '\0' &&
		    strchr(" \t:=", text[len]) != NULL)
			return text + len;
		text = strchr(text, '\n');
		if (text != NULL)
			text++;
	}
	return NULL;
}

bool readings_value(const struct host_readings *readings, enum host_text which, const char *key,
		    char *out, size_t size)
{
	const char *value = find_line(readings_text(readings, which), key);

	if (value == NULL)
		return false;
	value += strspn(value, " \t:=");
	(void)snprintf(out, size, "%.*s", (int)strcspn(value, "\n"), value);
	return true;
}

bool readings_number(const struct host_readings *readings, enum host_text which, uint64_t *out)
{
	const char *text = readings_text(readings, which);
	char *end;

	if (text == NULL || text[0] < '0' || text[0] > '9')
		return false;
	*out = strtoull(text, &end, 0);
	return true;
}

bool readings_has_word(const struct host_readings *readings, enum host_text which, const char *word)
{
	const char *text = readings_text(readings, which);
	size_t len = strlen(word);

	while (text != NULL && *text != '\0') {
		size_t n = strcspn(text, " \t\n");

		if (n == len && memcmp(text, word, len) == 0)
			return true;
		text += n;
		text += strspn(text, " \t\n");
	}
	return false;
}

void readings_cpu(const struct host_readings *readings, struct host_cpu *cpu)
{
	const struct cpuid_leaves leaves = {
		.vendor = readings->leaves[HOST_LEAF_VENDOR],
		.signature = readings->leaves[HOST_LEAF_SIGNATURE],
		.sev = readings->leaves[HOST_LEAF_SEV],
	};

	cpu_facts_decode(cpu, &leaves);
}

struct cpu_family readings_family(const struct host_readings *readings)
{
	uint32_t eax = readings->leaves[HOST_LEAF_SIGNATURE].eax;
	uint32_t base = eax >> 8 & 0xf;

	return (struct cpu_family){
		.family = base == 0xf ? base + (eax >> 20 & 0xff) : base,
		.model = (eax >> 4 & 0xf) | (base == 0xf ? eax >> 12 & 0xf0 : 0),
		.stepping = eax & 0xf,
	};
}

bool readings_kernel(const struct host_readings *readings, unsigned int *major, unsigned int *minor)
{
	char *end;

	*major = (unsigned int)strtoul(readings->release, &end, 10);
	if (*end != '.')
		return false;
	*minor = (unsigned int)strtoul(end + 1, NULL, 10);
	return *major != 0;
}

bool readings_kernel_is_older(const struct host_readings *readings, unsigned int major,
			      unsigned int minor)
{
	unsigned int is_major;
	unsigned int is_minor;

	return readings_kernel(readings, &is_major, &is_minor) &&
	       (is_major < major || (is_major == major && is_minor < minor));
}

// The leaves that say what the facts say.
void readings_add_cpu(struct host_readings *readings, const struct host_cpu *cpu)
{
	struct cpuid_registers *leaves = readings->leaves;

	memcpy(&leaves[HOST_LEAF_VENDOR].ebx, cpu->vendor, 4);
	memcpy(&leaves[HOST_LEAF_VENDOR].edx, cpu->vendor + 4, 4);
	memcpy(&leaves[HOST_LEAF_VENDOR].ecx, cpu->vendor + 8, 4);
	leaves[HOST_LEAF_SIGNATURE].eax = cpu->signature;
	leaves[HOST_LEAF_SIGNATURE].ecx = cpu->hypervisor ? CPUID_1_ECX_HYPERVISOR : 0;
	leaves[HOST_LEAF_EXTENDED].eax = host_leaf_numbers[HOST_LEAF_SEV];
	leaves[HOST_LEAF_SEV] = (struct cpuid_registers){
		.eax = (cpu->sev ? CPUID_SEV_EAX_SEV : 0) |
		       (cpu->sev_es ? CPUID_SEV_EAX_SEV_ES : 0) |
		       (cpu->sev_snp ? CPUID_SEV_EAX_SEV_SNP : 0),
		.ebx = cpu->cbitpos | cpu->phys_addr_reduction << 6,
		.ecx = cpu->max_asid,
		.edx = cpu->min_sev_asid,
	};
	readings->cpuid_read = true;
}

void readings_add_facts(struct host_readings *readings, const struct host_facts *facts)
{
	static const char key[] = "kernel=";
	const char *kernel = strstr(facts->identity, key);

	if (!readings->cpuid_read)
		readings_add_cpu(readings, &facts->cpu);
	if (readings->kvm.state == READING_NONE && facts->kvm.vm_types_known) {
		readings->kvm.state = READING_DONE;
		readings->kvm.vm_types = facts->kvm.vm_types;
	}
	if (readings->release[0] == '\0' && kernel != NULL)
		(void)snprintf(readings->release, sizeof(readings->release), "%.*s",
			       (int)strcspn(kernel + strlen(key), " "), kernel + strlen(key));
	readings->qemu = &facts->qemu;
	readings->has_qemu = true;
}
