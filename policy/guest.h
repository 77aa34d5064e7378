/* SPDX-License-Identifier: Apache-2.0 */
/* What a guest file and options ask for, checked key by key, before any decision. */
#ifndef SNPLAUNCH_POLICY_GUEST_H
#define SNPLAUNCH_POLICY_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "plan/plan.h"
#include "policy/err_list.h"

#define GUEST_PATH_SIZE 4096
#define GUEST_CPUS_MAX 8

enum console_kind { CONSOLE_UNSET, CONSOLE_STDIO, CONSOLE_LOG, CONSOLE_NONE, CONSOLE_KINDS };
enum reset_action { RESET_UNSET, RESET_EXIT, RESET_RELAUNCH, RESET_ACTIONS };
enum hashes_choice { HASHES_UNSET, HASHES_REFUSE, HASHES_ACCEPT, HASHES_CHOICES };

/* A path as written, and what it is relative to. */
struct guest_path {
	/* Empty: not given. */
	char text[GUEST_PATH_SIZE];
	/* Relative to the guest file's folder, else to the working directory. */
	bool from_file;
};

struct guest_cpus {
	size_t n;
	char names[GUEST_CPUS_MAX][PLAN_WORD_SIZE];
};

/* Bits of the SNP guest policy, and of the SEV one where a bit of that name exists. */
struct guest_policy {
	enum on_off smt;
	enum on_off debug;
	enum on_off single_socket;
	enum on_off migrate_agent;
	bool has_abi;
	uint8_t abi_major;
	uint8_t abi_minor;
};

struct guest_id_block {
	struct guest_path block;
	struct guest_path auth;
	enum on_off author_key;
};

struct guest_sev_session {
	struct guest_path dh_cert;
	struct guest_path session;
	enum on_off pause_for_owner;
};

struct guest_disk {
	char name[PLAN_NAME_SIZE];
	struct guest_path path;
	enum disk_format format;
	enum on_off read_only;
};

struct guest_network {
	enum network_kind kind;
	char device[PLAN_INTERFACE_SIZE];
	bool has_mac;
	uint8_t mac[PLAN_MAC_BYTES];
};

/*
 * Member name = JSON key = option = manual word. Zero means "not given": the plan fills defaults,
 * so that it can tell what somebody asked for from what nobody did.
 */
struct guest {
	char name[PLAN_NAME_SIZE];
	enum level level;
	enum accel accel;
	struct guest_path qemu;
	struct guest_cpus cpu;
	uint32_t vcpus;
	uint32_t memory_mib;
	struct guest_path firmware;
	struct guest_path kernel;
	struct guest_path initrd;
	bool has_cmdline;
	char cmdline[PLAN_CMDLINE_SIZE];
	enum on_off kernel_hashes;
	enum hashes_choice unenforced_kernel_hashes;
	enum on_off legacy_vm_type;
	uint32_t cpu_signature; /* 0: not given */
	bool has_vmsa_features;
	uint64_t vmsa_features;
	struct guest_policy guest_policy;
	struct guest_id_block id_block;
	bool has_host_data;
	uint8_t host_data[SNP_HOST_DATA_BYTES];
	enum on_off vcek_disabled;
	bool has_guest_visible_workarounds;
	uint8_t guest_visible_workarounds[SNP_GOSVW_BYTES];
	struct guest_sev_session sev_session;
	size_t n_disks;
	struct guest_disk disks[PLAN_DISKS_MAX];
	size_t n_networks;
	struct guest_network networks[PLAN_NETWORKS_MAX];
	uint32_t vsock_cid; /* 0: none */
	enum console_kind console;
	enum on_off firmware_log;
	enum reset_action on_reset;
	uint32_t shutdown_timeout_ms;
	uint32_t launch_timeout_ms;
};

/*
 * Reads a guest file's text into 'guest', over what is there (zeroed by the caller). 'file' is the
 * name for messages: "guest file 'web.json':12:7: key 'vcpus': must be 1 to 512, not 0".
 * Errors: -1 and at least one ERR_GUEST_FILE in 'errors'.
 */
int guest_read(struct guest *guest, const char *file, const char *text, size_t len,
	       struct err_list *errors) MUST_CHECK;

/*
 * Sets one key from an option's text: "--memory-mib 2048" has key "memory-mib" (dashes or
 * underscores) and text "2048". Numbers are decimal or 0x-hexadecimal, switches on or off (or true
 * or false), names, words and paths stand as they are. "--cpu" takes one name for each use, an
 * array or object key one JSON object: --guest-policy '{"smt":true}'. The first use of such an
 * option replaces what the guest file said, later ones add. 'given' remembers which keys were
 * replaced: one bit each, zeroed by the caller before the first option.
 * Errors: ERR_USAGE, naming the option: "option '--vcpus': must be 1 to 512, not 0".
 */
int guest_set_option(struct guest *guest, const char *key, const char *text, uint64_t *given,
		     struct err *err) MUST_CHECK;

/*
 * Checks what no single key can: 'level' is there, initrd and cmdline only with a kernel, SNP keys
 * only at sev-snp, sev_session only at sev and sev-es, tcg only with level off, no key twice in
 * meaning. Errors: -1 and ERR_GUEST_FILE for each conflict, naming both sides.
 */
int guest_check(const struct guest *guest, struct err_list *errors) MUST_CHECK;

/*
 * The same for a guest at several levels, of which there is a bit (1 << enum level) each, whatever
 * its own: a key that one of them knows is right.
 */
int guest_check_levels(const struct guest *guest, uint32_t levels,
		       struct err_list *errors) MUST_CHECK;

/* True when 'key' (dashes or underscores) is a key of the guest file, and so an option. */
bool guest_has_key(const char *key);

/*
 * The name of key 'i' in table order, members behind their key ("disks", "disks.name", ...); NULL
 * behind the last one. A member's name is valid until this thread's next call.
 */
const char *guest_key_at(size_t i);

/*
 * The keys in table order, one line each for --help: "  --memory-mib N   memory (64 to ...".
 * Owner: caller, free().
 */
char *guest_options_help(void);

/*
 * The JSON Schema (draft 2020-12) of a guest file, made from the same table.
 * Owner: caller, free().
 */
char *guest_schema(void);

/* The words of enums as they stand in a guest file; NULL when unset or out of range. */
const char *level_word(enum level level);
const char *accel_word(enum accel accel);
const char *console_word(enum console_kind kind);
const char *disk_format_word(enum disk_format format);

#endif
