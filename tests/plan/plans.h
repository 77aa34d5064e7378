/* SPDX-License-Identifier: Apache-2.0 */
/* Plans that are right, one for each level, to be changed by tests. */
#ifndef SNPLAUNCH_TESTS_PLAN_PLANS_H
#define SNPLAUNCH_TESTS_PLAN_PLANS_H

#include "tests/unit.h"

#include <string.h>

#include "plan/plan.h"

static inline void plan_add_disk(struct plan *plan, const char *name, enum disk_format format)
{
	struct plan_disk *disk = &plan->disks[plan->n_disks++];

	disk->format = format;
	disk->read_only = format == DISK_RAW;
	memcpy(disk->serial, name, strlen(name));
}

static inline void plan_add_network(struct plan *plan, const char *device)
{
	struct plan_network *network = &plan->networks[plan->n_networks++];
	const uint8_t mac[PLAN_MAC_BYTES] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0xff };

	network->kind = NETWORK_TAP;
	memcpy(network->device, device, strlen(device));
	memcpy(network->mac, mac, sizeof(mac));
}

/* A guest with everything that its level may have. */
static inline void plan_fill(struct plan *plan, enum level level)
{
	memset(plan, 0, sizeof(*plan));
	(void)strcpy(plan->name, "web");
	(void)strcpy(plan->machine, "pc-q35-10.0");
	(void)strcpy(plan->cpu_model, "EPYC-v4");
	(void)strcpy(plan->cmdline, "console=ttyS0 quiet");
	plan->has_kernel = 1;
	plan->has_initrd = 1;
	plan->has_cmdline = 1;
	plan->has_console = 1;
	plan->has_firmware_log = 1;
	plan->may_relaunch = 1;
	plan->level = level;
	plan->accel = level == LEVEL_OFF ? ACCEL_TCG : ACCEL_KVM;
	plan->firmware_mapping = level == LEVEL_SEV_SNP ? FIRMWARE_BIOS : FIRMWARE_PFLASH;
	plan->vcpus = 4;
	plan->memory_mib = 2048;
	plan->vsock_cid = 42;
	plan_add_disk(plan, "root", DISK_RAW);
	plan_add_disk(plan, "data", DISK_QCOW2);
	plan_add_network(plan, "tap0");
	if (level == LEVEL_OFF)
		return;
	plan->sev.policy = level == LEVEL_SEV_SNP ? 0x30000 : 5;
	plan->sev.cbitpos = 51;
	plan->sev.reduced_phys_bits = 1;
	plan->sev.kernel_hashes = 1;
	if (level != LEVEL_SEV_SNP) {
		plan->sev.legacy_vm_type = ON_OFF_ON;
		plan->sev.has_session = 1;
		return;
	}
	plan->sev.author_key_enabled = 1;
	plan->sev.vcek_disabled = 1;
	plan->sev.has_id_block = 1;
	plan->sev.has_id_auth = 1;
	plan->sev.has_host_data = 1;
	plan->sev.has_guest_visible_workarounds = 1;
	memset(plan->sev.host_data, 0xa1, sizeof(plan->sev.host_data));
	memset(plan->sev.guest_visible_workarounds, 0xb2,
	       sizeof(plan->sev.guest_visible_workarounds));
	memset(plan->sev.id_block, 0xc3, sizeof(plan->sev.id_block));
	memset(plan->sev.id_auth, 0xd4, sizeof(plan->sev.id_auth));
}

/* A small guest without anything from outside but its firmware. */
static inline void plan_fill_small(struct plan *plan)
{
	memset(plan, 0, sizeof(*plan));
	(void)strcpy(plan->name, "web");
	(void)strcpy(plan->machine, "q35");
	(void)strcpy(plan->cpu_model, "max");
	plan->level = LEVEL_OFF;
	plan->accel = ACCEL_TCG;
	plan->firmware_mapping = FIRMWARE_BIOS;
	plan->vcpus = 1;
	plan->memory_mib = PLAN_MEMORY_MIB_MIN;
}

#endif
