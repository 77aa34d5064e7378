// SPDX-License-Identifier: Apache-2.0
// snplaunch id-block: makes, checks and shows ID blocks. Its first argument is what to do.

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text_escape.h"
#include "cli/checks.h"
#include "cli/command.h"
#include "cli/id_block_keys.h"
#include "cli/id_block_output.h"
#include "cli/input_file.h"
#include "cli/openssl_setup.h"
#include "cli/option_value.h"
#include "cli/passphrase.h"
#include "cli/result.h"
#include "cli/snp_result.h"
#include "policy/json_file.h"

// More than a signature has, as DER or raw.
#define SIGNATURE_FILE_BYTES_MAX ((size_t)1024)

const struct command_option id_block_options[] = {
	{ "--digest", "HEX|BASE64", "the launch digest, 48 bytes" },
	{ "--policy", "N", "the guest policy, bit for bit" },
	{ "--family-id", "HEX|BASE64", "16 bytes; zeros unless given" },
	{ "--image-id", "HEX|BASE64", "16 bytes; zeros unless given" },
	{ "--guest-svn", "N", "the guest's security version; 0 unless given" },
	{ "--id-key", "FILE", "the ID key: private for make, else public" },
	{ "--author-key", "FILE", "the author key, likewise" },
	{ PASSPHRASE_OPTION, NULL, "passphrases are lines of standard input" },
	{ "--id-signature", "FILE", "the ID key's signature of the block, DER or raw" },
	{ "--author-signature", "FILE", "the author key's signature of the ID key, likewise" },
	{ "--output", "FILE", "write the ID block there" },
	{ "--auth-output", "FILE", "write its authentication there; request: the ID key to sign" },
	{ 0 },
};

struct work {
	const struct options *options;
	struct client *client;
	const char *const *files; /* behind the verb */
	size_t n_files;
	struct json_object *result;
};

#define VERB_OPTIONS_MAX 10

struct verb {
	const char *name;
	const char *files; /* for messages: "BLOCK [AUTH]" */
	size_t n_files_min;
	size_t n_files_max;
	int (*run)(struct work *work, struct err *err);
	/* NULL ends a list. */
	const char *required[VERB_OPTIONS_MAX];
	const char *optional[VERB_OPTIONS_MAX];
};

// --- Reading -------------------------------------------------------------------------------------

static int read_names(const struct options *options, struct id_block *block, struct err *err)
{
	uint64_t svn = block->guest_svn;

	if (option_bytes(options, "--family-id", block->family_id, sizeof(block->family_id), err) <
		    0 ||
	    option_bytes(options, "--image-id", block->image_id, sizeof(block->image_id), err) <
		    0 ||
	    option_number(options, "--guest-svn", UINT32_MAX, &svn, err) < 0)
		return -1;
	block->guest_svn = (uint32_t)svn;
	return 0;
}

// The block that the options describe; what they do not say stays.
static int read_options(const struct options *options, struct id_block *block, struct err *err)
{
	if (option_bytes(options, "--digest", block->launch_digest, sizeof(block->launch_digest),
			 err) < 0 ||
	    option_number(options, "--policy", UINT64_MAX, &block->policy, err) < 0)
		return -1;
	return read_names(options, block, err);
}

// Encoded, and read back, so that a policy is refused that firmware would refuse.
static int make_block(const struct options *options, struct id_block *block,
		      uint8_t bytes[static ID_BLOCK_BYTES], struct err *err)
{
	*block = (struct id_block){ 0 };
	if (read_options(options, block, err) < 0)
		return -1;
	id_block_encode(bytes, block);
	if (id_block_decode(block, bytes, ID_BLOCK_BYTES, err) < 0) {
		err->kind = ERR_USAGE;
		return -1;
	}
	return 0;
}

static int read_block(struct work *work, struct id_block *block, struct err *err)
{
	AUTO(text_file) struct text_file file = { 0 };

	if (input_file_read(&file, work->client, work->files[0], ID_BLOCK_BYTES, err) < 0)
		return -1;
	if (id_block_decode(block, file.bytes, file.len, err) < 0)
		return err_context(err, "'%s'", TEXT_SHOW(work->files[0]));
	return 0;
}

