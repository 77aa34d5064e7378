// SPDX-License-Identifier: Apache-2.0
// Measures a launch in QEMU's order: firmware, then at SEV-SNP the sections of the SEV metadata and
// otherwise the table of kernel hashes, then one VMSA for each vCPU.

#include "measure/launch_digest.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

// KVM's INITIAL_VMSA_GPA: all VMSAs have this address.
#define VMSA_GPA 0xfffffffff000u

#define SNP_IMAGES "take an image for SEV-SNP, such as OVMF.amdsev.fd"
#define HASH_IMAGES \
	"take an image that has one, such as OVMF.amdsev.fd, or leave kernel hashes off " \
	"(--kernel-hashes off)"

static const struct type_row {
	const char *name;
	size_t digest_len;
	bool has_vmsa;
} types[] = {
	[LAUNCH_UNSET] = { NULL, 0, false },
	[LAUNCH_SEV] = { "sev", SHA256_BYTES, false },
	[LAUNCH_SEV_ES] = { "sev-es", SHA256_BYTES, true },
	[LAUNCH_SEV_ES_LEGACY] = { "sev-es", SHA256_BYTES, true },
	[LAUNCH_SEV_SNP] = { "sev-snp", SHA384_BYTES, true },
};
static_assert(ARRAY_LEN(types) == LAUNCH_TYPES, "each type has a row");

static const struct vmm_row {
	const char *name;
	enum vmsa_variant variant;
	bool is_snp_only;
	bool cpuid_last;	     // after all other sections
	bool takes_unknown_sections; // as pages of zeros
	enum snp_page_type memory;   // of SEC_MEM
} vmms[] = {
	[LAUNCH_QEMU] = { "qemu", VMSA_QEMU, false, false, true, SNP_PAGE_ZERO },
	[LAUNCH_EC2] = { "ec2", VMSA_EC2, true, true, false, SNP_PAGE_ZERO },
	[LAUNCH_GCE] = { "gce", VMSA_GCE, true, false, false, SNP_PAGE_UNMEASURED },
};
static_assert(ARRAY_LEN(vmms) == LAUNCH_VMMS, "each VMM has a row");

static enum vmsa_variant vmsa_variant_of(enum launch_type type, enum launch_vmm vmm)
{
	return type == LAUNCH_SEV_ES_LEGACY ? VMSA_QEMU_LEGACY : vmms[vmm].variant;
}

uint64_t launch_features_default(enum launch_type type)
{
	return type == LAUNCH_SEV_SNP ? LAUNCH_FEATURE_SNP_ACTIVE : 0;
}

// --- Checks --------------------------------------------------------------------------------------

static int check_combination(const struct launch_inputs *launch, struct err *err)
{
	if (launch->type == LAUNCH_UNSET || (unsigned int)launch->type >= LAUNCH_TYPES ||
	    (unsigned int)launch->vmm >= LAUNCH_VMMS)
		return err_set(err, ERR_USAGE, "there is no launch of type %d by VMM %d",
			       (int)launch->type, (int)launch->vmm);
	if (vmms[launch->vmm].is_snp_only && launch->type != LAUNCH_SEV_SNP)
		return err_set(err, ERR_USAGE,
			       "%s guests are not known on %s: compute sev-snp, or for qemu",
			       types[launch->type].name, vmms[launch->vmm].name);
	if (launch->firmware == NULL)
		return err_set(err, ERR_USAGE,
			       "there is no launch digest without firmware: give an image");
	if (launch->kernel != NULL && !launch->kernel->has_kernel)
		return err_set(err, ERR_USAGE,
			       "kernel hashes need a kernel: give one, or leave kernel hashes off");
	return 0;
}

// Fails unless the image has a part; 'user' is what needs it.
static int check_part(const struct ovmf_part *part, const char *noun, const char *user,
		      const char *remedy, struct err *err)
{
	if (part->state == OVMF_PRESENT)
		return 0;
	if (part->state == OVMF_ABSENT)
		return err_set(err, ERR_INPUT, "the firmware has no %s, needed for %s (%s): %s",
			       noun, user, part->reason, remedy);
	return err_set(err, ERR_INPUT, "the firmware's %s, needed for %s, is malformed (%s): %s",
		       noun, user, part->reason, remedy);
}

