// SPDX-License-Identifier: Apache-2.0
// snplaunch report: what an attestation report says, whether AMD's key signed it, and whether it
// says what was expected.

#include <time.h>

#include "base/text_escape.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/input_file.h"
#include "cli/openssl_setup.h"
#include "cli/option_value.h"
#include "cli/report_expect.h"
#include "cli/result.h"
#include "cli/snp_result.h"
#include "measure/report_verify.h"
#include "policy/json_file.h"

// report_verify.h refuses what is longer.
#define CERTIFICATE_FILE_READ_MAX ((size_t)64 * 1024)

const struct command_option report_options[] = {
	{ "--vcek", "FILE", "verify with this certificate of the chip's key" },
	{ "--vlek", "FILE", "verify with this certificate of a cloud's key" },
	{ "--chain", "FILE", "its issuers, as AMD's cert_chain has them" },
	{ "--ask", "FILE", "the issuer's certificate (ASK or ASVK) alone" },
	{ "--ark", "FILE", "the root's certificate (ARK) alone" },
	{ "--ark-sha256", "HEX|BASE64", "the digest that the root's certificate must have" },
	{ "--at", "SECONDS", "when certificates must be valid, since 1970; 0: at any time; now" },
	{ "--masked-chip-id", NULL, "take a report whose CHIP_ID the host masks" },
	{ "--unverified", NULL, "compare although no signature is verified" },
	{ "--digest", "HEX|BASE64", "the launch digest to expect" },
	{ "--policy", "N", "the guest policy to expect" },
	{ "--report-data", "HEX|BASE64", "the guest's own data to expect, 64 bytes" },
	{ "--host-data", "HEX|BASE64", "the host's data to expect, 32 bytes" },
	{ "--id-key-digest", "HEX|BASE64", "the digest of the ID key to expect" },
	{ "--author-key-digest", "HEX|BASE64", "the digest of the author key to expect" },
	{ "--family-id", "HEX|BASE64", "16 bytes of the ID block to expect" },
	{ "--image-id", "HEX|BASE64", "16 bytes of the ID block to expect" },
	{ "--chip-id", "HEX|BASE64", "the chip to expect, 64 bytes" },
	{ "--vmpl", "N", "the privilege level to expect" },
	{ "--min-guest-svn", "N", "the least security version of the guest" },
	{ "--min-tcb", "LIST", "the least REPORTED_TCB: snp=20,microcode=209" },
	{ 0 },
};

// The files of certificates that the options name. Owner: certificates_release().
struct certificates {
	struct text_file vek;
	struct text_file issuers[2];
	const char *vek_path; // borrowed from the command line, as the next
	const char *issuer_paths[2];
	size_t n_issuers;
	bool is_vlek;
};

static void certificates_release(struct certificates *certificates)
{
	text_file_release(&certificates->vek);
	for (size_t i = 0; i < ARRAY_LEN(certificates->issuers); i++)
		text_file_release(&certificates->issuers[i]);
}
DEFINE_AUTO(certificates, struct certificates, certificates_release);

struct work {
	const struct options *options;
	struct client *client;
	struct json_object *result;
	struct checks checks;
	struct text_file file; /* Owner: this */
	struct report report;
};

// --- What is given -------------------------------------------------------------------------------

static const char *value(const struct work *work, const char *option)
{
	return options_value(work->options, option);
}

static int check_use(const struct work *work, struct err *err)
{
	bool has_vek = value(work, "--vcek") != NULL || value(work, "--vlek") != NULL;
	const char *expected = report_expect_option(work->options);

	if (work->options->n_arguments == 0)
		return err_set(err, ERR_USAGE,
			       "the file of a report is missing: see snplaunch report --help");
	if (value(work, "--vcek") != NULL && value(work, "--vlek") != NULL)
		return err_set(err, ERR_USAGE,
			       "a report is signed by one key: give '--vcek' or '--vlek'");
	if (!has_vek && expected != NULL && value(work, "--unverified") == NULL)
		return err_set(err, ERR_USAGE,
			       "option '%s': what nobody signed proves nothing: give '--vcek' or "
			       "'--vlek', or '--unverified' to compare all the same",
			       expected);
	if (has_vek && value(work, "--unverified") != NULL)
		return err_set(err, ERR_USAGE,
			       "option '--unverified' contradicts '--vcek' and '--vlek'");
	return 0;
}

// Options that are only of use with a certificate.
static int check_use_of_issuers(const struct work *work, struct err *err)
{
	static const char *const options[] = { "--chain",      "--ask", "--ark",
					       "--ark-sha256", "--at",	"--masked-chip-id" };

	if (value(work, "--vcek") != NULL || value(work, "--vlek") != NULL)
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if (value(work, options[i]) != NULL)
			return err_set(err, ERR_USAGE, "option '%s' needs '--vcek' or '--vlek'",
				       options[i]);
	return 0;
}

static int read_report(struct work *work, struct err *err)
{
	const char *path = work->options->arguments[0];

	if (input_file_read(&work->file, work->client, path, REPORT_BYTES, err) < 0)
		return -1;
	if (report_read(&work->report, work->file.bytes, work->file.len, err) < 0)
		return err_context(err, "'%s'", TEXT_SHOW(path));
	snp_result_add_report(work->result, &work->report);
	return 0;
}

