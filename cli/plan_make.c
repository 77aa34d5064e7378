// SPDX-License-Identifier: Apache-2.0
// Makes the plan, one function for each group of decisions.

#include "cli/plan_make.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"

// SEV API (AMD 55766), guest policy structure.
#define SEV_POLICY_NODBG (1ULL << 0)
#define SEV_POLICY_ES (1ULL << 2)
#define SEV_POLICY_API_MAJOR_SHIFT 16
#define SEV_POLICY_API_MINOR_SHIFT 24

// 0x8000001F's own field counts something else; QEMU takes 1 everywhere and says so itself
// (query-sev-capabilities).
#define REDUCED_PHYS_BITS 1

#define MAC_PREFIX \
	{ \
		0x52, 0x54, 0x00 \
	} // the range that QEMU and KVM use for guests

static bool is_on(enum on_off value)
{
	return value == ON_OFF_ON;
}

static uint64_t sev_policy(const struct guest_policy *policy, enum level level)
{
	uint64_t bits = level == LEVEL_SEV_ES ? SEV_POLICY_ES : 0;

	if (!is_on(policy->debug))
		bits |= SEV_POLICY_NODBG;
	return bits | (uint64_t)policy->abi_major << SEV_POLICY_API_MAJOR_SHIFT |
	       (uint64_t)policy->abi_minor << SEV_POLICY_API_MINOR_SHIFT;
}

uint64_t plan_guest_policy(const struct guest_policy *policy, enum level level)
{
	return level == LEVEL_SEV_SNP ? snp_policy_number(policy) : sev_policy(policy, level);
}

// By their numbers, as AMD calls them (SEV API, 55766, guest policy structure).
static const char *const sev_policy_names[] = { "NODBG", "NOKS", "ES", "NOSEND", "DOMAIN", "SEV" };

// All names together are shorter than SNP_POLICY_WORDS_SIZE.
static char *sev_policy_words(char out[static SNP_POLICY_WORDS_SIZE], uint64_t policy)
{
	unsigned int major = (policy >> SEV_POLICY_API_MAJOR_SHIFT) & 0xff;
	unsigned int minor = (policy >> SEV_POLICY_API_MINOR_SHIFT) & 0xff;
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(sev_policy_names); i++)
		if ((policy >> i & 1) != 0)
			used += (size_t)snprintf(out + used, SNP_POLICY_WORDS_SIZE - used, "%s%s",
						 used > 0 ? ", " : "", sev_policy_names[i]);
	if (major != 0 || minor != 0)
		used += (size_t)snprintf(out + used, SNP_POLICY_WORDS_SIZE - used, "%sabi %u.%u",
					 used > 0 ? ", " : "", major, minor);
	if (used == 0)
		(void)snprintf(out, SNP_POLICY_WORDS_SIZE, "none");
	return out;
}

char *plan_policy_words(char out[static SNP_POLICY_WORDS_SIZE], const struct plan *plan)
{
	return plan->level == LEVEL_SEV_SNP ? snp_policy_words(out, plan->sev.policy) :
					      sev_policy_words(out, plan->sev.policy);
}

static int check_accel(const struct guest *guest, const struct host_qemu *qemu, struct err *err)
{
	if (guest->accel == ACCEL_KVM && !qemu->kvm_usable)
		return err_set(
			err, ERR_HOST, "KVM is not usable on this host (%s): check /dev/kvm%s",
			qemu->kvm_built ? "QEMU could not open it" : "QEMU was built without it",
			guest->level == LEVEL_OFF ? ", or use --accel tcg" : "");
	if (guest->accel == ACCEL_TCG && !qemu->tcg_built)
		return err_set(err, ERR_HOST, "this QEMU was built without TCG: use --accel kvm");
	return 0;
}