static const struct ovmf_section *find_section(const struct ovmf *firmware, uint32_t type)
{
	for (size_t i = 0; i < firmware->metadata.n_sections; i++)
		if (firmware->metadata.sections[i].type == type)
			return &firmware->metadata.sections[i];
	return NULL;
}

static int check_sections(const struct launch_inputs *launch, struct err *err)
{
	const struct ovmf_metadata *metadata = &launch->firmware->metadata;

	for (size_t i = 0; i < metadata->n_sections; i++)
		if (ovmf_section_name(metadata->sections[i].type) == NULL &&
		    !vmms[launch->vmm].takes_unknown_sections)
			return err_set(
				err, ERR_INPUT,
				"the firmware's section %zu has the type 0x%" PRIx32
				", and what %s does with it is not known: take another image",
				i + 1, metadata->sections[i].type, vmms[launch->vmm].name);
	return 0;
}

static int check_kernel_hashes(const struct launch_inputs *launch, struct err *err)
{
	const struct ovmf *firmware = launch->firmware;
	uint32_t offset = firmware->hash_area.base % SNP_PAGE_BYTES;

	if (launch->kernel == NULL)
		return 0;
	if (check_part(&firmware->hash_area.part, "kernel hashes area", "kernel hashes",
		       HASH_IMAGES, err) < 0)
		return -1;
	if (launch->type != LAUNCH_SEV_SNP)
		return 0;
	// QEMU would leave the hashes out of the digest, and out of the guest.
	if (find_section(firmware, OVMF_SECTION_KERNEL_HASHES) == NULL)
		return err_set(
			err, ERR_INPUT,
			"the firmware has a kernel hashes area, but no section for it in its "
			"SEV metadata, so they would not be measured: " HASH_IMAGES);
	if (offset > SNP_PAGE_BYTES - KERNEL_HASHES_TABLE_BYTES)
		return err_set(
			err, ERR_INPUT,
			"the firmware's kernel hashes area at 0x%" PRIx32
			" is malformed: the table would cross the end of a page; " HASH_IMAGES,
			firmware->hash_area.base);
	return 0;
}

static int check_firmware(const struct launch_inputs *launch, struct err *err)
{
	const struct ovmf *firmware = launch->firmware;
	const char *level = types[launch->type].name;

	if (firmware->flash.state != OVMF_PRESENT)
		return err_set(err, ERR_INPUT,
			       "the firmware has a wrong size: %s; give a whole image",
			       firmware->flash.reason);
	if (launch->type == LAUNCH_SEV_SNP &&
	    (check_part(&firmware->metadata.part, "SEV metadata", level, SNP_IMAGES, err) < 0 ||
	     check_sections(launch, err) < 0))
		return -1;
	if (types[launch->type].has_vmsa &&
	    check_part(&firmware->reset.part, "SEV-ES reset block", level,
		       "take an image for SEV-ES, such as OVMF_CODE.fd", err) < 0)
		return -1;
	return check_kernel_hashes(launch, err);
}

static int check_cpu(const struct launch_prefix *prefix, const struct vmsa_cpu *cpu,
		     struct err *err)
{
	if (!types[prefix->type].has_vmsa)
		return 0;
	if (prefix->vmm == LAUNCH_QEMU && cpu->signature == 0)
		return err_set(
			err, ERR_USAGE,
			"the launch digest depends on the CPU's signature, and there is none: "
			"name a CPU model or give a signature");
	if (prefix->type != LAUNCH_SEV_SNP && (cpu->features & LAUNCH_FEATURE_SNP_ACTIVE) != 0)
		return err_set(err, ERR_USAGE,
			       "SEV features 0x%" PRIx64 " are not those of a sev-es guest: bit 0 "
			       "(SNPActive) must be off",
			       cpu->features);
	return 0;
}

// --- Measuring -----------------------------------------------------------------------------------

