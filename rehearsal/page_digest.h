/* SPDX-License-Identifier: Apache-2.0 */
/* The launch digest of SNP, which grows by a page. */
#ifndef SNPLAUNCH_REHEARSAL_PAGE_DIGEST_H
#define SNPLAUNCH_REHEARSAL_PAGE_DIGEST_H

#include <stdint.h>

#include "rehearsal/hash.h"

/* PAGE_TYPE of SNP_LAUNCH_UPDATE. */
enum page_type {
	PAGE_NORMAL = 1,
	PAGE_VMSA = 2,
	PAGE_ZERO = 3,
	PAGE_UNMEASURED = 4,
	PAGE_SECRETS = 5,
	PAGE_CPUID = 6,
};

/*
 * Replaces a digest by that of PAGE_INFO, which holds the digest so far. 'page' is read for types
 * whose contents are measured.
 * Source: AMD 56860, SNP_LAUNCH_UPDATE, PAGE_INFO structure.
 */
void page_digest_extend(uint8_t digest[static SHA384_DIGEST_LENGTH], enum page_type type,
			uint64_t gpa, const uint8_t *page);

#endif
