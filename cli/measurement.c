// SPDX-License-Identifier: Apache-2.0
// From a plan and its bytes to a launch digest, and what is said of it.

#include "cli/measurement.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "measure/cpu_signatures.h"
#include "measure/id_block.h"
#include "measure/launch_digest.h"

static_assert(SNP_ID_BLOCK_BYTES == ID_BLOCK_BYTES, "the plan holds an ID block");

static const struct {
	const char *word;
	const char *algorithm;
	const char *what; // which of the digests of its level
} types[LAUNCH_TYPES] = {
	[LAUNCH_SEV] = { "sev", "sha256", "SHA-256 of firmware and kernel hashes" },
	[LAUNCH_SEV_ES] = { "sev-es", "sha256",
			    "SHA-256, with registers as KVM_SEV_INIT2 (legacy_vm_type off) has them" },
	[LAUNCH_SEV_ES_LEGACY] = { "sev-es-legacy", "sha256",
				   "SHA-256, with registers as KVM_SEV_ES_INIT (legacy_vm_type on) has "
				   "them" },
	[LAUNCH_SEV_SNP] = { "sev-snp", "sha384", "SHA-384, as in the attestation report" },
};

const char *measurement_type_word(uint32_t type)
{
	return type < ARRAY_LEN(types) ? types[type].word : NULL;
}

uint32_t measurement_type_of_word(const char *word)
{
	for (uint32_t i = 0; i < ARRAY_LEN(types); i++)
		if (types[i].word != NULL && strcmp(types[i].word, word) == 0)
			return i;
	return LAUNCH_UNSET;
}