static void read_digest(const struct launch_prefix *prefix, struct launch_digest *digest)
{
	digest->len = types[prefix->type].digest_len;
	if (prefix->type == LAUNCH_SEV_SNP)
		memcpy(digest->bytes, prefix->chain.digest, SHA384_BYTES);
	else
		sha256_read(&prefix->hash, digest->bytes);
}

static void report_range(const struct launch_prefix *prefix, const struct launch_inputs *launch,
			 struct launch_range *range)
{
	if (launch->observer == NULL)
		return;
	read_digest(prefix, &range->digest);
	launch->observer->range(launch->observer->context, range);
}

static void add_firmware(struct launch_prefix *prefix, const struct launch_inputs *launch)
{
	const struct ovmf *firmware = launch->firmware;
	struct launch_range range = {
		.name = "firmware",
		.gpa = OVMF_END_GPA - firmware->size,
		.len = firmware->size,
	};

	if (prefix->type == LAUNCH_SEV_SNP) {
		range.page_type = SNP_PAGE_NORMAL;
		snp_chain_add(&prefix->chain, range.gpa, SNP_PAGE_NORMAL, firmware->image,
			      firmware->size);
	} else {
		sha256_add(&prefix->hash, firmware->image, firmware->size);
	}
	report_range(prefix, launch, &range);
}

// SEV and SEV-ES: the table alone, wherever it is.
static void add_hash_table(struct launch_prefix *prefix, const struct launch_inputs *launch)
{
	uint8_t table[KERNEL_HASHES_TABLE_BYTES];
	struct launch_range range = {
		.name = "KERNEL_HASHES",
		.gpa = launch->firmware->hash_area.base,
		.len = sizeof(table),
	};

	kernel_hashes_table(launch->kernel, table);
	sha256_add(&prefix->hash, table, sizeof(table));
	report_range(prefix, launch, &range);
}

// SEV-SNP: the table in its page, and zeros in the section's other pages.
static void add_hash_section(struct launch_prefix *prefix, const struct launch_inputs *launch,
			     const struct ovmf_section *section)
{
	uint8_t page[SNP_PAGE_BYTES] = { 0 };

	kernel_hashes_table(launch->kernel,
			    page + launch->firmware->hash_area.base % SNP_PAGE_BYTES);
	for (uint32_t at = 0; at < section->len; at += (uint32_t)sizeof(page)) {
		snp_chain_add(&prefix->chain, section->base + (uint64_t)at, SNP_PAGE_NORMAL, page,
			      sizeof(page));
		memset(page, 0, sizeof(page));
	}
}

static enum snp_page_type page_type_of(const struct launch_inputs *launch, uint32_t section_type)
{
	switch (section_type) {
	case OVMF_SECTION_SEC_MEM:
		return vmms[launch->vmm].memory;
	case OVMF_SECTION_SECRETS:
		return SNP_PAGE_SECRETS;
	case OVMF_SECTION_CPUID:
		return SNP_PAGE_CPUID;
	case OVMF_SECTION_KERNEL_HASHES:
		return launch->kernel != NULL ? SNP_PAGE_NORMAL : SNP_PAGE_ZERO;
	default:
		return SNP_PAGE_ZERO;
	}
}

static void add_section(struct launch_prefix *prefix, const struct launch_inputs *launch,
			const struct ovmf_section *section)
{
	struct launch_range range = {
		.name = ovmf_section_name(section->type),
		.gpa = section->base,
		.len = section->len,
		.page_type = page_type_of(launch, section->type),
	};

	if (range.page_type == SNP_PAGE_NORMAL)
		add_hash_section(prefix, launch, section);
	else
		snp_chain_add_empty(&prefix->chain, range.gpa, range.page_type, section->len);
	report_range(prefix, launch, &range);
}

// In the table's order, which need not be that of the addresses.
static void add_sections(struct launch_prefix *prefix, const struct launch_inputs *launch)
{
	const struct ovmf_metadata *metadata = &launch->firmware->metadata;
	bool cpuid_last = vmms[launch->vmm].cpuid_last;

	for (size_t i = 0; i < metadata->n_sections; i++)
		if (!cpuid_last || metadata->sections[i].type != OVMF_SECTION_CPUID)
			add_section(prefix, launch, &metadata->sections[i]);
	for (size_t i = 0; cpuid_last && i < metadata->n_sections; i++)
		if (metadata->sections[i].type == OVMF_SECTION_CPUID)
			add_section(prefix, launch, &metadata->sections[i]);
}

