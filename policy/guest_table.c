// SPDX-License-Identifier: Apache-2.0
// The rows of the table of keys.

#include "policy/guest_table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "policy/field_rows.h"
#include "policy/guest.h"
#include "policy/guest_words.h"
#include "policy/snp_policy.h"

// The kernel takes vsock addresses from 3 (0 to 2 are hypervisor, local and host) to 2^32 - 2
// (2^32 - 1 means "any"): linux/vm_sockets.h.
#define VSOCK_CID_MIN 3
#define VSOCK_CID_MAX 4294967294
#define TIMEOUT_MS_MAX 3600000
// VIRTIO_BLK_ID_BYTES: a guest sees no more of a disk's serial number (virtio 1.2, 5.2.6).
#define DISK_NAME_MAX 20

#define AT_SEV (1U << LEVEL_SEV)
#define AT_SEV_ES (1U << LEVEL_SEV_ES)
#define AT_SEV_SNP (1U << LEVEL_SEV_SNP)
#define AT_MEASURED (AT_SEV | AT_SEV_ES | AT_SEV_SNP)

// An enum is compatible with uint32_t, so words and switches name their kind themselves.
#define KIND_OF(type, member) \
	_Generic(((type *)NULL)->member, \
		 uint32_t: FIELD_NUMBER, \
		 uint64_t: FIELD_HEX, \
		 char *: FIELD_NAME, \
		 uint8_t *: FIELD_BASE64, \
		 struct guest_path: FIELD_PATH, \
		 struct guest_cpus: FIELD_CPUS, \
		 struct guest_policy: FIELD_OBJECT, \
		 struct guest_id_block: FIELD_OBJECT, \
		 struct guest_sev_session: FIELD_OBJECT, \
		 struct guest_disk *: FIELD_ARRAY, \
		 struct guest_network *: FIELD_ARRAY)

#define FIELD(type, member, help_text, ...) \
	SIZED(type, member, KIND_OF(type, member), help_text, __VA_ARGS__)
#define OBJECT(type, member, table, help_text, ...) \
	FIELD(type, member, help_text, .members = &(table), __VA_ARGS__)
#define ARRAY(type, member, table, help_text, ...) \
	ELEMENTS(type, member, KIND_OF(type, member), table, help_text, __VA_ARGS__)
#define HAS(type, member) .has_offset = offsetof(type, has_##member)
#define TABLE(name, rows) \
	static const struct field_table name = { rows, ARRAY_LEN(rows), refuse_variable_store }

// A variable store would be state that the launch digest does not cover: parts of its usual names.
static const char *const store_names[] = { "vars", "nvram", "pflash", "varstore" };

static const char no_variable_store[] =
	"snplaunch keeps firmware stateless: no variable store is accepted by any key; "
	"secure variables belong into the image";

static const char *refuse_variable_store(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(store_names); i++)
		if (strcasestr(key, store_names[i]) != NULL)
			return no_variable_store;
	return NULL;
}

static const struct field policy_rows[] = {
	SWITCH(struct guest_policy, smt, "may run where threads share a core",
	       .levels = AT_SEV_SNP),
	SWITCH(struct guest_policy, debug, "the host may read the guest's memory"),
	SWITCH(struct guest_policy, single_socket, "runs on one socket only", .levels = AT_SEV_SNP),
	SWITCH(struct guest_policy, migrate_agent, "a migration agent may be bound to it",
	       .levels = AT_SEV_SNP),
	SWITCH(struct guest_policy, cxl_allow, "devices or memory behind CXL may be there",
	       .levels = AT_SEV_SNP),
	SWITCH(struct guest_policy, mem_aes_256_xts, "memory is encrypted with AES-256 XTS",
	       .levels = AT_SEV_SNP),
	SWITCH(struct guest_policy, rapl_dis, "the host cannot measure power (RAPL)",
	       .levels = AT_SEV_SNP),
	SWITCH(struct guest_policy, ciphertext_hiding_dram, "the host cannot read ciphertext",
	       .levels = AT_SEV_SNP),
	SWITCH(struct guest_policy, page_swap_disable, "the host cannot swap or move pages",
	       .levels = AT_SEV_SNP),
	{ .key = "abi",
	  .help = "least version of the AMD-SP's interface",
	  .kind = FIELD_ABI,
	  HAS(struct guest_policy, abi) },
};
TABLE(policy_fields, policy_rows);

