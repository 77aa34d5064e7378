// SPDX-License-Identifier: Apache-2.0
// Reads what is to be measured: measure's own options, and the guest's keys where they say nothing.

#include "cli/matrix.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "base/text_escape.h"
#include "base/text_number.h"
#include "cli/option_list.h"
#include "cli/plan_make.h"
#include "measure/cpu_signatures.h"
#include "measure/launch_digest.h"
#include "policy/guest_words.h"

static_assert(MATRIX_VCPUS_MAX == LAUNCH_VCPUS_MAX, "what can be asked for can be measured");

static const char *const vmm_words[LAUNCH_VMMS] = {
	[LAUNCH_QEMU] = "qemu",
	[LAUNCH_EC2] = "ec2",
	[LAUNCH_GCE] = "gce",
};

const char *matrix_vmm_word(const struct matrix *matrix)
{
	return vmm_words[matrix->vmm];
}

bool matrix_is_for_qemu(const struct matrix *matrix)
{
	return matrix->vmm == LAUNCH_QEMU;
}

static struct option_list list_of(const struct options *options, const char *option)
{
	return (struct option_list){ .option = option, .rest = options_value(options, option) };
}

static int add_level(struct matrix *matrix, uint32_t level, const char *word, struct err *err)
{
	char list[WORDS_LIST_SIZE];
	const uint32_t measured = ~(1U << LEVEL_OFF);

	if (level == LEVEL_OFF)
		return err_set(
			err, ERR_USAGE,
			"there is no launch digest at level off: name a level with --level %s",
			words_list(list, &level_words, measured, "or"));
	if (level == LEVEL_UNSET)
		return err_set(err, ERR_USAGE, "option '--level': must be %s, not '%s'",
			       words_list(list, &level_words, measured, "or"), TEXT_SHOW(word));
	for (size_t i = 0; i < matrix->n_levels; i++)
		if (matrix->levels[i] == level)
			return err_set(err, ERR_USAGE, "option '--level': '%s' is there twice",
				       word);
	matrix->levels[matrix->n_levels++] = level;
	return 0;
}

int matrix_read_levels(struct matrix *matrix, const struct options *options,
		       const struct guest *guest, uint32_t *levels, struct err *err)
{
	struct option_list list = list_of(options, "--level");
	bool found;

	*levels = 0;
	if (list.rest == NULL && guest->level != LEVEL_UNSET &&
	    add_level(matrix, guest->level, "", err) < 0)
		return -1;
	for (;;) {
		if (option_list_next(&list, &found, err) < 0)
			return -1;
		if (!found)
			break;
		if (add_level(matrix, words_find(&level_words, list.item), list.item, err) < 0)
			return -1;
	}
	for (size_t i = 0; i < matrix->n_levels; i++)
		*levels |= 1U << matrix->levels[i];
	return 0;
}

static int read_vmm(struct matrix *matrix, const struct options *options, struct err *err)
{
	const char *word = options_value(options, "--vmm");

	for (size_t i = 0; i < LAUNCH_VMMS; i++)
		if (word == NULL || strcmp(word, vmm_words[i]) == 0) {
			matrix->vmm = (uint32_t)i;
			return 0;
		}
	return err_set(err, ERR_USAGE, "option '--vmm': must be qemu, ec2 or gce, not '%s'",
		       TEXT_SHOW(word));
}

static int add_features(struct matrix *matrix, const char *word, struct err *err)
{
	uint64_t features;

	if (matrix->n_features == MATRIX_FEATURES_MAX)
		return err_set(err, ERR_USAGE, "option '--vmsa-features': more than %d values",
			       MATRIX_FEATURES_MAX);
	if (strncmp(word, "0x", 2) != 0 || text_parse_u64(word, &features) < 0)
		return err_set(
			err, ERR_USAGE,
			"option '--vmsa-features': must be hexadecimal such as 0x1, not '%s'",
			TEXT_SHOW(word));
	matrix->features[matrix->n_features++] = features;
	return 0;
}

static int read_features(struct matrix *matrix, const struct options *options,
			 const struct guest *guest, struct err *err)
{
	struct option_list list = list_of(options, "--vmsa-features");
	bool found;

	matrix->kernel_release = options_value(options, "--kernel-release");
	if (list.rest == NULL && guest->has_vmsa_features)
		matrix->features[matrix->n_features++] = guest->vmsa_features;
	for (;;) {
		if (option_list_next(&list, &found, err) < 0)
			return -1;
		if (!found)
			break;
		if (add_features(matrix, list.item, err) < 0)
			return -1;
	}
	if (matrix->kernel_release != NULL && matrix->n_features > 0)
		return err_set(err, ERR_USAGE,
			       "option '--kernel-release' decides the SEV features, which "
			       "vmsa_features gives: leave one of the two out");
	return 0;
}

