// SPDX-License-Identifier: Apache-2.0
// Reads AMD's extensions by their object identifiers, and compares them with a report.

#include "measure/vek_certificate.h"

#include <inttypes.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "measure/openssl_object.h"

#define AMD_ARC "1.3.6.1.4.1.3704.1."
#define OID_PRODUCT AMD_ARC "2"
#define OID_FMC AMD_ARC "3.9"
#define OID_HWID AMD_ARC "4"
#define OID_CSP_ID AMD_ARC "5"

#define DER_INTEGER 0x02
#define DER_IA5_STRING 0x16

// A patch level: where it goes, and what messages call it.
static const struct level {
	const char *oid;
	const char *name;
	size_t offset;
} levels[] = {
	{ AMD_ARC "3.1", "boot loader", offsetof(struct snp_tcb, boot_loader) },
	{ AMD_ARC "3.2", "TEE", offsetof(struct snp_tcb, tee) },
	{ AMD_ARC "3.3", "SNP firmware", offsetof(struct snp_tcb, snp) },
	{ AMD_ARC "3.8", "microcode", offsetof(struct snp_tcb, microcode) },
};
static const struct level fmc_level = { OID_FMC, "FMC", offsetof(struct snp_tcb, fmc) };

// The bytes of an extension, borrowed from the certificate; none when there is no such extension.
struct extension {
	const uint8_t *bytes;
	size_t len;
};

static int find_extension(struct extension *found, const X509 *certificate, const char *oid,
			  struct err *err)
{
	AUTO(asn1_object) ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
	const ASN1_OCTET_STRING *data;
	int at;

	*found = (struct extension){ 0 };
	if (object == NULL)
		return err_set(err, ERR_SYSTEM, "OpenSSL cannot look for extensions here");
	at = X509_get_ext_by_OBJ(certificate, object, -1);
	if (at < 0)
		return 0;
	if (X509_get_ext_by_OBJ(certificate, object, at) >= 0)
		return err_set(err, ERR_INPUT, "the certificate has the extension %s twice", oid);
	data = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
	found->bytes = ASN1_STRING_get0_data(data);
	found->len = (size_t)ASN1_STRING_length(data);
	return 0;
}

static int require_extension(struct extension *found, const X509 *certificate, const char *oid,
			     struct err *err)
{
	if (find_extension(found, certificate, oid, err) < 0)
		return -1;
	if (found->bytes == NULL)
		return err_set(err, ERR_INPUT,
			       "the certificate lacks the extension %s: it is not one of a VCEK or "
			       "VLEK",
			       oid);
	return 0;
}

// A DER INTEGER of 0 to 255: one of 128 and more has a zero byte in front of it.
static int read_level(uint8_t *value, const X509 *certificate, const struct level *level,
		      struct err *err)
{
	struct extension found;
	const uint8_t *in;

	if (require_extension(&found, certificate, level->oid, err) < 0)
		return -1;
	in = found.bytes;
	if (found.len == 3 && in[0] == DER_INTEGER && in[1] == 1 && in[2] < 0x80)
		*value = in[2];
	else if (found.len == 4 && in[0] == DER_INTEGER && in[1] == 2 && in[2] == 0 &&
		 in[3] >= 0x80)
		*value = in[3];
	else
		return err_set(err, ERR_INPUT,
			       "the certificate's extension %s (%s) is not an INTEGER of 0 to 255",
			       level->oid, level->name);
	return 0;
}

static int read_product(enum snp_product *product, const X509 *certificate, struct err *err)
{
	struct extension found;

	if (require_extension(&found, certificate, OID_PRODUCT, err) < 0)
		return -1;
	if (found.len < 2 || found.bytes[0] != DER_IA5_STRING || found.bytes[1] != found.len - 2)
		return err_set(err, ERR_INPUT,
			       "the certificate's extension " OID_PRODUCT
			       " (product) is not an IA5String");
	*product = snp_product_find((const char *)found.bytes + 2, found.len - 2);
	if (*product == SNP_PRODUCT_UNKNOWN)
		return err_set(err, ERR_INPUT,
			       "the certificate is for a CPU that is not known here");
	return 0;
}

