/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an attestation report is AMD's: its signature, and the certificates behind that. */
#ifndef SNPLAUNCH_MEASURE_REPORT_VERIFY_H
#define SNPLAUNCH_MEASURE_REPORT_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/report.h"
#include "measure/vek_certificate.h"

#define SHA256_BYTES 32

/* The bytes of a file of certificates: PEM, of which it may hold several, or one as DER. Borrowed. */
struct certificate_file {
	const void *bytes;
	size_t len;
	const char *path; /* for messages; NULL: none */
};

struct report_evidence {
	/* The certificate of the VCEK or VLEK. */
	struct certificate_file vek;
	/*
	 * The ASK (for a VCEK) or ASVK (for a VLEK), and the ARK: in this file, or in this and the
	 * next, in any order. AMD's KDS gives both in one file, cert_chain.
	 */
	struct certificate_file issuers[2];
	/*
	 * Seconds since 1970 at which the certificates must be valid. 0: dates are not checked, as
	 * for reports of old.
	 */
	int64_t at;
	/* Takes a report whose CHIP_ID the host masks. Its signature still is by the certified key. */
	bool masked_chip_id_allowed;
};

struct report_verified {
	struct report report;
	struct vek_certificate vek;
	/*
	 * SHA-256 of the ARK's certificate (DER). A chain proves as much as its root: compare this
	 * with AMD's, or take the issuers from where they cannot be forged.
	 */
	uint8_t ark_sha256[SHA256_BYTES];
};

/*
 * Reads a report and verifies it: that the ARK signed itself and the ASK, the ASK the VEK's
 * certificate, each with RSA-4096, RSASSA-PSS, SHA-384 and 48 bytes of salt; that the certificate is
 * for the report's product, TCB and chip; and that its key signed the report.
 * It says nothing of what is in the report: REPORT_DATA, MEASUREMENT, POLICY are the caller's to
 * compare. 'verified' is filled only on success.
 * Errors: ERR_INPUT for malformed input, ERR_VERDICT for what does not verify; the text names which.
 */
int report_verify(struct report_verified *verified, const void *report, size_t len,
		  const struct report_evidence *evidence, struct err *err) MUST_CHECK;

#endif
