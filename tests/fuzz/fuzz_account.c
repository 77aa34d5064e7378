// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the input is the account of a rehearsal, which a hostile QEMU could have written.

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "cli/rehearsal_account.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO(rehearsal_account) struct rehearsal_account account = { .caused.n = 0 };
	AUTO(fd) int fd = memfd_create("account", MFD_CLOEXEC);
	struct err err = { .kind = ERR_NONE };

	assert(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	if (rehearsal_account_read(&account, fd, &err) < 0) {
		assert(err_is_valid(&err) && err.kind == ERR_PROTOCOL);
		assert(strncmp(err.text, "account of the rehearsal: line ", 31) == 0);
	}
	for (size_t i = 0; i < account.caused.n; i++)
		assert(memchr(account.caused.ranges[i].digest, '\0', TRACE_DIGEST_SIZE) != NULL);
	return 0;
}
