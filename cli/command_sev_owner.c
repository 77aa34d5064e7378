// SPDX-License-Identifier: Apache-2.0
// snplaunch sev-owner: which actions there are, and which options each takes.

#include <inttypes.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"
#include "base/text_number.h"
#include "cli/sev_owner.h"
#include "measure/sev_secret.h"

const struct command_option command_sev_owner_options[] = {
	{ "--pdh", "FILE", "the platform's Diffie-Hellman certificate" },
	{ "--chain", "FILE", "the platform's other certificates: PEK, OCA, CEK" },
	{ "--amd-chain", "FILE", "AMD's certificates: ASK, ARK (ask_ark_*.cert)" },
	{ "--ark-sha256", "HEX", "the SHA-256 that the ARK's certificate must have" },
	{ "--oca-sha256", "HEX", "the SHA-256 that the platform owner's certificate must have" },
	{ "--self-owned", NULL, "take a platform whoever owns it" },
	{ "--unverified", NULL, "take a PDH without its chain: for tests" },
	{ "--policy", "N", "the guest's policy; with verify and secret, what the keys must have" },
	{ "--dh-cert-output", "FILE", "makes the guest file's sev_session.dh_cert" },
	{ "--session-output", "FILE", "makes the guest file's sev_session.session" },
	{ "--keys-output", "FILE", "makes the file of the owner's keys, which stays secret" },
	{ "--keys", "FILE", "the owner's keys, as session made them" },
	{ "--measurement", "BASE64", "what the host's firmware measured, with its nonce" },
	{ "--digest", "HEX", "the launch digest that the guest must have" },
	{ "--api", "MAJOR.MINOR", "the firmware's API version, as the host tells it" },
	{ "--build", "N", "the firmware's build, likewise" },
	{ "--secret", "FILE", "the secret, byte for byte" },
	{ "--guid", "GUID", "what the secret is to the guest (default: a disk's key)" },
	{ "--raw", NULL, "the secret is the whole table that the guest reads" },
	{ "--header-output", "FILE", "makes the packet's header, in base64" },
	{ "--payload-output", "FILE", "makes the packet's encrypted part, in base64" },
	{ NULL, NULL, NULL },
};

// An option that an action takes.
struct taken_option {
	const char *name;
	bool is_required;
};

static const struct taken_option session_options[] = {
	{ "--pdh", true },
	{ "--chain", false },
	{ "--amd-chain", false },
	{ "--ark-sha256", false },
	{ "--oca-sha256", false },
	{ "--self-owned", false },
	{ "--unverified", false },
	{ "--policy", true },
	{ "--dh-cert-output", true },
	{ "--session-output", true },
	{ "--keys-output", true },
};

static const struct taken_option verify_options[] = {
	{ "--keys", true }, { "--measurement", true }, { "--digest", true },
	{ "--api", true },  { "--build", true },       { "--policy", false },
};

static const struct taken_option secret_options[] = {
	{ "--keys", true },	     { "--measurement", true },	   { "--digest", true },
	{ "--api", true },	     { "--build", true },	   { "--policy", false },
	{ "--secret", true },	     { "--guid", false },	   { "--raw", false },
	{ "--header-output", true }, { "--payload-output", true },
};

struct action {
	const char *name;
	const struct taken_option *options;
	size_t n_options;
	int (*run)(const struct options *options, struct client *client, struct err *err);
};

#define ACTION(name, options, run) \
	{ \
		name, options, ARRAY_LEN(options), run \
	}

static const struct action actions[] = {
	ACTION("session", session_options, sev_owner_session),
	ACTION("verify", verify_options, sev_owner_verify),
	ACTION("secret", secret_options, sev_owner_secret),
};

// NULL when there is none of that name.
static const struct action *find_action(const char *name, struct err *err)
{
	for (size_t i = 0; name != NULL && i < ARRAY_LEN(actions); i++)
		if (strcmp(actions[i].name, name) == 0)
			return &actions[i];
	if (name == NULL)
		(void)err_set(err, ERR_USAGE, "sev-owner does what? session, verify or secret");
	else
		(void)err_set(err, ERR_USAGE,
			      "sev-owner cannot do '%s': it does session, verify and secret",
			      TEXT_SHOW(name));
	return NULL;
}

