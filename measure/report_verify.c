// SPDX-License-Identifier: Apache-2.0
// Verifies from the root down: ARK, ASK or ASVK, VCEK or VLEK, report.

#include "measure/report_verify.h"

#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <string.h>
#include <time.h>

#include "base/text_escape.h"
#include "measure/openssl_object.h"

// More than two certificates of AMD's have, with comments around them.
#define CERTIFICATE_FILE_BYTES_MAX ((size_t)64 * 1024)

#define ISSUER_KEY_BITS 4096

// Owner: chain_release().
struct chain {
	X509 *ark;
	X509 *ask;
	X509 *vek;
};

static void chain_release(struct chain *chain)
{
	X509_free(chain->ark);
	X509_free(chain->ask);
	X509_free(chain->vek);
	*chain = (struct chain){ 0 };
}
DEFINE_AUTO(chain, struct chain, chain_release);

// --- Reading -----------------------------------------------------------------------------------

// The next certificate of a file, NULL when there is none.
static X509 *next_certificate(BIO *bio, bool is_pem)
{
	return is_pem ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : d2i_X509_bio(bio, NULL);
}

static bool is_pem(const struct certificate_file *file)
{
	return memmem(file->bytes, file->len, "-----BEGIN ", 11) != NULL;
}

static int refuse_file(const char *noun, struct err *err)
{
	return err_set(err, ERR_INPUT, "%s: there is no certificate in it, as PEM or DER", noun);
}

static int open_file(BIO **bio, const struct certificate_file *file, const char *noun,
		     struct err *err)
{
	if (file->len == 0 || file->len > CERTIFICATE_FILE_BYTES_MAX)
		return err_set(err, ERR_INPUT,
			       "%s: the file has %zu bytes%s, and certificates have 1 to %zu", noun,
			       file->len, file->len > 0 ? " or more" : "",
			       CERTIFICATE_FILE_BYTES_MAX);
	*bio = BIO_new_mem_buf(file->bytes, (int)file->len);
	return *bio != NULL ? 0 : err_set(err, ERR_SYSTEM, "OpenSSL cannot read memory here");
}

static int read_vek(struct chain *chain, const struct certificate_file *file, struct err *err)
{
	AUTO(bio) BIO *bio = NULL;

	if (open_file(&bio, file, "VCEK or VLEK", err) < 0)
		return -1;
	chain->vek = next_certificate(bio, is_pem(file));
	return chain->vek != NULL ? 0 : refuse_file("VCEK or VLEK", err);
}

// The ARK is the one that issued itself. Owner of 'certificate': this.
static int place_issuer(struct chain *chain, X509 *certificate, struct err *err)
{
	bool is_root = X509_NAME_cmp(X509_get_subject_name(certificate),
				     X509_get_issuer_name(certificate)) == 0;
	X509 **place = is_root ? &chain->ark : &chain->ask;

	if (*place != NULL) {
		X509_free(certificate);
		return err_set(err, ERR_INPUT, "issuers: there is more than one %s",
			       is_root ? "root (ARK)" : "intermediate certificate (ASK or ASVK)");
	}
	*place = certificate;
	return 0;
}

static int read_issuers(struct chain *chain, const struct certificate_file *file, struct err *err)
{
	AUTO(bio) BIO *bio = NULL;
	X509 *certificate;

	if (open_file(&bio, file, "issuers", err) < 0)
		return -1;
	certificate = next_certificate(bio, is_pem(file));
	if (certificate == NULL)
		return refuse_file("issuers", err);
	for (; certificate != NULL; certificate = next_certificate(bio, is_pem(file)))
		if (place_issuer(chain, certificate, err) < 0)
			return -1;
	return 0;
}

// A file that is wrong has a name, where its reader gave it one.
static int name_file(const struct certificate_file *file, struct err *err)
{
	return file->path == NULL ? -1 : err_context(err, "'%s'", TEXT_SHOW(file->path));
}

static int read_vek_certificate(struct vek_certificate *certificate, const struct chain *chain,
				const struct certificate_file *file, struct err *err)
{
	return vek_certificate_read(certificate, chain->vek, err) < 0 ? name_file(file, err) : 0;
}

static int read_chain(struct chain *chain, const struct report_evidence *evidence, struct err *err)
{
	if (read_vek(chain, &evidence->vek, err) < 0)
		return name_file(&evidence->vek, err);
	if (read_issuers(chain, &evidence->issuers[0], err) < 0)
		return name_file(&evidence->issuers[0], err);
	if (evidence->issuers[1].len > 0 && read_issuers(chain, &evidence->issuers[1], err) < 0)
		return name_file(&evidence->issuers[1], err);
	if (chain->ark == NULL || chain->ask == NULL)
		return err_set(err, ERR_INPUT, "issuers: the %s is missing",
			       chain->ark == NULL ? "root (ARK)" :
						    "intermediate certificate (ASK or ASVK)");
	return 0;
}

// --- Verifying ---------------------------------------------------------------------------------

