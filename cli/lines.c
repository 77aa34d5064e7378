// SPDX-License-Identifier: Apache-2.0
// Line splitting.

#include "cli/lines.h"

#include "base/text_escape.h"

static void hand_out(struct lines *lines)
{
	char shown[LINES_BYTES_MAX * 4 + 1]; // an escaped byte takes four

	while (lines->len > 0 && lines->bytes[lines->len - 1] == '\r')
		lines->len--;
	lines->take(lines->context, text_escape(shown, sizeof(shown), lines->bytes, lines->len));
	lines->len = 0;
}

void lines_add(struct lines *lines, const void *bytes, size_t len)
{
	const char *next = bytes;

	for (size_t i = 0; i < len; i++) {
		if (next[i] == '\n' || lines->len == sizeof(lines->bytes))
			hand_out(lines);
		if (next[i] != '\n')
			lines->bytes[lines->len++] = next[i];
	}
}

void lines_finish(struct lines *lines)
{
	if (lines->len > 0)
		hand_out(lines);
}
