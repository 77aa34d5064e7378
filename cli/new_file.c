// SPDX-License-Identifier: Apache-2.0
// Makes files through the launcher.

#include "cli/new_file.h"

#include <sys/stat.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/text_base64.h"
#include "base/text_escape.h"

int new_file_open(struct new_file *file, struct client *client, struct err *err)
{
	struct stat st;

	if (client_open(client, OPEN_OUTPUT, file->path, &file->fd, err) < 0)
		return -1;
	if (fstat(file->fd, &st) < 0)
		return err_sys(err, "cannot look at output '%s'", TEXT_SHOW(file->path));
	if (st.st_size != 0)
		return err_set(err, ERR_INPUT,
			       "output '%s': something is in it already: name another file, or "
			       "remove it",
			       TEXT_SHOW(file->path));
	if (file->is_private && (st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(err, ERR_INPUT,
			       "output '%s': others than its owner may use it (mode %03o): remove "
			       "it, or run chmod 600",
			       TEXT_SHOW(file->path), st.st_mode & 0777U);
	return 0;
}

int new_file_write(const struct new_file *file, const void *bytes, size_t len, struct err *err)
{
	if (fd_write_all(file->fd, bytes, len, err) < 0)
		return err_context(err, "output '%s'", TEXT_SHOW(file->path));
	return 0;
}

int new_file_write_base64(const struct new_file *file, const void *bytes, size_t len,
			  struct err *err)
{
	AUTO(mem) char *text = mem_zeroed(TEXT_BASE64_SIZE(len) + 1, 1);

	text_base64_encode(text, bytes, len);
	text[TEXT_BASE64_SIZE(len) - 1] = '\n';
	return new_file_write(file, text, TEXT_BASE64_SIZE(len), err);
}

void new_file_close(struct new_file *file)
{
	close_fd(&file->fd);
}
