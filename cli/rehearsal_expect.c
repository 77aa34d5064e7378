// SPDX-License-Identifier: Apache-2.0
// Has measure/ compute the digest of a plan and its artifacts, and keeps each range.

#include "cli/rehearsal_expect.h"

#include <stdio.h>
#include <string.h>

#include "measure/cpu_signatures.h"
#include "measure/launch_digest.h"

static void write_digest(char out[static TRACE_DIGEST_SIZE], const struct launch_digest *digest)
{
	for (size_t i = 0; i < digest->len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", digest->bytes[i]);
}

static void keep_range(void *context, const struct launch_range *range)
{
	struct trace_range *kept = trace_add(context);

	(void)snprintf(kept->what, sizeof(kept->what), "%s",
		       range->name == NULL ? "unknown section" : range->name);
	kept->is_vmsa = strcmp(kept->what, "VMSA") == 0;
	kept->vcpu = range->vcpu;
	kept->has_gpa = range->gpa != 0;
	kept->gpa = range->gpa;
	kept->len = range->len;
	write_digest(kept->digest, &range->digest);
}

static enum launch_type type_of(const struct plan *plan)
{
	bool is_legacy = plan->sev.legacy_vm_type != ON_OFF_OFF;
	const enum launch_type types[LEVELS] = {
		[LEVEL_SEV] = LAUNCH_SEV,
		[LEVEL_SEV_ES] = is_legacy ? LAUNCH_SEV_ES_LEGACY : LAUNCH_SEV_ES,
		[LEVEL_SEV_SNP] = LAUNCH_SEV_SNP,
	};

	return types[plan->level];
}

static int find_signature(const char *name, uint32_t *signature, struct err *err)
{
	const struct cpu_model *model = cpu_model_find(name);

	if (model == NULL)
		return err_set(err, ERR_HOST,
			       "CPU model '%s': its signature, which is measured, is not known",
			       name);
	*signature = cpu_model_signature(model);
	return 0;
}

static void hash_kernel(struct kernel_hashes *hashes, const struct expect_from *from)
{
	kernel_hashes_init(hashes);
	kernel_hashes_set_kernel(hashes, from->kernel->sha256);
	if (from->initrd->fd >= 0)
		kernel_hashes_set_initrd(hashes, from->initrd->sha256);
	if (from->plan->has_cmdline)
		kernel_hashes_set_cmdline(hashes, from->plan->cmdline);
}

int rehearsal_expect(struct trace *expected, const struct expect_from *from, struct err *err)
{
	AUTO(artifact_bytes) struct artifact_bytes image = { 0 };
	const struct launch_observer observer = { keep_range, expected };
	struct kernel_hashes hashes;
	struct launch_digest digest;
	struct ovmf ovmf;
	struct launch_inputs launch = {
		.type = type_of(from->plan),
		.firmware = &ovmf,
		.vcpus = from->plan->vcpus,
		.cpu.features = launch_features_default(type_of(from->plan)),
		.observer = &observer,
	};

	if (artifact_map(&image, from->firmware, err) < 0 ||
	    find_signature(from->plan->cpu_model, &launch.cpu.signature, err) < 0)
		return -1;
	ovmf_read(&ovmf, image.bytes, image.len);
	if (from->plan->sev.kernel_hashes) {
		hash_kernel(&hashes, from);
		launch.kernel = &hashes;
	}
	if (launch_digest(&digest, &launch, err) < 0)
		return -1;
	write_digest(expected->digest, &digest);
	return 0;
}
