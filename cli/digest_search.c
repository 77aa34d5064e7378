// SPDX-License-Identifier: Apache-2.0
// Walks through all launches that may have a digest: what is measured first is chosen outermost, so
// that each part is hashed once.

#include "cli/digest_search.h"

#include <stdio.h>
#include <string.h>

#include "cli/firmware.h"
#include "measure/cpu_signatures.h"
#include "measure/launch_digest.h"

#define SIGNATURES_MAX 64
#define FEATURES_MAX 16

// What hosts are known to set: nothing more, DebugSwap, SecureTSC, both, SecureAVIC.
static const uint64_t usual_features[] = { 0x0, 0x20, 0x200, 0x220, 0x10000 };

struct walk {
	const struct digest_search *search;
	struct digest_found *found;
	size_t n_signatures;
	uint32_t signatures[SIGNATURES_MAX];
	size_t n_features;
	uint64_t features[FEATURES_MAX]; // without bit 0, which the type decides
};

static void add_signature(struct walk *walk, uint32_t signature)
{
	for (size_t i = 0; i < walk->n_signatures; i++)
		if (walk->signatures[i] == signature)
			return;
	if (signature != 0 && walk->n_signatures < SIGNATURES_MAX)
		walk->signatures[walk->n_signatures++] = signature;
}

static void add_features(struct walk *walk, uint64_t features)
{
	features &= ~LAUNCH_FEATURE_SNP_ACTIVE;
	for (size_t i = 0; i < walk->n_features; i++)
		if (walk->features[i] == features)
			return;
	walk->features[walk->n_features++] = features;
}

static void collect(struct walk *walk)
{
	add_signature(walk, walk->search->cpu_signature);
	for (size_t i = 0; i < cpu_models_n; i++)
		add_signature(walk, cpu_model_signature(&cpu_models[i]));
	for (size_t i = 0; i < ARRAY_LEN(usual_features); i++)
		add_features(walk, usual_features[i]);
	if (walk->search->has_vmsa_features)
		add_features(walk, walk->search->vmsa_features);
}

static bool fits(struct walk *walk, const struct launch_digest *digest)
{
	const struct digest_search *search = walk->search;

	walk->found->n_tried++;
	walk->found->is_found = digest->len == search->digest_len &&
				memcmp(digest->bytes, search->digest, digest->len) == 0;
	return walk->found->is_found;
}

// All numbers of vCPUs of one kind.
static bool try_series(struct walk *walk, const struct launch_prefix *prefix,
		       const struct vmsa_cpu *cpu)
{
	struct launch_series series;
	struct launch_digest digest;
	struct err err;

	if (launch_series_init(&series, prefix, cpu, &err) < 0)
		return false;
	for (uint32_t vcpus = 1; vcpus <= walk->search->vcpus_max; vcpus++) {
		launch_series_next(&series, &digest);
		if (!fits(walk, &digest))
			continue;
		walk->found->vcpus = vcpus;
		walk->found->cpu_signature = cpu->signature;
		walk->found->vmsa_features = cpu->features;
		return true;
	}
	return false;
}

static bool try_registers(struct walk *walk, const struct launch_prefix *prefix)
{
	for (size_t f = 0; f < walk->n_features; f++)
		for (size_t s = 0; s < walk->n_signatures; s++) {
			const struct vmsa_cpu cpu = {
				.signature = walk->signatures[s],
				.features =
					walk->features[f] | launch_features_default(prefix->type),
			};

			if (try_series(walk, prefix, &cpu))
				return true;
		}
	return false;
}

static bool is_told(const struct digest_found *found, const char *reason)
{
	for (size_t i = 0; i < found->n_skips; i++)
		if (found->skips[i].firmware == found->firmware &&
		    strcmp(found->skips[i].reason, reason) == 0)
			return true;
	return false;
}

static void skip(struct walk *walk, const char *why)
{
	struct digest_found *found = walk->found;
	char reason[DIGEST_SEARCH_REASON_SIZE];

	found->n_skipped++;
	(void)snprintf(reason, sizeof(reason), "%.*s", (int)sizeof(reason) - 1, why);
	if (is_told(found, reason) || found->n_skips == DIGEST_SEARCH_SKIPS_MAX)
		return;
	found->skips[found->n_skips].firmware = found->firmware;
	memcpy(found->skips[found->n_skips++].reason, reason, sizeof(reason));
}

