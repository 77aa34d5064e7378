/* SPDX-License-Identifier: Apache-2.0 */
/* Many launch digests at once: every combination of the levels, features, CPUs and vCPUs asked for. */
#ifndef SNPLAUNCH_CLI_MATRIX_H
#define SNPLAUNCH_CLI_MATRIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/command.h"
#include "measure/kernel_hashes.h"
#include "measure/ovmf.h"
#include "plan/plan.h"
#include "policy/guest.h"

#define MATRIX_FEATURES_MAX 16
#define MATRIX_CPUS_MAX 64
#define MATRIX_VCPUS_MAX 4096

struct launch_inputs;
struct launch_digest;

struct matrix_cpu {
	char name[PLAN_WORD_SIZE]; /* empty: only the signature is given */
	uint32_t signature;
};

struct matrix {
	uint32_t vmm; /* enum launch_vmm of measure/launch_digest.h */
	size_t n_levels;
	enum level levels[LEVELS];
	enum on_off legacy_vm_type;
	const char *kernel_release; /* NULL: any kernel. Borrowed from the options */
	size_t n_features;	    /* 0: what the kernel gives at each level */
	uint64_t features[MATRIX_FEATURES_MAX];
	size_t n_cpus; /* 0: the VMM has a signature of its own */
	struct matrix_cpu cpus[MATRIX_CPUS_MAX];
	size_t n_vcpus; /* the numbers of vCPUs that are wanted */
	uint32_t vcpus_max;
	bool vcpus[MATRIX_VCPUS_MAX + 1];
};

/* "qemu", "ec2" or "gce". */
const char *matrix_vmm_word(const struct matrix *matrix);
bool matrix_is_for_qemu(const struct matrix *matrix);

/* The levels asked for by --level, or else by the guest, as bits (1 << enum level). */
int matrix_read_levels(struct matrix *matrix, const struct options *options,
		       const struct guest *guest, uint32_t *levels, struct err *err) MUST_CHECK;

/*
 * The rest of what the options of measure and the checked guest ask for, with defaults.
 * Errors: ERR_USAGE, also for a CPU model whose signature is not known.
 */
int matrix_read(struct matrix *matrix, const struct options *options, const struct guest *guest,
		struct err *err) MUST_CHECK;

/* Launches that differ in the number of their vCPUs alone. Borrowed during a call. */
struct matrix_series {
	enum level level;
	enum on_off legacy_vm_type;   /* unset: it makes no difference */
	bool has_vcpus;		      /* else this one and the next two are not measured */
	const struct matrix_cpu *cpu; /* NULL: none is measured */
	uint64_t features;
	size_t n;
	const uint32_t *vcpus; /* of each digest */
	const struct launch_digest *digests;
};

typedef void matrix_taker(void *context, const struct matrix_series *series);

/* What all launches have in common. All is borrowed. */
struct matrix_inputs {
	const struct ovmf *firmware;
	const struct kernel_hashes *kernel; /* NULL: no kernel hashes */
};

/*
 * Computes and hands out each series: levels, then features, then CPUs, in the order given.
 * Errors: as launch_digest(), before the first series.
 */
int matrix_measure(const struct matrix *matrix, const struct matrix_inputs *inputs,
		   matrix_taker *take, void *context, struct err *err) MUST_CHECK;

/* True when there is a single digest. */
bool matrix_is_single(const struct matrix *matrix);

/*
 * The launch of a matrix that has a single one, for launch_digest(). Its observer is the caller's to
 * set. Errors: ERR_USAGE, as matrix_measure() about features.
 */
int matrix_single(const struct matrix *matrix, const struct matrix_inputs *inputs,
		  struct launch_inputs *launch, struct err *err) MUST_CHECK;

/*
 * True when it is for a kernel that has SEV-SNP only as AMD patched it, and perhaps with other
 * digests than these.
 */
bool matrix_is_for_patched_kernel(const struct matrix *matrix);

#endif
