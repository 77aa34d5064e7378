/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launch digest of a guest, computed without hardware: what the AMD-SP will say that it measured
 * when this firmware, kernel and these vCPUs are launched.
 *
 * One digest:      launch_digest()
 * Many of a kind:  launch_prefix_init() once, then for each CPU launch_series_init(), and
 *                  launch_series_next() for 1, 2, 3... vCPUs. A step costs a microsecond or less at
 *                  SEV-SNP; CPUs of the same signature need only one series.
 *
 * Nothing here has global state, allocates, or needs to be released. Structs may be copied.
 *
 * Sources: SEV-SNP Firmware ABI (AMD 56860), SEV API (AMD 55766); the order of measuring: QEMU
 * target/i386/sev.c. All of it was compared with what QEMU submits.
 */
#ifndef SNPLAUNCH_MEASURE_LAUNCH_DIGEST_H
#define SNPLAUNCH_MEASURE_LAUNCH_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/kernel_hashes.h"
#include "measure/ovmf.h"
#include "measure/sha.h"
#include "measure/snp_chain.h"
#include "measure/vmsa.h"

/*
 * How the guest is protected. SEV-ES has two digests, by how QEMU begins: KVM_SEV_INIT2, with
 * legacy-vm-type=off; or KVM_SEV_ES_INIT, which is what QEMU does otherwise.
 */
enum launch_type {
	LAUNCH_UNSET,
	LAUNCH_SEV,
	LAUNCH_SEV_ES,
	LAUNCH_SEV_ES_LEGACY,
	LAUNCH_SEV_SNP,
	LAUNCH_TYPES,
};

/* Who launches it. Amazon's and Google's are for SEV-SNP only. */
enum launch_vmm { LAUNCH_QEMU, LAUNCH_EC2, LAUNCH_GCE, LAUNCH_VMMS };

/* The limit of Linux (CONFIG_KVM_MAX_NR_VCPUS). */
#define LAUNCH_VCPUS_MAX 4096u

/* SEV_FEATURES: KVM always sets the first at SEV-SNP, and never otherwise. */
#define LAUNCH_FEATURE_SNP_ACTIVE ((uint64_t)1 << 0)
#define LAUNCH_FEATURE_DEBUG_SWAP ((uint64_t)1 << 5)
#define LAUNCH_FEATURE_SECURE_TSC ((uint64_t)1 << 9)

/* SHA-384 at SEV-SNP, SHA-256 otherwise. */
struct launch_digest {
	size_t len;
	uint8_t bytes[SHA384_BYTES];
};

/* Consecutive guest memory of one kind, right after it was measured. */
struct launch_range {
	const char *
		name; /* such as "firmware" or "SEC_MEM" or "VMSA"; NULL: a section of unknown type */
	uint64_t gpa;		      /* 0: a VMSA of SEV-ES, which has no address */
	uint64_t len;		      /* bytes */
	enum snp_page_type page_type; /* 0: not SEV-SNP */
	uint32_t vcpu;		      /* of a VMSA, from 0 */
	struct launch_digest digest;  /* with this range as the last */
};

/* Told of each range, in the order of measuring; 'range' is valid during the call. */
struct launch_observer {
	void (*range)(void *context, const struct launch_range *range);
	void *context;
};

/* What is measured. Zero where nothing is said. */
struct launch_inputs {
	enum launch_type type;
	enum launch_vmm vmm;
	const struct ovmf *firmware;	    /* borrowed */
	const struct kernel_hashes *kernel; /* borrowed; NULL: no kernel-hashes=on */
	/* Of those that are created at start, without maxcpus. SEV does not look at this or the next. */
	uint32_t vcpus;
	/*
	 * The signature must be given, except on EC2 and GCE. The features are exact: SEV-SNP needs
	 * launch_features_default().
	 */
	struct vmsa_cpu cpu;
	/* Borrowed; NULL: nobody looks. */
	const struct launch_observer *observer;
};

/*
 * Computes a launch's digest. Errors: ERR_USAGE for what contradicts itself or is left out; ERR_INPUT
 * where firmware lacks what this launch needs, and QEMU, the host's kernel, or the firmware itself
 * would fail: for each, the text names the remedy.
 */
int launch_digest(struct launch_digest *digest, const struct launch_inputs *launch,
		  struct err *err) MUST_CHECK;

/* SEV_FEATURES where nobody asked for any. */
uint64_t launch_features_default(enum launch_type type);

/* All that is measured in front of the first VMSA. The members are launch_digest.c's. */
struct launch_prefix {
	enum launch_type type;
	enum launch_vmm vmm;
	uint32_t reset_address; /* of all vCPUs but the first */
	struct snp_chain chain; /* SEV-SNP */
	struct sha256 hash;	/* the others */
};

/*
 * Measures firmware and kernel hashes; looks at all of 'launch' but vcpus and cpu, and borrows
 * nothing for longer. Errors: as launch_digest().
 */
int launch_prefix_init(struct launch_prefix *prefix, const struct launch_inputs *launch,
		       struct err *err) MUST_CHECK;

/* Digests for more and more vCPUs that are alike. The members are launch_digest.c's. */
struct launch_series {
	enum launch_type type;
	uint32_t vcpus; /* in the digest so far */
	/* The first one's, and that of all others. */
	uint8_t pages[2][VMSA_BYTES];
	uint8_t contents[2][SHA384_BYTES];
	uint8_t digest[SHA384_BYTES];
	struct sha256 hash;
};

/* Begins behind a prefix, which can begin others. Errors: ERR_USAGE about 'cpu'. */
int launch_series_init(struct launch_series *series, const struct launch_prefix *prefix,
		       const struct vmsa_cpu *cpu, struct err *err) MUST_CHECK;

/*
 * Adds a vCPU, and gives the digest of a guest with as many: with one at the first call. At SEV all
 * are the same.
 */
void launch_series_next(struct launch_series *series, struct launch_digest *digest);

#endif
