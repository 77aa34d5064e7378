/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware image says about itself: the table at its end, and the SEV metadata.
 *
 * Sources: edk2 OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm and OvmfPkg/ResetVector/X64/
 * OvmfSevMetadata.asm; how they are read: QEMU hw/i386/pc_sysfw_ovmf.c and target/i386/sev.c.
 */
#ifndef SNPLAUNCH_MEASURE_OVMF_H
#define SNPLAUNCH_MEASURE_OVMF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The image ends at 4 GiB, where an x86 starts. */
#define OVMF_END_GPA ((uint64_t)1 << 32)
#define OVMF_PAGE_BYTES ((size_t)4096)
/* The ceiling of QEMU's max-fw-size. */
#define OVMF_BYTES_MAX ((size_t)16 * 1024 * 1024)
/* edk2 has seven. */
#define OVMF_SECTIONS_MAX 64
#define OVMF_GUID_BYTES 16
#define OVMF_REASON_SIZE 160

enum ovmf_state { OVMF_ABSENT, OVMF_PRESENT, OVMF_MALFORMED };

/* Whether the image has something, and if not, why not: a clause such as "it ends too early". */
struct ovmf_part {
	enum ovmf_state state;
	char reason[OVMF_REASON_SIZE]; /* empty: it is present */
};

/* Guest memory that the firmware sets aside. */
struct ovmf_area {
	struct ovmf_part part;
	uint32_t base; /* guest-physical */
	uint32_t size; /* bytes */
};

/* Where all vCPUs but the first start at SEV-ES and SEV-SNP. */
struct ovmf_reset {
	struct ovmf_part part;
	uint32_t address;
	bool without_table; /* in the form from before there was a footer table */
};

/* The types of sections in SEV metadata. There may be others. */
#define OVMF_SECTION_SEC_MEM 0x1u
#define OVMF_SECTION_SECRETS 0x2u
#define OVMF_SECTION_CPUID 0x3u
#define OVMF_SECTION_SVSM_CAA 0x4u
#define OVMF_SECTION_KERNEL_HASHES 0x10u

/* Guest memory that QEMU gives to SEV-SNP before the guest starts. */
struct ovmf_section {
	uint32_t base; /* guest-physical, a multiple of a page's size */
	uint32_t len;  /* bytes, a multiple of a page's size, not 0 */
	uint32_t type;
};

struct ovmf_metadata {
	struct ovmf_part part;
	uint32_t version;
	/* In the table's order, which is the order of measuring. When malformed: those before the mistake. */
	size_t n_sections;
	struct ovmf_section sections[OVMF_SECTIONS_MAX];
};

struct ovmf {
	const uint8_t *image; /* borrowed: must outlive this */
	size_t size;	      /* bytes */
	/* Whether its size fits: -bios, which SEV-SNP needs, takes whole 64 KiB; flash whole sectors. */
	struct ovmf_part bios;
	struct ovmf_part flash;
	struct ovmf_part footer;
	struct ovmf_metadata metadata;
	struct ovmf_area hash_area;   /* for the table of kernel hashes */
	struct ovmf_area secret_area; /* for a secret of the guest's owner, at SEV and SEV-ES */
	struct ovmf_reset reset;
	/* The footer table's entries, for ovmf_next_entry(). Borrowed from the image. */
	const uint8_t *table;
	size_t table_len;
};

/*
 * Looks at an image of 'size' bytes, which is neither copied nor written. Does not fail: each part
 * says whether it is there. The image is not trusted.
 */
void ovmf_read(struct ovmf *ovmf, const uint8_t *image, size_t size);

/* An entry of the footer table. All is borrowed from the image; zeroed: before the first. */
struct ovmf_entry {
	const uint8_t *guid; /* OVMF_GUID_BYTES, as they lie in memory */
	const uint8_t *data;
	size_t len; /* bytes of data */
};

/*
 * Goes on to the next entry, from the image's end downward; begin with a zeroed 'entry'. False when
 * there is none. Where a GUID comes twice, the first that this gives is the one that counts.
 */
bool ovmf_next_entry(const struct ovmf *ovmf, struct ovmf_entry *entry);

/* The name of a footer table's entry, such as "SEV_META_DATA"; NULL when it is not known. */
const char *ovmf_guid_name(const uint8_t guid[static OVMF_GUID_BYTES]);

/* The name of a section's type, such as "SEC_MEM"; NULL when it is not known. */
const char *ovmf_section_name(uint32_t type);

#endif
