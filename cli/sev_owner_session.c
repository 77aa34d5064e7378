// SPDX-License-Identifier: Apache-2.0
// snplaunch sev-owner session: before the launch, what the owner gives the host.

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/text_escape.h"
#include "cli/new_file.h"
#include "cli/sev_owner.h"
#include "measure/sev_chain.h"
#include "measure/sev_session.h"
#include "policy/json_file.h"

// Of the policy; the two highest bytes are the oldest API that the guest runs with.
static const char *const policy_bits[] = { "NODBG", "NOKS", "ES", "NOSEND", "DOMAIN", "SEV" };
#define POLICY_NODBG 1U
#define POLICY_RESERVED 0xffc0U

// Who the platform is, as far as that was verified.
struct platform {
	bool is_verified;
	bool ark_is_named;
	bool oca_is_named;
	char ark[SEV_OWNER_HEX_SIZE];
	char oca[SEV_OWNER_HEX_SIZE];
	char pdh[SEV_OWNER_HEX_SIZE];
};

// --- The platform ------------------------------------------------------------------------------

static int add_file(struct sev_chain *chain, const char *path, struct client *client,
		    struct err *err)
{
	AUTO(text_file) struct text_file file = { 0 };

	if (path == NULL)
		return 0;
	if (sev_owner_read_file(&file, path, SEV_CHAIN_FILE_BYTES_MAX, client, err) < 0)
		return -1;
	if (sev_chain_add(chain, file.bytes, file.len, err) < 0)
		return err_context(err, "'%s'", TEXT_SHOW(path));
	return 0;
}

static int read_chain(struct sev_chain *chain, const struct options *options, struct client *client,
		      struct err *err)
{
	static const char *const sources[] = { "--pdh", "--chain", "--amd-chain" };

	for (size_t i = 0; i < ARRAY_LEN(sources); i++)
		if (add_file(chain, options_value(options, sources[i]), client, err) < 0)
			return -1;
	return sev_chain_check_pdh(chain, err);
}

static void describe(struct platform *platform, const struct sev_chain *chain,
		     const struct sev_chain_trust *trust)
{
	uint8_t digest[SHA256_BYTES];

	platform->is_verified = true;
	platform->ark_is_named = trust->ark_sha256 != NULL;
	platform->oca_is_named = trust->oca_sha256 != NULL;
	sev_root_digest(digest, &chain->ark);
	(void)sev_owner_hex(platform->ark, digest);
	sev_certificate_digest(digest, &chain->oca);
	(void)sev_owner_hex(platform->oca, digest);
}

static int verify_chain(struct platform *platform, const struct sev_chain *chain,
			const struct options *options, struct err *err)
{
	struct sev_chain_trust trust = { .self_owned =
						 options_value(options, "--self-owned") != NULL };
	uint8_t ark[SHA256_BYTES];
	uint8_t oca[SHA256_BYTES];

	if (options_value(options, "--ark-sha256") != NULL) {
		trust.ark_sha256 = ark;
		if (sev_owner_read_digest(ark, options, "--ark-sha256", err) < 0)
			return -1;
	}
	if (options_value(options, "--oca-sha256") != NULL) {
		trust.oca_sha256 = oca;
		if (sev_owner_read_digest(oca, options, "--oca-sha256", err) < 0)
			return -1;
	}
	if (trust.self_owned == (trust.oca_sha256 != NULL))
		return err_set(err, ERR_USAGE,
			       "name the platform's owner with '--oca-sha256', or take any with "
			       "'--self-owned': one of both");
	if (sev_chain_verify(chain, &trust, err) < 0)
		return err_context(err, "platform");
	describe(platform, chain, &trust);
	return 0;
}

static int check_platform(struct platform *platform, const struct sev_chain *chain,
			  const struct options *options, struct err *err)
{
	static const char *const verifying[] = { "--chain", "--amd-chain", "--ark-sha256",
						 "--oca-sha256", "--self-owned" };
	uint8_t digest[SHA256_BYTES];

	sev_certificate_digest(digest, &chain->pdh);
	(void)sev_owner_hex(platform->pdh, digest);
	if (options_value(options, "--unverified") == NULL)
		return verify_chain(platform, chain, options, err);
	for (size_t i = 0; i < ARRAY_LEN(verifying); i++)
		if (options_value(options, verifying[i]) != NULL)
			return err_set(err, ERR_USAGE,
				       "options '--unverified' and '%s' contradict each other",
				       verifying[i]);
	log_warning("the platform is not verified: whoever holds the key of this PDH can read the "
		    "guest and its secrets");
	return 0;
}

// --- The session -------------------------------------------------------------------------------

static int read_policy(uint32_t *policy, const struct options *options, struct err *err)
{
	if (sev_owner_read_number(policy, options, "--policy", UINT32_MAX, err) < 0)
		return -1;
	if ((*policy & POLICY_RESERVED) != 0)
		return err_set(err, ERR_USAGE,
			       "option '--policy': bits 6 to 15 of 0x%" PRIx32 " must be 0",
			       *policy);
	if ((*policy & POLICY_NODBG) == 0)
		log_warning("policy 0x%" PRIx32 " lets the host debug the guest, and so read its "
			    "memory: bit 0 (NODBG) forbids that",
			    *policy);
	return 0;
}

