// SPDX-License-Identifier: Apache-2.0
// Takes attestation reports apart, by tables of fields, of zeros and of CPUs.

#include "measure/report.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "measure/little_endian.h"

#define VERSION_MIN 2
#define VERSION_WITH_CPUID 3
#define VERSION_WITH_MITIGATIONS 5
#define VERSION_MAX 5

#define ALGO_ECDSA_P384_SHA384 1U

#define KEY_INFO_OFFSET 0x048
#define KEY_INFO_AUTHOR_KEY_EN (1U << 0)
#define KEY_INFO_MASK_CHIP_KEY (1U << 1)
#define KEY_INFO_SIGNING_KEY_SHIFT 2
#define KEY_INFO_SIGNING_KEY_MASK 7U
#define KEY_INFO_RESERVED (~31U)

#define CPUID_OFFSET 0x188
#define CURRENT_VERSION_OFFSET 0x1e8
#define COMMITTED_VERSION_OFFSET 0x1ec
#define LAUNCH_MIT_VECTOR_OFFSET 0x1f8
#define CURRENT_MIT_VECTOR_OFFSET 0x200

// Which bytes are reserved, from 'first' to 'last', in the versions of the report that they name.
static const struct {
	size_t first;
	size_t last;
	uint32_t version_min;
	uint32_t version_max;
} must_be_zero[] = {
	{ 0x04c, 0x04f, VERSION_MIN, VERSION_MAX },
	{ 0x188, 0x18a, VERSION_MIN, VERSION_WITH_CPUID - 1 },
	{ 0x18b, 0x19f, VERSION_MIN, VERSION_MAX },
	{ 0x1eb, 0x1eb, VERSION_MIN, VERSION_MAX },
	{ 0x1ef, 0x1ef, VERSION_MIN, VERSION_MAX },
	{ 0x1f8, 0x207, VERSION_MIN, VERSION_WITH_MITIGATIONS - 1 },
	{ 0x208, 0x29f, VERSION_MIN, VERSION_MAX },
	{ 0x330, 0x49f, VERSION_MIN, VERSION_MAX },
};

// Numbers and byte strings that are the same in all versions.
#define FIELD(member, at) \
	{ \
		.offset = (at), .to = offsetof(struct report, member), \
		.len = sizeof(((struct report *)NULL)->member) \
	}
static const struct {
	size_t offset;
	size_t to;
	size_t len;
} byte_fields[] = {
	FIELD(family_id, 0x010),
	FIELD(image_id, 0x020),
	FIELD(report_data, 0x050),
	FIELD(measurement, 0x090),
	FIELD(host_data, 0x0c0),
	FIELD(id_key_digest, 0x0e0),
	FIELD(author_key_digest, 0x110),
	FIELD(report_id, 0x140),
	FIELD(report_id_ma, 0x160),
	FIELD(chip_id, 0x1a0),
	FIELD(signature, REPORT_SIGNED_BYTES),
};
#undef FIELD

// CPUID of the CPUs, models from 'first' to 'last'.
static const struct {
	uint8_t family;
	uint8_t model_first;
	uint8_t model_last;
	enum snp_product product;
} cpus[] = {
	{ 0x19, 0x00, 0x0f, SNP_PRODUCT_MILAN },  { 0x19, 0x10, 0x1f, SNP_PRODUCT_GENOA },
	{ 0x19, 0xa0, 0xaf, SNP_PRODUCT_GENOA },  { 0x1a, 0x00, 0x11, SNP_PRODUCT_TURIN },
	{ 0x1a, 0x50, 0x57, SNP_PRODUCT_VENICE }, { 0x1a, 0x90, 0xaf, SNP_PRODUCT_VENICE },
	{ 0x1a, 0xc0, 0xc7, SNP_PRODUCT_VENICE },
};

