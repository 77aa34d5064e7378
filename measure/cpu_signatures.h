/* SPDX-License-Identifier: Apache-2.0 */
/* The CPUID signatures of QEMU's AMD CPU models, which enter the launch digest. */
#ifndef SNPLAUNCH_MEASURE_CPU_SIGNATURES_H
#define SNPLAUNCH_MEASURE_CPU_SIGNATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A name of -cpu. Names without a version stand for one that the machine type chooses, and all
 * versions of a model have the same signature.
 */
struct cpu_model {
	const char *name;
	/* The first QEMU that has it; 7.2 also stands for earlier ones. */
	uint8_t qemu_major;
	uint8_t qemu_minor;
	uint8_t family;
	uint8_t model;
	uint8_t stepping;
};

extern const struct cpu_model cpu_models[];
extern const size_t cpu_models_n;

/* The model of that very name, NULL when there is none: 'host' and 'max' depend on the machine. */
const struct cpu_model *cpu_model_find(const char *name);

/*
 * The first model of this signature behind 'after', which is NULL at first; NULL when there is none
 * left.
 */
const struct cpu_model *cpu_model_of_signature(uint32_t signature, const struct cpu_model *after);

uint32_t cpu_model_signature(const struct cpu_model *model);

/* Whether it is one of AMD's EPYC, which have SEV: no other CPU has. */
bool cpu_model_is_epyc(const struct cpu_model *model);

/*
 * CPUID leaf 1's EAX, for 'family' and 'model' as the extended fields have them added up.
 * Source: AMD64 Architecture Programmer's Manual, volume 3 (AMD 24594), CPUID Fn0000_0001_EAX.
 */
uint32_t cpu_signature(unsigned int family, unsigned int model, unsigned int stepping);

#endif