static char *write_hex(char out[static MEASUREMENT_HEX_SIZE], const uint8_t *bytes, size_t len)
{
	out[0] = '\0';
	for (size_t i = 0; i < len; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
	return out;
}

char *measurement_hex(char out[static MEASUREMENT_HEX_SIZE], const struct measurement *measurement)
{
	return write_hex(out, measurement->digest, measurement->digest_len);
}

// It begins with the digest.
char *measurement_id_block_hex(char out[static MEASUREMENT_HEX_SIZE], const struct plan *plan)
{
	return write_hex(out, plan->sev.id_block, SHA384_BYTES);
}

// --- Computing -----------------------------------------------------------------------------------

static enum launch_type type_of(const struct plan *plan)
{
	switch (plan->level) {
	case LEVEL_SEV:
		return LAUNCH_SEV;
	case LEVEL_SEV_ES:
		return plan->sev.legacy_vm_type == ON_OFF_OFF ? LAUNCH_SEV_ES :
								LAUNCH_SEV_ES_LEGACY;
	case LEVEL_SEV_SNP:
		return LAUNCH_SEV_SNP;
	default:
		return LAUNCH_UNSET;
	}
}

// QEMU takes the signature from the model, so one that differs would belong to no launch.
static int choose_signature(uint32_t *signature, const struct measurement_input *input,
			    struct err *err)
{
	const char *name = input->plan->cpu_model;
	const struct cpu_model *model = cpu_model_find(name);

	*signature = model != NULL ? cpu_model_signature(model) : input->cpu_signature;
	if (*signature == 0)
		return err_set(
			err, ERR_GUEST_FILE,
			"the launch digest depends on the CPU's signature, and that of model '%s' is "
			"not known: give it with --cpu-signature, or name an EPYC model",
			name);
	if (input->cpu_signature != 0 && input->cpu_signature != *signature)
		return err_set(err, ERR_GUEST_FILE,
			       "key 'cpu_signature': CPU model '%s' has 0x%08" PRIx32
			       ", not 0x%08" PRIx32 ": leave the key out, or name another model",
			       name, *signature, input->cpu_signature);
	return 0;
}

static int choose_features(uint64_t *features, enum launch_type type,
			   const struct measurement_input *input, struct err *err)
{
	*features = input->has_vmsa_features ? input->vmsa_features : launch_features_default(type);
	if (type == LAUNCH_SEV_SNP && (*features & LAUNCH_FEATURE_SNP_ACTIVE) == 0)
		return err_set(err, ERR_GUEST_FILE,
			       "key 'vmsa_features': 0x%" PRIx64
			       " lacks bit 0 (SNPActive), which every sev-snp guest has",
			       *features);
	return 0;
}

static int choose_cpu(struct vmsa_cpu *cpu, enum launch_type type,
		      const struct measurement_input *input, struct err *err)
{
	*cpu = (struct vmsa_cpu){ 0 };
	if (type == LAUNCH_SEV)
		return 0;
	if (choose_signature(&cpu->signature, input, err) < 0)
		return -1;
	return choose_features(&cpu->features, type, input, err);
}

static void hash_kernel(struct kernel_hashes *hashes, const struct measurement_input *input)
{
	kernel_hashes_init(hashes);
	kernel_hashes_set_kernel(hashes, input->kernel);
	if (input->initrd != NULL)
		kernel_hashes_set_initrd(hashes, input->initrd);
	if (input->plan->has_cmdline)
		kernel_hashes_set_cmdline(hashes, input->plan->cmdline);
}

// Of a level that has none, 'launch' gets no type and there is no digest.
static int compute(struct launch_digest *digest, struct launch_inputs *launch,
		   const struct measurement_input *input, struct err *err)
{
	const struct plan *plan = input->plan;
	struct kernel_hashes hashes;
	struct ovmf firmware;
	int result;

	launch->type = type_of(plan);
	launch->vcpus = plan->vcpus;
	if (launch->type == LAUNCH_UNSET)
		return 0;
	if (choose_cpu(&launch->cpu, launch->type, input, err) < 0)
		return -1;
	ovmf_read(&firmware, input->firmware, input->firmware_len);
	launch->firmware = &firmware;
	if (plan->sev.kernel_hashes) {
		hash_kernel(&hashes, input);
		launch->kernel = &hashes;
	}
	result = launch_digest(digest, launch, err);
	launch->firmware = NULL; // what it points to ends here
	launch->kernel = NULL;
	return result;
}

int measurement_make(struct measurement *measurement, const struct measurement_input *input,
		     struct err *err)
{
	struct launch_digest digest;
	struct launch_inputs launch = { 0 };

	*measurement = (struct measurement){ 0 };
	if (compute(&digest, &launch, input, err) < 0)
		return -1;
	if (launch.type == LAUNCH_UNSET)
		return 0;
	*measurement = (struct measurement){
		.type = launch.type,
		.vcpus = launch.vcpus,
		.cpu_signature = launch.cpu.signature,
		.vmsa_features = launch.cpu.features,
		.hashes_kernel = input->plan->sev.kernel_hashes,
		.digest_len = digest.len,
	};
	memcpy(measurement->digest, digest.bytes, digest.len);
	if (measurement->hashes_kernel)
		blob_verifier_find(&measurement->verifier, input->firmware, input->firmware_len);
	return 0;
}

int measurement_observe(const struct measurement_input *input,
			const struct launch_observer *observer, struct err *err)
{
	struct launch_inputs launch = { .observer = observer };
	struct launch_digest digest;

	return compute(&digest, &launch, input, err);
}

int measurement_check_id_block(const struct measurement *measurement, const struct plan *plan,
			       struct err *err)
{
	char computed[MEASUREMENT_HEX_SIZE];
	char said[MEASUREMENT_HEX_SIZE];
	struct id_block block;

	if (!plan->sev.has_id_block)
		return 0;
	if (id_block_decode(&block, plan->sev.id_block, sizeof(plan->sev.id_block), err) < 0)
		return err_context(err, "key 'id_block'");
	if (memcmp(block.launch_digest, measurement->digest, sizeof(block.launch_digest)) != 0)
		return err_set(
			err, ERR_VERDICT,
			"key 'id_block': the launch digest is not the one in the ID block: "
			"computed %s, the block says %s: firmware would refuse the guest with "
			"BAD_MEASUREMENT",
			measurement_hex(computed, measurement),
			measurement_id_block_hex(said, plan));
	if (id_block_check_launch(&block, measurement->digest, plan->sev.policy, err) < 0)
		return err_context(err, "key 'id_block'");
	return 0;
}

int measurement_check_id_auth(const struct plan *plan, struct err *err)
{
	const struct plan_sev *sev = &plan->sev;
	struct id_block block;
	struct id_auth auth;

	if (!sev->has_id_block)
		return 0;
	if (id_block_decode(&block, sev->id_block, sizeof(sev->id_block), err) < 0 ||
	    id_auth_decode(&auth, sev->id_auth, sizeof(sev->id_auth), err) < 0 ||
	    id_auth_verify(&auth, &block, err) < 0)
		return err_context(err, "key 'id_block': firmware would refuse the guest");
	if (sev->author_key_enabled && !auth.has_author)
		return err_set(
			err, ERR_VERDICT,
			"key 'id_block': firmware would refuse the guest with BAD_SIGNATURE: "
			"author_key is true, and no author has signed the ID key");
	if (!sev->author_key_enabled && auth.has_author)
		return err_set(
			err, ERR_VERDICT,
			"key 'id_block': the authentication has an author key, and author_key is "
			"false: firmware would not look at it, and attestation reports would not "
			"have its digest: set author_key to true, or make the authentication "
			"without an author");
	return 0;
}

// --- What is said --------------------------------------------------------------------------------

const char *measurement_confirmed_by(const struct plan *plan)
{
	return plan->sev.has_id_block && !plan->rehearses ? "id-block" : "nobody";
}

static void add_string(struct json_object *object, const char *key, const char *value)
{
	(void)json_object_object_add(object, key, json_object_new_string(value));
}

static void add_hexadecimal(struct json_object *object, const char *key, int width, uint64_t value)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "0x%0*" PRIx64, width, value);
	add_string(object, key, text);
}