// What a product's name is, and how it lays out what others lay out differently.
static const struct {
	const char *name;
	bool has_fmc; // in byte 0 of a TCB_VERSION, and the others behind it
	bool has_short_chip_id;
} products[] = {
	[SNP_PRODUCT_UNKNOWN] = { .name = "unknown" },
	[SNP_PRODUCT_MILAN_OR_GENOA] = { .name = "Milan or Genoa" },
	[SNP_PRODUCT_MILAN] = { .name = "Milan" },
	[SNP_PRODUCT_GENOA] = { .name = "Genoa" },
	[SNP_PRODUCT_TURIN] = { "Turin", .has_fmc = true, .has_short_chip_id = true },
	[SNP_PRODUCT_VENICE] = { "Venice", .has_fmc = true, .has_short_chip_id = true },
};
static_assert(ARRAY_LEN(products) == SNP_PRODUCTS, "each product has a row");

static bool is_zero(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

static int check_zeros(const uint8_t *in, uint32_t version, struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(must_be_zero); i++)
		if (version >= must_be_zero[i].version_min &&
		    version <= must_be_zero[i].version_max &&
		    !is_zero(in + must_be_zero[i].first,
			     must_be_zero[i].last - must_be_zero[i].first + 1))
			return err_set(err, ERR_INPUT,
				       "the report, of version %" PRIu32
				       ", is not zero from 0x%zx to 0x%zx, as it must be",
				       version, must_be_zero[i].first, must_be_zero[i].last);
	return 0;
}

static int read_key_info(struct report *report, const uint8_t *in, struct err *err)
{
	uint32_t info = le32_at(in + KEY_INFO_OFFSET);

	report->author_key_en = (info & KEY_INFO_AUTHOR_KEY_EN) != 0;
	report->mask_chip_key = (info & KEY_INFO_MASK_CHIP_KEY) != 0;
	report->signing_key = info >> KEY_INFO_SIGNING_KEY_SHIFT & KEY_INFO_SIGNING_KEY_MASK;
	if ((info & KEY_INFO_RESERVED) != 0)
		return err_set(err, ERR_INPUT,
			       "the report's KEY_INFO is 0x%" PRIx32
			       ", but its bits 5 to 31 must be 0",
			       info);
	if (report->signing_key != REPORT_SIGNED_BY_VCEK &&
	    report->signing_key != REPORT_SIGNED_BY_VLEK &&
	    report->signing_key != REPORT_NOT_SIGNED)
		return err_set(err, ERR_INPUT,
			       "the report's SIGNING_KEY is %u, which stands for no key",
			       (unsigned int)report->signing_key);
	return 0;
}

static struct snp_firmware_version read_version(const uint8_t *in)
{
	return (struct snp_firmware_version){ .build = in[0], .minor = in[1], .major = in[2] };
}

static enum snp_product find_cpu(uint8_t family, uint8_t model)
{
	for (size_t i = 0; i < ARRAY_LEN(cpus); i++)
		if (family == cpus[i].family && model >= cpus[i].model_first &&
		    model <= cpus[i].model_last)
			return cpus[i].product;
	return SNP_PRODUCT_UNKNOWN;
}

static enum snp_product guess_cpu(const struct report *report)
{
	if (report->chip_id_masked)
		return SNP_PRODUCT_UNKNOWN;
	return is_zero(report->chip_id + REPORT_CHIP_ID_SHORT_BYTES,
		       sizeof(report->chip_id) - REPORT_CHIP_ID_SHORT_BYTES) ?
		       SNP_PRODUCT_TURIN :
		       SNP_PRODUCT_MILAN_OR_GENOA;
}

static void read_fields(struct report *report, const uint8_t *in)
{
	report->guest_svn = le32_at(in + 0x004);
	report->policy = le64_at(in + 0x008);
	report->vmpl = le32_at(in + 0x030);
	report->current_tcb = le64_at(in + 0x038);
	report->platform_info = le64_at(in + 0x040);
	report->reported_tcb = le64_at(in + 0x180);
	report->committed_tcb = le64_at(in + 0x1e0);
	report->current = read_version(in + CURRENT_VERSION_OFFSET);
	report->committed = read_version(in + COMMITTED_VERSION_OFFSET);
	report->launch_tcb = le64_at(in + 0x1f0);
	for (size_t i = 0; i < ARRAY_LEN(byte_fields); i++)
		memcpy((uint8_t *)report + byte_fields[i].to, in + byte_fields[i].offset,
		       byte_fields[i].len);
	report->chip_id_masked = is_zero(report->chip_id, sizeof(report->chip_id));
	report->product = guess_cpu(report);
	if (report->version >= VERSION_WITH_CPUID) {
		report->cpuid_fam_id = in[CPUID_OFFSET];
		report->cpuid_mod_id = in[CPUID_OFFSET + 1];
		report->cpuid_step = in[CPUID_OFFSET + 2];
		report->product = find_cpu(report->cpuid_fam_id, report->cpuid_mod_id);
	}
	if (report->version >= VERSION_WITH_MITIGATIONS) {
		report->launch_mit_vector = le64_at(in + LAUNCH_MIT_VECTOR_OFFSET);
		report->current_mit_vector = le64_at(in + CURRENT_MIT_VECTOR_OFFSET);
	}
}

