/* SPDX-License-Identifier: Apache-2.0 */
/* What a TCB_VERSION of the SEV firmware says, and what was published about such versions. */
#ifndef SNPLAUNCH_HOST_TCB_H
#define SNPLAUNCH_HOST_TCB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/readings.h"

#define TCB_TEXT_SIZE 80

/* Security version numbers. 'fmc' is of Turin alone. */
struct tcb {
	bool has_fmc;
	uint8_t fmc;
	uint8_t bootloader;
	uint8_t tee;
	uint8_t snp;
	uint8_t microcode;
};

/* Source: SEV-SNP Firmware ABI (AMD 56860), TCB_VERSION; Turin's since its revision 1.57. */
struct tcb tcb_decode(uint64_t value, uint32_t family);

/* "bootloader 4, tee 0, snp 24, microcode 219". Returns 'out'. */
char *tcb_text(char out[static TCB_TEXT_SIZE], const struct tcb *tcb);

/*
 * A minimum that somebody published: dated data at second hand, from which only warnings follow.
 * What a guest is told is for its owner's verifier to judge.
 */
struct advisory {
	const char *name; /* "AMD-SB-3019" */
	const char *subject;
	uint32_t family;
	uint32_t model_first;
	uint32_t model_last;
	int stepping; /* of X parts, which have microcode of their own; -1: any */
	uint8_t snp;  /* 0: says nothing of it */
	uint32_t microcode;
	const char *source;
};

/* When the table was last changed: "2026-09". */
extern const char advisories_date[];

/* The rows in order, NULL behind the last. */
const struct advisory *advisory_at(size_t i);

/* True when a row is about this CPU. */
bool advisory_concerns(const struct advisory *advisory, struct cpu_family cpu);

/* The version that a file of SEV firmware offers. */
struct sbin {
	uint8_t major;
	uint8_t minor;
	uint8_t build;
	uint8_t snp; /* 0: it does not say */
};

/* Reads a header's hexadecimal digits; false when it is none. The layout was inferred from files. */
bool sbin_decode(struct sbin *sbin, const char *hex);

#endif
