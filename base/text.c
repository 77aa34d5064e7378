// SPDX-License-Identifier: Apache-2.0
// Bounded text: escaping, names, numbers, base64.

#include "base/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char base64_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

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

static bool is_alphanumeric(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool text_is_plain_name(const char *name, size_t max)
{
	size_t len = strnlen(name, max + 1);

	if (len == 0 || len > max || !is_alphanumeric(name[0]))
		return false;
	for (size_t i = 1; i < len; i++)
		if (!is_alphanumeric(name[i]) && name[i] != '.' && name[i] != '_' && name[i] != '-')
			return false;
	return true;
}

bool text_field_is_clean(const char *field, size_t size)
{
	size_t len = strnlen(field, size);

	if (len == size)
		return false;
	for (size_t i = len; i < size; i++)
		if (field[i] != '\0')
			return false;
	return true;
}

int text_copy_field(char *field, size_t size, const char *string)
{
	size_t len = strlen(string);

	if (len >= size)
		return -1;
	memset(field, 0, size);
	memcpy(field, string, len);
	return 0;
}

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

void text_base64_encode(char *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t left = len - i;
		uint32_t group = (uint32_t)bytes[i] << 16;

		if (left > 1)
			group |= (uint32_t)bytes[i + 1] << 8;
		if (left > 2)
			group |= bytes[i + 2];
		*out++ = base64_alphabet[group >> 18];
		*out++ = base64_alphabet[group >> 12 & 63];
		*out++ = left > 1 ? base64_alphabet[group >> 6 & 63] : '=';
		*out++ = left > 2 ? base64_alphabet[group & 63] : '=';
	}
	*out = '\0';
}

int text_base64_decode(uint8_t *out, size_t len, const char *string)
{
	size_t n_digits = (len * 8 + 5) / 6;
	uint32_t bits = 0;
	unsigned int n_bits = 0;

	if (strlen(string) != TEXT_BASE64_SIZE(len) - 1)
		return -1;
	for (size_t i = 0; i < n_digits; i++) {
		const char *digit = strchr(base64_alphabet, string[i]);

		if (digit == NULL)
			return -1;
		bits = bits << 6 | (uint32_t)(digit - base64_alphabet);
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
