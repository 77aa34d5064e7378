// SPDX-License-Identifier: Apache-2.0
// Writes the account.

#include "rehearsal/account.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/fd.h"

#define LINE_SIZE 1024

void account_write(const struct account *account, const char *fmt, ...)
{
	char line[LINE_SIZE];
	struct err err;
	va_list args;
	int len;

	if (account->fd < 0)
		return;
	va_start(args, fmt);
	len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	assert(len >= 0 && (size_t)len < sizeof(line));
	line[len] = '\n'; // in place of the NUL: one write, one line
	// Who reads the account misses its end; QEMU has no part in that.
	(void)!fd_write_all(account->fd, line, (size_t)len + 1, &err);
}

char *account_hex(char out[static 2 * ACCOUNT_BYTES_MAX + 1], const uint8_t *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";

	assert(len <= ACCOUNT_BYTES_MAX);
	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 0xf];
	}
	out[2 * len] = '\0';
	return out;
}