static int write_keys(const struct new_file *file, const struct sev_owner_keys *keys,
		      struct err *err)
{
	char text[SEV_OWNER_KEYS_TEXT_SIZE];
	int status = new_file_write(file, text, sev_owner_keys_encode(text, keys), err);

	OPENSSL_cleanse(text, sizeof(text));
	return status;
}

// All are there before anything is in one: a session without its keys is of no use.
static int write_all(const struct sev_session *session, const struct sev_owner_keys *keys,
		     const struct options *options, struct client *client, struct err *err)
{
	AUTO(new_file)
	struct new_file keys_file = { options_value(options, "--keys-output"), true, -1 };
	AUTO(new_file)
	struct new_file session_file = { options_value(options, "--session-output"), false, -1 };
	AUTO(new_file)
	struct new_file dh_cert_file = { options_value(options, "--dh-cert-output"), false, -1 };

	if (new_file_open(&keys_file, client, err) < 0 ||
	    new_file_open(&session_file, client, err) < 0 ||
	    new_file_open(&dh_cert_file, client, err) < 0)
		return -1;
	if (write_keys(&keys_file, keys, err) < 0 ||
	    new_file_write_base64(&session_file, session->blob, sizeof(session->blob), err) < 0)
		return -1;
	return new_file_write_base64(&dh_cert_file, session->dh_cert, sizeof(session->dh_cert),
				     err);
}

// --- What is said ------------------------------------------------------------------------------

static void print_policy(uint32_t policy)
{
	char text[SEV_OWNER_POLICY_SIZE];
	const char *separator = ": ";

	printf("%-12s %s", "policy", sev_owner_policy_text(text, policy));
	for (size_t i = 0; i < ARRAY_LEN(policy_bits); i++) {
		if ((policy & 1U << i) == 0)
			continue;
		printf("%s%s", separator, policy_bits[i]);
		separator = ", ";
	}
	putchar('\n');
}

static void print_text(const struct platform *platform, const struct options *options,
		       uint32_t policy)
{
	static const char *const outputs[][2] = { { "dh_cert", "--dh-cert-output" },
						  { "session", "--session-output" },
						  { "keys", "--keys-output" } };

	printf("%-12s %s\n", "platform", platform->is_verified ? "verified" : "not verified");
	if (platform->is_verified) {
		printf("%-12s %s%s\n", "ARK sha256", platform->ark,
		       platform->ark_is_named ? "" : ", which you must compare with AMD's");
		printf("%-12s %s%s\n", "OCA sha256", platform->oca,
		       platform->oca_is_named ? "" : ", whoever that is");
	}
	printf("%-12s %s\n", "PDH sha256", platform->pdh);
	print_policy(policy);
	for (size_t i = 0; i < ARRAY_LEN(outputs); i++)
		printf("%-12s %s\n", outputs[i][0],
		       TEXT_SHOW(options_value(options, outputs[i][1])));
}

static void print_json(const struct platform *platform, uint32_t policy)
{
	AUTO(json) struct json_object *object = json_object_new_object();
	char text[SEV_OWNER_POLICY_SIZE];

	sev_owner_add(object, "platform_verified", json_object_new_boolean(platform->is_verified));
	if (platform->is_verified) {
		sev_owner_add(object, "ark_sha256", json_object_new_string(platform->ark));
		sev_owner_add(object, "ark_named", json_object_new_boolean(platform->ark_is_named));
		sev_owner_add(object, "oca_sha256", json_object_new_string(platform->oca));
		sev_owner_add(object, "oca_named", json_object_new_boolean(platform->oca_is_named));
	}
	sev_owner_add(object, "pdh_sha256", json_object_new_string(platform->pdh));
	sev_owner_add(object, "policy",
		      json_object_new_string(sev_owner_policy_text(text, policy)));
	sev_owner_print_json(object);
}

int sev_owner_session(const struct options *options, struct client *client, struct err *err)
{
	AUTO(mem) struct sev_chain *chain = mem_zeroed(1, sizeof(*chain));
	AUTO(sev_owner_keys) struct sev_owner_keys keys = { 0 };
	struct platform platform = { 0 };
	struct sev_session session;
	uint32_t policy;

	if (read_policy(&policy, options, err) < 0 || read_chain(chain, options, client, err) < 0 ||
	    check_platform(&platform, chain, options, err) < 0)
		return -1;
	if (sev_owner_keys_draw(&keys, policy, err) < 0 ||
	    sev_session_make(&session, &keys, &chain->pdh, err) < 0 ||
	    write_all(&session, &keys, options, client, err) < 0)
		return -1;
	if (options->json_wanted)
		print_json(&platform, policy);
	else
		print_text(&platform, options, policy);
	return 0;
}