static int read_auth(struct work *work, struct id_auth *auth, struct err *err)
{
	AUTO(text_file) struct text_file file = { 0 };

	if (input_file_read(&file, work->client, work->files[1], ID_AUTH_BYTES, err) < 0)
		return -1;
	if (id_auth_decode(auth, file.bytes, file.len, err) < 0)
		return err_context(err, "'%s'", TEXT_SHOW(work->files[1]));
	return 0;
}

// True when the option is given.
static bool names(const struct work *work, const char *option)
{
	return options_value(work->options, option) != NULL;
}

static int read_public(struct work *work, const char *option, struct p384_public_key *key,
		       struct err *err)
{
	return id_block_read_public(key, work->client, options_value(work->options, option), err);
}

static int read_signature(struct work *work, const char *option, struct p384_signature *signature,
			  struct err *err)
{
	const char *path = options_value(work->options, option);
	AUTO(text_file) struct text_file file = { 0 };

	if (input_file_read(&file, work->client, path, SIGNATURE_FILE_BYTES_MAX, err) < 0)
		return -1;
	if (p384_signature_read(signature, file.bytes, file.len, err) < 0)
		return err_context(err, "'%s'", TEXT_SHOW(path));
	return 0;
}

// --- What there is to do -------------------------------------------------------------------------

// Both outputs, of which an option that is not given has none.
static int write_outputs(struct work *work, const void *block_bytes,
			 enum id_block_output_kind auth_kind, const void *auth_bytes,
			 struct err *err)
{
	const struct id_block_output outputs[] = {
		{ ID_BLOCK_OUTPUT_BLOCK, options_value(work->options, "--output"), block_bytes },
		{ auth_kind, options_value(work->options, "--auth-output"), auth_bytes },
	};

	return id_block_output_write(work->client, outputs, ARRAY_LEN(outputs), err);
}

static int show_both(struct work *work, const struct id_block *block, const struct id_auth *auth,
		     struct err *err)
{
	snp_result_add_id_block(work->result, block);
	return snp_result_add_id_auth(work->result, auth, err);
}

static int sign(struct work *work, struct id_auth *auth, const struct id_block *block,
		struct err *err)
{
	AUTO(evp_pkey) EVP_PKEY *id_key = NULL;
	AUTO(evp_pkey) EVP_PKEY *author_key = NULL;
	bool stdin_allowed = names(work, PASSPHRASE_OPTION);
	const char *author = options_value(work->options, "--author-key");

	if (id_block_read_private(&id_key, work->client, options_value(work->options, "--id-key"),
				  stdin_allowed, err) < 0 ||
	    (author != NULL &&
	     id_block_read_private(&author_key, work->client, author, stdin_allowed, err) < 0))
		return -1;
	return id_auth_sign(auth, block, id_key, author_key, err);
}

static int make(struct work *work, struct err *err)
{
	uint8_t block_bytes[ID_BLOCK_BYTES];
	uint8_t auth_bytes[ID_AUTH_BYTES];
	struct id_block block;
	struct id_auth auth;

	if (make_block(work->options, &block, block_bytes, err) < 0 ||
	    sign(work, &auth, &block, err) < 0 ||
	    id_auth_assemble(auth_bytes, &auth, &block, err) < 0 ||
	    write_outputs(work, block_bytes, ID_BLOCK_OUTPUT_AUTH, auth_bytes, err) < 0)
		return -1;
	return show_both(work, &block, &auth, err);
}

// An author signs the ID key as firmware has it, which no tool of OpenSSL's writes.
static int request_author(struct work *work, struct p384_public_key *key, struct err *err)
{
	if (names(work, "--id-key") != names(work, "--auth-output"))
		return err_set(err, ERR_USAGE,
			       "for the author's signature both '--id-key' and '--auth-output' are "
			       "needed");
	return names(work, "--id-key") ? read_public(work, "--id-key", key, err) : 0;
}

static int request(struct work *work, struct err *err)
{
	uint8_t bytes[ID_BLOCK_BYTES];
	struct p384_public_key key;
	struct id_block block;

	if (make_block(work->options, &block, bytes, err) < 0 ||
	    request_author(work, &key, err) < 0 ||
	    write_outputs(work, bytes, ID_BLOCK_OUTPUT_KEY, key.bytes, err) < 0)
		return -1;
	snp_result_add_id_block(work->result, &block);
	return 0;
}