void measurement_write_signature(char out[static MEASUREMENT_SIGNATURE_SIZE], const char *cpu_model)
{
	const struct cpu_model *known = cpu_model_find(cpu_model);

	out[0] = '\0';
	if (known != NULL)
		(void)snprintf(out, MEASUREMENT_SIGNATURE_SIZE, "0x%08" PRIx32,
			       cpu_model_signature(known));
}

struct json_object *measurement_json(const struct measurement *measurement, const struct plan *plan)
{
	char hex[MEASUREMENT_HEX_SIZE];
	struct json_object *object;

	if (measurement->type == LAUNCH_UNSET)
		return NULL;
	object = json_object_new_object();
	add_string(object, "type", types[measurement->type].word);
	add_string(object, "algorithm", types[measurement->type].algorithm);
	add_string(object, "digest", measurement_hex(hex, measurement));
	if (measurement->type != LAUNCH_SEV) {
		(void)json_object_object_add(object, "vcpus",
					     json_object_new_uint64(measurement->vcpus));
		add_hexadecimal(object, "cpu_signature", 8, measurement->cpu_signature);
		add_hexadecimal(object, "vmsa_features", 1, measurement->vmsa_features);
	}
	(void)json_object_object_add(object, "kernel_hashes",
				     json_object_new_boolean(measurement->hashes_kernel));
	if (measurement->hashes_kernel) {
		add_string(object, "enforced", blob_verifier_word(measurement->verifier.verdict));
		add_string(object, "enforced_reason", measurement->verifier.reason);
	}
	add_string(object, "confirmed_by", measurement_confirmed_by(plan));
	return object;
}

static void print_enforced(const struct blob_verifier *verifier)
{
	static const char *const words[BLOB_VERIFIER_VERDICTS] = {
		[BLOB_VERIFIER_UNKNOWN] = "cannot tell whether the firmware checks the kernel",
		[BLOB_VERIFIER_NOT_ENFORCED] =
			"NO: the kernel is measured, but the firmware does not check it",
		[BLOB_VERIFIER_ENFORCED] = "yes, the firmware checks the kernel",
	};

	printf("%-12s %s: %s\n", "enforced", words[verifier->verdict], verifier->reason);
}

void measurement_print(const struct measurement *measurement, const struct plan *plan)
{
	char hex[MEASUREMENT_HEX_SIZE];

	if (measurement->type == LAUNCH_UNSET)
		return;
	printf("%-12s %s\n%-12s %s", "digest", measurement_hex(hex, measurement), "",
	       types[measurement->type].what);
	if (measurement->type != LAUNCH_SEV)
		printf("; CPU signature 0x%08" PRIx32 ", SEV features 0x%" PRIx64,
		       measurement->cpu_signature, measurement->vmsa_features);
	printf("\n%-12s %s\n", "confirmed",
	       plan->sev.has_id_block ?
		       "by the AMD-SP's firmware, which compares it with the ID block at the launch" :
	       measurement->type == LAUNCH_SEV_SNP ?
		       "by nobody: it is only computed; compare it with the guest's attestation report" :
		       "by nobody: it is only computed; the guest's owner compares it with the measurement");
	if (measurement->hashes_kernel)
		print_enforced(&measurement->verifier);
}
