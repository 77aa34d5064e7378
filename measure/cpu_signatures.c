// SPDX-License-Identifier: Apache-2.0
// QEMU's AMD CPU models. Source: QEMU target/i386/cpu.c, builtin_x86_defs.

#include "measure/cpu_signatures.h"

#include <string.h>

#include "base/attributes.h"

#define BASE_FAMILY_MAX 15u

#define NAPLES 23, 1, 2
#define ROME 23, 49, 0
#define MILAN 25, 1, 1
#define GENOA 25, 17, 0
#define TURIN 26, 0, 0
#define DHYANA 24, 0, 1
#define OPTERON_G5 21, 2, 0
#define PHENOM 16, 2, 3
#define QEMU64 15, 107, 1

const struct cpu_model cpu_models[] = {
	{ "EPYC", 7, 2, NAPLES },
	{ "EPYC-v1", 7, 2, NAPLES },
	{ "EPYC-v2", 7, 2, NAPLES },
	{ "EPYC-IBPB", 7, 2, NAPLES }, // means EPYC-v2
	{ "EPYC-v3", 7, 2, NAPLES },
	{ "EPYC-v4", 8, 1, NAPLES },
	{ "EPYC-v5", 10, 1, NAPLES },
	{ "EPYC-Rome", 7, 2, ROME },
	{ "EPYC-Rome-v1", 7, 2, ROME },
	{ "EPYC-Rome-v2", 7, 2, ROME },
	{ "EPYC-Rome-v3", 8, 1, ROME },
	{ "EPYC-Rome-v4", 8, 1, ROME },
	{ "EPYC-Rome-v5", 10, 1, ROME },
	{ "EPYC-Milan", 7, 2, MILAN },
	{ "EPYC-Milan-v1", 7, 2, MILAN },
	{ "EPYC-Milan-v2", 8, 1, MILAN },
	{ "EPYC-Milan-v3", 10, 1, MILAN },
	{ "EPYC-Milan-v4", 11, 1, MILAN },
	{ "EPYC-Genoa", 8, 1, GENOA },
	{ "EPYC-Genoa-v1", 8, 1, GENOA },
	{ "EPYC-Genoa-v2", 10, 1, GENOA },
	{ "EPYC-Genoa-v3", 11, 1, GENOA },
	{ "EPYC-Turin", 10, 1, TURIN },
	{ "EPYC-Turin-v1", 10, 1, TURIN },
	{ "EPYC-Turin-v2", 11, 1, TURIN },
	// Hygon's, and those before EPYC.
	{ "Dhyana", 7, 2, DHYANA },
	{ "Dhyana-v1", 7, 2, DHYANA },
	{ "Dhyana-v2", 7, 2, DHYANA },
	{ "Opteron_G5", 7, 2, OPTERON_G5 },
	{ "Opteron_G5-v1", 7, 2, OPTERON_G5 },
	{ "phenom", 7, 2, PHENOM },
	{ "phenom-v1", 7, 2, PHENOM },
	{ "qemu64", 7, 2, QEMU64 },
	{ "qemu64-v1", 7, 2, QEMU64 },
};
const size_t cpu_models_n = ARRAY_LEN(cpu_models);

const struct cpu_model *cpu_model_find(const char *name)
{
	for (size_t i = 0; i < cpu_models_n; i++)
		if (strcmp(cpu_models[i].name, name) == 0)
			return &cpu_models[i];
	return NULL;
}

const struct cpu_model *cpu_model_of_signature(uint32_t signature, const struct cpu_model *after)
{
	size_t first = after != NULL ? (size_t)(after - cpu_models) + 1 : 0;

	for (size_t i = first; i < cpu_models_n; i++)
		if (cpu_model_signature(&cpu_models[i]) == signature)
			return &cpu_models[i];
	return NULL;
}

uint32_t cpu_model_signature(const struct cpu_model *model)
{
	return cpu_signature(model->family, model->model, model->stepping);
}

bool cpu_model_is_epyc(const struct cpu_model *model)
{
	return strncmp(model->name, "EPYC", strlen("EPYC")) == 0;
}

uint32_t cpu_signature(unsigned int family, unsigned int model, unsigned int stepping)
{
	uint32_t signature =
		(uint32_t)((model >> 4 & 0xf) << 16 | (model & 0xf) << 4 | (stepping & 0xf));

	if (family <= BASE_FAMILY_MAX)
		return signature | family << 8;
	return signature | (family - BASE_FAMILY_MAX) << 20 | BASE_FAMILY_MAX << 8;
}
