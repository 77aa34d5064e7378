// SPDX-License-Identifier: Apache-2.0
// Looks at all outputs of id-block, opens them all, and only then writes.

#include "cli/id_block_output.h"

#include <assert.h>
#include <string.h>

#include "base/text_escape.h"
#include "cli/output_file.h"
#include "measure/id_block.h"

static bool is_block(const char *bytes, size_t len)
{
	struct id_block block;
	struct err ignored;

	return id_block_decode(&block, bytes, len, &ignored) == 0;
}

static bool is_auth(const char *bytes, size_t len)
{
	struct id_auth auth;
	struct err ignored;

	return id_auth_decode(&auth, bytes, len, &ignored) == 0;
}

static bool is_key(const char *bytes, size_t len)
{
	struct p384_public_key key;
	struct err ignored;

	if (len != sizeof(key.bytes))
		return false;
	memcpy(key.bytes, bytes, sizeof(key.bytes));
	return p384_public_key_check(&key, &ignored) == 0;
}

static const struct {
	const char *becomes;
	size_t len;
	bool (*is_one)(const char *bytes, size_t len);
} kinds[] = {
	[ID_BLOCK_OUTPUT_BLOCK] = { "an ID block", ID_BLOCK_BYTES, is_block },
	[ID_BLOCK_OUTPUT_AUTH] = { "the authentication of an ID block", ID_AUTH_BYTES, is_auth },
	[ID_BLOCK_OUTPUT_KEY] = { "an ID key to sign", P384_PUBLIC_KEY_BYTES, is_key },
};
static_assert(ARRAY_LEN(kinds) == ID_BLOCK_OUTPUT_KINDS, "each kind has a row");

// --- All together --------------------------------------------------------------------------------

struct files {
	size_t n;
	struct output_file items[ID_BLOCK_OUTPUTS_MAX];
	const void *bytes[ID_BLOCK_OUTPUTS_MAX];
	size_t lens[ID_BLOCK_OUTPUTS_MAX];
};

static void files_close(struct files *files)
{
	for (size_t i = 0; i < files->n; i++)
		output_file_close(&files->items[i]);
}

DEFINE_AUTO(files, struct files, files_close);

static void add_file(struct files *files, const struct id_block_output *output)
{
	assert(files->n < ID_BLOCK_OUTPUTS_MAX);
	files->items[files->n] = (struct output_file){ .path = output->path,
						       .becomes = kinds[output->kind].becomes,
						       .is_one = kinds[output->kind].is_one,
						       .len_max = kinds[output->kind].len,
						       .fd = -1 };
	files->bytes[files->n] = output->bytes;
	files->lens[files->n++] = kinds[output->kind].len;
}

// All are looked at before the first is made.
static int open_all(struct files *files, struct client *client, struct err *err)
{
	for (size_t i = 0; i < files->n; i++)
		if (output_file_look(&files->items[i], client, err) < 0)
			return -1;
	for (size_t i = 0; i < files->n; i++)
		if (output_file_open(&files->items[i], client, err) < 0)
			return -1;
	if (files->n > 1 && output_file_is_same(&files->items[0], &files->items[1]))
		return err_set(err, ERR_USAGE, "outputs '%s' and '%s' must be different files",
			       TEXT_SHOW(files->items[0].path), TEXT_SHOW(files->items[1].path));
	return 0;
}

int id_block_output_write(struct client *client, const struct id_block_output *outputs, size_t n,
			  struct err *err)
{
	AUTO(files) struct files files = { 0 };

	for (size_t i = 0; i < n; i++)
		if (outputs[i].path != NULL)
			add_file(&files, &outputs[i]);
	if (open_all(&files, client, err) < 0)
		return -1;
	for (size_t i = 0; i < files.n; i++)
		if (output_file_write(&files.items[i], files.bytes[i], files.lens[i], err) < 0)
			return -1;
	return 0;
}