// 'signature' is what the guest gives, 0 when it gives none.
static int add_cpu(struct matrix *matrix, const char *name, uint32_t signature, struct err *err)
{
	const struct cpu_model *model = cpu_model_find(name);
	struct matrix_cpu *cpu = &matrix->cpus[matrix->n_cpus];

	if (matrix->n_cpus == MATRIX_CPUS_MAX)
		return err_set(err, ERR_USAGE, "more than %d CPU models", MATRIX_CPUS_MAX);
	if (model == NULL && signature == 0)
		return err_set(err, ERR_USAGE,
			       "the signature of CPU model '%s' is not known: name one that "
			       "snplaunch cpus shows with a signature, or give it with "
			       "--cpu-signature",
			       TEXT_SHOW(name));
	if (model != NULL && signature != 0 && signature != cpu_model_signature(model))
		return err_set(err, ERR_USAGE,
			       "CPU model '%s' has the signature 0x%08" PRIx32
			       ", and cpu_signature says 0x%08" PRIx32 ": leave one of the two out",
			       name, cpu_model_signature(model), signature);
	if (!text_is_plain_name(name, sizeof(cpu->name) - 1) ||
	    text_copy_field(cpu->name, sizeof(cpu->name), name) < 0)
		return err_set(err, ERR_USAGE, "'%s' is no name of a CPU model", TEXT_SHOW(name));
	cpu->signature = model != NULL ? cpu_model_signature(model) : signature;
	matrix->n_cpus++;
	return 0;
}

static int read_cpus(struct matrix *matrix, const struct options *options,
		     const struct guest *guest, struct err *err)
{
	struct option_list list = list_of(options, "--cpu");
	uint32_t signature = guest->cpu_signature;
	bool found;

	if (!matrix_is_for_qemu(matrix) && list.rest != NULL)
		return err_set(err, ERR_USAGE,
			       "option '--vmm': %s has a CPU signature of its own, which no model "
			       "changes: leave --cpu out",
			       vmm_words[matrix->vmm]);
	if (!matrix_is_for_qemu(matrix) ||
	    (matrix->n_levels == 1 && matrix->levels[0] == LEVEL_SEV))
		return 0; // no model enters the digest
	for (size_t i = 0; list.rest == NULL && i < guest->cpu.n; i++)
		if (add_cpu(matrix, guest->cpu.names[i], signature, err) < 0)
			return -1;
	for (;;) {
		if (option_list_next(&list, &found, err) < 0)
			return -1;
		if (!found)
			break;
		if (add_cpu(matrix, list.item, signature, err) < 0)
			return -1;
	}
	if (matrix->n_cpus > 0)
		return 0;
	if (signature == 0)
		return add_cpu(matrix, DEFAULT_CPU_MEASURED, 0, err);
	matrix->cpus[matrix->n_cpus++].signature = signature;
	return 0;
}

static void add_vcpus(struct matrix *matrix, uint64_t first, uint64_t last)
{
	for (uint64_t n = first; n <= last; n++) {
		matrix->n_vcpus += !matrix->vcpus[n];
		matrix->vcpus[n] = true;
	}
	if (last > matrix->vcpus_max)
		matrix->vcpus_max = (uint32_t)last;
}

// "4" or "1..64".
static int add_vcpu_range(struct matrix *matrix, char *item, struct err *err)
{
	char *dots = strstr(item, "..");
	uint64_t first;
	uint64_t last;

	if (dots != NULL)
		*dots = '\0';
	if (text_parse_u64(item, &first) < 0 ||
	    text_parse_u64(dots != NULL ? dots + 2 : item, &last) < 0 || first < 1 ||
	    last > MATRIX_VCPUS_MAX || first > last)
		return err_set(err, ERR_USAGE,
			       "option '--vcpus': must be numbers of 1 to %d or ranges such as "
			       "1..64, not '%s%s%s'",
			       MATRIX_VCPUS_MAX, TEXT_SHOW(item), dots != NULL ? ".." : "",
			       dots != NULL ? TEXT_SHOW(dots + 2) : "");
	add_vcpus(matrix, first, last);
	return 0;
}

static int read_vcpus(struct matrix *matrix, const struct options *options,
		      const struct guest *guest, struct err *err)
{
	struct option_list list = list_of(options, "--vcpus");
	uint32_t preset = guest->vcpus != 0 ? guest->vcpus : DEFAULT_VCPUS;
	bool found;

	if (list.rest == NULL)
		add_vcpus(matrix, preset, preset);
	for (;;) {
		if (option_list_next(&list, &found, err) < 0)
			return -1;
		if (!found)
			return 0;
		if (add_vcpu_range(matrix, list.item, err) < 0)
			return -1;
	}
}

int matrix_read(struct matrix *matrix, const struct options *options, const struct guest *guest,
		struct err *err)
{
	matrix->legacy_vm_type =
		guest->legacy_vm_type != ON_OFF_UNSET ? guest->legacy_vm_type : ON_OFF_ON;
	if (read_vmm(matrix, options, err) < 0 || read_features(matrix, options, guest, err) < 0 ||
	    read_cpus(matrix, options, guest, err) < 0)
		return -1;
	return read_vcpus(matrix, options, guest, err);
}
