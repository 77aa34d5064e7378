// SPDX-License-Identifier: Apache-2.0
// Reads what is to be measured, and measures it with as little hashing as there can be: firmware and
// kernel once for each level, vCPUs once for each signature.

#include "cli/matrix.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/text_escape.h"
#include "base/text_number.h"
#include "cli/option_list.h"
#include "cli/plan_make.h"
#include "measure/cpu_signatures.h"
#include "measure/kernel_features.h"
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

// --- Reading -------------------------------------------------------------------------------------

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

// --- Measuring -----------------------------------------------------------------------------------

static enum launch_type type_of(const struct matrix *matrix, enum level level)
{
	static const enum launch_type types[LEVELS] = {
		[LEVEL_SEV] = LAUNCH_SEV,
		[LEVEL_SEV_ES] = LAUNCH_SEV_ES_LEGACY,
		[LEVEL_SEV_SNP] = LAUNCH_SEV_SNP,
	};

	if (level == LEVEL_SEV_ES && matrix->legacy_vm_type == ON_OFF_OFF)
		return LAUNCH_SEV_ES;
	return types[level];
}

bool matrix_is_for_patched_kernel(const struct matrix *matrix)
{
	struct kernel_features found;
	struct err err;

	for (size_t i = 0; matrix->kernel_release != NULL && i < matrix->n_levels; i++)
		if (matrix->levels[i] == LEVEL_SEV_SNP &&
		    kernel_features_find(&found, LAUNCH_SEV_SNP, matrix->kernel_release, &err) ==
			    0 &&
		    found.is_patched)
			return true;
	return false;
}

// The features to measure a type with, at least one. Returns their number, or -1.
static int features_of(const struct matrix *matrix, enum launch_type type,
		       uint64_t features[static MATRIX_FEATURES_MAX], struct err *err)
{
	struct kernel_features found = { .features = launch_features_default(type) };

	if (type != LAUNCH_SEV && matrix->n_features > 0) {
		memcpy(features, matrix->features, sizeof(matrix->features));
		return (int)matrix->n_features;
	}
	if (matrix->kernel_release != NULL &&
	    kernel_features_find(&found, type, matrix->kernel_release, err) < 0)
		return err_context(err, "option '--kernel-release'");
	features[0] = found.features;
	return 1;
}

// One level, with what all its series begin with.
struct stage {
	enum level level;
	enum launch_type type;
	struct launch_prefix prefix;
	size_t n_features;
	uint64_t features[MATRIX_FEATURES_MAX];
};

// Digests of one signature, which models share.
struct column {
	uint32_t signature;
	struct launch_digest *digests;
};

struct work {
	const struct matrix *matrix;
	uint32_t *vcpus; // as many as there are wanted
	size_t n_columns;
	struct column columns[MATRIX_CPUS_MAX];
	struct launch_digest *digests; // all of the columns'
	matrix_taker *take;
	void *context;
};

static struct launch launch_of(const struct matrix *matrix, const struct matrix_inputs *inputs,
			       enum launch_type type)
{
	return (struct launch){
		.type = type,
		.vmm = (enum launch_vmm)matrix->vmm,
		.firmware = inputs->firmware,
		.kernel = inputs->kernel,
		.cpu.signature = matrix->n_cpus > 0 ? matrix->cpus[0].signature : 0,
	};
}

// Not refused, because such digests serve to compare with other tools.
static void warn_about_features(const struct launch *launch)
{
	if (launch->type == LAUNCH_SEV_SNP &&
	    (launch->cpu.features & LAUNCH_FEATURE_SNP_ACTIVE) == 0)
		log_warning("SEV features 0x%" PRIx64
			    " lack bit 0 (SNPActive), which every sev-snp "
			    "guest has: no host will measure this",
			    launch->cpu.features);
}

// Begins each series once, so that whatever can fail fails here.
static int stage_init(struct stage *stage, const struct matrix *matrix,
		      const struct matrix_inputs *inputs, enum level level, struct err *err)
{
	struct launch launch = launch_of(matrix, inputs, type_of(matrix, level));
	struct launch_series series;
	int n = features_of(matrix, launch.type, stage->features, err);

	if (n < 0 || launch_prefix_init(&stage->prefix, &launch, err) < 0)
		return -1;
	stage->level = level;
	stage->type = launch.type;
	stage->n_features = (size_t)n;
	for (size_t i = 0; i < stage->n_features; i++) {
		launch.cpu.features = stage->features[i];
		warn_about_features(&launch);
		if (launch_series_init(&series, &stage->prefix, &launch.cpu, err) < 0)
			return -1;
	}
	return 0;
}

