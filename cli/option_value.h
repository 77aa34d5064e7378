/* SPDX-License-Identifier: Apache-2.0 */
/* Values of a command's own options: numbers, and bytes in hexadecimal or base64. */
#ifndef SNPLAUNCH_CLI_OPTION_VALUE_H
#define SNPLAUNCH_CLI_OPTION_VALUE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "cli/command.h"

/* The most bytes that an option gives. */
#define OPTION_BYTES_MAX ((size_t)64)

/*
 * Reads exactly 'len' bytes: 2 * len hexadecimal digits, or canonical base64. Returns 1, or 0 and
 * leaves 'out' alone when the option is not given. Errors: ERR_USAGE.
 */
int option_bytes(const struct options *options, const char *name, uint8_t *out, size_t len,
		 struct err *err) MUST_CHECK;

/* Reads a number, decimal or with 0x. Returns as option_bytes(). */
int option_number(const struct options *options, const char *name, uint64_t max, uint64_t *out,
		  struct err *err) MUST_CHECK;

#endif
