// SPDX-License-Identifier: Apache-2.0
// Checks of KVM by what /dev/kvm answers, and of the IOMMU that SEV-SNP needs.

#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "host/probe.h"

#define KVM_API 12
#define ATTRIBUTE_PRIVATE (1U << 3)
#define IOMMU_SNP (1ULL << 63) // of EFR: Linux drivers/iommu/amd/amd_iommu_types.h, FEATURE_SNP

// --- IOMMU ---------------------------------------------------------------------------------------

static void judge_iommu(struct probe_result *result, const struct host_readings *readings)
{
	enum reading_state state = readings->texts[HOST_TEXT_IOMMU_FEATURES].state;

	if (state == READING_DONE)
		probe_say(result, PROBE_PASS, "%s", reading_rows[HOST_TEXT_IOMMU_FEATURES].key);
	else if (state == READING_ABSENT)
		probe_say(result, PROBE_FAIL, "there is no AMD IOMMU (no /sys/class/iommu/ivhd0)");
	else
		probe_say_unread(result, "/sys/class/iommu/ivhd0", state);
}

// "efr:efr2", in hexadecimal digits.
static void judge_iommu_snp(struct probe_result *result, const struct host_readings *readings)
{
	const char *text = readings_text(readings, HOST_TEXT_IOMMU_FEATURES);

	if (text == NULL)
		(void)probe_text_is_missing(result, readings, HOST_TEXT_IOMMU_FEATURES);
	else if ((strtoull(text, NULL, 16) & IOMMU_SNP) != 0)
		probe_say(result, PROBE_PASS, "EFR bit 63");
	else
		probe_say(result, PROBE_FAIL, "the IOMMU has no support for SEV-SNP (EFR %.40s)",
			  text);
}

static void judge_iommu_domain(struct probe_result *result, const struct host_readings *readings)
{
	const char *first = readings_text(readings, HOST_TEXT_IOMMU_GROUP_FIRST);
	const char *second = readings_text(readings, HOST_TEXT_IOMMU_GROUP_SECOND);

	if (first == NULL)
		(void)probe_text_is_missing(result, readings, HOST_TEXT_IOMMU_GROUP_FIRST);
	else if (strcmp(first, "identity") == 0 &&
		 (second == NULL || strcmp(second, "identity") == 0))
		probe_say(result, PROBE_FAIL,
			  "the IOMMU is in passthrough mode (its groups are 'identity')");
	else
		probe_say(result, PROBE_PASS, "%.40s", first);
}

static const struct probe_check iommu_rows[] = {
	{ "iommu.present", PROBE_SEV_SNP, judge_iommu, "kernel.config_iommu", true,
	  .why = "SEV-SNP keeps devices away from guests' memory by the IOMMU",
	  .remedy = "in the BIOS, under NBIO, enable the IOMMU; remove amd_iommu=off" },
	{ "iommu.snp", PROBE_SEV_SNP, judge_iommu_snp, "iommu.present", true,
	  .why = "the IOMMU must know the RMP",
	  .remedy = "in the BIOS, under NBIO, enable the IOMMU's 'SEV-SNP Support'" },
	{ "iommu.domain", PROBE_SEV_SNP, judge_iommu_domain, "iommu.present", true,
	  "kernel.options_snp", .why = "in passthrough mode the kernel turns SEV-SNP off",
	  .remedy = "remove iommu=pt from the kernel's command line and reboot" },
};

const struct probe_table probe_iommu_checks = { iommu_rows, ARRAY_LEN(iommu_rows) };

// --- KVM -----------------------------------------------------------------------------------------

static void judge_device(struct probe_result *result, const struct host_readings *readings)
{
	switch ((enum reading_state)readings->kvm.state) {
	case READING_DONE:
		probe_say(result, PROBE_PASS, "/dev/kvm answers");
		return;
	case READING_ABSENT:
		probe_say(result, PROBE_FAIL, "there is no /dev/kvm");
		return;
	case READING_DENIED:
		probe_say(result, PROBE_FAIL, "this user may not open /dev/kvm");
		result->remedy = "add the user to the group kvm, and log in again";
		return;
	default:
		probe_say_unread(result, "/dev/kvm", (enum reading_state)readings->kvm.state);
	}
}

static bool is_unasked(struct probe_result *result, const struct host_readings *readings)
{
	if (readings->kvm.state == READING_DONE)
		return false;
	probe_say_unread(result, "/dev/kvm", (enum reading_state)readings->kvm.state);
	return true;
}

static void judge_api(struct probe_result *result, const struct host_readings *readings)
{
	uint32_t version = readings->kvm.api_version;

	if (is_unasked(result, readings))
		return;
	if (version == 0)
		probe_say_unread(result, "KVM's interface version", READING_NONE);
	else
		probe_say(result, version == KVM_API ? PROBE_PASS : PROBE_FAIL,
			  "KVM's interface has version %u", version);
}

