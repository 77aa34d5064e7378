// SPDX-License-Identifier: Apache-2.0
// Reads small files.

#include "cli/text_file.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/mem.h"

int text_file_read(struct text_file *file, int fd, size_t len_max, struct err *err)
{
	file->bytes = mem_zeroed(len_max + 1, 1);
	file->len = 0;
	while (file->len < len_max) {
		ssize_t n = read(fd, file->bytes + file->len, len_max - file->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys_kind(err, ERR_INPUT, "cannot read it");
		if (n == 0)
			break;
		file->len += (size_t)n;
	}
	file->bytes[file->len] = '\0';
	return 0;
}

void text_file_release(struct text_file *file)
{
	free(file->bytes);
	*file = (struct text_file){ 0 };
}