static bool try_launch(struct walk *walk, const struct launch_inputs *launch)
{
	struct launch_prefix prefix;
	struct launch_digest digest;
	struct err err;

	if (launch_prefix_init(&prefix, launch, &err) < 0) {
		skip(walk, err.text);
		return false;
	}
	walk->found->type = launch->type;
	if (launch->type != LAUNCH_SEV)
		return try_registers(walk, &prefix);
	return launch_digest(&digest, launch, &err) == 0 && fits(walk, &digest);
}

static bool try_types(struct walk *walk, const struct launch_inputs *of_any_type)
{
	static const enum launch_type types[] = { LAUNCH_SEV_SNP, LAUNCH_SEV_ES_LEGACY,
						  LAUNCH_SEV_ES, LAUNCH_SEV };
	bool is_snp = walk->search->digest_len == SHA384_BYTES;

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		struct launch_inputs launch = *of_any_type;

		launch.type = types[i];
		if ((types[i] == LAUNCH_SEV_SNP) == is_snp && try_launch(walk, &launch))
			return true;
	}
	return false;
}

// The nth of them, and behind the last one none.
static const struct search_choice *choice_at(const struct search_choices *choices, size_t i)
{
	static const struct search_choice none;

	return i < choices->n ? &choices->items[i] : &none;
}

static bool try_hashes(struct walk *walk, const struct ovmf *firmware,
		       const struct search_choice *kernel, const struct search_choice *initrd,
		       const struct search_choice *cmdline)
{
	struct kernel_hashes hashes;
	const struct launch_inputs launch = { .firmware = firmware, .kernel = &hashes };

	kernel_hashes_init(&hashes);
	kernel_hashes_set_kernel(&hashes, kernel->sha256);
	if (initrd->name != NULL)
		kernel_hashes_set_initrd(&hashes, initrd->sha256);
	if (cmdline->name != NULL)
		kernel_hashes_set_cmdline(&hashes, cmdline->name);
	walk->found->initrd = initrd->name;
	walk->found->cmdline = cmdline->name;
	return try_types(walk, &launch);
}

static bool try_kernel(struct walk *walk, const struct ovmf *firmware,
		       const struct search_choice *kernel)
{
	const struct digest_search *search = walk->search;

	walk->found->kernel = kernel->name;
	for (size_t i = 0; i <= search->initrds.n; i++)
		for (size_t c = 0; c <= search->cmdlines.n; c++)
			if (try_hashes(walk, firmware, kernel, choice_at(&search->initrds, i),
				       choice_at(&search->cmdlines, c)))
				return true;
	return false;
}

static bool try_firmware(struct walk *walk, const struct search_choice *image)
{
	const struct search_choices *kernels = &walk->search->kernels;
	struct ovmf firmware;
	const struct launch_inputs without_kernel = { .firmware = &firmware };

	walk->found->firmware = image->name;
	if (firmware_is_variable_store(image->bytes, image->len)) {
		skip(walk, FIRMWARE_IS_VARIABLE_STORE);
		return false;
	}
	ovmf_read(&firmware, image->bytes, image->len);
	for (size_t i = 0; i < kernels->n; i++)
		if (try_kernel(walk, &firmware, &kernels->items[i]))
			return true;
	walk->found->kernel = walk->found->initrd = walk->found->cmdline = NULL;
	return try_types(walk, &without_kernel);
}

void digest_search(struct digest_found *found, const struct digest_search *search)
{
	struct walk walk = { .search = search, .found = found };

	*found = (struct digest_found){ 0 };
	collect(&walk);
	for (size_t i = 0; i < search->firmware.n; i++)
		if (try_firmware(&walk, &search->firmware.items[i]))
			return;
}

size_t digest_search_signatures(const struct digest_search *search)
{
	struct walk walk = { .search = search };

	collect(&walk);
	return walk.n_signatures;
}

size_t digest_search_features(const struct digest_search *search)
{
	struct walk walk = { .search = search };

	collect(&walk);
	return walk.n_features;
}
