// SPDX-License-Identifier: Apache-2.0
// What programs may call: measure/ under names and in structs that stay what they are.

#include "snpmeasure/snpmeasure.h"

#include <assert.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "measure/blob_verifier.h"
#include "measure/cpu_signatures.h"
#include "measure/id_block.h"
#include "measure/key_file.h"
#include "measure/launch_digest.h"
#include "measure/openssl_object.h"
#include "measure/report.h"
#include "measure/report_verify.h"

static_assert(SNPMEASURE_ERROR_SIZE == ERR_TEXT_MAX, "no text is cut");
static_assert(SNPMEASURE_VCPUS_MAX == LAUNCH_VCPUS_MAX, "the limit's name here");
static_assert((int)SNPMEASURE_SEV == LAUNCH_SEV && (int)SNPMEASURE_SEV_ES == LAUNCH_SEV_ES &&
		      (int)SNPMEASURE_SEV_ES_LEGACY == LAUNCH_SEV_ES_LEGACY &&
		      (int)SNPMEASURE_SEV_SNP == LAUNCH_SEV_SNP,
	      "types have the same values");
static_assert((int)SNPMEASURE_QEMU == LAUNCH_QEMU && (int)SNPMEASURE_EC2 == LAUNCH_EC2 &&
		      (int)SNPMEASURE_GCE == LAUNCH_GCE,
	      "VMMs have the same values");
static_assert(SNPMEASURE_ID_BLOCK_BYTES == ID_BLOCK_BYTES &&
		      SNPMEASURE_ID_AUTH_BYTES == ID_AUTH_BYTES,
	      "sizes of AMD's");

// --- Errors --------------------------------------------------------------------------------------

// Hands an error over; returns -1.
static int fail(struct snpmeasure_error *error, const struct err *err)
{
	static const enum snpmeasure_error_kind kinds[ERR_KINDS] = {
		[ERR_USAGE] = SNPMEASURE_USAGE,
		[ERR_INPUT] = SNPMEASURE_INPUT,
		[ERR_VERDICT] = SNPMEASURE_VERDICT,
	};

	if (error == NULL)
		return -1;
	error->kind = kinds[err->kind] != SNPMEASURE_OK ? kinds[err->kind] : SNPMEASURE_SYSTEM;
	memcpy(error->text, err->text, sizeof(error->text));
	return -1;
}

// For functions that give memory.
static void *allocate(size_t size, struct snpmeasure_error *error)
{
	void *memory = calloc(1, size);
	struct err err;

	if (memory == NULL) {
		(void)err_set(&err, ERR_SYSTEM, "out of memory");
		(void)fail(error, &err);
	}
	return memory;
}

// --- Launch digests ------------------------------------------------------------------------------

static void give_digest(struct snpmeasure_digest *out, const struct launch_digest *digest)
{
	out->len = digest->len;
	memcpy(out->bytes, digest->bytes, sizeof(out->bytes));
}

static void give_range(void *context, const struct launch_range *range)
{
	const struct snpmeasure_launch *launch = context;
	struct snpmeasure_range given = {
		.name = range->name,
		.gpa = range->gpa,
		.len = range->len,
		.page_type = range->page_type,
		.vcpu = range->vcpu,
	};

	give_digest(&given.digest, &range->digest);
	launch->range(launch->context, &given);
}

// A launch in our words, with all that it points to.
struct taken {
	struct ovmf firmware;
	struct kernel_hashes kernel;
	struct launch_observer observer;
	struct launch_inputs launch;
};

static void take_launch(struct taken *taken, const struct snpmeasure_launch *launch)
{
	*taken = (struct taken){
		// The observer only reads it.
		.observer = { give_range, (void *)(uintptr_t)launch },
		.launch = {
			.type = (enum launch_type)launch->type,
			.vmm = (enum launch_vmm)launch->vmm,
			.firmware = launch->firmware != NULL ? &taken->firmware : NULL,
			.kernel = launch->kernel != NULL ? &taken->kernel : NULL,
			.vcpus = launch->vcpus,
			.cpu = { launch->cpu_signature, launch->features },
			.observer = launch->range != NULL ? &taken->observer : NULL,
		},
	};
	if (launch->firmware != NULL)
		ovmf_read(&taken->firmware, launch->firmware, launch->firmware_len);
	if (launch->kernel != NULL) {
		taken->kernel.has_kernel = true;
		memcpy(taken->kernel.kernel, launch->kernel->kernel, SHA256_BYTES);
		memcpy(taken->kernel.initrd, launch->kernel->initrd, SHA256_BYTES);
		memcpy(taken->kernel.cmdline, launch->kernel->cmdline, SHA256_BYTES);
	}
}

