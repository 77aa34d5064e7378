// SPDX-License-Identifier: Apache-2.0
// Measures with as little hashing as there can be: firmware and kernel once for each level, vCPUs once
// for each signature. matrix_read.c says what.

#include "cli/matrix.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/log.h"
#include "base/mem.h"
#include "measure/kernel_features.h"
#include "measure/launch_digest.h"

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

static struct launch_inputs launch_of(const struct matrix *matrix,
				      const struct matrix_inputs *inputs, enum launch_type type)
{
	return (struct launch_inputs){
		.type = type,
		.vmm = (enum launch_vmm)matrix->vmm,
		.firmware = inputs->firmware,
		.kernel = inputs->kernel,
		.cpu.signature = matrix->n_cpus > 0 ? matrix->cpus[0].signature : 0,
	};
}

// Not refused, because such digests serve to compare with other tools.
static void warn_about_features(const struct launch_inputs *launch)
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
	struct launch_inputs launch = launch_of(matrix, inputs, type_of(matrix, level));
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
		  struct launch_inputs *launch, struct err *err)
{
	uint64_t features[MATRIX_FEATURES_MAX] = { 0 };

	*launch = launch_of(matrix, inputs, type_of(matrix, matrix->levels[0]));
	if (features_of(matrix, launch->type, features, err) < 0)
		return -1;
	launch->cpu.features = features[0];
	launch->vcpus = matrix->vcpus_max;
	return 0;
}