// OpenSSL flags a PSS signature as one of TLS when its hash is its mask's and as long as its salt, and
// has no information about one with another trailer (crypto/rsa/rsa_ameth.c, rsa_sig_info_set).
static bool has_amd_signature(X509 *certificate)
{
	int digest, algorithm;
	uint32_t flags;

	return X509_get_signature_info(certificate, &digest, &algorithm, NULL, &flags) == 1 &&
	       algorithm == NID_rsassaPss && digest == NID_sha384 &&
	       (flags & X509_SIG_INFO_TLS) != 0;
}

static int check_issuer(X509 *issuer, const char *noun, struct err *err)
{
	EVP_PKEY *key = X509_get0_pubkey(issuer);

	if (key == NULL || !EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_get_bits(key) != ISSUER_KEY_BITS)
		return err_set(err, ERR_VERDICT, "%s: its key is not one of RSA with %d bits", noun,
			       ISSUER_KEY_BITS);
	if (X509_check_ca(issuer) != 1)
		return err_set(err, ERR_VERDICT, "%s: it may not sign certificates", noun);
	return 0;
}

static int check_dates(const X509 *certificate, const char *noun, int64_t at, struct err *err)
{
	time_t when = (time_t)at;

	if (at == 0)
		return 0;
	// 0 is an error; equal times count as before.
	if (X509_cmp_time(X509_get0_notBefore(certificate), &when) >= 0)
		return err_set(err, ERR_VERDICT, "%s: the certificate is not valid yet", noun);
	if (X509_cmp_time(X509_get0_notAfter(certificate), &when) <= 0)
		return err_set(err, ERR_VERDICT, "%s: the certificate has expired", noun);
	return 0;
}

static int check_certificate(X509 *certificate, const char *noun, X509 *issuer, int64_t at,
			     struct err *err)
{
	if (X509_NAME_cmp(X509_get_issuer_name(certificate), X509_get_subject_name(issuer)) != 0)
		return err_set(err, ERR_VERDICT,
			       "%s: another certificate than the one given issued it", noun);
	if (!has_amd_signature(certificate))
		return err_set(err, ERR_VERDICT,
			       "%s: its signature is not RSASSA-PSS with SHA-384 and a salt of 48 "
			       "bytes",
			       noun);
	if (X509_verify(certificate, X509_get0_pubkey(issuer)) != 1)
		return err_set(err, ERR_VERDICT, "%s: the certificate's signature does not verify",
			       noun);
	if ((X509_get_extension_flags(certificate) & (EXFLAG_INVALID | EXFLAG_CRITICAL)) != 0)
		return err_set(err, ERR_VERDICT,
			       "%s: it has an extension that is malformed, or unknown and critical",
			       noun);
	return check_dates(certificate, noun, at, err);
}

static int verify_chain(const struct chain *chain, bool is_vlek, int64_t at, struct err *err)
{
	const char *ask = is_vlek ? "ASVK" : "ASK";

	if (check_issuer(chain->ark, "ARK", err) < 0 || check_issuer(chain->ask, ask, err) < 0 ||
	    check_certificate(chain->ark, "ARK", chain->ark, at, err) < 0 ||
	    check_certificate(chain->ask, ask, chain->ark, at, err) < 0)
		return -1;
	return check_certificate(chain->vek, is_vlek ? "VLEK" : "VCEK", chain->ask, at, err);
}

static int check_signed(const struct report *report, struct err *err)
{
	if (report->mask_chip_key)
		return err_set(err, ERR_VERDICT,
			       "the report is not signed: the host masks its key (MASK_CHIP_KEY)");
	if (report->signing_key == REPORT_NOT_SIGNED)
		return err_set(err, ERR_VERDICT,
			       "the report is not signed: its SIGNING_KEY is none");
	return 0;
}

static int verify_report(const struct report *report, const void *bytes, const struct chain *chain,
			 struct err *err)
{
	EVP_PKEY *key = X509_get0_pubkey(chain->vek);

	if (key == NULL)
		return err_set(err, ERR_INPUT, "VCEK or VLEK: the certificate's key is malformed");
	if (p384_verify_with(&report->signature, key, bytes, REPORT_SIGNED_BYTES, err) < 0)
		return err_context(err, "report");
	return 0;
}

static int digest_ark(uint8_t digest[static SHA256_BYTES], const X509 *ark, struct err *err)
{
	if (X509_digest(ark, EVP_sha256(), digest, NULL) != 1)
		return err_set(err, ERR_SYSTEM, "OpenSSL cannot hash with SHA-256 here");
	return 0;
}

int report_verify(struct report_verified *verified, const void *report, size_t len,
		  const struct report_evidence *evidence, struct err *err)
{
	OPENSSL_ERRORS_DROPPED;
	AUTO(chain) struct chain chain = { 0 };
	struct report_verified made = { 0 };

	if (report_read(&made.report, report, len, err) < 0 ||
	    check_signed(&made.report, err) < 0 || read_chain(&chain, evidence, err) < 0 ||
	    read_vek_certificate(&made.vek, &chain, &evidence->vek, err) < 0 ||
	    verify_chain(&chain, made.vek.is_vlek, evidence->at, err) < 0 ||
	    vek_certificate_check_report(&made.vek, &made.report, evidence->masked_chip_id_allowed,
					 err) < 0 ||
	    verify_report(&made.report, report, &chain, err) < 0 ||
	    digest_ark(made.ark_sha256, chain.ark, err) < 0)
		return -1;
	*verified = made;
	return 0;
}
