/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Attestation reports of SEV-SNP, versions 2 to 5, with the fields as AMD names them.
 * Source: SEV-SNP Firmware ABI (AMD 56860), ATTESTATION_REPORT and TCB_VERSION.
 */
#ifndef SNPLAUNCH_MEASURE_REPORT_H
#define SNPLAUNCH_MEASURE_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/ecdsa_p384.h"

#define REPORT_BYTES 0x4a0
/* What the signature covers: all in front of it. */
#define REPORT_SIGNED_BYTES 0x2a0

#define REPORT_CHIP_ID_BYTES 64
/* What Turin and its successors have of a CHIP_ID; the rest is zero. */
#define REPORT_CHIP_ID_SHORT_BYTES 8

/* Which CPU made a report, as far as that decides its layout. */
enum snp_product {
	SNP_PRODUCT_UNKNOWN,
	SNP_PRODUCT_MILAN_OR_GENOA, /* of a report of version 2 */
	SNP_PRODUCT_MILAN,
	SNP_PRODUCT_GENOA,
	SNP_PRODUCT_TURIN,
	SNP_PRODUCT_VENICE,
	SNP_PRODUCTS,
};

/* PLATFORM_INFO */
enum {
	REPORT_SMT_EN = 1 << 0,
	REPORT_TSME_EN = 1 << 1,
	REPORT_ECC_EN = 1 << 2,
	REPORT_RAPL_DIS = 1 << 3,
	REPORT_CIPHERTEXT_HIDING_DRAM_EN = 1 << 4,
	REPORT_ALIAS_CHECK_COMPLETE = 1 << 5,
	REPORT_TIO_EN = 1 << 7,
};

/* KEY_INFO.SIGNING_KEY */
enum report_signing_key {
	REPORT_SIGNED_BY_VCEK = 0,
	REPORT_SIGNED_BY_VLEK = 1,
	REPORT_NOT_SIGNED = 7,
};

struct snp_firmware_version {
	uint8_t major;
	uint8_t minor;
	uint8_t build;
};

/* TCB_VERSION is 8 bytes that every generation lays out its own way: see snp_tcb_decode(). */
struct report {
	uint32_t version;
	uint32_t guest_svn;
	uint64_t policy;
	uint8_t family_id[16];
	uint8_t image_id[16];
	uint32_t vmpl;
	uint32_t signature_algo;
	uint64_t current_tcb;
	uint64_t platform_info;
	bool author_key_en;
	bool mask_chip_key;
	enum report_signing_key signing_key;
	uint8_t report_data[64];
	uint8_t measurement[SHA384_BYTES];
	uint8_t host_data[32];
	uint8_t id_key_digest[SHA384_BYTES];
	uint8_t author_key_digest[SHA384_BYTES];
	uint8_t report_id[32];
	uint8_t report_id_ma[32];
	uint64_t reported_tcb;
	uint8_t cpuid_fam_id; /* these three: version 3 and later */
	uint8_t cpuid_mod_id;
	uint8_t cpuid_step;
	uint8_t chip_id[REPORT_CHIP_ID_BYTES];
	uint64_t committed_tcb;
	struct snp_firmware_version current;
	struct snp_firmware_version committed;
	uint64_t launch_tcb;
	uint64_t launch_mit_vector; /* these two: version 5 and later */
	uint64_t current_mit_vector;
	struct p384_signature signature;
	/*
	 * Which CPU made it. Version 2 tells that only by the length of its CHIP_ID, and not at all
	 * when that is masked.
	 */
	enum snp_product product;
	/* CHIP_ID is zero: the host's owner hides it (MASK_CHIP_ID). */
	bool chip_id_masked;
};

/* The security patch levels in a TCB_VERSION. */
struct snp_tcb {
	bool has_fmc; /* Turin and later */
	uint8_t fmc;
	uint8_t boot_loader;
	uint8_t tee;
	uint8_t snp;
	uint8_t microcode;
};

/*
 * Takes a report apart. What it says is not yet to be believed: report_verify().
 * Errors: ERR_INPUT for another length, version, signature algorithm or signing key, and for a byte
 * that must be zero.
 */
int report_read(struct report *report, const void *bytes, size_t len, struct err *err) MUST_CHECK;

/* Takes a TCB_VERSION apart. Errors: ERR_INPUT when the product, and so the layout, is unknown. */
int snp_tcb_decode(struct snp_tcb *tcb, enum snp_product product, uint64_t tcb_version,
		   struct err *err) MUST_CHECK;

/* The product that a name in a certificate begins with, such as "Milan-B0". */
enum snp_product snp_product_find(const char *name, size_t len);

/* Whether a report can be from a product that a certificate names, as far as its version tells. */
bool snp_product_fits(enum snp_product certified, const struct report *report);

/* "Milan", or "unknown". */
const char *snp_product_name(enum snp_product product);

/* Whether a product has CHIP_IDs of REPORT_CHIP_ID_SHORT_BYTES. */
bool snp_product_has_short_chip_id(enum snp_product product);

/* "VCEK", "VLEK", or "none". */
const char *report_signing_key_name(enum report_signing_key key);

#endif
