// SPDX-License-Identifier: Apache-2.0
// Reads firmware images. A mapping of the file would cost less, but would change under its reader,
// and end it when somebody cuts the file.

#include "cli/image_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

// Large pages: with small ones the kernel takes longer to give the memory than to copy the file.
#define LARGE_PAGE_BYTES ((size_t)2 * 1024 * 1024)

static uint8_t *allocate(size_t len)
{
	size_t size = (len + LARGE_PAGE_BYTES - 1) / LARGE_PAGE_BYTES * LARGE_PAGE_BYTES;
	void *bytes = mem_must(aligned_alloc(LARGE_PAGE_BYTES, size));

	(void)madvise(bytes, size, MADV_HUGEPAGE); // without them it only takes longer
	return bytes;
}

int image_file_read(struct image_file *image, int fd, size_t len_max, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "cannot look at it");
	if (st.st_size == 0)
		return err_set(err, ERR_INPUT, "it is empty");
	if ((uint64_t)st.st_size > len_max)
		return err_set(err, ERR_INPUT,
			       "it has %" PRId64 " bytes, more than the limit of %zu",
			       (int64_t)st.st_size, len_max);
	image->bytes = allocate((size_t)st.st_size + 1); // one more, to notice that it grew
	for (image->len = 0; image->len <= (size_t)st.st_size;) {
		ssize_t n = TEMP_FAILURE_RETRY(
			read(fd, image->bytes + image->len, (size_t)st.st_size + 1 - image->len));

		if (n < 0)
			return err_sys_kind(err, ERR_INPUT, "cannot read it");
		if (n == 0)
			break;
		image->len += (size_t)n;
	}
	if (image->len != (size_t)st.st_size)
		return err_set(err, ERR_INPUT, "it changed its size while it was read");
	return 0;
}

void image_file_release(struct image_file *image)
{
	free(image->bytes);
	*image = (struct image_file){ 0 };
}
