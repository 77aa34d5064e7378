/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was read of a machine, unjudged: CPUID, files of /proc and /sys, answers of KVM and of the
 * AMD-SP. Plain values, of this machine (host/readings_open.h) or of a capture
 * (host/capture.h). Zeroed, nothing was read.
 */
#ifndef SNPLAUNCH_HOST_READINGS_H
#define SNPLAUNCH_HOST_READINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/cpu_facts.h"
#include "host/facts.h"
#include "host/reading.h"

/* What a firmware image for guests can boot: its path and a bit for each enum host_level. */
#define HOST_IMAGES_MAX 16
#define HOST_IMAGE_PATH_SIZE 128

enum host_level { HOST_LEVEL_SEV, HOST_LEVEL_SEV_ES, HOST_LEVEL_SEV_SNP, HOST_LEVELS };

struct host_image {
	char path[HOST_IMAGE_PATH_SIZE];
	uint32_t levels;
	bool kernel_hashes; /* it has room for them */
};

struct host_readings {
	char machine[32]; /* uname(2): "x86_64" */
	char release[68];
	bool by_root;	 /* snplaunch was started by root, so its launcher may do more */
	bool cpuid_read; /* the leaves below are a CPU's */
	struct cpuid_registers leaves[HOST_LEAVES];
	struct {
		bool is_read;
		uint64_t value;
	} msrs[HOST_MSRS]; /* snplaunch itself reads none; a capture may have them */
	struct reading texts[HOST_TEXTS];
	uint64_t memlock_bytes; /* RLIMIT_MEMLOCK, UINT64_MAX: no limit */
	bool memlock_read;
	struct kvm_reading kvm;
	uint32_t sev_device; /* enum reading_state: could the user open /dev/sev for writing */
	struct sev_reading sev;
	struct snp_reading snp;
	bool has_qemu;
	bool images_read;
	size_t n_images;
	struct host_image images[HOST_IMAGES_MAX];
	const struct host_qemu *qemu; /* where 'has_qemu'; somebody else's */
};

/* "absent". */
const char *reading_state_word(enum reading_state state);

/* The state that a system call's error means. */
enum reading_state reading_state_of(int errnum);

/* A text, NULL when it was not read. */
const char *readings_text(const struct host_readings *readings, enum host_text which);

/* What stands behind "key " or "key=" in a line of a text: false, when no line has it. */
bool readings_value(const struct host_readings *readings, enum host_text which, const char *key,
		    char *out, size_t size);

/* The number at the begin of a text, decimal or with 0x. False when there is none. */
bool readings_number(const struct host_readings *readings, enum host_text which, uint64_t *out);

/* True when a word, between blanks, is in a text. */
bool readings_has_word(const struct host_readings *readings, enum host_text which,
		       const char *word);

/* The CPU as facts. Must: 'cpuid_read'. */
void readings_cpu(const struct host_readings *readings, struct host_cpu *cpu);

/* Its family, model and stepping as people count them. */
struct cpu_family {
	uint32_t family;
	uint32_t model;
	uint32_t stepping;
};
struct cpu_family readings_family(const struct host_readings *readings);

/* The kernel's release; false when it is not known. */
bool readings_kernel(const struct host_readings *readings, unsigned int *major,
		     unsigned int *minor);

/* True when the kernel is known to be older than that. */
bool readings_kernel_is_older(const struct host_readings *readings, unsigned int major,
			      unsigned int minor);

/* Sets the CPUID leaves that say what the facts of a CPU say. */
void readings_add_cpu(struct host_readings *readings, const struct host_cpu *cpu);

/* Adds what facts say of a machine of which nothing else is known. Borrows facts->qemu. */
void readings_add_facts(struct host_readings *readings, const struct host_facts *facts);

/* Reads a text out of the bytes of a file, by the row's way. */
void readings_take_text(struct host_readings *readings, enum host_text which, const char *bytes,
			size_t len);

#endif