static int read_author(struct work *work, struct id_auth *auth, struct err *err)
{
	auth->has_author = names(work, "--author-key");
	if (auth->has_author != names(work, "--author-signature"))
		return err_set(err, ERR_USAGE,
			       "with an author both '--author-key' and '--author-signature' are "
			       "needed");
	if (!auth->has_author)
		return 0;
	if (read_public(work, "--author-key", &auth->author_key, err) < 0)
		return -1;
	return read_signature(work, "--author-signature", &auth->id_key_signature, err);
}

static int assemble(struct work *work, struct err *err)
{
	uint8_t bytes[ID_AUTH_BYTES];
	struct id_auth auth = { 0 };
	struct id_block block;

	if (read_block(work, &block, err) < 0 ||
	    read_public(work, "--id-key", &auth.id_key, err) < 0 ||
	    read_signature(work, "--id-signature", &auth.block_signature, err) < 0 ||
	    read_author(work, &auth, err) < 0 || id_auth_assemble(bytes, &auth, &block, err) < 0 ||
	    write_outputs(work, NULL, ID_BLOCK_OUTPUT_AUTH, bytes, err) < 0)
		return -1;
	return show_both(work, &block, &auth, err);
}

static int show(struct work *work, struct err *err)
{
	struct id_block block;
	struct id_auth auth;

	if (read_block(work, &block, err) < 0)
		return -1;
	if (work->n_files > 1)
		return read_auth(work, &auth, err) < 0 ? -1 : show_both(work, &block, &auth, err);
	snp_result_add_id_block(work->result, &block);
	return 0;
}

// --- Checking ------------------------------------------------------------------------------------

static int check_fields(struct work *work, struct checks *checks, const struct id_block *block,
			struct err *err)
{
	struct id_block expected = *block; // what no option says is as it is

	if (read_options(work->options, &expected, err) < 0)
		return -1;
	if (names(work, "--digest"))
		checks_compare(checks, "launch_digest", block->launch_digest,
			       expected.launch_digest, sizeof(block->launch_digest));
	if (names(work, "--policy"))
		checks_compare_number(checks, "policy", block->policy, expected.policy);
	if (names(work, "--family-id"))
		checks_compare(checks, "family_id", block->family_id, expected.family_id,
			       sizeof(block->family_id));
	if (names(work, "--image-id"))
		checks_compare(checks, "image_id", block->image_id, expected.image_id,
			       sizeof(block->image_id));
	if (names(work, "--guest-svn"))
		checks_compare_decimal(checks, "guest_svn", block->guest_svn, expected.guest_svn);
	return 0;
}

// The keys of the authentication information that can be compared with files.
static const struct key_row {
	const char *what;
	const char *option;
	size_t at;
	bool of_author;
} key_rows[] = {
	{ "id_key", "--id-key", offsetof(struct id_auth, id_key), false },
	{ "author_key", "--author-key", offsetof(struct id_auth, author_key), true },
};

// What is wrong with the key of a row; "" when it is the expected one.
static const char *compare_key(const struct key_row *row, const struct id_auth *auth,
			       const struct p384_public_key *expected)
{
	if (row->of_author && !auth->has_author)
		return "there is none: no author has signed the ID key";
	if (memcmp((const uint8_t *)auth + row->at, expected, sizeof(*expected)) != 0)
		return "is another key than the file's";
	return "";
}

static int check_keys(struct work *work, struct checks *checks, const struct id_auth *auth,
		      struct err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(key_rows); i++) {
		const struct key_row *row = &key_rows[i];
		struct p384_public_key expected;
		const char *wrong;

		if (!names(work, row->option))
			continue;
		if (read_public(work, row->option, &expected, err) < 0)
			return -1;
		wrong = compare_key(row, auth, &expected);
		checks_add(checks, row->what, wrong[0] == '\0' ? CHECK_OK : CHECK_WRONG, wrong);
	}
	return 0;
}