static int plan_size(struct plan *plan, const struct guest *guest, const struct host_qemu *qemu,
		     struct err *err)
{
	plan->vcpus = guest->vcpus != 0 ? guest->vcpus : DEFAULT_VCPUS;
	plan->memory_mib = guest->memory_mib != 0 ? guest->memory_mib : DEFAULT_MEMORY_MIB;
	if (plan->vcpus > qemu->machine_cpu_max)
		return err_set(err, ERR_HOST,
			       "key 'vcpus': machine '%s' of this QEMU has at most %u, not %u",
			       qemu->machine, qemu->machine_cpu_max, plan->vcpus);
	return 0;
}

// A digest covers the CPU's signature, so a model at a measured level must mean one thing for good.
static int check_pinned(const struct host_cpu_model *model, struct err *err)
{
	if (strcmp(model->name, "host") == 0 || strcmp(model->name, "max") == 0)
		return err_set(
			err, ERR_GUEST_FILE,
			"CPU model '%s' is another one on each machine, so its launch digest is too: "
			"name a versioned model, such as '%s'",
			model->name, DEFAULT_CPU_MEASURED);
	if (model->alias_of[0] != '\0')
		return err_set(
			err, ERR_GUEST_FILE,
			"CPU model '%s' is an alias that may change: with this QEMU it means '%s', "
			"write that",
			model->name, model->alias_of);
	return 0;
}

static const struct host_cpu_model *resolve_alias(const struct host_qemu *qemu,
						  const struct host_cpu_model *model)
{
	const struct host_cpu_model *target = host_cpu_model_find(qemu, model->alias_of);

	return target != NULL ? target : model;
}

// Sets *runs_here. TCG leaves out what it cannot do, with warnings of its own.
static int judge_cpu(struct plan *plan, const char *name, const struct host_qemu *qemu,
		     bool *runs_here, struct err *err)
{
	const struct host_cpu_model *model = host_cpu_model_find(qemu, name);

	*runs_here = model != NULL;
	if (model == NULL)
		return err_set(err, ERR_HOST, "QEMU %u.%u has no CPU model '%s'%s", qemu->major,
			       qemu->minor, name, strcmp(name, "host") == 0 ? " without KVM" : "");
	if (plan->level > LEVEL_OFF && check_pinned(model, err) < 0)
		return -1;
	model = resolve_alias(qemu, model);
	*runs_here = plan->accel == ACCEL_TCG || model->runnable;
	if (model->deprecated)
		log_warning("CPU model '%s' is deprecated in QEMU %u.%u", name, qemu->major,
			    qemu->minor);
	if (!*runs_here)
		return err_set(err, ERR_HOST,
			       "CPU model '%s' does not run on this host, which lacks %s",
			       model->name, model->unavailable);
	return text_copy_field(plan->cpu_model, sizeof(plan->cpu_model), model->name);
}

static const struct guest_cpus measured_cpus = {
	.n = 2,
	.names = { DEFAULT_CPU_MEASURED, DEFAULT_CPU_MEASURED_OLD },
};
static const struct guest_cpus other_cpus = { .n = 1, .names = { DEFAULT_CPU_OFF } };

// The first candidate that this QEMU has and this host runs; any other mistake ends the search.
static int plan_cpu(struct plan *plan, const struct guest *guest, const struct host_qemu *qemu,
		    struct err *err)
{
	const struct guest_cpus *preset = plan->level > LEVEL_OFF ? &measured_cpus : &other_cpus;
	const struct guest_cpus *cpus = guest->cpu.n > 0 ? &guest->cpu : preset;

	for (size_t i = 0; i < cpus->n; i++) {
		bool runs_here;

		if (judge_cpu(plan, cpus->names[i], qemu, &runs_here, err) == 0)
			return 0;
		if (runs_here)
			break;
	}
	return err_context(err, "key 'cpu'");
}

