/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan: every decision about one launch, as plain bytes. The front makes it, the jail program
 * checks it and turns it into QEMU's command line. No pointers, fixed arrays, zero where nothing is
 * said, so it can be sent, compared, printed and tested. Strings are terminated and zero-filled.
 */
#ifndef SNPLAUNCH_PLAN_PLAN_H
#define SNPLAUNCH_PLAN_PLAN_H

#include <assert.h>
#include <stdint.h>

/* Limits that the guest file, the plan and the manual share. */
#define PLAN_NAME_SIZE 65	/* bytes with NUL; [A-Za-z0-9][A-Za-z0-9._-]* */
#define PLAN_WORD_SIZE 64	/* machine types and CPU models, with NUL */
#define PLAN_CMDLINE_SIZE 65537 /* kernel command line with NUL */
#define PLAN_VCPUS_MAX 512
#define PLAN_MEMORY_MIB_MIN 64
#define PLAN_MEMORY_MIB_MAX 16777216 /* 16 TiB */
#define PLAN_DISKS_MAX 16
#define PLAN_NETWORKS_MAX 4
#define PLAN_INTERFACE_SIZE 16 /* IFNAMSIZ */
#define PLAN_MAC_BYTES 6

/* Sizes from the SEV-SNP firmware ABI (AMD 56860): host data, ID block, ID authentication. */
#define SNP_HOST_DATA_BYTES 32
#define SNP_ID_BLOCK_BYTES 96
#define SNP_ID_AUTH_BYTES 4096
/* QEMU's guest-visible-workarounds (GHCB specification: Guest OS Visible Workarounds). */
#define SNP_GOSVW_BYTES 16

enum level { LEVEL_UNSET, LEVEL_OFF, LEVEL_SEV, LEVEL_SEV_ES, LEVEL_SEV_SNP, LEVELS };
enum accel { ACCEL_UNSET, ACCEL_KVM, ACCEL_TCG, ACCELS };
/* How the firmware reaches the guest: sev-snp and the INIT2 VM type of sev-es take -bios. */
enum firmware_mapping { FIRMWARE_UNSET, FIRMWARE_PFLASH, FIRMWARE_BIOS, FIRMWARE_MAPPINGS };
enum on_off { ON_OFF_UNSET, ON_OFF_OFF, ON_OFF_ON, ON_OFFS };
enum disk_format { DISK_UNSET, DISK_RAW, DISK_QCOW2, DISK_FORMATS };
enum network_kind { NETWORK_UNSET, NETWORK_TAP, NETWORK_KINDS };

/* In struct plan an enum is a uint32_t and a bool a uint8_t: what a peer sends is checked, not trusted. */

struct plan_disk {
	uint32_t format;	     /* enum disk_format */
	char serial[PLAN_NAME_SIZE]; /* the disk's name: what the guest sees as its serial number */
	uint8_t read_only;
	uint8_t is_block_device; /* else a regular file */
	uint8_t reserved;
};

struct plan_network {
	uint32_t kind; /* enum network_kind */
	char device[PLAN_INTERFACE_SIZE];
	uint8_t mac[PLAN_MAC_BYTES];
	uint8_t reserved[2];
};

/* Properties of QEMU's sev-guest and sev-snp-guest objects, by their QAPI names. */
struct plan_sev {
	uint64_t policy;
	uint32_t cbitpos;
	uint32_t reduced_phys_bits;
	uint32_t legacy_vm_type; /* enum on_off; unset where QEMU has no such property */
	uint8_t kernel_hashes;
	uint8_t has_session; /* dh-cert-file and session-file come as descriptors */
	uint8_t author_key_enabled;
	uint8_t vcek_disabled;
	uint8_t has_id_block;
	uint8_t has_id_auth;
	uint8_t has_host_data;
	uint8_t has_guest_visible_workarounds;
	uint8_t reserved[4];
	uint8_t host_data[SNP_HOST_DATA_BYTES];
	uint8_t guest_visible_workarounds[SNP_GOSVW_BYTES];
	uint8_t id_block[SNP_ID_BLOCK_BYTES];
	uint8_t id_auth[SNP_ID_AUTH_BYTES];
};

struct plan {
	char name[PLAN_NAME_SIZE];
	char machine[PLAN_WORD_SIZE];	/* versioned, such as "pc-q35-10.0" */
	char cpu_model[PLAN_WORD_SIZE]; /* one of the accelerator's models */
	uint8_t has_kernel;
	uint8_t has_initrd;
	uint8_t has_cmdline;
	uint8_t has_console;	  /* a serial port whose other end the front gets */
	uint8_t has_firmware_log; /* the debug port's output, likewise */
	uint8_t kvm_by_path;  /* this QEMU opens /dev/kvm itself: it cannot be given a descriptor */
	uint8_t may_relaunch; /* START may come again after QEMU has ended */
	uint32_t level;	      /* enum level */
	uint32_t accel;	      /* enum accel */
	uint32_t firmware_mapping; /* enum firmware_mapping */
	uint32_t vcpus;
	uint32_t memory_mib;
	uint32_t vsock_cid; /* 0: no vsock device */
	uint32_t n_disks;
	uint32_t n_networks;
	struct plan_sev sev;
	struct plan_disk disks[PLAN_DISKS_MAX];
	struct plan_network networks[PLAN_NETWORKS_MAX];
	char cmdline[PLAN_CMDLINE_SIZE];
	uint8_t rehearses; /* QEMU gets the rehearsal library in place of /dev/kvm and /dev/sev */
	uint8_t reserved_end[6];
};

static_assert(sizeof(struct plan) <= 128 * 1024, "a plan is written and read at once");
static_assert(_Alignof(struct plan) == 8, "a plan has no padding that differs between builds");

/*
 * What QEMU inherits, in the order of the descriptors' numbers. Those that come with START come in
 * this order, too; one is there when the plan says so.
 */
enum plan_fd {
	PLAN_FD_QMP,	      /* with START: a socket, like the next two */
	PLAN_FD_CONSOLE,      /* with START */
	PLAN_FD_FIRMWARE_LOG, /* with START */
	PLAN_FD_KVM,
	PLAN_FD_VSOCK,
	PLAN_FD_FIRMWARE, /* with START: sealed memfd, like the next four */
	PLAN_FD_KERNEL,	  /* with START */
	PLAN_FD_INITRD,	  /* with START */
	PLAN_FD_DH_CERT,  /* with START */
	PLAN_FD_SESSION,  /* with START */
	PLAN_FD_SCENARIO, /* with START: sealed memfd, of a rehearsal like the next two */
	PLAN_FD_ACCOUNT,  /* with START */
	PLAN_FD_DISK,	  /* with START: one for each disk, from OPEN */
	PLAN_FD_NETWORK,  /* one for each network */
	PLAN_FD_LIBRARY,
	PLAN_FD_KINDS,
};

/* The most artifacts, disks and what a rehearsal needs that come with START. */
#define PLAN_FDS_MAX (PLAN_FD_DISK - PLAN_FD_FIRMWARE + PLAN_DISKS_MAX)

#endif
