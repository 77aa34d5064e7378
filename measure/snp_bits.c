// SPDX-License-Identifier: Apache-2.0
// Tables of bits, by their number.

#include "measure/snp_bits.h"

#include <stddef.h>

#include "base/attributes.h"

static const char *const policy_names[] = {
	[16] = "smt",
	[18] = "migrate_agent",
	[19] = "debug",
	[20] = "single_socket",
	[21] = "cxl_allow",
	[22] = "mem_aes_256_xts",
	[23] = "rapl_dis",
	[24] = "ciphertext_hiding_dram",
	[25] = "page_swap_disable",
};

static const char *const platform_names[] = {
	[0] = "smt_en",
	[1] = "tsme_en",
	[2] = "ecc_en",
	[3] = "rapl_dis",
	[4] = "ciphertext_hiding_dram_en",
	[5] = "alias_check_complete",
	[7] = "tio_en",
};

const char *snp_policy_bit_name(unsigned int bit)
{
	return bit < ARRAY_LEN(policy_names) ? policy_names[bit] : NULL;
}

const char *snp_platform_bit_name(unsigned int bit)
{
	return bit < ARRAY_LEN(platform_names) ? platform_names[bit] : NULL;
}
