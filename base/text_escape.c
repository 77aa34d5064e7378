// SPDX-License-Identifier: Apache-2.0
// Escapes, as C writes them.

#include "base/text_escape.h"

#include <stdio.h>

#include "base/attributes.h"

// One byte as printable text; 'out' takes at most 5 bytes.
static size_t escape_byte(char *out, unsigned char byte)
{
	static const char short_escapes[][2] = {
		{ '\n', 'n' }, { '\r', 'r' }, { '\t', 't' }, { '"', '"' }, { '\\', '\\' },
	};

	for (size_t i = 0; i < ARRAY_LEN(short_escapes); i++)
		if (byte == (unsigned char)short_escapes[i][0])
			return (size_t)snprintf(out, 5, "\\%c", short_escapes[i][1]);
	if (byte < 0x20 || byte > 0x7e)
		return (size_t)snprintf(out, 5, "\\x%02x", byte);
	out[0] = (char)byte;
	out[1] = '\0';
	return 1;
}

char *text_escape(char *out, size_t size, const void *bytes, size_t len)
{
	static const char cut[] = "...";
	const unsigned char *next = bytes;
	size_t used = 0;
	size_t cut_at = 0; // the last place where "..." still fits

	for (size_t i = 0; i < len; i++) {
		char one[5];
		size_t n = escape_byte(one, next[i]);

		if (used + n >= size) {
			memcpy(out + cut_at, cut, sizeof(cut));
			return out;
		}
		memcpy(out + used, one, n);
		used += n;
		if (used + sizeof(cut) <= size)
			cut_at = used;
	}
	out[used] = '\0';
	return out;
}
