/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The catalogue of failures: messages of QEMU, the kernel, firmware and guests, what causes them and
 * what helps. Data only; host/explain.h reads it.
 */
#ifndef SNPLAUNCH_HOST_FAILURES_H
#define SNPLAUNCH_HOST_FAILURES_H

#include <stdbool.h>
#include <stddef.h>

/* Who prints the message. */
enum failure_area {
	FAILURE_QEMU,
	FAILURE_KERNEL, /* of the host, with KVM and the PSP's driver */
	FAILURE_GUEST,	/* its kernel and programs */
	FAILURE_OVMF,	/* its firmware */
	FAILURE_AREAS,
};

/* How an entry is known. Nothing here was seen on SEV hardware by the authors. */
enum failure_proof {
	FAILURE_READ,	  /* read in the source that prints the message */
	FAILURE_TRIED,	  /* brought about, on a machine without SEV */
	FAILURE_REPORTED, /* told by users, in a public report */
	FAILURE_UNPROVEN, /* concluded from the rest */
	FAILURE_PROOFS,
};

/* Of several entries that match one line, the one of the highest rank holds. */
enum failure_rank {
	FAILURE_BACKGROUND = -1, /* holds when nothing else does */
	FAILURE_USUAL,
};

#define FAILURE_PATTERNS_MAX 4

struct failure {
	const char *name;			    /* for programs; never changes */
	const char *patterns[FAILURE_PATTERNS_MAX]; /* host/failure_pattern.h; one must match */
	const char *cause;
	const char *remedy;
	const char *evidence; /* a file of the source, or a public report */
	enum failure_area area;
	enum failure_proof proof;
	enum failure_rank rank;
	bool is_noise;	  /* follows from a failure that was told before: says nothing by itself */
	bool is_harmless; /* never why a launch failed */
	bool only_last;	  /* a failure only when nothing is said behind it */
};

struct failure_table {
	const struct failure *rows;
	size_t n;
};

extern const struct failure_table failures_host;    /* QEMU: the host cannot do it */
extern const struct failure_table failures_options; /* QEMU: options or files do not fit */
extern const struct failure_table failures_launch;  /* QEMU: a command to the AMD-SP fails */
extern const struct failure_table failures_kernel;
extern const struct failure_table failures_guest;

/* The rows of all tables in order, NULL behind the last. */
const struct failure *failure_at(size_t i);

const char *failure_area_word(enum failure_area area);
const char *failure_proof_word(enum failure_proof proof);

#endif
