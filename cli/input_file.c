// SPDX-License-Identifier: Apache-2.0
// Reads a file by a descriptor of the launcher's.

#include "cli/input_file.h"

#include "base/text_escape.h"

int input_file_read(struct text_file *file, struct client *client, const char *path, size_t len_max,
		    struct err *err)
{
	AUTO(fd) int fd = -1;

	if (client_open(client, OPEN_INPUT, path, &fd, err) < 0)
		return -1;
	if (text_file_read(file, fd, len_max + 1, err) < 0)
		return err_context(err, "'%s'", TEXT_SHOW(path));
	return 0;
}