static const struct taken_option *find_taken(const struct action *action, const char *name)
{
	for (size_t i = 0; i < action->n_options; i++)
		if (strcmp(action->options[i].name, name) == 0)
			return &action->options[i];
	return NULL;
}

static int check_options(const struct options *options, const struct action *action,
			 struct err *err)
{
	for (size_t i = 0; command_sev_owner_options[i].name != NULL; i++) {
		const char *name = command_sev_owner_options[i].name;
		const struct taken_option *taken = find_taken(action, name);
		bool is_given = options_value(options, name) != NULL;

		if (is_given && taken == NULL)
			return err_set(err, ERR_USAGE, "option '%s' is not for sev-owner %s", name,
				       action->name);
		if (!is_given && taken != NULL && taken->is_required)
			return err_set(err, ERR_USAGE, "sev-owner %s needs the option '%s'",
				       action->name, name);
	}
	return 0;
}

// --- What the actions share --------------------------------------------------------------------

int sev_owner_read_file(struct text_file *file, const char *path, size_t len_max,
			struct client *client, struct err *err)
{
	AUTO(fd) int fd = -1;

	if (client_open(client, OPEN_INPUT, path, &fd, err) < 0)
		return -1;
	if (text_file_read(file, fd, len_max + 1, err) < 0)
		return err_context(err, "'%s'", TEXT_SHOW(path));
	return 0;
}

int sev_owner_read_digest(uint8_t digest[static SHA256_BYTES], const struct options *options,
			  const char *option, struct err *err)
{
	const char *value = options_value(options, option);
	size_t len;

	if (strlen(value) != SEV_OWNER_HEX_SIZE - 1 ||
	    OPENSSL_hexstr2buf_ex(digest, SHA256_BYTES, &len, value, '\0') != 1)
		return err_set(err, ERR_USAGE,
			       "option '%s': must be the %d hexadecimal digits of a SHA-256",
			       option, SEV_OWNER_HEX_SIZE - 1);
	return 0;
}

int sev_owner_read_number(uint32_t *number, const struct options *options, const char *option,
			  uint32_t max, struct err *err)
{
	const char *value = options_value(options, option);
	uint64_t parsed;

	if (text_parse_u64(value, &parsed) < 0 || parsed > max)
		return err_set(err, ERR_USAGE,
			       "option '%s': must be a number from 0 to %" PRIu32 ", not '%s'",
			       option, max, TEXT_SHOW(value));
	*number = (uint32_t)parsed;
	return 0;
}

char *sev_owner_hex(char out[static SEV_OWNER_HEX_SIZE], const uint8_t digest[static SHA256_BYTES])
{
	for (size_t i = 0; i < SHA256_BYTES; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", digest[i]);
	return out;
}

char *sev_owner_policy_text(char out[static SEV_OWNER_POLICY_SIZE], uint32_t policy)
{
	(void)snprintf(out, SEV_OWNER_POLICY_SIZE, "0x%" PRIx32, policy);
	return out;
}

void sev_owner_add(struct json_object *object, const char *key, struct json_object *value)
{
	(void)json_object_object_add(object, key, value);
}

void sev_owner_print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
}

void sev_owner_secret_file_release(struct text_file *file)
{
	if (file->bytes != NULL)
		OPENSSL_cleanse(file->bytes, file->len);
	text_file_release(file);
}

// -----------------------------------------------------------------------------------------------

int command_sev_owner(const struct options *options, struct client *client)
{
	struct err err;
	const struct action *action = find_action(options->arguments[0], &err);

	// Its configuration is a file, and opening one would end the front.
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
	if (action == NULL || check_options(options, action, &err) < 0 ||
	    action->run(options, client, &err) < 0)
		return command_fail(&err);
	if (fflush(stdout) != 0) {
		(void)err_sys(&err, "cannot write to standard output");
		return command_fail(&err);
	}
	return 0;
}
