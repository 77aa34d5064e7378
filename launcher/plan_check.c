// SPDX-License-Identifier: Apache-2.0
// Judges a plan field by field, from tables; the front that made it is not believed.

#include "launcher/plan_check.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

// linux/vm_sockets.h: 0 to 2 and the last one have a meaning of their own.
#define VSOCK_CID_MIN 3

struct number_rule {
	const char *name;
	size_t offset;
	uint32_t min;
	uint32_t max;
};

#define NUMBER(member, low, high) \
	{ \
#member, offsetof(struct plan, member), low, high \
	}

static const struct number_rule numbers[] = {
	NUMBER(level, LEVEL_OFF, LEVELS - 1),
	NUMBER(accel, ACCEL_KVM, ACCELS - 1),
	NUMBER(firmware_mapping, FIRMWARE_PFLASH, FIRMWARE_MAPPINGS - 1),
	NUMBER(vcpus, 1, PLAN_VCPUS_MAX),
	NUMBER(memory_mib, PLAN_MEMORY_MIB_MIN, PLAN_MEMORY_MIB_MAX),
	NUMBER(n_disks, 0, PLAN_DISKS_MAX),
	NUMBER(n_networks, 0, PLAN_NETWORKS_MAX),
	NUMBER(sev.cbitpos, 0, 63),
	NUMBER(sev.reduced_phys_bits, 0, 63),
	NUMBER(sev.legacy_vm_type, 0, ON_OFFS - 1),
};

struct bytes_rule {
	const char *name;
	size_t offset;
	size_t len;
};

#define BYTES(member) \
	{ \
#member, offsetof(struct plan, member), sizeof(((struct plan *)0)->member) \
	}

// Booleans: 0 or 1.
static const struct bytes_rule flags[] = {
	BYTES(has_kernel),
	BYTES(has_initrd),
	BYTES(has_cmdline),
	BYTES(has_console),
	BYTES(has_firmware_log),
	BYTES(kvm_by_path),
	BYTES(sev.kernel_hashes),
	BYTES(sev.has_session),
	BYTES(sev.author_key_enabled),
	BYTES(sev.vcek_disabled),
	BYTES(sev.has_id_block),
	BYTES(sev.has_id_auth),
	BYTES(sev.has_host_data),
	BYTES(sev.has_guest_visible_workarounds),
};

// Names that stand in QEMU's options outside of JSON.
static const struct bytes_rule names[] = {
	BYTES(name),
	BYTES(machine),
	BYTES(cpu_model),
};

static const struct bytes_rule zeros[] = {
	BYTES(reserved),
	BYTES(reserved_end),
	BYTES(sev.reserved),
};

static const uint8_t *at(const struct plan *plan, size_t offset)
{
	return (const uint8_t *)plan + offset;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static int refuse(struct err *err, const char *field, const char *why)
{
	return err_set(err, ERR_REFUSED, "plan: '%s' %s", field, why);
}

static int check_numbers(const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		uint32_t value;

		memcpy(&value, at(plan, numbers[i].offset), sizeof(value));
		if (value < numbers[i].min || value > numbers[i].max)
			return err_set(err, ERR_REFUSED,
				       "plan: '%s' must be %" PRIu32 " to %" PRIu32
				       ", not %" PRIu32,
				       numbers[i].name, numbers[i].min, numbers[i].max, value);
	}
	return 0;
}

static int check_bytes(const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (*at(plan, flags[i].offset) > 1)
			return refuse(err, flags[i].name, "must be 0 or 1");
	for (size_t i = 0; i < ARRAY_LEN(zeros); i++)
		if (!all_zero(at(plan, zeros[i].offset), zeros[i].len))
			return refuse(err, zeros[i].name, "must be zero");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *name = (const char *)at(plan, names[i].offset);

		if (!text_field_is_clean(name, names[i].len) ||
		    !text_is_plain_name(name, names[i].len - 1))
			return refuse(err, names[i].name, "must be a plain name");
	}
	if (!text_field_is_clean(plan->cmdline, sizeof(plan->cmdline)))
		return refuse(err, "cmdline", "must end within its bounds");
	return 0;
}

