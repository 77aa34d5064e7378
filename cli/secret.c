// SPDX-License-Identifier: Apache-2.0
// Pages of their own, so that they can be kept out of core dumps.

#include "cli/secret.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int make_secret(struct secret *secret, size_t size, struct err *err)
{
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		return err_sys(err, "cannot get %zu bytes of memory", size);
	*secret = (struct secret){ .bytes = pages, .size = size };
	if (madvise(pages, size, MADV_DONTDUMP) < 0)
		return err_sys(err, "cannot keep memory out of core dumps");
	return 0;
}

int secret_read(struct secret *secret, int fd, size_t len_max, struct err *err)
{
	if (make_secret(secret, len_max, err) < 0)
		return -1;
	while (secret->len < len_max) {
		ssize_t n = TEMP_FAILURE_RETRY(
			read(fd, secret->bytes + secret->len, len_max - secret->len));

		if (n < 0)
			return err_sys_kind(err, ERR_INPUT, "cannot read it");
		if (n == 0)
			break;
		secret->len += (size_t)n;
	}
	return 0;
}

void secret_release(struct secret *secret)
{
	if (secret->bytes != NULL) {
		explicit_bzero(secret->bytes, secret->size);
		(void)munmap(secret->bytes, secret->size); // nothing could be done about it
	}
	*secret = (struct secret){ 0 };
}
