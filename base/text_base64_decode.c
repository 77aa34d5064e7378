// SPDX-License-Identifier: Apache-2.0
// Reads base64, strictly.

#include "base/text_base64_decode.h"

#include <string.h>

#include "base/text_base64.h"

int text_base64_decode(uint8_t *out, size_t len, const char *string)
{
	size_t n_digits = (len * 8 + 5) / 6;
	uint32_t bits = 0;
	unsigned int n_bits = 0;

	if (strlen(string) != TEXT_BASE64_SIZE(len) - 1)
		return -1;
	for (size_t i = 0; i < n_digits; i++) {
		const char *digit = strchr(text_base64_digits, string[i]);

		if (digit == NULL)
			return -1;
		bits = bits << 6 | (uint32_t)(digit - text_base64_digits);
		n_bits += 6;
		if (n_bits >= 8) {
			n_bits -= 8;
			*out++ = (uint8_t)(bits >> n_bits);
			bits &= (1U << n_bits) - 1;
		}
	}
	if (bits != 0 || string[n_digits + strspn(string + n_digits, "=")] != '\0')
		return -1;
	return 0;
}
