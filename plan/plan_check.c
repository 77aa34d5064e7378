// SPDX-License-Identifier: Apache-2.0
// Judges a plan field by field, from tables; the front that made it is not believed.

#include "plan/plan_check.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/text.h"

// linux/vm_sockets.h: 0 to 2 and the last one have a meaning of their own.
#define VSOCK_CID_MIN 3

struct field {
	const char *name;
	size_t offset;
	size_t size;
	size_t width; // of each number in it; 0 for a plain name
	uint32_t min;
	uint32_t max;
};

#define FIELD(type, member) \
#member, offsetof(struct type, member), sizeof(((struct type *)0)->member)
// From one member to another, all of one byte.
#define FIELDS(type, from, to) \
#from ".." #to, offsetof(struct type, from), \
		offsetof(struct type, to) + 1 - offsetof(struct type, from)
#define NAME 0, 0, 0
#define NUMBER(min, max) sizeof(uint32_t), min, max
#define FLAG 1, 0, 1
#define ZERO 1, 0, 0

// What is not in these tables may have any value, or is judged below.
static const struct field plan_fields[] = {
	{ FIELD(plan, name), NAME },
	{ FIELD(plan, machine), NAME },
	{ FIELD(plan, cpu_model), NAME },
	{ FIELDS(plan, has_kernel, may_relaunch), FLAG },
	{ FIELD(plan, level), NUMBER(LEVEL_OFF, LEVELS - 1) },
	{ FIELD(plan, accel), NUMBER(ACCEL_KVM, ACCELS - 1) },
	{ FIELD(plan, firmware_mapping), NUMBER(FIRMWARE_PFLASH, FIRMWARE_MAPPINGS - 1) },
	{ FIELD(plan, vcpus), NUMBER(1, PLAN_VCPUS_MAX) },
	{ FIELD(plan, memory_mib), NUMBER(PLAN_MEMORY_MIB_MIN, PLAN_MEMORY_MIB_MAX) },
	{ FIELD(plan, n_disks), NUMBER(0, PLAN_DISKS_MAX) },
	{ FIELD(plan, n_networks), NUMBER(0, PLAN_NETWORKS_MAX) },
	{ FIELD(plan, sev.cbitpos), NUMBER(0, 63) },
	{ FIELD(plan, sev.reduced_phys_bits), NUMBER(0, 63) },
	{ FIELD(plan, sev.legacy_vm_type), NUMBER(0, ON_OFFS - 1) },
	{ FIELDS(plan, sev.kernel_hashes, sev.has_guest_visible_workarounds), FLAG },
	{ FIELD(plan, sev.reserved), ZERO },
	{ FIELD(plan, rehearses), FLAG },
	{ FIELD(plan, reserved_end), ZERO },
};

static const struct field disk_fields[] = {
	{ FIELD(plan_disk, format), NUMBER(DISK_RAW, DISK_FORMATS - 1) },
	{ FIELD(plan_disk, serial), NAME },
	{ FIELDS(plan_disk, read_only, is_block_device), FLAG },
	{ FIELD(plan_disk, reserved), ZERO },
};

static const struct field network_fields[] = {
	{ FIELD(plan_network, kind), NUMBER(NETWORK_TAP, NETWORK_KINDS - 1) },
	{ FIELD(plan_network, device), NAME },
	{ FIELD(plan_network, reserved), ZERO },
};

static int refuse(struct err *err, const char *field, const char *why)
{
	return err_set(err, ERR_REFUSED, "'%s' %s", field, why);
}

static int check_field(const struct field *field, const char *bytes, struct err *err)
{
	if (field->width == 0 && (!text_field_is_clean(bytes, field->size) ||
				  !text_is_plain_name(bytes, field->size - 1)))
		return refuse(err, field->name, "must be a plain name");
	for (size_t at = 0; field->width > 0 && at < field->size; at += field->width) {
		uint32_t number = 0;

		memcpy(&number, bytes + at, field->width);
		if (number < field->min || number > field->max)
			return err_set(err, ERR_REFUSED, "'%s' must be %u to %u, not %u",
				       field->name, field->min, field->max, number);
	}
	return 0;
}

