/* SPDX-License-Identifier: Apache-2.0 */
/* Whole numbers as people write them. */
#ifndef SNPLAUNCH_BASE_TEXT_NUMBER_H
#define SNPLAUNCH_BASE_TEXT_NUMBER_H

#include <stdint.h>

#include "base/attributes.h"

/*
 * Reads a whole decimal or 0x-hexadecimal number. No sign, no white space, no leading zero but
 * "0" itself, nothing behind it.
 */
int text_parse_u64(const char *string, uint64_t *out) MUST_CHECK;

#endif