static int plan_legacy_vm_type(struct plan *plan, const struct guest *guest,
			       const struct host_qemu *qemu, struct err *err)
{
	bool has_property =
		(qemu->sev_guest & HOST_PROPERTY_BIT(HOST_PROPERTY_LEGACY_VM_TYPE)) != 0;

	if (!has_property && guest->legacy_vm_type == ON_OFF_OFF)
		return err_set(
			err, ERR_HOST,
			"key 'legacy_vm_type': QEMU %u.%u knows only legacy VM types: install 9.1 or "
			"newer for off",
			qemu->major, qemu->minor);
	if (!has_property)
		plan->sev.legacy_vm_type = ON_OFF_UNSET;
	else if (guest->legacy_vm_type != ON_OFF_UNSET)
		plan->sev.legacy_vm_type = guest->legacy_vm_type;
	else
		plan->sev.legacy_vm_type =
			ON_OFF_ON; // QEMU's "auto" would be decided by its version
	return 0;
}

static int plan_kernel_hashes(struct plan *plan, const struct guest *guest,
			      const struct host_qemu *qemu, struct err *err)
{
	uint32_t properties = plan->level == LEVEL_SEV_SNP ? qemu->sev_snp_guest : qemu->sev_guest;

	plan->sev.kernel_hashes = plan->has_kernel && guest->kernel_hashes != ON_OFF_OFF;
	if (plan->sev.kernel_hashes &&
	    (properties & HOST_PROPERTY_BIT(HOST_PROPERTY_KERNEL_HASHES)) == 0)
		return err_set(
			err, ERR_HOST,
			"key 'kernel_hashes': QEMU %u.%u cannot measure a kernel: install 6.2 or newer",
			qemu->major, qemu->minor);
	return 0;
}

static void plan_snp(struct plan_sev *sev, const struct guest *guest)
{
	sev->vcek_disabled = is_on(guest->vcek_disabled);
	sev->author_key_enabled = is_on(guest->id_block.author_key);
	sev->has_host_data = guest->has_host_data;
	memcpy(sev->host_data, guest->host_data, sizeof(sev->host_data));
	sev->has_guest_visible_workarounds = guest->has_guest_visible_workarounds;
	memcpy(sev->guest_visible_workarounds, guest->guest_visible_workarounds,
	       sizeof(sev->guest_visible_workarounds));
}

static int check_snp_policy(uint64_t policy, const struct host_facts *facts, struct err *err)
{
	struct linux_release release = { 0 };

	if (!host_facts_kernel(facts, &release.major, &release.minor))
		release.major = 0;
	return snp_policy_check_kvm(policy, &release, err);
}

static int plan_encryption(struct plan *plan, const struct guest *guest,
			   const struct host_facts *facts, struct err *err)
{
	if (plan->level == LEVEL_OFF)
		return 0;
	plan->sev.policy = plan_guest_policy(&guest->guest_policy, guest->level);
	plan->sev.cbitpos = facts->cpu.cbitpos;
	plan->sev.reduced_phys_bits = REDUCED_PHYS_BITS;
	plan->sev.has_session = guest->sev_session.session.text[0] != '\0';
	if (plan->level == LEVEL_SEV_SNP) {
		if (check_snp_policy(plan->sev.policy, facts, err) < 0)
			return -1;
		plan_snp(&plan->sev, guest);
	} else if (plan_legacy_vm_type(plan, guest, &facts->qemu, err) < 0)
		return -1;
	return plan_kernel_hashes(plan, guest, &facts->qemu, err);
}

// KVM refuses read-only memory slots for these VM types, so flash cannot work there.
enum firmware_mapping plan_firmware_mapping(enum level level, enum on_off legacy_vm_type)
{
	bool no_flash =
		level == LEVEL_SEV_SNP || (level == LEVEL_SEV_ES && legacy_vm_type == ON_OFF_OFF);

	return no_flash ? FIRMWARE_BIOS : FIRMWARE_PFLASH;
}

static void plan_kernel(struct plan *plan, const struct guest *guest)
{
	plan->has_kernel = guest->kernel.text[0] != '\0';
	plan->has_initrd = guest->initrd.text[0] != '\0';
	plan->has_cmdline = guest->has_cmdline;
	memcpy(plan->cmdline, guest->cmdline, sizeof(plan->cmdline));
	if (strlen(plan->cmdline) > LINUX_CMDLINE_MAX)
		log_warning("key 'cmdline': Linux uses the first %d of these %zu bytes",
			    LINUX_CMDLINE_MAX, strlen(plan->cmdline));
}

