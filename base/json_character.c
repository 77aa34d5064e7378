// SPDX-License-Identifier: Apache-2.0
// Reads the characters of JSON strings: UTF-8 and escapes, both strictly.

#include "base/json_character.h"

#include <stdbool.h>
#include <string.h>

#include "base/attributes.h"

static const char bad_escape[] = "unknown escape in a string";
static const char bad_utf8[] = "bytes in a string that are not UTF-8";

static int read_hex4(const char **at, const char *end, uint32_t *out)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";

	*out = 0;
	for (size_t i = 0; i < 4; i++) {
		const char *digit = *at < end ? memchr(digits, **at, sizeof(digits) - 1) : NULL;

		if (digit == NULL)
			return -1;
		*out = *out << 4 | ((uint32_t)(digit - digits) & 15);
		(*at)++;
	}
	return 0;
}

static bool is_low_surrogate(uint32_t unit)
{
	return unit >= 0xdc00 && unit <= 0xdfff;
}

static bool is_high_surrogate(uint32_t unit)
{
	return unit >= 0xd800 && unit <= 0xdbff;
}

// What follows "\u".
static const char *read_unicode_escape(const char **at, const char *end, uint32_t *out)
{
	uint32_t low;

	if (read_hex4(at, end, out) < 0)
		return bad_escape;
	if (*out == 0)
		return "\\u0000 in a string";
	if (!is_high_surrogate(*out))
		return is_low_surrogate(*out) ? "lone surrogate in a string" : NULL;
	if (end - *at < 2 || memcmp(*at, "\\u", 2) != 0)
		return "lone surrogate in a string";
	*at += 2;
	if (read_hex4(at, end, &low) < 0)
		return bad_escape;
	if (!is_low_surrogate(low))
		return "lone surrogate in a string";
	*out = 0x10000 + ((*out & 0x3ff) << 10 | (low & 0x3ff));
	return NULL;
}

// What follows a backslash.
static const char *read_escape(const char **at, const char *end, uint32_t *out)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *letter;

	if (*at == end)
		return bad_escape;
	if (**at == 'u') {
		(*at)++;
		return read_unicode_escape(at, end, out);
	}
	letter = memchr(letters, **at, sizeof(letters) - 1);
	if (letter == NULL)
		return bad_escape;
	(*at)++;
	*out = (unsigned char)meanings[letter - letters];
	return NULL;
}

static const char *read_utf8(const char **at, const char *end, uint32_t *out)
{
	static const struct {
		unsigned char mask;
		unsigned char lead;
		unsigned char n_more;
		uint32_t min; // less is an overlong form
	} forms[] = {
		{ 0x80, 0x00, 0, 0 },
		{ 0xe0, 0xc0, 1, 0x80 },
		{ 0xf0, 0xe0, 2, 0x800 },
		{ 0xf8, 0xf0, 3, 0x10000 },
	};
	unsigned char lead = (unsigned char)*(*at)++;
	size_t i = 0;

	while (i < ARRAY_LEN(forms) && (lead & forms[i].mask) != forms[i].lead)
		i++;
	if (i == ARRAY_LEN(forms) || end - *at < forms[i].n_more)
		return bad_utf8;
	*out = (uint32_t)(lead & ~forms[i].mask);
	for (size_t n = 0; n < forms[i].n_more; n++) {
		unsigned char more = (unsigned char)*(*at)++;

		if ((more & 0xc0) != 0x80)
			return bad_utf8;
		*out = *out << 6 | (more & 0x3f);
	}
	if (*out < forms[i].min || *out > 0x10ffff || is_high_surrogate(*out) ||
	    is_low_surrogate(*out))
		return bad_utf8;
	return NULL;
}

const char *json_read_character(const char **at, const char *end, uint32_t *out)
{
	if (**at == '\\') {
		(*at)++;
		return read_escape(at, end, out);
	}
	if ((unsigned char)**at < 0x20)
		return **at == '\0' ? "NUL byte in a string" : "control byte in a string";
	return read_utf8(at, end, out);
}
