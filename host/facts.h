/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine and this QEMU can do: plain bytes, asked once, from which a plan decides. */
#ifndef SNPLAUNCH_HOST_FACTS_H
#define SNPLAUNCH_HOST_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qmp/replies.h"

/* QEMU 10.0 has 154 CPU models. */
#define HOST_CPU_MODELS_MAX 400
#define HOST_IDENTITY_SIZE 320
#define HOST_VENDOR_SIZE 13

/*
 * The properties of sev-guest and sev-snp-guest that snplaunch may set. In a struct a set of them
 * is a uint32_t of HOST_PROPERTY_BIT(); an object that QEMU does not have has none.
 */
enum host_property {
	HOST_PROPERTY_POLICY,
	HOST_PROPERTY_CBITPOS,
	HOST_PROPERTY_REDUCED_PHYS_BITS,
	HOST_PROPERTY_SEV_DEVICE,
	HOST_PROPERTY_KERNEL_HASHES,
	HOST_PROPERTY_LEGACY_VM_TYPE,
	HOST_PROPERTY_DH_CERT_FILE,
	HOST_PROPERTY_SESSION_FILE,
	HOST_PROPERTY_HANDLE,
	HOST_PROPERTY_ID_BLOCK,
	HOST_PROPERTY_ID_AUTH,
	HOST_PROPERTY_AUTHOR_KEY_ENABLED,
	HOST_PROPERTY_HOST_DATA,
	HOST_PROPERTY_VCEK_DISABLED,
	HOST_PROPERTY_GUEST_VISIBLE_WORKAROUNDS,
	HOST_PROPERTIES,
};

#define HOST_PROPERTY_BIT(property) (1U << (property))

/* Bits of KVM_CAP_VM_TYPES that matter here (Linux: Documentation/virt/kvm/api.rst). */
enum host_vm_type { HOST_VM_SEV = 2, HOST_VM_SEV_ES = 3, HOST_VM_SNP = 4 };

struct host_cpu_model {
	char name[QMP_NAME_SIZE];
	char alias_of[QMP_NAME_SIZE]; /* empty: not an alias */
	bool deprecated;
	/* This machine has all its features: under KVM when 'kvm_usable', else under TCG. */
	bool runnable;
	char unavailable[QMP_UNAVAILABLE_SIZE]; /* the first of the others, for people */
};

/* What QEMU says about itself. */
struct host_qemu {
	uint32_t major;
	uint32_t minor;
	uint32_t micro;
	char package[QMP_TEXT_SIZE];
	char machine[QMP_NAME_SIZE]; /* the newest pc-q35-X.Y that is not deprecated */
	uint32_t machine_cpu_max;
	bool kvm_built;
	bool kvm_usable;   /* /dev/kvm worked */
	bool kvm_takes_fd; /* -accel kvm has a property "device", new in QEMU 9.0 */
	bool tcg_built;
	uint32_t sev_guest;	/* set of properties */
	uint32_t sev_snp_guest; /* set of properties */
	size_t n_cpu_models;
	struct host_cpu_model cpu_models[HOST_CPU_MODELS_MAX];
};

/* What CPUID says. The kernel may use less: it also needs the firmware's and the BIOS's consent. */
struct host_cpu {
	char vendor[HOST_VENDOR_SIZE]; /* "AuthenticAMD" */
	uint32_t signature;	       /* CPUID 1 EAX: family, model, stepping */
	bool hypervisor;	       /* this machine is a guest itself */
	bool sev;
	bool sev_es;
	bool sev_snp;
	uint32_t cbitpos;
	uint32_t phys_addr_reduction;
	uint32_t max_asid;     /* SEV guests at once */
	uint32_t min_sev_asid; /* those below are for SEV-ES and SEV-SNP, the others for SEV */
};

/* What KVM says. */
struct host_kvm {
	bool vm_types_known; /* somebody could open /dev/kvm */
	uint32_t vm_types;   /* one bit for each enum host_vm_type; 0 before Linux 6.10 */
};

struct host_facts {
	/* Of which QEMU, kernel and CPU these are facts; empty when written by hand. */
	char identity[HOST_IDENTITY_SIZE];
	struct host_qemu qemu;
	struct host_cpu cpu;
	struct host_kvm kvm;
};

/* "kernel-hashes". */
const char *host_property_word(enum host_property property);

/* The bit of a property's word, 0 when snplaunch does not know it. */
uint32_t host_property_bit(const char *word);

/*
 * The release of the Linux that these are facts of, such as 6 and 12; false when 'identity', which
 * holds "kernel=6.12.9-amd64", does not say.
 */
bool host_facts_kernel(const struct host_facts *facts, unsigned int *major, unsigned int *minor);

/* Finds a CPU model by its name, NULL when QEMU has none. Borrowed from 'qemu'. */
const struct host_cpu_model *host_cpu_model_find(const struct host_qemu *qemu, const char *name);

#endif
