// SPDX-License-Identifier: Apache-2.0
// Matches patterns of messages. A pattern is a row of fragments between gaps, each found at its first
// place behind the one before: nothing is ever tried twice.

#include "host/failure_pattern.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

// How many characters of a word are passed over: more than any name that is printed.
#define WORD_MAX 256

// Where a match stands in both texts.
struct cursor {
	const char *pattern;
	const char *line;
};

static bool is_word(char character)
{
	return isalnum((unsigned char)character) || character == '_';
}

// The first and last characters of [start, end) do not continue a word of the line.
static bool is_whole(const char *line, const char *start, const char *end)
{
	return !(start > line && is_word(start[-1]) && is_word(start[0])) &&
	       !(end > start && is_word(end[-1]) && is_word(end[0]));
}

// Reads a number and returns true, or leaves *text alone. A longer one is the largest.
static bool read_number(const char **text, int64_t *number)
{
	const char *digits = *text + (**text == '-');
	bool is_hex = digits[0] == '0' && digits[1] == 'x';
	char *end;

	if (is_hex ? !isxdigit((unsigned char)digits[2]) : !isdigit((unsigned char)digits[0]))
		return false;
	*number = strtoll(*text, &end, is_hex ? 16 : 10);
	*text = end;
	return true;
}

// The set and the reason of a termination are nibble and byte.
static bool read_termination(const char **text, int64_t *number)
{
	const char *at = *text;
	int64_t set;
	int64_t reason;

	if (!read_number(&at, &set) || *at++ != ':' || !read_number(&at, &reason))
		return false;
	if (set < 0 || set > 0xf || reason < 0 || reason > 0xff)
		return false;
	*number = set << 8 | reason;
	*text = at;
	return true;
}

// True when there is no list, or the number is on it; passes over the list.
static bool is_listed(const char **pattern, int64_t number)
{
	bool found = false;

	if (**pattern != '{')
		return true;
	while (**pattern != '}') {
		int64_t listed = 0;
		bool is_read;

		++*pattern; // the bracket, or a comma
		is_read = read_number(pattern, &listed);
		assert(is_read);
		found = found || (is_read && listed == number);
	}
	++*pattern;
	return found;
}

static enum failure_value_kind value_kind(char letter)
{
	switch (letter) {
	case 'f':
		return FAILURE_VALUE_FIRMWARE;
	case 'e':
		return FAILURE_VALUE_ERRNO;
	case 'g':
		return FAILURE_VALUE_GHCB;
	default:
		assert(letter == 'n');
		return FAILURE_VALUE_PLAIN;
	}
}

static bool match_number(struct cursor *at, struct failure_values *values)
{
	struct failure_value value = { .kind = value_kind(at->pattern[1]) };
	bool is_read = value.kind == FAILURE_VALUE_GHCB ?
			       read_termination(&at->line, &value.number) :
			       read_number(&at->line, &value.number);

	at->pattern += 2;
	if (!is_read || !is_listed(&at->pattern, value.number))
		return false;
	assert(values->n < FAILURE_VALUES_MAX);
	values->items[values->n++] = value;
	return true;
}

static void pass_word(struct cursor *at)
{
	size_t len = strcspn(at->line, " \t'\"(),");

	at->line += len < WORD_MAX ? len : WORD_MAX;
	at->pattern += 2;
}

// Matches a fragment at one place, and leaves both texts behind it.
static bool match_fragment(struct cursor *at, struct failure_values *values)
{
	while (*at->pattern != '\0' && *at->pattern != '*') {
		if (at->pattern[0] == '%' && at->pattern[1] == 'w') {
			pass_word(at);
		} else if (at->pattern[0] == '%') {
			if (!match_number(at, values))
				return false;
		} else if (*at->pattern++ != *at->line++) {
			return false; // also at the line's end, as no pattern holds a NUL
		}
	}
	return true;
}

// Finds a fragment at its first place from 'at' on.
static bool find_fragment(struct cursor *at, const char *line, struct failure_values *values)
{
	size_t literal_len = strcspn(at->pattern, "%*");
	size_t n_before = values->n;
	size_t left = strlen(at->line);

	assert(literal_len > 0);
	for (;;) {
		const char *start = memmem(at->line, left, at->pattern, literal_len);
		struct cursor end = { at->pattern, start };

		if (start == NULL)
			return false;
		if (match_fragment(&end, values) && is_whole(line, start, end.line)) {
			*at = end;
			return true;
		}
		values->n = n_before;
		left -= (size_t)(start + 1 - at->line);
		at->line = start + 1;
	}
}

bool failure_pattern_match(const char *pattern, const char *line, struct failure_values *values)
{
	struct cursor at = { pattern, line };

	values->n = 0;
	for (;;) {
		if (!find_fragment(&at, line, values))
			return false;
		if (*at.pattern == '\0')
			return true;
		at.pattern++; // the gap
	}
}