// Before Linux 6.10 KVM lists none of these types, and makes machines of the older levels all the same.
static void judge_type(struct probe_result *result, const struct host_readings *readings)
{
	const struct probe_check *check = result->check;
	uint32_t types = readings->kvm.vm_types;
	bool lists_any =
		(types & (1U << HOST_VM_SEV | 1U << HOST_VM_SEV_ES | 1U << HOST_VM_SNP)) != 0;

	if (is_unasked(result, readings))
		return;
	if ((types & 1U << check->which) != 0)
		probe_say(result, PROBE_PASS, "KVM_CAP_VM_TYPES 0x%x has type %d", types,
			  check->which);
	else if (!lists_any && check->which != HOST_VM_SNP && readings->release[0] == '\0')
		probe_say(result, PROBE_UNKNOWN, "KVM lists no types, as before Linux 6.10");
	else if (!lists_any && check->which != HOST_VM_SNP &&
		 readings_kernel_is_older(readings, 6, 10))
		probe_say(result, PROBE_PASS, "this kernel is too old to list types");
	else
		probe_say(result, PROBE_FAIL,
			  "this kernel's KVM makes no such machines (KVM_CAP_VM_TYPES 0x%x has no "
			  "type %d)",
			  types, check->which);
}

static void judge_memfd(struct probe_result *result, const struct host_readings *readings)
{
	const struct kvm_reading *kvm = &readings->kvm;

	if (is_unasked(result, readings))
		return;
	if (kvm->api_version == 0)
		probe_say_unread(result, "KVM's capabilities", READING_NONE);
	else if (kvm->guest_memfd != 0 && kvm->user_memory2 != 0 &&
		 (kvm->memory_attributes & ATTRIBUTE_PRIVATE) != 0)
		probe_say(result, PROBE_PASS, "guest_memfd, memory attributes, memory regions 2");
	else
		probe_say(result, PROBE_FAIL,
			  "KVM has no private memory (guest_memfd %u, memory attributes 0x%x, "
			  "memory regions 2 %u)",
			  kvm->guest_memfd, kvm->memory_attributes, kvm->user_memory2);
}

static void judge_vmsa_features(struct probe_result *result, const struct host_readings *readings)
{
	if (is_unasked(result, readings))
		return;
	if (!readings->kvm.vmsa_features_known)
		probe_say(result, PROBE_SKIP, "this kernel does not tell");
	else
		probe_say(result, PROBE_PASS, "0x%llx: debug swap %s, secure TSC %s",
			  (unsigned long long)readings->kvm.vmsa_features,
			  (readings->kvm.vmsa_features & 1U << 5) != 0 ? "yes" : "no",
			  (readings->kvm.vmsa_features & 1U << 9) != 0 ? "yes" : "no");
}

static void judge_policy_bits(struct probe_result *result, const struct host_readings *readings)
{
	if (is_unasked(result, readings))
		return;
	if (!readings->kvm.policy_bits_known)
		probe_say(result, PROBE_SKIP,
			  "this kernel does not tell; its release decides, as 'plan' does");
	else
		probe_say(result, PROBE_PASS, "0x%llx",
			  (unsigned long long)readings->kvm.policy_bits);
}

static const struct probe_check kvm_rows[] = {
	{ "kvm.device", PROBE_ALL, judge_device, "module.kvm_amd", .decides = true,
	  .why = "QEMU runs encrypted guests by KVM alone",
	  .remedy = "'modprobe kvm_amd'; if that fails, enable SVM in the BIOS" },
	{ "kvm.api", PROBE_ALL, judge_api, "kvm.device",
	  .why = "there is one version of KVM's interface, 12", .remedy = "this is not KVM" },
	{ "kvm.type_sev", PROBE_SEV, judge_type, "module.sev", .which = HOST_VM_SEV,
	  .decides = true,
	  .why = "which guests KVM makes, after kernel, BIOS and firmware had their say",
	  .remedy = "look at kvm_amd's parameter sev, then at the kernel log" },
	{ "kvm.type_sev_es", PROBE_SEV_ES, judge_type, "module.sev_es", .which = HOST_VM_SEV_ES,
	  .decides = true,
	  .why = "which guests KVM makes, after kernel, BIOS and firmware had their say",
	  .remedy =
		  "it takes ASIDs for SEV-ES, and newer kernels drop it when the firmware refuses "
		  "SEV-ES beside SEV-SNP" },
	{ "kvm.type_snp", PROBE_SEV_SNP, judge_type, "module.sev_snp", .which = HOST_VM_SNP,
	  .decides = true,
	  .why = "which guests KVM makes, after kernel, BIOS and firmware had their say",
	  .remedy = "it takes Linux 6.11 or newer, kvm_amd.sev_snp=1 and a BIOS with SNP enabled" },
	{ "kvm.private_memory", PROBE_SEV_SNP, judge_memfd, "kvm.type_snp",
	  .why = "QEMU needs all three for a guest's private memory",
	  .remedy = "install a kernel with CONFIG_KVM_GENERIC_PRIVATE_MEM" },
	{ "kvm.vmsa_features", PROBE_ES_AND_SNP, judge_vmsa_features, "kvm.device",
	  .why = "features that guests may be given; a launch digest covers them" },
	{ "kvm.policy_bits", PROBE_SEV_SNP, judge_policy_bits, "kvm.type_snp",
	  .why = "the bits of a guest policy that KVM takes" },
};

const struct probe_table probe_kvm_checks = { kvm_rows, ARRAY_LEN(kvm_rows) };
