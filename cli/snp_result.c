// SPDX-License-Identifier: Apache-2.0
// Names the fields of ID blocks and attestation reports.

#include "cli/snp_result.h"

#include <stdio.h>

#include "base/attributes.h"
#include "cli/result.h"
#include "measure/snp_bits.h"

static struct json_object *bits_from(uint64_t bits, unsigned int first,
				     const char *(*name)(unsigned int))
{
	struct json_object *list = json_object_new_array();

	for (unsigned int bit = first; bit < SNP_BITS; bit++) {
		char number[16];

		if ((bits >> bit & 1) == 0)
			continue;
		(void)snprintf(number, sizeof(number), "bit %u", bit);
		(void)json_object_array_add(
			list, json_object_new_string(name(bit) != NULL ? name(bit) : number));
	}
	return list;
}

void snp_result_add_policy(struct json_object *object, uint64_t policy)
{
	uint64_t named = policy & ~(UINT64_C(1) << SNP_POLICY_RESERVED_ONE);
	char abi[16];

	(void)snprintf(abi, sizeof(abi), "%u.%u", (unsigned int)(policy >> 8 & 0xff),
		       (unsigned int)(policy & 0xff));
	result_add_hex(object, "policy", policy);
	result_add(object, "policy_abi", abi);
	result_add_object(object, "policy_bits",
			  bits_from(named, SNP_POLICY_ABI_BITS, snp_policy_bit_name));
}

void snp_result_add_id_block(struct json_object *object, const struct id_block *block)
{
	result_add_bytes(object, "launch_digest", block->launch_digest,
			 sizeof(block->launch_digest));
	snp_result_add_policy(object, block->policy);
	result_add_bytes(object, "family_id", block->family_id, sizeof(block->family_id));
	result_add_bytes(object, "image_id", block->image_id, sizeof(block->image_id));
	result_add_number(object, "guest_svn", block->guest_svn);
}

static int add_key_digest(struct json_object *object, const char *name,
			  const struct p384_public_key *key, struct err *err)
{
	uint8_t digest[SHA384_BYTES];

	if (p384_public_key_digest(digest, key, err) < 0)
		return -1;
	result_add_bytes(object, name, digest, sizeof(digest));
	return 0;
}

int snp_result_add_id_auth(struct json_object *object, const struct id_auth *auth, struct err *err)
{
	if (add_key_digest(object, "id_key_digest", &auth->id_key, err) < 0)
		return -1;
	result_add_bool(object, "author_key", auth->has_author);
	if (!auth->has_author)
		return 0;
	return add_key_digest(object, "author_key_digest", &auth->author_key, err);
}

// --- Attestation reports -------------------------------------------------------------------------

// With its parts, where the CPU and so their places are known.
static void add_tcb(struct json_object *object, const char *key, const struct report *report,
		    uint64_t tcb_version)
{
	struct json_object *row = json_object_new_object();
	struct snp_tcb tcb;
	struct err unknown;

	result_add_hex(row, "value", tcb_version);
	if (snp_tcb_decode(&tcb, report->product, tcb_version, &unknown) == 0) {
		if (tcb.has_fmc)
			result_add_number(row, "fmc", tcb.fmc);
		result_add_number(row, "boot_loader", tcb.boot_loader);
		result_add_number(row, "tee", tcb.tee);
		result_add_number(row, "snp", tcb.snp);
		result_add_number(row, "microcode", tcb.microcode);
	}
	result_add_object(object, key, row);
}

static void add_version(struct json_object *object, const char *key,
			const struct snp_firmware_version *version)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%u.%u.%u", version->major, version->minor,
		       version->build);
	result_add(object, key, text);
}

static void add_cpuid(struct json_object *object, const struct report *report)
{
	if (report->version < 3)
		return;
	result_add_number(object, "cpuid_fam_id", report->cpuid_fam_id);
	result_add_number(object, "cpuid_mod_id", report->cpuid_mod_id);
	result_add_number(object, "cpuid_step", report->cpuid_step);
}

static void add_mitigations(struct json_object *object, const struct report *report)
{
	if (report->version < 5)
		return;
	result_add_hex(object, "launch_mit_vector", report->launch_mit_vector);
	result_add_hex(object, "current_mit_vector", report->current_mit_vector);
}

// Byte strings that are the same in all versions.
#define BYTES(member) \
	{ \
		.key = #member, .at = offsetof(struct report, member), \
		.len = sizeof(((struct report *)NULL)->member) \
	}
static const struct {
	const char *key;
	size_t at;
	size_t len;
} byte_fields[] = {
	BYTES(measurement),	  BYTES(report_data), BYTES(host_data), BYTES(id_key_digest),
	BYTES(author_key_digest), BYTES(family_id),   BYTES(image_id),	BYTES(report_id),
	BYTES(report_id_ma),	  BYTES(chip_id),
};
#undef BYTES

void snp_result_add_report(struct json_object *object, const struct report *report)
{
	result_add_number(object, "version", report->version);
	result_add(object, "product", snp_product_name(report->product));
	add_cpuid(object, report);
	result_add_number(object, "guest_svn", report->guest_svn);
	result_add_number(object, "vmpl", report->vmpl);
	snp_result_add_policy(object, report->policy);
	result_add_object(object, "platform_info",
			  bits_from(report->platform_info, 0, snp_platform_bit_name));
	result_add(object, "signing_key", report_signing_key_name(report->signing_key));
	result_add_bool(object, "mask_chip_key", report->mask_chip_key);
	result_add_bool(object, "author_key_en", report->author_key_en);
	for (size_t i = 0; i < ARRAY_LEN(byte_fields); i++)
		result_add_bytes(object, byte_fields[i].key,
				 (const uint8_t *)report + byte_fields[i].at, byte_fields[i].len);
	result_add_bool(object, "chip_id_masked", report->chip_id_masked);
	add_tcb(object, "reported_tcb", report, report->reported_tcb);
	add_tcb(object, "current_tcb", report, report->current_tcb);
	add_tcb(object, "committed_tcb", report, report->committed_tcb);
	add_tcb(object, "launch_tcb", report, report->launch_tcb);
	add_version(object, "current_version", &report->current);
	add_version(object, "committed_version", &report->committed);
	add_mitigations(object, report);
}