static int read_issuers(struct work *work, struct certificates *certificates, struct err *err)
{
	static const char *const options[] = { "--chain", "--ask", "--ark" };

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		const char *path = value(work, options[i]);

		if (path == NULL)
			continue;
		if (certificates->n_issuers == ARRAY_LEN(certificates->issuers))
			return err_set(err, ERR_USAGE,
				       "give '--chain', or '--ask' and '--ark', not all three");
		certificates->issuer_paths[certificates->n_issuers] = path;
		if (input_file_read(&certificates->issuers[certificates->n_issuers++], work->client,
				    path, CERTIFICATE_FILE_READ_MAX, err) < 0)
			return -1;
	}
	if (certificates->n_issuers == 0)
		return err_set(err, ERR_USAGE,
			       "the issuers are missing: give '--chain', or '--ask' and '--ark'");
	return 0;
}

static int read_certificates(struct work *work, struct certificates *certificates, struct err *err)
{
	const char *path = value(work, "--vlek");

	certificates->is_vlek = path != NULL;
	if (path == NULL)
		path = value(work, "--vcek");
	certificates->vek_path = path;
	if (input_file_read(&certificates->vek, work->client, path, CERTIFICATE_FILE_READ_MAX,
			    err) < 0)
		return -1;
	return read_issuers(work, certificates, err);
}

// --- Verifying -----------------------------------------------------------------------------------

static struct certificate_file bytes_of(const struct text_file *file, const char *path)
{
	return (struct certificate_file){ file->bytes, file->len, path };
}

static int find_time(const struct work *work, int64_t *at, struct err *err)
{
	uint64_t seconds = 0;
	struct timespec now;
	int given = option_number(work->options, "--at", INT64_MAX, &seconds, err);

	if (given < 0)
		return -1;
	if (given == 0 && clock_gettime(CLOCK_REALTIME, &now) < 0)
		return err_sys(err, "cannot find out the time");
	*at = given > 0 ? (int64_t)seconds : (int64_t)now.tv_sec;
	return 0;
}

// A chain proves as much as its root.
static int check_root(struct work *work, const struct report_verified *verified, struct err *err)
{
	uint8_t expected[SHA256_BYTES];
	int given = option_bytes(work->options, "--ark-sha256", expected, sizeof(expected), err);

	if (given < 0)
		return -1;
	if (given > 0)
		checks_compare(&work->checks, "root", verified->ark_sha256, expected,
			       sizeof(expected));
	else
		checks_add(&work->checks, "root", CHECK_NOT_MADE,
			   "compare ark_sha256 with AMD's, by --ark-sha256");
	return 0;
}

static int take_verdict(struct work *work, const struct certificates *certificates,
			const struct report_verified *verified, struct err *err)
{
	if (verified->vek.is_vlek != certificates->is_vlek) {
		checks_add(&work->checks, "signature", CHECK_WRONG,
			   certificates->is_vlek ? "by a VCEK, not a VLEK" :
						   "by a VLEK, not a VCEK");
		return 0;
	}
	checks_add(&work->checks, "signature", CHECK_OK, "");
	result_add_bytes(work->result, "ark_sha256", verified->ark_sha256,
			 sizeof(verified->ark_sha256));
	return check_root(work, verified, err);
}

static int verify(struct work *work, struct err *err)
{
	AUTO(certificates) struct certificates certificates = { 0 };
	struct report_evidence evidence = { 0 };
	struct report_verified verified;

	if (read_certificates(work, &certificates, err) < 0 ||
	    find_time(work, &evidence.at, err) < 0)
		return -1;
	evidence.vek = bytes_of(&certificates.vek, certificates.vek_path);
	for (size_t i = 0; i < certificates.n_issuers; i++)
		evidence.issuers[i] =
			bytes_of(&certificates.issuers[i], certificates.issuer_paths[i]);
	evidence.masked_chip_id_allowed = value(work, "--masked-chip-id") != NULL;
	if (report_verify(&verified, work->file.bytes, work->file.len, &evidence, err) == 0)
		return take_verdict(work, &certificates, &verified, err);
	return checks_add_result(&work->checks, "signature", -1, err);
}

static int verify_if_wanted(struct work *work, struct err *err)
{
	if (value(work, "--vcek") != NULL || value(work, "--vlek") != NULL)
		return verify(work, err);
	checks_add(&work->checks, "signature", CHECK_NOT_MADE,
		   "give --vcek or --vlek, and its issuers");
	return 0;
}

static int run_report(struct work *work, struct err *err)
{
	if (check_use(work, err) < 0 || check_use_of_issuers(work, err) < 0 ||
	    openssl_setup(err) < 0 || read_report(work, err) < 0 ||
	    verify_if_wanted(work, err) < 0 ||
	    report_expect(&work->checks, work->options, &work->report, err) < 0)
		return -1;
	return checks_verdict(&work->checks, err);
}

int command_report(const struct options *options, struct client *client)
{
	AUTO(json) struct json_object *result = json_object_new_object();
	struct json_object *checks = json_object_new_array();
	struct work work = {
		.options = options,
		.client = client,
		.result = result,
		.checks = { .list = checks },
	};
	struct err err;
	struct err print_err;
	int done = run_report(&work, &err);

	result_add_object(result, "checks", checks);
	text_file_release(&work.file);
	// A negative verdict has its reasons printed.
	if ((done == 0 || err.kind == ERR_VERDICT) &&
	    result_print(result, options->json_wanted, &print_err) < 0)
		return command_fail(&print_err);
	return done < 0 ? command_fail(&err) : 0;
}