int launch_prefix_init(struct launch_prefix *prefix, const struct launch_inputs *launch,
		       struct err *err)
{
	if (check_combination(launch, err) < 0 || check_firmware(launch, err) < 0)
		return -1;
	*prefix = (struct launch_prefix){
		.type = launch->type,
		.vmm = launch->vmm,
		.reset_address = launch->firmware->reset.address,
	};
	sha256_start(&prefix->hash);
	add_firmware(prefix, launch);
	if (launch->type == LAUNCH_SEV_SNP)
		add_sections(prefix, launch);
	else if (launch->kernel != NULL)
		add_hash_table(prefix, launch);
	return 0;
}

// --- vCPUs ---------------------------------------------------------------------------------------

int launch_series_init(struct launch_series *series, const struct launch_prefix *prefix,
		       const struct vmsa_cpu *cpu, struct err *err)
{
	enum vmsa_variant variant = vmsa_variant_of(prefix->type, prefix->vmm);

	if (check_cpu(prefix, cpu, err) < 0)
		return -1;
	series->type = prefix->type;
	series->vcpus = 0;
	series->hash = prefix->hash;
	memcpy(series->digest, prefix->chain.digest, SHA384_BYTES);
	vmsa_make(series->pages[0], variant, VMSA_BOOT_ADDRESS, cpu);
	vmsa_make(series->pages[1], variant, prefix->reset_address, cpu);
	for (size_t i = 0; prefix->type == LAUNCH_SEV_SNP && i < ARRAY_LEN(series->pages); i++)
		sha384_of(series->pages[i], VMSA_BYTES, series->contents[i]);
	return 0;
}

void launch_series_next(struct launch_series *series, struct launch_digest *digest)
{
	bool is_other = series->vcpus > 0;

	series->vcpus++;
	digest->len = types[series->type].digest_len;
	if (series->type == LAUNCH_SEV_SNP) {
		snp_chain_step(series->digest, VMSA_GPA, SNP_PAGE_VMSA, series->contents[is_other]);
		memcpy(digest->bytes, series->digest, SHA384_BYTES);
		return;
	}
	if (types[series->type].has_vmsa)
		sha256_add(&series->hash, series->pages[is_other], VMSA_BYTES);
	sha256_read(&series->hash, digest->bytes);
}

static void add_vcpus(struct launch_series *series, const struct launch_inputs *launch,
		      struct launch_digest *digest)
{
	bool is_snp = launch->type == LAUNCH_SEV_SNP;
	struct launch_range range = {
		.name = "VMSA",
		.gpa = is_snp ? VMSA_GPA : 0,
		.len = VMSA_BYTES,
		.page_type = is_snp ? SNP_PAGE_VMSA : 0,
	};

	for (range.vcpu = 0; range.vcpu < launch->vcpus; range.vcpu++) {
		launch_series_next(series, digest);
		if (launch->observer == NULL)
			continue;
		range.digest = *digest;
		launch->observer->range(launch->observer->context, &range);
	}
}

int launch_digest(struct launch_digest *digest, const struct launch_inputs *launch, struct err *err)
{
	struct launch_prefix prefix;
	struct launch_series series;

	if (launch_prefix_init(&prefix, launch, err) < 0)
		return -1;
	if (!types[launch->type].has_vmsa) {
		read_digest(&prefix, digest);
		return 0;
	}
	if (launch->vcpus < 1 || launch->vcpus > LAUNCH_VCPUS_MAX)
		return err_set(err, ERR_USAGE, "a guest has 1 to %u vCPUs, not %" PRIu32,
			       LAUNCH_VCPUS_MAX, launch->vcpus);
	if (launch_series_init(&series, &prefix, &launch->cpu, err) < 0)
		return -1;
	add_vcpus(&series, launch, digest);
	return 0;
}
