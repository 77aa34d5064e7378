// SPDX-License-Identifier: Apache-2.0
// Reads whole numbers.

#include "base/text_number.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

int text_parse_u64(const char *string, uint64_t *out)
{
	bool hexadecimal = string[0] == '0' && string[1] == 'x';
	const char *digits = hexadecimal ? string + 2 : string;
	const char *allowed = hexadecimal ? "0123456789abcdefABCDEF" : "0123456789";
	unsigned long long value;

	if (digits[0] == '\0' || digits[strspn(digits, allowed)] != '\0')
		return -1;
	if (!hexadecimal && digits[0] == '0' && digits[1] != '\0')
		return -1;
	errno = 0;
	value = strtoull(digits, NULL, hexadecimal ? 16 : 10);
	if (errno != 0)
		return -1;
	*out = value;
	return 0;
}
