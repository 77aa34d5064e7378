// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the input is an attestation report, and behind it the certificate of its key as DER.

#include <assert.h>
#include <openssl/x509.h>
#include <stddef.h>
#include <stdint.h>

#include "measure/report_verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int status, const struct err *err)
{
	assert(status == 0 || (err_is_valid(err) && err->text[0] != '\0'));
}

// Without a chain in front of it, which would let nothing pass.
static void fuzz_certificate(const struct report *report, const uint8_t *der, size_t size)
{
	X509 *certificate = d2i_X509(NULL, &der, (long)size);
	struct vek_certificate vek;
	struct err err;

	if (certificate == NULL)
		return;
	if (vek_certificate_read(&vek, certificate, &err) < 0)
		check(-1, &err);
	else
		check(vek_certificate_check_report(&vek, report, false, &err), &err);
	X509_free(certificate);
}

static void fuzz_verification(const uint8_t *data, size_t size)
{
	const struct certificate_file file = { data + REPORT_BYTES, size - REPORT_BYTES, NULL };
	const struct report_evidence evidence = { .vek = file, .issuers = { file }, .at = 1 };
	struct report_verified verified;
	struct err err;

	check(report_verify(&verified, data, REPORT_BYTES, &evidence, &err), &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report report;
	struct snp_tcb tcb;
	struct err err;

	check(report_read(&report, data, size, &err), &err);
	if (size < REPORT_BYTES || report_read(&report, data, REPORT_BYTES, &err) < 0)
		return 0;
	check(snp_tcb_decode(&tcb, report.product, report.reported_tcb, &err), &err);
	fuzz_verification(data, size);
	fuzz_certificate(&report, data + REPORT_BYTES, size - REPORT_BYTES);
	return 0;
}
