/* SPDX-License-Identifier: Apache-2.0 */
/* Memory for what nobody else may see: in no core dump, and wiped when it is released. */
#ifndef SNPLAUNCH_CLI_SECRET_H
#define SNPLAUNCH_CLI_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

/* Zero is none. */
struct secret {
	uint8_t *bytes;
	size_t len;
	size_t size;
};

/* Reads 'fd' to its end or to 'len_max' bytes, whichever is first. Owner: caller, secret_release(). */
int secret_read(struct secret *secret, int fd, size_t len_max, struct err *err) MUST_CHECK;

void secret_release(struct secret *secret);
DEFINE_AUTO(secret, struct secret, secret_release);

#endif