// FMC is there when the product has it, and only then.
static int read_tcb(struct vek_certificate *vek, const X509 *certificate, struct err *err)
{
	struct extension fmc;

	if (snp_tcb_decode(&vek->tcb, vek->product, 0, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (read_level((uint8_t *)&vek->tcb + levels[i].offset, certificate, &levels[i],
			       err) < 0)
			return -1;
	if (vek->tcb.has_fmc)
		return read_level(&vek->tcb.fmc, certificate, &fmc_level, err);
	if (find_extension(&fmc, certificate, OID_FMC, err) < 0)
		return -1;
	if (fmc.bytes != NULL)
		return err_set(err, ERR_INPUT,
			       "the certificate has the extension " OID_FMC
			       " (FMC), which %s does not have",
			       snp_product_name(vek->product));
	return 0;
}

// HWID is the chip's bytes themselves, with no DER around them.
static int read_owner(struct vek_certificate *vek, const X509 *certificate, struct err *err)
{
	struct extension hwid, csp_id;
	size_t len = snp_product_has_short_chip_id(vek->product) ? REPORT_CHIP_ID_SHORT_BYTES :
								   REPORT_CHIP_ID_BYTES;

	if (find_extension(&hwid, certificate, OID_HWID, err) < 0 ||
	    find_extension(&csp_id, certificate, OID_CSP_ID, err) < 0)
		return -1;
	if ((hwid.bytes != NULL) == (csp_id.bytes != NULL))
		return err_set(err, ERR_INPUT,
			       "the certificate has %s, and one of them says whose it is: HWID "
			       "(VCEK) or CSP_ID (VLEK)",
			       hwid.bytes != NULL ? "HWID and CSP_ID" : "neither HWID nor CSP_ID");
	vek->is_vlek = csp_id.bytes != NULL;
	if (vek->is_vlek)
		return 0;
	if (hwid.len != len)
		return err_set(err, ERR_INPUT,
			       "the certificate's HWID has %zu bytes, and %s has %zu", hwid.len,
			       snp_product_name(vek->product), len);
	memcpy(vek->hwid, hwid.bytes, len);
	vek->hwid_len = len;
	return 0;
}

int vek_certificate_read(struct vek_certificate *vek, const X509 *certificate, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	struct vek_certificate read = { 0 };

	if (read_product(&read.product, certificate, err) < 0 ||
	    read_tcb(&read, certificate, err) < 0 || read_owner(&read, certificate, err) < 0)
		return -1;
	*vek = read;
	return 0;
}

// --- Comparison --------------------------------------------------------------------------------

static int check_level(const struct vek_certificate *vek, const struct snp_tcb *tcb,
		       const struct level *level, struct err *err)
{
	uint8_t certified = *((const uint8_t *)&vek->tcb + level->offset);
	uint8_t reported = *((const uint8_t *)tcb + level->offset);

	if (certified == reported)
		return 0;
	return err_set(
		err, ERR_VERDICT,
		"the certificate is for %s level %u, the report's REPORTED_TCB has %u: get the "
		"certificate for that TCB",
		level->name, certified, reported);
}

static int check_tcb(const struct vek_certificate *vek, const struct report *report,
		     struct err *err)
{
	struct snp_tcb tcb;

	if (snp_tcb_decode(&tcb, vek->product, report->reported_tcb, err) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		if (check_level(vek, &tcb, &levels[i], err) < 0)
			return -1;
	return tcb.has_fmc ? check_level(vek, &tcb, &fmc_level, err) : 0;
}

static int check_chip(const struct vek_certificate *vek, const struct report *report,
		      bool masked_allowed, struct err *err)
{
	uint8_t chip_id[REPORT_CHIP_ID_BYTES] = { 0 };

	if (report->chip_id_masked && masked_allowed)
		return 0;
	if (report->chip_id_masked)
		return err_set(err, ERR_VERDICT,
			       "the report's CHIP_ID is masked by the host, so that it cannot be "
			       "compared with the certificate's HWID");
	memcpy(chip_id, vek->hwid, vek->hwid_len);
	if (memcmp(chip_id, report->chip_id, sizeof(chip_id)) != 0)
		return err_set(err, ERR_VERDICT,
			       "the certificate is of another chip: its HWID is not the report's "
			       "CHIP_ID");
	return 0;
}

int vek_certificate_check_report(const struct vek_certificate *vek, const struct report *report,
				 bool masked_chip_id_allowed, struct err *err)
{
	if (vek->is_vlek != (report->signing_key == REPORT_SIGNED_BY_VLEK))
		return err_set(err, ERR_VERDICT,
			       "the certificate is of a %s, the report is signed with the %s",
			       vek->is_vlek ? "VLEK" : "VCEK",
			       report_signing_key_name(report->signing_key));
	if (!snp_product_fits(vek->product, report))
		return err_set(
			err, ERR_VERDICT,
			"the certificate is for %s, the report is from %s (CPU family 0x%02x, "
			"model 0x%02x)",
			snp_product_name(vek->product), snp_product_name(report->product),
			report->cpuid_fam_id, report->cpuid_mod_id);
	if (check_tcb(vek, report, err) < 0)
		return -1;
	return vek->is_vlek ? 0 : check_chip(vek, report, masked_chip_id_allowed, err);
}
