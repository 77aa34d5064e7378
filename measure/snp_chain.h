/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launch digest of SEV-SNP as it grows: each page replaces it by the hash of a PAGE_INFO that
 * holds the digest before.
 *
 * Source: SEV-SNP Firmware ABI (AMD 56860), SNP_LAUNCH_UPDATE, structure PAGE_INFO.
 */
#ifndef SNPLAUNCH_MEASURE_SNP_CHAIN_H
#define SNPLAUNCH_MEASURE_SNP_CHAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/sha.h"

#define SNP_PAGE_BYTES ((size_t)4096)

/* PAGE_TYPE: of those from SNP_PAGE_ZERO on the content is not measured. */
enum snp_page_type {
	SNP_PAGE_NORMAL = 1,
	SNP_PAGE_VMSA = 2,
	SNP_PAGE_ZERO = 3,
	SNP_PAGE_UNMEASURED = 4,
	SNP_PAGE_SECRETS = 5,
	SNP_PAGE_CPUID = 6,
};

/* Zeroed: nothing was measured yet. */
struct snp_chain {
	uint8_t digest[SHA384_BYTES];
	/* The hash of the last page that had one byte only: most of a firmware image is 0xff. */
	bool has_uniform;
	uint8_t uniform_byte;
	uint8_t uniform_digest[SHA384_BYTES];
};

/* Adds 'len' bytes of whole pages from 'gpa' on, which are at 'bytes'; their type has a content. */
void snp_chain_add(struct snp_chain *chain, uint64_t gpa, enum snp_page_type type,
		   const uint8_t *bytes, size_t len);

/* Adds whole pages of a type that has no content. */
void snp_chain_add_empty(struct snp_chain *chain, uint64_t gpa, enum snp_page_type type,
			 size_t len);

/* Replaces 'digest' by the one with a page more, whose content has the hash 'contents'. */
void snp_chain_step(uint8_t digest[static SHA384_BYTES], uint64_t gpa, enum snp_page_type type,
		    const uint8_t contents[static SHA384_BYTES]);

#endif