int report_read(struct report *report, const void *bytes, size_t len, struct err *err)
{
	const uint8_t *in = bytes;
	struct report read = { 0 };

	if (len != REPORT_BYTES)
		return err_set(err, ERR_INPUT, "the report has %zu bytes%s, not %d", len,
			       len > REPORT_BYTES ? " or more" : "", REPORT_BYTES);
	read.version = le32_at(in);
	if (read.version < VERSION_MIN || read.version > VERSION_MAX)
		return err_set(err, ERR_INPUT,
			       "the report has version %" PRIu32 ", and %d to %d are known here",
			       read.version, VERSION_MIN, VERSION_MAX);
	read.signature_algo = le32_at(in + 0x034);
	if (read.signature_algo != ALGO_ECDSA_P384_SHA384)
		return err_set(err, ERR_INPUT,
			       "the report's SIGNATURE_ALGO is %" PRIu32
			       ", not %u (ECDSA P-384 with SHA-384)",
			       read.signature_algo, ALGO_ECDSA_P384_SHA384);
	if (check_zeros(in, read.version, err) < 0 || read_key_info(&read, in, err) < 0)
		return -1;
	read_fields(&read, in);
	*report = read;
	return 0;
}

int snp_tcb_decode(struct snp_tcb *tcb, enum snp_product product, uint64_t tcb_version,
		   struct err *err)
{
	uint8_t bytes[8];

	if (product == SNP_PRODUCT_UNKNOWN)
		return err_set(err, ERR_INPUT,
			       "the layout of TCB_VERSION is not known, because the CPU is not");
	le64_put(bytes, tcb_version);
	*tcb = products[product].has_fmc ? (struct snp_tcb){ .has_fmc = true,
							     .fmc = bytes[0],
							     .boot_loader = bytes[1],
							     .tee = bytes[2],
							     .snp = bytes[3],
							     .microcode = bytes[7] } :
					   (struct snp_tcb){ .boot_loader = bytes[0],
							     .tee = bytes[1],
							     .snp = bytes[6],
							     .microcode = bytes[7] };
	return 0;
}

bool snp_product_fits(enum snp_product certified, const struct report *report)
{
	if (report->version >= VERSION_WITH_CPUID)
		return certified == report->product;
	return report->product == SNP_PRODUCT_UNKNOWN ||
	       products[certified].has_short_chip_id == products[report->product].has_short_chip_id;
}

enum snp_product snp_product_find(const char *name, size_t len)
{
	const char *dash = memchr(name, '-', len);

	if (dash != NULL)
		len = (size_t)(dash - name);
	for (enum snp_product p = SNP_PRODUCT_MILAN; p < SNP_PRODUCTS; p++)
		if (strlen(products[p].name) == len && memcmp(products[p].name, name, len) == 0)
			return p;
	return SNP_PRODUCT_UNKNOWN;
}

const char *snp_product_name(enum snp_product product)
{
	return products[product].name;
}

bool snp_product_has_short_chip_id(enum snp_product product)
{
	return products[product].has_short_chip_id;
}

const char *report_signing_key_name(enum report_signing_key key)
{
	switch (key) {
	case REPORT_SIGNED_BY_VCEK:
		return "VCEK";
	case REPORT_SIGNED_BY_VLEK:
		return "VLEK";
	case REPORT_NOT_SIGNED:
		break;
	}
	return "none";
}