int snpmeasure_digest_compute(struct snpmeasure_digest *digest,
			      const struct snpmeasure_launch *launch,
			      struct snpmeasure_error *error)
{
	struct launch_digest computed;
	struct taken taken;
	struct err err;

	take_launch(&taken, launch);
	if (launch_digest(&computed, &taken.launch, &err) < 0)
		return fail(error, &err);
	give_digest(digest, &computed);
	return 0;
}

uint64_t snpmeasure_features_default(enum snpmeasure_type type)
{
	return launch_features_default((enum launch_type)type);
}

uint32_t snpmeasure_cpu_signature(const char *model)
{
	const struct cpu_model *known = cpu_model_find(model);

	return known != NULL ? cpu_model_signature(known) : 0;
}

int snpmeasure_kernel_read(struct snpmeasure_kernel *kernel, int kernel_fd, int initrd_fd,
			   const char *cmdline, struct snpmeasure_error *error)
{
	struct kernel_hashes hashes;
	struct err err;

	kernel_hashes_init(&hashes);
	if (cmdline != NULL)
		kernel_hashes_set_cmdline(&hashes, cmdline);
	if (kernel_hashes_read_kernel(&hashes, kernel_fd, NULL, &err) < 0 ||
	    (initrd_fd >= 0 && kernel_hashes_read_initrd(&hashes, initrd_fd, NULL, &err) < 0))
		return fail(error, &err);
	memcpy(kernel->kernel, hashes.kernel, SHA256_BYTES);
	memcpy(kernel->initrd, hashes.initrd, SHA256_BYTES);
	memcpy(kernel->cmdline, hashes.cmdline, SHA256_BYTES);
	return 0;
}

enum snpmeasure_verifier snpmeasure_firmware_verifier(const void *firmware, size_t firmware_len)
{
	static const enum snpmeasure_verifier verdicts[BLOB_VERIFIER_VERDICTS] = {
		[BLOB_VERIFIER_UNKNOWN] = SNPMEASURE_VERIFIER_UNKNOWN,
		[BLOB_VERIFIER_NOT_ENFORCED] = SNPMEASURE_VERIFIER_MISSING,
		[BLOB_VERIFIER_ENFORCED] = SNPMEASURE_VERIFIER_PRESENT,
	};
	struct blob_verifier found;

	blob_verifier_find(&found, firmware, firmware_len);
	return verdicts[found.verdict];
}

// --- Many digests --------------------------------------------------------------------------------

struct snpmeasure_prefix {
	struct launch_prefix prefix;
};

struct snpmeasure_series {
	struct launch_series series;
};

struct snpmeasure_prefix *snpmeasure_prefix_new(const struct snpmeasure_launch *launch,
						struct snpmeasure_error *error)
{
	struct snpmeasure_prefix *made = allocate(sizeof(*made), error);
	struct taken taken;
	struct err err;

	if (made == NULL)
		return NULL;
	take_launch(&taken, launch);
	if (launch_prefix_init(&made->prefix, &taken.launch, &err) == 0)
		return made;
	free(made);
	(void)fail(error, &err);
	return NULL;
}

void snpmeasure_prefix_free(struct snpmeasure_prefix *prefix)
{
	free(prefix);
}

struct snpmeasure_series *snpmeasure_series_new(const struct snpmeasure_prefix *prefix,
						uint32_t cpu_signature, uint64_t features,
						struct snpmeasure_error *error)
{
	const struct vmsa_cpu cpu = { cpu_signature, features };
	struct snpmeasure_series *made = allocate(sizeof(*made), error);
	struct err err;

	if (made == NULL)
		return NULL;
	if (launch_series_init(&made->series, &prefix->prefix, &cpu, &err) == 0)
		return made;
	free(made);
	(void)fail(error, &err);
	return NULL;
}

void snpmeasure_series_free(struct snpmeasure_series *series)
{
	free(series);
}

void snpmeasure_series_next(struct snpmeasure_series *series, struct snpmeasure_digest *digest)
{
	struct launch_digest next;

	launch_series_next(&series->series, &next);
	give_digest(digest, &next);
}

// --- ID blocks -----------------------------------------------------------------------------------

static void take_block(struct id_block *taken, const struct snpmeasure_id_block *block)
{
	taken->guest_svn = block->guest_svn;
	taken->policy = block->policy;
	memcpy(taken->launch_digest, block->launch_digest, sizeof(taken->launch_digest));
	memcpy(taken->family_id, block->family_id, sizeof(taken->family_id));
	memcpy(taken->image_id, block->image_id, sizeof(taken->image_id));
}

