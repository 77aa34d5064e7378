/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that a launcher takes, and what makes it one that it must not. */
#ifndef SNPLAUNCH_TESTS_ATTACK_BAD_PLANS_H
#define SNPLAUNCH_TESTS_ATTACK_BAD_PLANS_H

#include <stddef.h>

#include "plan/plan.h"

/* Its descriptors: firmware, kernel, and a disk for reading. */
static const struct plan good_plan = {
	.name = "fake",
	.machine = "pc-q35-10.0",
	.cpu_model = "max",
	.has_kernel = 1,
	.has_cmdline = 1,
	.level = LEVEL_OFF,
	.accel = ACCEL_TCG,
	.firmware_mapping = FIRMWARE_PFLASH,
	.vcpus = 1,
	.memory_mib = 64,
	.n_disks = 1,
	.disks = { { .format = DISK_RAW, .read_only = 1, .serial = "disk0" } },
	.cmdline = "quiet",
};

/* 'len' bytes of 'byte' over a member; the refusal must have the name in it. */
static const struct {
	const char *name;
	size_t offset;
	size_t len;
	int byte;
} bad_bytes[] = {
#define BAD(member, value) \
	{ \
#member, offsetof(struct plan, member), sizeof(((struct plan *)0)->member), value \
	}
#define BAD_AT(name, member, at, len, value) \
	{ \
		name, offsetof(struct plan, member) + (at), len, value \
	}
	BAD(level, 0),
	BAD(level, 0xff),
	BAD_AT("level", level, 0, 1, LEVELS),
	BAD(accel, 0),
	BAD_AT("accel", accel, 0, 1, ACCELS),
	BAD(firmware_mapping, 0),
	BAD_AT("firmware_mapping", firmware_mapping, 0, 1, FIRMWARE_MAPPINGS),
	BAD(vcpus, 0),
	BAD(vcpus, 0xff),
	BAD_AT("vcpus", vcpus, 1, 1, 3), /* 513 or more */
	BAD(memory_mib, 0),
	BAD_AT("memory_mib", memory_mib, 0, 1, PLAN_MEMORY_MIB_MIN - 1),
	BAD_AT("memory_mib", memory_mib, 3, 1, 1), /* 16 Mi and 64 */
	BAD_AT("n_disks", n_disks, 0, 1, PLAN_DISKS_MAX + 1),
	BAD(n_disks, 0xff),
	BAD_AT("disks", n_disks, 0, 1, 0), /* one is left behind the last */
	BAD_AT("disks", n_disks, 0, 1, 2), /* the second is empty */
	BAD_AT("n_networks", n_networks, 0, 1, PLAN_NETWORKS_MAX + 1),
	BAD_AT("networks", n_networks, 0, 1, 1),
	BAD(networks, 1),
	BAD_AT("disks", disks[0].format, 0, 1, DISK_FORMATS),
	BAD_AT("disks", disks[0].read_only, 0, 1, 2),
	BAD_AT("disks", disks[0].serial, 0, 1, '-'),
	BAD_AT("disks", disks[0].serial, 1, 1, ','),
	BAD_AT("disks", disks[0].serial, 0, PLAN_NAME_SIZE, 'a'),
	BAD_AT("disks", disks[0].is_block_device, 0, 1, 2),
	BAD_AT("disks", disks[0].reserved, 0, 1, 1),
	BAD(disks[PLAN_DISKS_MAX - 1], 1),
	BAD(has_kernel, 2),
	BAD(has_kernel, 0), /* but there is a command line */
	BAD_AT("has_kernel", has_initrd, 0, 1, 0xff),
	BAD_AT("has_kernel", has_cmdline, 0, 1, 2),
	BAD_AT("has_kernel", has_console, 0, 1, 2),
	BAD_AT("has_kernel", has_firmware_log, 0, 1, 2),
	BAD_AT("has_kernel", kvm_by_path, 0, 1, 2),
	BAD_AT("has_kernel", may_relaunch, 0, 1, 2),
	BAD_AT("has_kernel", may_relaunch, 0, 1, 0xff),
	BAD(name, 0),
	BAD(name, 'a'),
	BAD_AT("name", name, 0, 1, '-'),
	BAD_AT("name", name, 1, 1, ','),
	BAD_AT("name", name, 1, 1, '/'),
	BAD_AT("name", name, 1, 1, '='),
	BAD_AT("name", name, 1, 1, '\n'),
	BAD_AT("name", name, PLAN_NAME_SIZE - 1, 1, 'x'), /* behind its NUL */
	BAD(machine, 0),
	BAD_AT("machine", machine, 2, 1, ','),
	BAD_AT("machine", machine, PLAN_WORD_SIZE - 1, 1, 'x'),
	BAD(cpu_model, 0),
	BAD_AT("cpu_model", cpu_model, 1, 1, ','),
	BAD_AT("cpu_model", cpu_model, 1, 1, '='),
	BAD(cmdline, 'a'), /* no NUL */
	BAD_AT("cmdline", cmdline, PLAN_CMDLINE_SIZE - 1, 1, 'x'),
	BAD(rehearses, 2),
	BAD(reserved_end, 1),
	BAD(sev.reserved, 1),
	BAD(sev.kernel_hashes, 2),
	BAD_AT("sev", sev.kernel_hashes, 0, 1, 1),
	BAD_AT("sev.kernel_hashes", sev.has_session, 0, 1, 2),
	BAD_AT("sev.kernel_hashes", sev.author_key_enabled, 0, 1, 2),
	BAD_AT("sev.kernel_hashes", sev.vcek_disabled, 0, 1, 2),
	BAD_AT("sev.kernel_hashes", sev.has_id_block, 0, 1, 2),
	BAD_AT("sev.kernel_hashes", sev.has_id_auth, 0, 1, 2),
	BAD_AT("sev.kernel_hashes", sev.has_host_data, 0, 1, 2),
	BAD_AT("sev.kernel_hashes", sev.has_guest_visible_workarounds, 0, 1, 2),
	BAD(sev.cbitpos, 64),
	BAD(sev.reduced_phys_bits, 64),
	BAD(sev.legacy_vm_type, 3),
	BAD_AT("sev", sev.policy, 0, 1, 1),
	BAD_AT("sev", sev.id_auth, 0, 1, 1),
	BAD_AT("accel", level, 0, 1, LEVEL_SEV_SNP), /* with tcg */
};

#endif
