// SPDX-License-Identifier: Apache-2.0
// Extends the launch digest of SNP.

#include "rehearsal/page_digest.h"

#include <assert.h>
#include <string.h>

#include "rehearsal/memory.h"

#define PAGE_INFO_BYTES 0x70

struct page_info {
	uint8_t digest_so_far[SHA384_DIGEST_LENGTH];
	uint8_t contents[SHA384_DIGEST_LENGTH];
	uint16_t len;
	uint8_t page_type;
	uint8_t is_imi;
	uint8_t reserved;
	uint8_t vmpl_permissions[3];
	uint64_t gpa;
};
static_assert(sizeof(struct page_info) == PAGE_INFO_BYTES, "as the firmware has it");

void page_digest_extend(uint8_t digest[static SHA384_DIGEST_LENGTH], enum page_type type,
			uint64_t gpa, const uint8_t *page)
{
	struct page_info info = { .len = PAGE_INFO_BYTES, .page_type = (uint8_t)type, .gpa = gpa };

	memcpy(info.digest_so_far, digest, sizeof(info.digest_so_far));
	if (type == PAGE_NORMAL || type == PAGE_VMSA)
		hash_sha384(info.contents, page, MEMORY_PAGE_BYTES);
	hash_sha384(digest, &info, sizeof(info));
}
