/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AMD writes into the certificate of a versioned endorsement key: of a chip (VCEK), or of a
 * cloud's loaded key (VLEK).
 * Source: AMD 57230, Versioned Chip Endorsement Key certificate and KDS interface.
 */
#ifndef SNPLAUNCH_MEASURE_VEK_CERTIFICATE_H
#define SNPLAUNCH_MEASURE_VEK_CERTIFICATE_H

#include <openssl/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/report.h"

struct vek_certificate {
	bool is_vlek;
	enum snp_product product;
	struct snp_tcb tcb;
	/* A VCEK's; 0 bytes in a VLEK's. */
	size_t hwid_len;
	uint8_t hwid[REPORT_CHIP_ID_BYTES];
};

/*
 * Reads the extensions of a certificate (borrowed), which nobody has verified yet.
 * Errors: ERR_INPUT when one is missing, doubled or malformed, or the product is unknown.
 */
int vek_certificate_read(struct vek_certificate *vek, const X509 *certificate,
			 struct err *err) MUST_CHECK;

/*
 * Refuses a certificate that is not of the key that the report says it was signed with: another
 * product, REPORTED_TCB or CHIP_ID. A masked CHIP_ID is refused unless allowed.
 * Errors: ERR_VERDICT, which names both values.
 */
int vek_certificate_check_report(const struct vek_certificate *vek, const struct report *report,
				 bool masked_chip_id_allowed, struct err *err) MUST_CHECK;

#endif