static int check(struct work *work, struct err *err)
{
	struct checks checks = { .list = json_object_new_array() };
	struct id_block block;
	struct id_auth auth;
	struct err wrong;

	result_add_object(work->result, "checks", checks.list);
	if (read_block(work, &block, err) < 0 || read_auth(work, &auth, err) < 0)
		return -1;
	if (checks_add_result(&checks, "signatures", id_auth_verify(&auth, &block, &wrong),
			      &wrong) < 0) {
		*err = wrong;
		return err_context(err, "'%s'", TEXT_SHOW(work->files[1]));
	}
	if (check_fields(work, &checks, &block, err) < 0 ||
	    check_keys(work, &checks, &auth, err) < 0)
		return -1;
	return checks_verdict(&checks, err);
}

// --- The verbs -----------------------------------------------------------------------------------

#define BLOCK_FIELDS "--family-id", "--image-id", "--guest-svn"

static const struct verb verbs[] = {
	{ "make", "no file", 0, 0, make,
	  .required = { "--digest", "--policy", "--id-key", "--output", "--auth-output" },
	  .optional = { BLOCK_FIELDS, "--author-key", PASSPHRASE_OPTION } },
	{ "request", "no file", 0, 0, request, .required = { "--digest", "--policy", "--output" },
	  .optional = { BLOCK_FIELDS, "--id-key", "--auth-output" } },
	{ "assemble", "BLOCK", 1, 1, assemble,
	  .required = { "--id-key", "--id-signature", "--auth-output" },
	  .optional = { "--author-key", "--author-signature" } },
	{ "check", "BLOCK AUTH", 2, 2, check,
	  .optional = { "--digest", "--policy", BLOCK_FIELDS, "--id-key", "--author-key" } },
	{ "show", "BLOCK [AUTH]", 1, 2, show, .required = { NULL } },
};

static bool is_among(const char *const *list, const char *name)
{
	for (; *list != NULL; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

// A given option that would have no effect is a mistake.
static int check_options(const struct verb *verb, const struct work *work, struct err *err)
{
	for (const struct command_option *option = id_block_options; option->name != NULL;
	     option++) {
		bool required = is_among(verb->required, option->name);
		bool given = names(work, option->name);

		if (required && !given)
			return err_set(err, ERR_USAGE, "id-block %s: option '%s' is missing",
				       verb->name, option->name);
		if (given && !required && !is_among(verb->optional, option->name))
			return err_set(err, ERR_USAGE, "id-block %s: takes no option '%s'",
				       verb->name, option->name);
	}
	if (names(work, "--output") && names(work, "--auth-output") &&
	    strcmp(options_value(work->options, "--output"),
		   options_value(work->options, "--auth-output")) == 0)
		return err_set(err, ERR_USAGE,
			       "'--output' and '--auth-output' must be different files");
	return 0;
}

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; name != NULL && i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	return NULL;
}

static int run_verb(struct work *work, struct err *err)
{
	const char *name = work->options->arguments[0];
	const struct verb *verb = find_verb(name);

	if (verb == NULL)
		return err_set(err, ERR_USAGE,
			       "id-block %s: must be make, request, assemble, check or show",
			       name == NULL ? "what?" : TEXT_SHOW(name));
	if (work->n_files < verb->n_files_min || work->n_files > verb->n_files_max)
		return err_set(err, ERR_USAGE, "id-block %s: takes %s, not %zu files", verb->name,
			       verb->files, work->n_files);
	if (check_options(verb, work, err) < 0 || openssl_setup(err) < 0)
		return -1;
	return verb->run(work, err);
}

int command_id_block(const struct options *options, struct client *client)
{
	AUTO(json) struct json_object *result = json_object_new_object();
	struct work work = {
		.options = options,
		.client = client,
		.files = options->arguments + 1,
		.n_files = options->n_arguments > 0 ? options->n_arguments - 1 : 0,
		.result = result,
	};
	struct err err;
	struct err print_err;
	int done = run_verb(&work, &err);

	// A negative verdict has its reasons printed.
	if ((done == 0 || err.kind == ERR_VERDICT) && json_object_object_length(result) > 0 &&
	    result_print(result, options->json_wanted, &print_err) < 0)
		return command_fail(&print_err);
	return done < 0 ? command_fail(&err) : 0;
}
