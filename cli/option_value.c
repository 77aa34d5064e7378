// SPDX-License-Identifier: Apache-2.0
// Reads what the options of a command say.

#include "cli/option_value.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text_base64_decode.h"
#include "base/text_escape.h"
#include "base/text_number.h"

static int digit_of(char character)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = character == '\0' ? NULL : strchr(digits, character);

	return at == NULL ? -1 : (int)((at - digits) % 16);
}

static int decode_hex(uint8_t *out, size_t len, const char *text)
{
	if (strlen(text) != 2 * len)
		return -1;
	for (size_t i = 0; i < len; i++) {
		int high = digit_of(text[2 * i]);
		int low = digit_of(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -1;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

int option_bytes(const struct options *options, const char *name, uint8_t *out, size_t len,
		 struct err *err)
{
	const char *text = options_value(options, name);
	uint8_t bytes[OPTION_BYTES_MAX];

	assert(len <= sizeof(bytes));
	if (text == NULL)
		return 0;
	// Base64 of as many bytes is shorter, so that no text is both.
	if (decode_hex(bytes, len, text) < 0 && text_base64_decode(bytes, len, text) < 0)
		return err_set(err, ERR_USAGE,
			       "option '%s': must be %zu bytes, as %zu hexadecimal digits or in "
			       "base64, not '%s'",
			       name, len, 2 * len, TEXT_SHOW(text));
	memcpy(out, bytes, len);
	return 1;
}

int option_number(const struct options *options, const char *name, uint64_t max, uint64_t *out,
		  struct err *err)
{
	const char *text = options_value(options, name);
	uint64_t number;

	if (text == NULL)
		return 0;
	if (text_parse_u64(text, &number) < 0 || number > max)
		return err_set(err, ERR_USAGE,
			       "option '%s': must be a number from 0 to %" PRIu64 ", not '%s'",
			       name, max, TEXT_SHOW(text));
	*out = number;
	return 1;
}