static void fill_column(struct work *work, struct launch_series *series, struct column *column)
{
	const struct matrix *matrix = work->matrix;
	struct launch_digest digest;
	size_t n = 0;

	column->digests = work->digests + (size_t)(column - work->columns) * matrix->n_vcpus;
	for (uint32_t vcpus = 1; vcpus <= matrix->vcpus_max; vcpus++) {
		launch_series_next(series, &digest);
		if (matrix->vcpus[vcpus])
			column->digests[n++] = digest;
	}
}

static const struct column *find_column(struct work *work, const struct stage *stage,
					const struct vmsa_cpu *cpu)
{
	struct column *column = &work->columns[work->n_columns];
	struct launch_series series;
	struct err err;

	for (size_t i = 0; i < work->n_columns; i++)
		if (work->columns[i].signature == cpu->signature)
			return &work->columns[i];
	if (launch_series_init(&series, &stage->prefix, cpu, &err) < 0)
		abort(); // stage_init() has tried these features
	column->signature = cpu->signature;
	fill_column(work, &series, column);
	work->n_columns++;
	return column;
}

static void take_cpu(struct work *work, const struct stage *stage, uint64_t features,
		     const struct matrix_cpu *cpu)
{
	const struct vmsa_cpu vmsa = { .signature = cpu != NULL ? cpu->signature : 0,
				       .features = features };
	const struct matrix_series series = {
		.level = stage->level,
		.legacy_vm_type =
			stage->level == LEVEL_SEV_ES ? work->matrix->legacy_vm_type : ON_OFF_UNSET,
		.has_vcpus = true,
		.cpu = cpu,
		.features = features,
		.n = work->matrix->n_vcpus,
		.vcpus = work->vcpus,
		.digests = find_column(work, stage, &vmsa)->digests,
	};

	work->take(work->context, &series);
}

// SEV measures no vCPU, so there is one digest whatever is asked for.
static void take_sev(struct work *work, const struct stage *stage)
{
	const struct vmsa_cpu none = { 0 };
	struct matrix_series series = { .level = stage->level, .n = 1 };

	series.digests = find_column(work, stage, &none)->digests;
	work->take(work->context, &series);
}

static void take_stage(struct work *work, const struct stage *stage)
{
	const struct matrix *matrix = work->matrix;

	for (size_t i = 0; i < stage->n_features; i++) {
		work->n_columns = 0;
		if (stage->type == LAUNCH_SEV)
			take_sev(work, stage);
		else if (matrix->n_cpus == 0)
			take_cpu(work, stage, stage->features[i], NULL);
		else
			for (size_t cpu = 0; cpu < matrix->n_cpus; cpu++)
				take_cpu(work, stage, stage->features[i], &matrix->cpus[cpu]);
	}
}

int matrix_measure(const struct matrix *matrix, const struct matrix_inputs *inputs,
		   matrix_taker *take, void *context, struct err *err)
{
	size_t n_columns = matrix->n_cpus > 0 ? matrix->n_cpus : 1;
	AUTO(mem) struct stage *stages = mem_zeroed(matrix->n_levels, sizeof(*stages));
	AUTO(mem) uint32_t *vcpus = mem_zeroed(matrix->n_vcpus, sizeof(*vcpus));
	AUTO(mem)
	struct launch_digest *digests = mem_zeroed(n_columns * matrix->n_vcpus, sizeof(*digests));
	AUTO(mem) struct work *work = mem_zeroed(1, sizeof(*work));
	size_t n = 0;

	for (size_t i = 0; i < matrix->n_levels; i++)
		if (stage_init(&stages[i], matrix, inputs, matrix->levels[i], err) < 0)
			return -1;
	for (uint32_t i = 1; i <= matrix->vcpus_max; i++)
		if (matrix->vcpus[i])
			vcpus[n++] = i;
	*work = (struct work){ .matrix = matrix,
			       .vcpus = vcpus,
			       .digests = digests,
			       .take = take,
			       .context = context };
	for (size_t i = 0; i < matrix->n_levels; i++)
		take_stage(work, &stages[i]);
	return 0;
}

bool matrix_is_single(const struct matrix *matrix)
{
	if (matrix->n_levels != 1)
		return false;
	return matrix->levels[0] == LEVEL_SEV ||
	       (matrix->n_features <= 1 && matrix->n_cpus <= 1 && matrix->n_vcpus == 1);
}

int matrix_single(const struct matrix *matrix, const struct matrix_inputs *inputs,
		  struct launch *launch, struct err *err)
{
	uint64_t features[MATRIX_FEATURES_MAX];

	*launch = launch_of(matrix, inputs, type_of(matrix, matrix->levels[0]));
	if (features_of(matrix, launch->type, features, err) < 0)
		return -1;
	launch->cpu.features = features[0];
	launch->vcpus = matrix->vcpus_max;
	return 0;
}