static int check_fields(const struct field *fields, size_t n, const void *record, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (check_field(&fields[i], (const char *)record + fields[i].offset, err) < 0)
			return -1;
	return 0;
}

static bool is_zero(const void *bytes, size_t len)
{
	const char *byte = bytes;

	return len == 0 || (byte[0] == 0 && memcmp(byte, byte + 1, len - 1) == 0);
}

static int check_lists(const struct plan *plan, struct err *err)
{
	for (size_t i = 0; i < plan->n_disks; i++)
		if (check_fields(disk_fields, ARRAY_LEN(disk_fields), &plan->disks[i], err) < 0)
			return err_context(err, "'disks[%zu]'", i);
	for (size_t i = 0; i < plan->n_networks; i++)
		if (check_fields(network_fields, ARRAY_LEN(network_fields), &plan->networks[i],
				 err) < 0)
			return err_context(err, "'networks[%zu]'", i);
		else if ((plan->networks[i].mac[0] & 1) != 0)
			return refuse(err, "networks", "must have unicast addresses");
	if (!is_zero(plan->disks + plan->n_disks,
		     (PLAN_DISKS_MAX - plan->n_disks) * sizeof(*plan->disks)))
		return refuse(err, "disks", "must be zero behind the last");
	if (!is_zero(plan->networks + plan->n_networks,
		     (PLAN_NETWORKS_MAX - plan->n_networks) * sizeof(*plan->networks)))
		return refuse(err, "networks", "must be zero behind the last");
	return 0;
}

static int check_sense(const struct plan *plan, struct err *err)
{
	const struct plan_sev *sev = &plan->sev;
	bool snp = plan->level == LEVEL_SEV_SNP;

	if (plan->level > LEVEL_OFF && plan->accel != ACCEL_KVM)
		return refuse(err, "accel", "must be kvm at this level");
	// KVM refuses read-only memory slots for these VM types, so a flash device cannot work.
	if ((snp || (plan->level == LEVEL_SEV_ES && sev->legacy_vm_type == ON_OFF_OFF)) &&
	    plan->firmware_mapping != FIRMWARE_BIOS)
		return refuse(err, "firmware_mapping", "must be bios at this level");
	if (plan->level == LEVEL_OFF && !is_zero(sev, sizeof(*sev)))
		return refuse(err, "sev", "must be empty at level off");
	if (plan->level == LEVEL_OFF && plan->rehearses)
		return refuse(err, "rehearses", "must be 0 at level off");
	if (!plan->has_kernel && (plan->has_initrd || plan->has_cmdline || sev->kernel_hashes))
		return refuse(err, "has_kernel", "must be set for what goes with a kernel");
	if (sev->has_session && snp)
		return refuse(err, "sev.has_session", "must be 0 at this level");
	if (plan->vsock_cid != 0 &&
	    (plan->vsock_cid < VSOCK_CID_MIN || plan->vsock_cid == UINT32_MAX))
		return refuse(err, "vsock_cid", "must be 0 or an address that a guest may have");
	if (!text_field_is_clean(plan->cmdline, sizeof(plan->cmdline)))
		return refuse(err, "cmdline", "must end within its bounds");
	if (!plan->has_cmdline && plan->cmdline[0] != '\0')
		return refuse(err, "cmdline", "must be empty when there is none");
	return 0;
}

int plan_check(const struct plan *plan, struct err *err)
{
	if (check_fields(plan_fields, ARRAY_LEN(plan_fields), plan, err) < 0 ||
	    check_lists(plan, err) < 0 || check_sense(plan, err) < 0)
		return err_context(err, "plan");
	return 0;
}
