// SPDX-License-Identifier: Apache-2.0
// Writes files by descriptors of the launcher's, over files of their own kind alone.

#include "cli/output_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text_escape.h"
#include "cli/text_file.h"

static int refuse(const struct output_file *file, struct err *err)
{
	return err_set(err, ERR_INPUT,
		       "output '%s': what is in it is not %s: name another file, or remove it",
		       TEXT_SHOW(file->path), file->becomes);
}

static int look_at(const struct output_file *file, int fd, struct stat *st, struct err *err)
{
	if (fstat(fd, st) < 0)
		return err_sys(err, "cannot look at output '%s'", TEXT_SHOW(file->path));
	return 0;
}

bool output_file_begins_with(const char *bytes, size_t len, const char *key)
{
	const char *const words[] = { "{", key, ":" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t blanks = strspn(bytes, " \t\r\n");

		if (blanks + strlen(words[i]) > len ||
		    memcmp(bytes + blanks, words[i], strlen(words[i])) != 0)
			return false;
		bytes += blanks + strlen(words[i]);
		len -= blanks + strlen(words[i]);
	}
	return true;
}

int output_file_look(struct output_file *file, struct client *client, struct err *err)
{
	AUTO(text_file) struct text_file text = { 0 };
	AUTO(fd) int fd = -1;
	struct stat st;

	file->has_seen = false;
	if (client_open(client, OPEN_INPUT, file->path, &fd, err) < 0)
		return err->errnum == ENOENT ? 0 : err_context(err, "output");
	if (look_at(file, fd, &st, err) < 0)
		return -1;
	if (text_file_read(&text, fd, file->len_max + 1, err) < 0)
		return err_context(err, "output '%s'", TEXT_SHOW(file->path));
	if (text.len > 0 && !file->is_one(text.bytes, text.len))
		return refuse(file, err);
	file->has_seen = true;
	file->device = st.st_dev;
	file->inode = st.st_ino;
	return 0;
}

int output_file_open(struct output_file *file, struct client *client, struct err *err)
{
	struct stat st;

	if (client_open(client, OPEN_OUTPUT, file->path, &file->fd, err) < 0 ||
	    look_at(file, file->fd, &st, err) < 0)
		return -1;
	if (st.st_size != 0 &&
	    !(file->has_seen && st.st_dev == file->device && st.st_ino == file->inode))
		return refuse(file, err);
	file->device = st.st_dev;
	file->inode = st.st_ino;
	return 0;
}

bool output_file_is_same(const struct output_file *file, const struct output_file *other)
{
	return file->device == other->device && file->inode == other->inode;
}

int output_file_write(const struct output_file *file, const void *bytes, size_t len,
		      struct err *err)
{
	if (ftruncate(file->fd, 0) < 0)
		return err_sys(err, "cannot empty '%s'", TEXT_SHOW(file->path));
	if (fd_write_all(file->fd, bytes, len, err) < 0)
		return err_context(err, "'%s'", TEXT_SHOW(file->path));
	return 0;
}

void output_file_close(struct output_file *file)
{
	close_fd(&file->fd);
}
