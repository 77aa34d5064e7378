// SPDX-License-Identifier: Apache-2.0
// Keeps of a file what the checks need, so that a capture holds nothing else.

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "host/readings.h"

// --- Words that are kept of a line ---------------------------------------------------------------

// Of the dozens in /proc/cpuinfo.
static const char *const cpu_flags[] = { "svm",	    "hypervisor", "sme",       "sev",  "sev_es",
					 "sev_snp", "npt",	  "nrip_save", "lbrv", "rmpread" };

static bool is_cpu_flag(const char *word, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(cpu_flags); i++)
		if (strlen(cpu_flags[i]) == len && memcmp(word, cpu_flags[i], len) == 0)
			return true;
	return false;
}

// --- Writing into a reading ----------------------------------------------------------------------

struct output {
	char *text;
	size_t len;
};

// What is not printable becomes '?'; what does not fit is left out.
static void add_bytes(struct output *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && out->len + 1 < READING_TEXT_SIZE; i++) {
		char byte = bytes[i];

		if (byte == '\t')
			byte = ' ';
		if (byte != '\n' && (byte < ' ' || byte > '~'))
			byte = '?';
		out->text[out->len++] = byte;
	}
	out->text[out->len] = '\0';
}

static void add_separated(struct output *out, const char *separator, const char *bytes, size_t len)
{
	if (out->len > 0)
		add_bytes(out, separator, strlen(separator));
	add_bytes(out, bytes, len);
}

// --- The ways ------------------------------------------------------------------------------------

static bool begins_with_one(const char *text, size_t len, const char *const *list, bool whole_word)
{
	for (; *list != NULL; list++) {
		size_t n = strlen(*list);

		if (n > len || memcmp(text, *list, n) != 0)
			continue;
		if (!whole_word || n == len || (*list)[n - 1] == ':' || (*list)[n - 1] == '=' ||
		    strchr(" \t:", text[n]) != NULL)
			return true;
	}
	return false;
}

static void add_flags(struct output *out, const char *line, size_t len)
{
	const char *end = line + len;

	add_separated(out, "\n", "flags:", 6);
	while (line < end) {
		size_t n = 0;

		while (line + n < end && line[n] != ' ')
			n++;
		if (is_cpu_flag(line, n))
			add_separated(out, " ", line, n);
		line += n + 1;
	}
}

// Of each line that is wanted the first, as /proc/cpuinfo repeats them for each CPU.
static void take_lines(struct output *out, const struct reading_row *row, const char *bytes,
		       size_t len)
{
	const char *end = bytes + len;

	while (bytes < end) {
		const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t n = (size_t)((feed == NULL ? end : feed) - bytes);

		if (row == &reading_rows[HOST_TEXT_CPUINFO] && n == 0)
			return; // the first CPU's end
		if (begins_with_one(bytes, n, row->list, true)) {
			if (n > 5 && memcmp(bytes, "flags", 5) == 0)
				add_flags(out, bytes, n);
			else
				add_separated(out, "\n", bytes, n);
		}
		bytes += n + 1;
	}
}

static void take_words(struct output *out, const struct reading_row *row, const char *bytes,
		       size_t len)
{
	const char *end = bytes + len;

	while (bytes < end) {
		size_t n = 0;

		while (bytes + n < end && strchr(" \t\n", bytes[n]) == NULL)
			n++;
		if (n > 0 && begins_with_one(bytes, n, row->list, false))
			add_separated(out, " ", bytes, n);
		bytes += n + 1;
	}
}

static void take_hex(struct output *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len && i < SBIN_HEADER_BYTES; i++) {
		char digits[3];

		(void)snprintf(digits, sizeof(digits), "%02x", (unsigned int)(uint8_t)bytes[i]);
		add_bytes(out, digits, 2);
	}
}

void readings_take_text(struct host_readings *readings, enum host_text which, const char *bytes,
			size_t len)
{
	const struct reading_row *row = &reading_rows[which];
	struct reading *reading = &readings->texts[which];
	struct output out = { .text = reading->text };

	memset(reading, 0, sizeof(*reading));
	reading->state = READING_DONE;
	switch (row->way) {
	case READING_LINES:
		take_lines(&out, row, bytes, len);
		break;
	case READING_WORDS:
		take_words(&out, row, bytes, len);
		break;
	case READING_HEX:
		take_hex(&out, bytes, len);
		break;
	case READING_EXISTS:
		break;
	case READING_WHOLE:
		while (len > 0 && (bytes[len - 1] == '\n' || bytes[len - 1] == '\0'))
			len--;
		add_bytes(&out, bytes, len);
		break;
	}
}