static void give_block(struct snpmeasure_id_block *given, const struct id_block *block)
{
	given->guest_svn = block->guest_svn;
	given->policy = block->policy;
	memcpy(given->launch_digest, block->launch_digest, sizeof(given->launch_digest));
	memcpy(given->family_id, block->family_id, sizeof(given->family_id));
	memcpy(given->image_id, block->image_id, sizeof(given->image_id));
}

static int read_keys(EVP_PKEY *keys[static 2], struct snpmeasure_bytes id_key,
		     struct snpmeasure_bytes author_key, struct err *err)
{
	if (key_file_read_private(&keys[0], id_key.bytes, id_key.len, NULL, err) < 0)
		return err_context(err, "ID key");
	if (author_key.len > 0 &&
	    key_file_read_private(&keys[1], author_key.bytes, author_key.len, NULL, err) < 0)
		return err_context(err, "author key");
	return 0;
}

int snpmeasure_id_block_sign(uint8_t block_out[SNPMEASURE_ID_BLOCK_BYTES],
			     uint8_t auth_out[SNPMEASURE_ID_AUTH_BYTES],
			     const struct snpmeasure_id_block *block,
			     struct snpmeasure_bytes id_key, struct snpmeasure_bytes author_key,
			     struct snpmeasure_error *error)
{
	EVP_PKEY *keys[2] = { NULL, NULL };
	struct id_block taken;
	struct id_auth auth;
	struct err err;
	int result = -1;

	take_block(&taken, block);
	if (read_keys(keys, id_key, author_key, &err) == 0 &&
	    id_auth_sign(&auth, &taken, keys[0], keys[1], &err) == 0 &&
	    id_auth_assemble(auth_out, &auth, &taken, &err) == 0) {
		id_block_encode(block_out, &taken);
		result = 0;
	}
	EVP_PKEY_free(keys[0]);
	EVP_PKEY_free(keys[1]);
	return result < 0 ? fail(error, &err) : 0;
}

int snpmeasure_id_block_verify(struct snpmeasure_id_block *block, struct snpmeasure_bytes bytes,
			       struct snpmeasure_bytes auth, struct snpmeasure_error *error)
{
	struct id_block decoded;
	struct id_auth id_auth;
	struct err err;

	if (id_block_decode(&decoded, bytes.bytes, bytes.len, &err) < 0 ||
	    id_auth_decode(&id_auth, auth.bytes, auth.len, &err) < 0 ||
	    id_auth_verify(&id_auth, &decoded, &err) < 0)
		return fail(error, &err);
	give_block(block, &decoded);
	return 0;
}

// --- Attestation reports -------------------------------------------------------------------------

#define GIVE(given, report, member) \
	do { \
		static_assert(sizeof((given)->member) == sizeof((report)->member), \
			      "the same bytes"); \
		memcpy(&(given)->member, &(report)->member, sizeof((given)->member)); \
	} while (0)

static void give_report(struct snpmeasure_report *given, const struct report *report)
{
	memset(given, 0, sizeof(*given));
	GIVE(given, report, version);
	GIVE(given, report, guest_svn);
	GIVE(given, report, vmpl);
	GIVE(given, report, policy);
	GIVE(given, report, platform_info);
	GIVE(given, report, reported_tcb);
	GIVE(given, report, report_data);
	GIVE(given, report, measurement);
	GIVE(given, report, host_data);
	GIVE(given, report, id_key_digest);
	GIVE(given, report, author_key_digest);
	GIVE(given, report, family_id);
	GIVE(given, report, image_id);
	GIVE(given, report, chip_id);
}

int snpmeasure_report_verify(struct snpmeasure_report *report, struct snpmeasure_bytes bytes,
			     const struct snpmeasure_evidence *evidence,
			     struct snpmeasure_error *error)
{
	const struct report_evidence taken = {
		.vek = { .bytes = evidence->vek.bytes, .len = evidence->vek.len },
		.issuers = { { .bytes = evidence->issuers.bytes, .len = evidence->issuers.len } },
		.at = evidence->at,
	};
	struct report_verified verified;
	struct err err;

	if (report_verify(&verified, bytes.bytes, bytes.len, &taken, &err) < 0)
		return fail(error, &err);
	give_report(report, &verified.report);
	memcpy(report->ark_sha256, verified.ark_sha256, sizeof(report->ark_sha256));
	return 0;
}

int snpmeasure_report_read(struct snpmeasure_report *report, struct snpmeasure_bytes bytes,
			   struct snpmeasure_error *error)
{
	struct report read;
	struct err err;

	if (report_read(&read, bytes.bytes, bytes.len, &err) < 0)
		return fail(error, &err);
	give_report(report, &read);
	return 0;
}
