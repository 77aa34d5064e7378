// SPDX-License-Identifier: Apache-2.0
// Puts certificates in their places, and verifies from the root down.

#include "measure/sev_chain.h"

#include <string.h>

#include "base/auto.h"
#include "base/mem.h"
#include "base/text_base64_decode.h"

// --- Reading -----------------------------------------------------------------------------------

static int refuse_second(enum sev_usage usage, struct err *err)
{
	return err_set(err, ERR_INPUT, "there is more than one %s", sev_usage_word(usage));
}

static struct sev_certificate *place_of(struct sev_chain *chain, enum sev_usage usage)
{
	switch (usage) {
	case SEV_USAGE_PDH:
		return &chain->pdh;
	case SEV_USAGE_PEK:
		return &chain->pek;
	case SEV_USAGE_OCA:
		return &chain->oca;
	default:
		return &chain->cek;
	}
}

// These two return how many bytes they took, 0 for a failure.
static size_t add_platform(struct sev_chain *chain, const uint8_t *bytes, struct err *err)
{
	struct sev_certificate read;
	struct sev_certificate *place;

	if (sev_certificate_read(&read, bytes, SEV_CERTIFICATE_BYTES, err) < 0)
		return 0;
	place = place_of(chain, read.usage);
	if (place->usage == read.usage) {
		(void)refuse_second(read.usage, err);
		return 0;
	}
	*place = read;
	return SEV_CERTIFICATE_BYTES;
}

static size_t add_root(struct sev_chain *chain, const uint8_t *bytes, size_t len, struct err *err)
{
	struct sev_root read;
	struct sev_root *place;

	if (sev_root_read(&read, bytes, len, err) < 0)
		return 0;
	place = read.usage == SEV_USAGE_ARK ? &chain->ark : &chain->ask;
	if (place->len != 0) {
		(void)refuse_second(read.usage, err);
		return 0;
	}
	*place = read;
	return read.len;
}

static int add_all(struct sev_chain *chain, const uint8_t *bytes, size_t len, struct err *err)
{
	while (len > 0) {
		size_t taken = sev_certificate_is(bytes, len) ? add_platform(chain, bytes, err) :
								add_root(chain, bytes, len, err);

		if (taken == 0)
			return -1;
		bytes += taken;
		len -= taken;
	}
	return 0;
}

// Without the ends of lines, which other programs put in. Returns the length of the text.
static size_t copy_digits(char *text, const char *bytes, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		if (bytes[i] != '\n' && bytes[i] != '\r')
			text[n++] = bytes[i];
	text[n] = '\0';
	return n;
}

static int add_base64(struct sev_chain *chain, const char *bytes, size_t len, struct err *err)
{
	AUTO(mem) char *text = mem_zeroed(len + 1, 1);
	AUTO(mem) uint8_t *decoded = mem_zeroed(len, 1);
	size_t n = copy_digits(text, bytes, len);
	size_t n_padding = strlen(text) - strcspn(text, "=");
	size_t decoded_len = n / 4 * 3 - n_padding;

	if (n == 0 || n % 4 != 0 || n_padding > 2 ||
	    text_base64_decode(decoded, decoded_len, text) < 0)
		return err_set(err, ERR_INPUT,
			       "it is neither certificates of SEV nor these in base64");
	return add_all(chain, decoded, decoded_len, err);
}

int sev_chain_add(struct sev_chain *chain, const void *bytes, size_t len, struct err *err)
{
	static const uint8_t version[] = { 1, 0, 0, 0 };

	if (len == 0 || len > SEV_CHAIN_FILE_BYTES_MAX)
		return err_set(err, ERR_INPUT, "it has %zu bytes%s, and certificates have 1 to %zu",
			       len, len > 0 ? " or more" : "", SEV_CHAIN_FILE_BYTES_MAX);
	if (len >= sizeof(version) && memcmp(bytes, version, sizeof(version)) == 0)
		return add_all(chain, bytes, len, err);
	return add_base64(chain, bytes, len, err);
}

// --- Verifying ---------------------------------------------------------------------------------

static int refuse_missing(const char *which, const char *where, struct err *err)
{
	return err_set(err, ERR_INPUT, "the certificate of the %s is missing: %s", which, where);
}

#define FROM_PLATFORM "the platform exports it, for example by QEMU's query-sev-capabilities"
#define FROM_AMD "AMD publishes it, as ask_ark_GENERATION.cert"

int sev_chain_check_pdh(const struct sev_chain *chain, struct err *err)
{
	return chain->pdh.usage == SEV_USAGE_PDH ? 0 : refuse_missing("PDH", FROM_PLATFORM, err);
}

static int check_all(const struct sev_chain *chain, struct err *err)
{
	if (sev_chain_check_pdh(chain, err) < 0)
		return -1;
	if (chain->pek.usage != SEV_USAGE_PEK)
		return refuse_missing("PEK", FROM_PLATFORM, err);
	if (chain->oca.usage != SEV_USAGE_OCA)
		return refuse_missing("OCA", FROM_PLATFORM, err);
	if (chain->cek.usage != SEV_USAGE_CEK)
		return refuse_missing("CEK", FROM_PLATFORM, err);
	if (chain->ask.len == 0)
		return refuse_missing("ASK", FROM_AMD, err);
	return chain->ark.len != 0 ? 0 : refuse_missing("ARK", FROM_AMD, err);
}

static int check_ark(const struct sev_chain *chain, const struct sev_chain_trust *trust,
		     struct err *err)
{
	uint8_t digest[SHA256_BYTES];

	if (trust->ark_sha256 == NULL)
		return 0;
	sev_root_digest(digest, &chain->ark);
	if (memcmp(digest, trust->ark_sha256, sizeof(digest)) != 0)
		return err_set(err, ERR_VERDICT, "ARK: it has not the digest that was given");
	return 0;
}

static int check_owner(const struct sev_chain *chain, const struct sev_chain_trust *trust,
		       struct err *err)
{
	uint8_t digest[SHA256_BYTES];

	if (trust->oca_sha256 == NULL && !trust->self_owned)
		return err_set(err, ERR_VERDICT,
			       "OCA: nothing says that this owner of the platform is trusted");
	if (trust->oca_sha256 == NULL)
		return 0;
	sev_certificate_digest(digest, &chain->oca);
	if (memcmp(digest, trust->oca_sha256, sizeof(digest)) != 0)
		return err_set(err, ERR_VERDICT, "OCA: it has not the digest that was given");
	return 0;
}

int sev_chain_verify(const struct sev_chain *chain, const struct sev_chain_trust *trust,
		     struct err *err)
{
	if (check_all(chain, err) < 0 || check_ark(chain, trust, err) < 0 ||
	    sev_root_verify(&chain->ark, &chain->ark, err) < 0 ||
	    sev_root_verify(&chain->ask, &chain->ark, err) < 0 ||
	    sev_root_verify_cek(&chain->ask, &chain->cek, err) < 0)
		return -1;
	if (check_owner(chain, trust, err) < 0 ||
	    sev_certificate_verify(&chain->oca, &chain->oca, err) < 0 ||
	    sev_certificate_verify(&chain->pek, &chain->oca, err) < 0 ||
	    sev_certificate_verify(&chain->pek, &chain->cek, err) < 0)
		return -1;
	return sev_certificate_verify(&chain->pdh, &chain->pek, err);
}