static int set_policy_number(void *member, const char *text, struct err *err)
{
	return snp_policy_parse(member, text, err);
}

static const struct field id_block_rows[] = {
	FIELD(struct guest_id_block, block, "file with the ID block", .required = true),
	FIELD(struct guest_id_block, auth, "file with its authentication data", .required = true),
	SWITCH(struct guest_id_block, author_key, "its data has an author's key"),
};
TABLE(id_block_fields, id_block_rows);

static const struct field session_rows[] = {
	FIELD(struct guest_sev_session, dh_cert, "file with the owner's Diffie-Hellman key",
	      .needs = "session"),
	FIELD(struct guest_sev_session, session, "file with the owner's session",
	      .needs = "dh_cert"),
	SWITCH(struct guest_sev_session, pause_for_owner, "the owner verifies before it runs"),
};
TABLE(session_fields, session_rows);

static const struct field disk_rows[] = {
	FIELD(struct guest_disk, name, "serial number that the guest sees", .max = DISK_NAME_MAX,
	      .unique = true),
	FIELD(struct guest_disk, path, "image file or block device", .required = true),
	WORD(struct guest_disk, format, disk_format_words, "format of the image, never guessed",
	     .required = true),
	SWITCH(struct guest_disk, read_only, "the guest cannot write"),
};
TABLE(disk_fields, disk_rows);

static const struct field network_rows[] = {
	WORD(struct guest_network, kind, network_words, "what is at the other end",
	     .required = true),
	FIELD(struct guest_network, device, "the host's interface", .max = PLAN_INTERFACE_SIZE - 1,
	      .required = true, .unique = true),
	SIZED(struct guest_network, mac, FIELD_MAC, "the guest's address", .unique = true,
	      HAS(struct guest_network, mac)),
};
TABLE(network_fields, network_rows);

