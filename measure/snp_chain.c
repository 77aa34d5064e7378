// SPDX-License-Identifier: Apache-2.0
// Chains PAGE_INFO structures.

#include "measure/snp_chain.h"

#include <assert.h>
#include <endian.h>
#include <string.h>

// Integers are little-endian.
struct page_info {
	uint8_t digest_cur[SHA384_BYTES];
	uint8_t contents[SHA384_BYTES];
	uint16_t length; // of this structure
	uint8_t page_type;
	uint8_t imi_page;
	uint8_t vmpl_permissions[4]; // KVM grants none
	uint64_t gpa;
};
static_assert(sizeof(struct page_info) == 0x70, "PAGE_INFO has no padding");

void snp_chain_step(uint8_t digest[static SHA384_BYTES], uint64_t gpa, enum snp_page_type type,
		    const uint8_t contents[static SHA384_BYTES])
{
	struct page_info info = {
		.length = htole16(sizeof(info)),
		.page_type = (uint8_t)type,
		.gpa = htole64(gpa),
	};

	memcpy(info.digest_cur, digest, SHA384_BYTES);
	memcpy(info.contents, contents, SHA384_BYTES);
	sha384_of(&info, sizeof(info), digest);
}

static bool is_uniform(const uint8_t page[static SNP_PAGE_BYTES])
{
	return memcmp(page, page + 1, SNP_PAGE_BYTES - 1) == 0;
}

static void hash_page(struct snp_chain *chain, const uint8_t page[static SNP_PAGE_BYTES],
		      uint8_t contents[static SHA384_BYTES])
{
	if (!is_uniform(page)) {
		sha384_of(page, SNP_PAGE_BYTES, contents);
		return;
	}
	if (!chain->has_uniform || chain->uniform_byte != page[0]) {
		sha384_of(page, SNP_PAGE_BYTES, chain->uniform_digest);
		chain->uniform_byte = page[0];
		chain->has_uniform = true;
	}
	memcpy(contents, chain->uniform_digest, SHA384_BYTES);
}

void snp_chain_add(struct snp_chain *chain, uint64_t gpa, enum snp_page_type type,
		   const uint8_t *bytes, size_t len)
{
	uint8_t contents[SHA384_BYTES];

	assert(type < SNP_PAGE_ZERO && len % SNP_PAGE_BYTES == 0);
	for (size_t at = 0; at < len; at += SNP_PAGE_BYTES) {
		hash_page(chain, bytes + at, contents);
		snp_chain_step(chain->digest, gpa + at, type, contents);
	}
}

void snp_chain_add_empty(struct snp_chain *chain, uint64_t gpa, enum snp_page_type type, size_t len)
{
	static const uint8_t no_contents[SHA384_BYTES];

	assert(type >= SNP_PAGE_ZERO && len % SNP_PAGE_BYTES == 0);
	for (size_t at = 0; at < len; at += SNP_PAGE_BYTES)
		snp_chain_step(chain->digest, gpa + at, type, no_contents);
}