static int check_disk(const struct plan *plan, size_t i, struct err *err)
{
	const struct plan_disk *disk = &plan->disks[i];

	if (i >= plan->n_disks)
		return all_zero((const uint8_t *)disk, sizeof(*disk)) ?
			       0 :
			       refuse(err, "disks", "must be zero behind the last");
	if (disk->format == DISK_UNSET || disk->format >= DISK_FORMATS || disk->read_only > 1 ||
	    disk->is_block_device > 1)
		return refuse(err, "disks", "must have a known format and flags");
	if (!text_field_is_clean(disk->serial, sizeof(disk->serial)) ||
	    !text_is_plain_name(disk->serial, sizeof(disk->serial) - 1))
		return refuse(err, "disks", "must have plain names");
	if (!all_zero(disk->reserved, sizeof(disk->reserved)) ||
	    !all_zero(disk->reserved_end, sizeof(disk->reserved_end)))
		return refuse(err, "disks", "must have reserved bytes zero");
	return 0;
}

static int check_network(const struct plan *plan, size_t i, struct err *err)
{
	const struct plan_network *network = &plan->networks[i];

	if (i >= plan->n_networks)
		return all_zero((const uint8_t *)network, sizeof(*network)) ?
			       0 :
			       refuse(err, "networks", "must be zero behind the last");
	if (network->kind != NETWORK_TAP)
		return refuse(err, "networks", "must be of a known kind");
	if (!text_field_is_clean(network->device, sizeof(network->device)) ||
	    !text_is_plain_name(network->device, sizeof(network->device) - 1))
		return refuse(err, "networks", "must have a plain device name");
	if ((network->mac[0] & 1) != 0 || !all_zero(network->reserved, sizeof(network->reserved)))
		return refuse(err, "networks", "must have a unicast address");
	return 0;
}

static int check_lists(const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < PLAN_DISKS_MAX; i++)
		if (check_disk(plan, i, err) < 0)
			return -1;
	for (size_t i = 0; i < PLAN_NETWORKS_MAX; i++)
		if (check_network(plan, i, err) < 0)
			return -1;
	return 0;
}

// KVM refuses read-only memory slots for these VM types, so a flash device cannot work.
static bool needs_bios_mapping(const struct plan *plan)
{
	return plan->level == LEVEL_SEV_SNP ||
	       (plan->level == LEVEL_SEV_ES && plan->sev.legacy_vm_type == ON_OFF_OFF);
}

static int check_sense(const struct plan *plan, struct err *err)
{
	static const struct plan_sev no_sev;
	bool bios = plan->firmware_mapping == FIRMWARE_BIOS;

	if (plan->level > LEVEL_OFF && plan->accel != ACCEL_KVM)
		return refuse(err, "accel", "must be kvm at this level");
	if (needs_bios_mapping(plan) && !bios)
		return refuse(err, "firmware_mapping", "must be bios at this level");
	if (plan->level == LEVEL_OFF && memcmp(&plan->sev, &no_sev, sizeof(no_sev)) != 0)
		return refuse(err, "sev", "must be empty at level off");
	if (!plan->has_kernel && (plan->has_initrd || plan->has_cmdline || plan->sev.kernel_hashes))
		return refuse(err, "has_kernel", "must be set for what goes with a kernel");
	if (plan->sev.has_session && plan->level == LEVEL_SEV_SNP)
		return refuse(err, "sev.has_session", "must be 0 at this level");
	if (plan->vsock_cid != 0 &&
	    (plan->vsock_cid < VSOCK_CID_MIN || plan->vsock_cid == UINT32_MAX))
		return refuse(err, "vsock_cid", "must be 0 or an address that a guest may have");
	if (!plan->has_cmdline && plan->cmdline[0] != '\0')
		return refuse(err, "cmdline", "must be empty when there is none");
	return 0;
}

int plan_check(const struct plan *plan, struct err *err)
{
	if (check_numbers(plan, err) < 0 || check_bytes(plan, err) < 0 ||
	    check_lists(plan, err) < 0)
		return -1;
	return check_sense(plan, err);
}
