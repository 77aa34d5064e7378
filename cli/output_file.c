// SPDX-License-Identifier: Apache-2.0
// Writes a whole file by a descriptor of the launcher's.

#include "cli/output_file.h"

#include <unistd.h>

#include "base/fd.h"
#include "base/text_escape.h"

int output_file_write(struct client *client, const char *path, const void *bytes, size_t len,
		      struct err *err)
{
	AUTO(fd) int fd = -1;

	if (client_open(client, OPEN_OUTPUT, path, &fd, err) < 0)
		return -1;
	if (ftruncate(fd, 0) < 0)
		return err_sys(err, "cannot empty '%s'", TEXT_SHOW(path));
	if (fd_write_all(fd, bytes, len, err) < 0)
		return err_context(err, "'%s'", TEXT_SHOW(path));
	return 0;
}
