/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 that somebody else wrote. */
#ifndef SNPLAUNCH_BASE_TEXT_BASE64_DECODE_H
#define SNPLAUNCH_BASE_TEXT_BASE64_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/*
 * Decodes canonical base64 of exactly 'len' bytes: padding where it belongs, unused bits zero,
 * nothing else. Returns -1 otherwise.
 */
int text_base64_decode(uint8_t *out, size_t len, const char *string) MUST_CHECK;

#endif
