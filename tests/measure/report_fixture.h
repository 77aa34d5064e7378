/* SPDX-License-Identifier: Apache-2.0 */
/* Reports of every version and generation, without a signature. */
#ifndef SNPLAUNCH_TESTS_MEASURE_REPORT_FIXTURE_H
#define SNPLAUNCH_TESTS_MEASURE_REPORT_FIXTURE_H

#include <string.h>

#include "measure/little_endian.h"
#include "measure/report.h"

/* A generation of CPUs: what its reports and certificates hold. */
struct generation {
	uint32_t version;
	uint8_t family;
	uint8_t model;
	enum snp_product product;
	const char *name;
	size_t chip_id_len;
	uint8_t tcb[8];
	int levels[5];
};

/* 0x80 and above need another DER form. */
static const struct generation generations[] = {
	{ 2,
	  0,
	  0,
	  SNP_PRODUCT_MILAN_OR_GENOA,
	  "Milan-B0",
	  64,
	  { 3, 0, 0, 0, 0, 0, 20, 209 },
	  { 3, 0, 20, 209, -1 } },
	{ 3,
	  0x19,
	  0x01,
	  SNP_PRODUCT_MILAN,
	  "Milan-B0",
	  64,
	  { 4, 1, 0, 0, 0, 0, 24, 219 },
	  { 4, 1, 24, 219, -1 } },
	{ 3,
	  0x19,
	  0x11,
	  SNP_PRODUCT_GENOA,
	  "Genoa",
	  64,
	  { 10, 0, 0, 0, 0, 0, 23, 84 },
	  { 10, 0, 23, 84, -1 } },
	{ 4,
	  0x19,
	  0xa0,
	  SNP_PRODUCT_GENOA,
	  "Genoa",
	  64,
	  { 127, 128, 0, 0, 0, 0, 255, 0 },
	  { 127, 128, 255, 0, -1 } },
	{ 5,
	  0x1a,
	  0x02,
	  SNP_PRODUCT_TURIN,
	  "Turin",
	  8,
	  { 1, 2, 3, 4, 0, 0, 0, 75 },
	  { 2, 3, 4, 75, 1 } },
	{ 5,
	  0x1a,
	  0x50,
	  SNP_PRODUCT_VENICE,
	  "Venice",
	  8,
	  { 9, 8, 7, 6, 0, 0, 0, 200 },
	  { 8, 7, 6, 200, 9 } },
};

/* The bytes of a report, not signed. */
static inline void make_report(uint8_t report[static REPORT_BYTES], const struct generation *cpu,
			       enum report_signing_key signing_key)
{
	memset(report, 0, REPORT_BYTES);
	le32_put(report, cpu->version);
	le32_put(report + 0x04, 11);
	le64_put(report + 0x08, 0x30000);
	memset(report + 0x10, 0x10, 16);
	memset(report + 0x20, 0x20, 16);
	le32_put(report + 0x30, 1);
	le32_put(report + 0x34, 1);
	le64_put(report + 0x38, 0x38);
	le64_put(report + 0x40, REPORT_SMT_EN | REPORT_ALIAS_CHECK_COMPLETE);
	le32_put(report + 0x48, (uint32_t)signing_key << 2);
	memset(report + 0x50, 0x50, 64);
	memset(report + 0x90, 0x90, 48);
	memset(report + 0xc0, 0xc0, 32);
	memset(report + 0xe0, 0xe0, 48);
	memset(report + 0x110, 0x11, 48);
	memset(report + 0x140, 0x14, 32);
	memset(report + 0x160, 0x16, 32);
	memcpy(report + 0x180, cpu->tcb, 8);
	memset(report + 0x1a0, 0x1a, cpu->chip_id_len);
	le64_put(report + 0x1e0, 0x1e0);
	memcpy(report + 0x1e8, (uint8_t[]){ 21, 55, 1, 0, 20, 54, 1, 0 }, 8);
	le64_put(report + 0x1f0, 0x1f0);
	if (cpu->version >= 3)
		memcpy(report + 0x188, (uint8_t[]){ cpu->family, cpu->model, 1 }, 3);
	if (cpu->version >= 5) {
		le64_put(report + 0x1f8, 0x1f8);
		le64_put(report + 0x200, 0x200);
	}
}

#endif