static const struct field guest_rows[] = {
	FIELD(struct guest, name, "name in messages, directories and lists",
	      .max = PLAN_NAME_SIZE - 1),
	WORD(struct guest, level, level_words, "how its memory is protected", .required = true),
	WORD(struct guest, accel, accel_words, "tcg only at level off"),
	FIELD(struct guest, qemu, "QEMU binary, one that the host policy lists"),
	FIELD(struct guest, cpu, "CPU models, the first that runs here", .max = PLAN_WORD_SIZE - 1),
	FIELD(struct guest, vcpus, "virtual CPUs", .min = 1, .max = PLAN_VCPUS_MAX),
	FIELD(struct guest, memory_mib, "memory", .min = PLAN_MEMORY_MIB_MIN,
	      .max = PLAN_MEMORY_MIB_MAX, .unit = " MiB"),
	FIELD(struct guest, firmware, "OVMF image"),
	FIELD(struct guest, kernel, "Linux kernel to boot directly"),
	FIELD(struct guest, initrd, "initial RAM disk of the kernel", .needs = "kernel"),
	SIZED(struct guest, cmdline, FIELD_TEXT, "command line of the kernel",
	      .max = PLAN_CMDLINE_SIZE - 1, .needs = "kernel", HAS(struct guest, cmdline)),
	SWITCH(struct guest, kernel_hashes, "measure kernel, initrd and command line",
	       .needs = "kernel", .levels = AT_MEASURED),
	WORD(struct guest, unenforced_kernel_hashes, hashes_words,
	     "when firmware never checks the hashes", .needs = "kernel", .levels = AT_MEASURED),
	WORD(struct guest, legacy_vm_type, on_off_words, "launch by the older KVM interface",
	     .levels = AT_SEV | AT_SEV_ES),
	SIZED(struct guest, cpu_signature, FIELD_HEX, "CPUID of another host to measure for",
	      .min = 1, .max = UINT32_MAX, .levels = AT_SEV_ES | AT_SEV_SNP),
	FIELD(struct guest, vmsa_features, "SEV features to measure for", .max = UINT64_MAX,
	      HAS(struct guest, vmsa_features), .levels = AT_SEV_ES | AT_SEV_SNP),
	OBJECT(struct guest, guest_policy, policy_fields, "what the guest allows its host",
	       .levels = AT_MEASURED, .set_text = set_policy_number,
	       .text_pattern = SNP_POLICY_PATTERN),
	OBJECT(struct guest, id_block, id_block_fields, "signed statement about the launch digest",
	       .levels = AT_SEV_SNP),
	FIELD(struct guest, host_data, "shown in attestation reports", HAS(struct guest, host_data),
	      .levels = AT_SEV_SNP),
	SWITCH(struct guest, vcek_disabled, "have no report signed by the VCEK",
	       .levels = AT_SEV_SNP),
	FIELD(struct guest, guest_visible_workarounds, "for the SNP secrets page",
	      HAS(struct guest, guest_visible_workarounds), .levels = AT_SEV_SNP),
	OBJECT(struct guest, sev_session, session_fields, "launch with keys of the guest's owner",
	       .levels = AT_SEV | AT_SEV_ES),
	ARRAY(struct guest, disks, disk_fields, "disks"),
	ARRAY(struct guest, networks, network_fields, "network cards"),
	FIELD(struct guest, vsock_cid, "vsock address", .min = VSOCK_CID_MIN, .max = VSOCK_CID_MAX),
	WORD(struct guest, console, console_words, "where the serial port goes"),
	SWITCH(struct guest, firmware_log, "keep the debug output of the firmware"),
	WORD(struct guest, on_reset, reset_words, "what a reset by the guest does"),
	FIELD(struct guest, shutdown_timeout_ms, "before a guest told to stop is killed", .min = 1,
	      .max = TIMEOUT_MS_MAX, .unit = " ms"),
	FIELD(struct guest, launch_timeout_ms, "before a launch has failed", .min = 1,
	      .max = TIMEOUT_MS_MAX, .unit = " ms"),
};
static_assert(ARRAY_LEN(guest_rows) <= 64, "guest_set_option() has a bit for each key");
const struct field_table guest_fields = { guest_rows, ARRAY_LEN(guest_rows),
					  refuse_variable_store };

// An array's option gives one element, so it goes by the singular too: --disk.
static bool is_option_of(const struct field *field, const char *option)
{
	const char *key = field->key;

	while (*key != '\0' && (*option == *key || (*option == '-' && *key == '_'))) {
		key++;
		option++;
	}
	if (*option != '\0')
		return false;
	return *key == '\0' || (field->kind == FIELD_ARRAY && strcmp(key, "s") == 0);
}

const struct field *guest_find_option(const char *option)
{
	for (size_t i = 0; i < guest_fields.n; i++)
		if (is_option_of(&guest_fields.fields[i], option))
			return &guest_fields.fields[i];
	return NULL;
}

bool guest_has_key(const char *key)
{
	return guest_find_option(key) != NULL;
}

// The first row's name, or one of its members' as "disks.path".
static const char *key_in_row(const struct field *field, size_t i)
{
	static _Thread_local char name[64];

	if (i == 0)
		return field->key;
	(void)snprintf(name, sizeof(name), "%s.%s", field->key, field->members->fields[i - 1].key);
	return name;
}

const char *guest_key_at(size_t i)
{
	for (size_t row = 0; row < guest_fields.n; row++) {
		const struct field *field = &guest_fields.fields[row];
		size_t n = 1 + (field->members != NULL ? field->members->n : 0);

		if (i < n)
			return key_in_row(field, i);
		i -= n;
	}
	return NULL;
}
