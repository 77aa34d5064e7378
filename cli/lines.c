// SPDX-License-Identifier: Apache-2.0
// Line splitting.

#include "cli/lines.h"

#include "base/text_escape.h"

static void hand_out_raw(struct lines *lines)
{
	for (size_t i = 0; i < lines->len; i++)
		if (lines->bytes[i] == '\0')
			lines->bytes[i] = ' ';
	lines->bytes[lines->len] = '\0';
	lines->take(lines->context, lines->bytes);
}

static void hand_out_escaped(struct lines *lines)
{
	char shown[LINES_SHOWN_SIZE];

	lines->take(lines->context, text_escape(shown, sizeof(shown), lines->bytes, lines->len));
}

static void hand_out(struct lines *lines)
{
	while (lines->len > 0 && lines->bytes[lines->len - 1] == '\r')
		lines->len--;
	if (lines->raw)
		hand_out_raw(lines);
	else
		hand_out_escaped(lines);
	lines->len = 0;
}

void lines_add(struct lines *lines, const void *bytes, size_t len)
{
	const char *next = bytes;

	for (size_t i = 0; i < len; i++) {
		if (next[i] == '\n' || lines->len == LINES_BYTES_MAX)
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
