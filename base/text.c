// SPDX-License-Identifier: Apache-2.0
// Strings in fixed fields, and plain names.

#include "base/text.h"

#include <string.h>

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

bool text_is_plain_name(const char *name, size_t max)
{
	size_t len = strnlen(name, max + 1);

	return len > 0 && len <= max && strspn(name, "._-") == 0 &&
	       strspn(name, ALPHANUMERIC "._-") == len;
}

bool text_field_is_clean(const char *field, size_t size)
{
	size_t len = strnlen(field, size);
	size_t n_zeros = 0;

	while (n_zeros < size && field[size - 1 - n_zeros] == '\0')
		n_zeros++;
	return n_zeros > 0 && len + n_zeros == size;
}

int text_copy_field(char *field, size_t size, const char *string)
{
	if (strlen(string) >= size)
		return -1;
	(void)strncpy(field, string, size); // which also fills the rest with zeros
	return 0;
}
