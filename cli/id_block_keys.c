// SPDX-License-Identifier: Apache-2.0
// Reads keys into memory that is wiped: a file of a public key may hold the private one.

#include "cli/id_block_keys.h"

#include "base/text_escape.h"
#include "cli/passphrase.h"
#include "cli/secret.h"
#include "measure/key_file.h"

// More than key_file.h takes, so that it refuses what is longer.
#define KEY_FILE_READ_MAX ((size_t)128 * 1024)

static int read_file(struct secret *secret, struct client *client, const char *path,
		     struct err *err)
{
	AUTO(fd) int fd = -1;

	if (client_open(client, OPEN_INPUT, path, &fd, err) < 0)
		return -1;
	if (secret_read(secret, fd, KEY_FILE_READ_MAX, err) < 0)
		return err_context(err, "key '%s'", TEXT_SHOW(path));
	return 0;
}

int id_block_read_public(struct p384_public_key *key, struct client *client, const char *path,
			 struct err *err)
{
	AUTO(secret) struct secret file = { 0 };

	if (read_file(&file, client, path, err) < 0)
		return -1;
	if (p384_public_key_read(key, file.bytes, file.len, err) < 0)
		return err_context(err, "key '%s'", TEXT_SHOW(path));
	return 0;
}

int id_block_read_private(EVP_PKEY **key, struct client *client, const char *path,
			  bool stdin_allowed, struct err *err)
{
	AUTO(secret) struct secret file = { 0 };
	struct passphrase passphrase = {
		.client = client,
		.key = path,
		.stdin_allowed = stdin_allowed,
	};
	const struct passphrase_source source = { passphrase_get, &passphrase };

	if (read_file(&file, client, path, err) < 0)
		return -1;
	if (key_file_read_private(key, file.bytes, file.len, &source, err) == 0)
		return 0;
	if (passphrase.err.kind != ERR_NONE)
		*err = passphrase.err; // the reason for the reason
	return err_context(err, "key '%s'", TEXT_SHOW(path));
}
