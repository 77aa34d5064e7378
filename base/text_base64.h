/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 of RFC 4648. */
#ifndef SNPLAUNCH_BASE_TEXT_BASE64_H
#define SNPLAUNCH_BASE_TEXT_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Bytes of base64 for 'len' bytes, with padding and the final NUL. */
#define TEXT_BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/* What the digits are, by their value. */
extern const char text_base64_digits[];

/* Encodes with padding. 'out' has TEXT_BASE64_SIZE(len) bytes. */
void text_base64_encode(char *out, const uint8_t *bytes, size_t len);

#endif
