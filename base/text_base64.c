// SPDX-License-Identifier: Apache-2.0
// Writes base64, digit by digit.

#include "base/text_base64.h"

#include <string.h>

const char text_base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void text_base64_encode(char *out, const uint8_t *bytes, size_t len)
{
	size_t n_digits = (len * 8 + 5) / 6;

	memset(out, '=', TEXT_BASE64_SIZE(len) - 1);
	out[TEXT_BASE64_SIZE(len) - 1] = '\0';
	for (size_t i = 0; i < n_digits; i++) {
		size_t at = i * 6 / 8; // the six bits begin in this byte and may end in the next
		unsigned int pair = bytes[at] * 256U + (at + 1 < len ? bytes[at + 1] : 0);

		out[i] = text_base64_digits[pair >> (10 - i * 6 % 8) & 63];
	}
}