// A disk without a name is called by its place, which another one may be called on purpose.
static int check_disk_name(const struct plan *plan, size_t i, struct err *err)
{
	for (size_t other = 0; other < i; other++)
		if (strcmp(plan->disks[other].serial, plan->disks[i].serial) == 0)
			return err_set(
				err, ERR_GUEST_FILE,
				"keys 'disks[%zu]' and 'disks[%zu]' are both named '%s': name them "
				"differently",
				other, i, plan->disks[i].serial);
	return 0;
}

static int plan_disks(struct plan *plan, const struct guest *guest, struct err *err)
{
	plan->n_disks = (uint32_t)guest->n_disks;
	for (size_t i = 0; i < guest->n_disks; i++) {
		const struct guest_disk *asked = &guest->disks[i];
		struct plan_disk *disk = &plan->disks[i];

		disk->format = asked->format;
		disk->read_only = asked->read_only != ON_OFF_OFF;
		if (asked->name[0] != '\0')
			memcpy(disk->serial, asked->name, sizeof(disk->serial));
		else
			(void)snprintf(disk->serial, sizeof(disk->serial), "disk%zu", i);
		if (check_disk_name(plan, i, err) < 0)
			return -1;
	}
	return 0;
}

// An address that stays the same for the same guest and place, and differs between names.
static void make_mac(uint8_t mac[static PLAN_MAC_BYTES], const char *name, size_t index)
{
	static const uint8_t prefix[] = MAC_PREFIX;
	uint32_t hash = 2166136261U; // FNV-1a

	for (; *name != '\0'; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619U;
	hash = (hash ^ (uint8_t)index) * 16777619U;
	memcpy(mac, prefix, sizeof(prefix));
	for (size_t i = sizeof(prefix); i < PLAN_MAC_BYTES; i++) {
		mac[i] = (uint8_t)hash;
		hash >>= 8;
	}
}

static void plan_networks(struct plan *plan, const struct guest *guest)
{
	plan->n_networks = (uint32_t)guest->n_networks;
	for (size_t i = 0; i < guest->n_networks; i++) {
		const struct guest_network *asked = &guest->networks[i];
		struct plan_network *network = &plan->networks[i];

		network->kind = asked->kind;
		memcpy(network->device, asked->device, sizeof(network->device));
		if (asked->has_mac)
			memcpy(network->mac, asked->mac, sizeof(network->mac));
		else
			make_mac(network->mac, plan->name, i);
	}
}

int plan_make(struct plan *plan, const struct guest *guest, const struct host_facts *facts,
	      struct err *err)
{
	memset(plan, 0, sizeof(*plan));
	memcpy(plan->name, guest->name, sizeof(plan->name));
	memcpy(plan->machine, facts->qemu.machine, sizeof(plan->machine));
	plan->level = guest->level;
	plan->accel = guest->accel;
	plan->kvm_by_path = guest->accel == ACCEL_KVM && !facts->qemu.kvm_takes_fd;
	plan->may_relaunch = guest->on_reset == RESET_RELAUNCH;
	plan->vsock_cid = guest->vsock_cid;
	plan->has_console = guest->console != CONSOLE_NONE;
	plan->has_firmware_log = is_on(guest->firmware_log);
	if (check_accel(guest, &facts->qemu, err) < 0 ||
	    plan_size(plan, guest, &facts->qemu, err) < 0 ||
	    plan_cpu(plan, guest, &facts->qemu, err) < 0)
		return -1;
	plan_kernel(plan, guest);
	if (plan_encryption(plan, guest, facts, err) < 0)
		return -1;
	plan->firmware_mapping = plan_firmware_mapping(plan->level, plan->sev.legacy_vm_type);
	if (plan_disks(plan, guest, err) < 0)
		return -1;
	plan_networks(plan, guest);
	return 0;
}
