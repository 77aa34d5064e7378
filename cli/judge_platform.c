// SPDX-License-Identifier: Apache-2.0
// Compares the platform's numbers, one by one.

#include "cli/judge_platform.h"

#include <stddef.h>

#include "base/attributes.h"
#include "host/cpu_facts.h"
#include "host/readings_open.h"
#include "policy/host_policy_table.h"

// CPUID of the processors: models from 'first' to 'last', steppings from 'stepping' up. The parts with
// more cache (X) have microcode with versions of its own.
static const struct {
	uint32_t family;
	uint32_t first;
	uint32_t last;
	uint32_t stepping;
	enum generation generation;
	enum snp_product product;
} processors[] = {
	{ 0x17, 0x00, 0x0f, 0, GENERATION_NAPLES, SNP_PRODUCT_UNKNOWN },
	{ 0x17, 0x30, 0x3f, 0, GENERATION_ROME, SNP_PRODUCT_UNKNOWN },
	{ 0x19, 0x00, 0x0f, 2, GENERATION_MILAN_X, SNP_PRODUCT_MILAN },
	{ 0x19, 0x00, 0x0f, 0, GENERATION_MILAN, SNP_PRODUCT_MILAN },
	{ 0x19, 0x10, 0x1f, 2, GENERATION_GENOA_X, SNP_PRODUCT_GENOA },
	{ 0x19, 0x10, 0x1f, 0, GENERATION_GENOA, SNP_PRODUCT_GENOA },
	{ 0x19, 0xa0, 0xaf, 0, GENERATION_BERGAMO, SNP_PRODUCT_GENOA },
	{ 0x1a, 0x00, 0x11, 0, GENERATION_TURIN, SNP_PRODUCT_TURIN },
};

static size_t find_processor(uint32_t signature)
{
	uint32_t family = (signature >> 8 & 0xf) + (signature >> 20 & 0xff);
	uint32_t model = (signature >> 4 & 0xf) | (signature >> 12 & 0xf0);
	size_t i = 0;

	while (i < ARRAY_LEN(processors) &&
	       (processors[i].family != family || model < processors[i].first ||
		model > processors[i].last || (signature & 0xf) < processors[i].stepping))
		i++;
	return i;
}

enum generation judge_generation(uint32_t signature)
{
	size_t i = find_processor(signature);

	return i < ARRAY_LEN(processors) ? processors[i].generation : GENERATION_UNKNOWN;
}

void judge_platform_decode(struct judge_platform *platform, uint32_t signature,
			   const struct sev_reading *sev, const struct snp_reading *snp)
{
	size_t i = find_processor(signature);
	struct err err;

	*platform = (struct judge_platform){
		.generation = judge_generation(signature),
		.has_version = sev->state == READING_DONE,
		.api_major = sev->api_major,
		.api_minor = sev->api_minor,
		.build = sev->build,
	};
	platform->has_tcb =
		i < ARRAY_LEN(processors) && snp->state == READING_DONE &&
		snp_tcb_decode(&platform->tcb, processors[i].product, snp->current_tcb, &err) == 0;
}

void judge_platform_read(struct judge_platform *platform, int sev_fd)
{
	struct sev_reading sev;
	struct snp_reading snp;
	struct host_cpu cpu;

	cpu_facts_read(&cpu);
	readings_ask_sev(&sev, sev_fd);
	readings_ask_snp(&snp, sev_fd);
	judge_platform_decode(platform, cpu.signature, &sev, &snp);
}

static int compare_versions(const struct judge_platform *platform,
			    const struct firmware_minimum *least)
{
	const uint32_t has[] = { platform->api_major, platform->api_minor, platform->build };
	const uint32_t wanted[] = { least->api_major, least->api_minor, least->build };

	for (size_t i = 0; i < ARRAY_LEN(has); i++)
		if (has[i] != wanted[i])
			return has[i] < wanted[i] ? -1 : 1;
	return 0;
}

static int check_tcb(const struct judge_platform *platform, const struct firmware_minimum *least,
		     struct err *err)
{
	const struct {
		const char *word;
		uint32_t has;
		uint32_t wanted;
	} parts[] = {
		{ "fmc", platform->tcb.fmc, least->fmc },
		{ "boot_loader", platform->tcb.boot_loader, least->boot_loader },
		{ "tee", platform->tcb.tee, least->tee },
		{ "snp", platform->tcb.snp, least->snp },
		{ "microcode", platform->tcb.microcode, least->microcode },
	};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (parts[i].wanted == 0)
			continue;
		if (!platform->has_tcb)
			return err_set(err, ERR_REFUSED,
				       "the TCB cannot be read from '/dev/sev', but %s must be %u: "
				       "see that SEV-SNP is initialized",
				       parts[i].word, parts[i].wanted);
		if (parts[i].has < parts[i].wanted)
			return err_set(err, ERR_REFUSED,
				       "%s of the TCB is %u, must be %u: update the machine's "
				       "firmware",
				       parts[i].word, parts[i].has, parts[i].wanted);
	}
	return 0;
}

int judge_platform_check(const struct judge_platform *platform, const struct launch_rules *rules,
			 enum level level, struct err *err)
{
	const struct firmware_minimum *least = NULL;

	for (size_t i = 0; i < rules->n_sev_firmware_min; i++)
		if (rules->sev_firmware_min[i].generation == platform->generation)
			least = &rules->sev_firmware_min[i];
	if (least == NULL)
		return err_set(err, ERR_REFUSED,
			       "this processor's generation%s%s is not listed: add what its "
			       "firmware must be",
			       platform->generation != GENERATION_UNKNOWN ? " " : "",
			       platform->generation != GENERATION_UNKNOWN ?
				       words_at(&generation_words, platform->generation) :
				       "");
	if (!platform->has_version)
		return err_set(err, ERR_REFUSED,
			       "the firmware's version cannot be read from '/dev/sev': see that "
			       "the module ccp is loaded");
	if (compare_versions(platform, least) < 0)
		return err_set(err, ERR_REFUSED,
			       "the firmware is %u.%u.%u, must be %u.%u.%u: update it",
			       platform->api_major, platform->api_minor, platform->build,
			       least->api_major, least->api_minor, least->build);
	return level == LEVEL_SEV_SNP ? check_tcb(platform, least, err) : 0;
}
