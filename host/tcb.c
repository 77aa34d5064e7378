// SPDX-License-Identifier: Apache-2.0
// Decodes versions of SEV firmware; the table of what was published about them.

#include "host/tcb.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"

#define FAMILY_ZEN5 0x1a

static uint8_t byte_of(uint64_t value, unsigned int nth)
{
	return (uint8_t)(value >> (8 * nth));
}

struct tcb tcb_decode(uint64_t value, uint32_t family)
{
	if (family >= FAMILY_ZEN5)
		return (struct tcb){
			.has_fmc = true,
			.fmc = byte_of(value, 0),
			.bootloader = byte_of(value, 1),
			.tee = byte_of(value, 2),
			.snp = byte_of(value, 3),
			.microcode = byte_of(value, 7),
		};
	return (struct tcb){
		.bootloader = byte_of(value, 0),
		.tee = byte_of(value, 1),
		.snp = byte_of(value, 6),
		.microcode = byte_of(value, 7),
	};
}

char *tcb_text(char out[static TCB_TEXT_SIZE], const struct tcb *tcb)
{
	char fmc[16] = "";

	if (tcb->has_fmc)
		(void)snprintf(fmc, sizeof(fmc), "fmc %u, ", tcb->fmc);
	(void)snprintf(out, TCB_TEXT_SIZE, "%sbootloader %u, tee %u, snp %u, microcode %u", fmc,
		       tcb->bootloader, tcb->tee, tcb->snp, tcb->microcode);
	return out;
}

// --- Advisories ----------------------------------------------------------------------------------

const char advisories_date[] = "2026-09";

#define MILAN 0x19, 0x00, 0x0f
#define GENOA 0x19, 0x10, 0x1f
#define BERGAMO 0x19, 0xa0, 0xaf
#define TURIN 0x1a, 0x00, 0x11
#define ANY (-1)
// X parts have stepping 2.
#define PLAIN 1
#define X_PART 2

#define QUOTED "the bulletin as public repositories quote it"

static const struct advisory advisories[] = {
	{ "AMD-SB-3019", "microcode signatures (CVE-2024-56161)", MILAN, PLAIN, 0, 0x0a0011db,
	  QUOTED },
	{ "AMD-SB-3019", "microcode signatures (CVE-2024-56161)", MILAN, X_PART, 0, 0x0a001244,
	  QUOTED },
	{ "AMD-SB-3019", "microcode signatures (CVE-2024-56161)", GENOA, PLAIN, 0x17, 0x0a101154,
	  QUOTED },
	{ "AMD-SB-3019", "microcode signatures (CVE-2024-56161)", GENOA, X_PART, 0x17, 0x0a10124f,
	  QUOTED },
	{ "AMD-SB-3019", "microcode signatures (CVE-2024-56161)", BERGAMO, ANY, 0, 0x0aa00219,
	  QUOTED },
	{ "AMD-SB-3020", "a race while the RMP is made (CVE-2025-0033)", GENOA, PLAIN, 0x1b,
	  0x0a101156, QUOTED },
	{ "AMD-SB-3020", "a race while the RMP is made (CVE-2025-0033)", GENOA, X_PART, 0x1b,
	  0x0a101251, QUOTED },
	{ "AMD-SB-3020", "a race while the RMP is made (CVE-2025-0033)", TURIN, ANY, 0x04,
	  0x0b002150, QUOTED },
	{ "AMD-SB-3016", "the IOMMU's write buffer (CVE-2023-20585)", MILAN, ANY, 0x1b, 0, QUOTED },
	{ "AMD-SB-3016", "the IOMMU's write buffer (CVE-2023-20585)", GENOA, ANY, 0x1b, 0, QUOTED },
	{ "AMD-SB-3023", "SEV-ES (CVE-2025-48514); it ends SEV-ES beside SEV-SNP", MILAN, ANY, 0x1b,
	  0, QUOTED },
	{ "AMD-SB-3023", "SEV-ES (CVE-2025-48514); it ends SEV-ES beside SEV-SNP", GENOA, ANY, 0x1b,
	  0, QUOTED },
	{ "AMD-SB-3023", "SEV-ES (CVE-2025-48514); it ends SEV-ES beside SEV-SNP", TURIN, ANY, 0x04,
	  0, QUOTED },
	{ "AMD-SB-3027", "the stack engine of a sibling thread (CVE-2025-29943)", GENOA, PLAIN, 0,
	  0x0a101156, QUOTED },
	{ "AMD-SB-3027", "the stack engine of a sibling thread (CVE-2025-29943)", GENOA, X_PART, 0,
	  0x0a101251, QUOTED },
	{ "AMD-SB-3027", "the stack engine of a sibling thread (CVE-2025-29943)", TURIN, ANY, 0,
	  0x0b002151, QUOTED },
	{ "AMD-SB-3034", "routing in the fabric (CVE-2025-54510)", GENOA, ANY, 0x1c, 0,
	  QUOTED "; a later revision is said to name no version" },
	{ "AMD-SB-3030", "lock bits of NBIO (CVE-2025-61971)", MILAN, ANY, 0x1d, 0, QUOTED },
};

const struct advisory *advisory_at(size_t i)
{
	return i < ARRAY_LEN(advisories) ? &advisories[i] : NULL;
}

bool advisory_concerns(const struct advisory *advisory, struct cpu_family cpu)
{
	if (advisory->family != cpu.family || cpu.model < advisory->model_first ||
	    cpu.model > advisory->model_last)
		return false;
	return advisory->stepping == ANY ||
	       (advisory->stepping == X_PART) == (cpu.stepping == X_PART);
}

// --- Files of firmware ---------------------------------------------------------------------------

// Checked on AMD's files for families 17h, 19h and 1ah.
#define MAGIC_AT 0x10
#define SNP_AT 0x4c
#define BUILD_AT 0x60
#define MINOR_AT 0x61
#define MAJOR_AT 0x62

static int digit_value(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = digit == '\0' ? NULL : strchr(digits, digit);

	return at == NULL ? -1 : (int)(at - digits);
}

bool sbin_decode(struct sbin *sbin, const char *hex)
{
	uint8_t bytes[SBIN_HEADER_BYTES];

	for (size_t i = 0; i < sizeof(bytes); i++) {
		int high = digit_value(hex[2 * i]);
		int low = high < 0 ? -1 : digit_value(hex[2 * i + 1]);

		if (low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	*sbin = (struct sbin){ bytes[MAJOR_AT], bytes[MINOR_AT], bytes[BUILD_AT], bytes[SNP_AT] };
	return memcmp(bytes + MAGIC_AT, "$PS1", 4) == 0;
}
