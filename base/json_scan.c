// SPDX-License-Identifier: Apache-2.0
// A strict RFC 8259 scanner: recursive descent, as deep as the limits allow.
//
// The keys of all open objects stand in one list, the innermost object's at its end. When an object
// closes, its keys are sorted and equal neighbours are duplicates: no input makes that quadratic.

#include "base/json_scan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/auto.h"
#include "base/json_character.h"
#include "base/mem.h"
#include "base/text_escape.h"

// The bytes between the quotes of a key.
struct key {
	const char *start;
	const char *end;
};

struct scan {
	const char *at;
	const char *end;
	const struct json_limits *limits;
	unsigned int depth;
	unsigned int n_keys_seen;
	struct key *keys;
	size_t n_keys;
	size_t n_keys_allocated;
	const char *mistake;
	struct err *err;
};

static int scan_value(struct scan *scan);

static void scan_release(struct scan *scan)
{
	free(scan->keys);
	scan->keys = NULL;
}

DEFINE_AUTO(scan, struct scan, scan_release);

PRINTF_LIKE(3, 4)
static int fail(struct scan *scan, const char *where, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	if (vsnprintf(text, sizeof(text), fmt, args) < 0)
		text[0] = '\0';
	va_end(args);
	scan->mistake = where;
	return err_set(scan->err, scan->limits->kind, "%s", text);
}

static int fail_expected(struct scan *scan, const char *expected)
{
	char found[16];

	if (scan->at == scan->end)
		return fail(scan, scan->at, "expected %s, found the end of the text", expected);
	text_escape(found, sizeof(found), scan->at, 1);
	return fail(scan, scan->at, "expected %s, found '%s'", expected, found);
}

// --- Strings -------------------------------------------------------------------------------------

// 'inside' gets the bytes between the quotes.
static int scan_string(struct scan *scan, const char *expected, struct key *inside)
{
	uint32_t character;

	if (scan->at == scan->end || *scan->at != '"')
		return fail_expected(scan, expected);
	inside->start = ++scan->at;
	while (scan->at < scan->end && *scan->at != '"') {
		const char *start = scan->at;
		const char *mistake = json_read_character(&scan->at, scan->end, &character);

		if (mistake != NULL)
			return fail(scan, start, "%s", mistake);
	}
	if (scan->at == scan->end)
		return fail(scan, inside->start - 1, "string without an end");
	inside->end = scan->at++;
	return 0;
}

// --- Keys ----------------------------------------------------------------------------------------

// Keys have been scanned, so their characters cannot be wrong; the end counts as 0, which none is.
static uint32_t next_character(const char **at, const char *end)
{
	uint32_t character = 0;

	if (*at < end)
		(void)json_read_character(at, end, &character);
	return character;
}

static int compare_characters(const struct key *left, const struct key *right)
{
	const char *left_at = left->start;
	const char *right_at = right->start;
	uint32_t l;
	uint32_t r;

	do {
		l = next_character(&left_at, left->end);
		r = next_character(&right_at, right->end);
	} while (l == r && l != 0);
	return l < r ? -1 : l > r;
}

// Equal keys in the order of the text.
static int compare_keys(const void *left, const void *right)
{
	const struct key *l = left;
	const struct key *r = right;
	int order = compare_characters(l, r);

	return order != 0 ? order : l->start < r->start ? -1 : l->start > r->start;
}

static int push_key(struct scan *scan, const struct key *key)
{
	if (scan->n_keys_seen == scan->limits->keys_max)
		return fail(scan, key->start - 1, "more than %u keys", scan->limits->keys_max);
	scan->n_keys_seen++;
	if (scan->n_keys == scan->n_keys_allocated) {
		scan->n_keys_allocated = 2 * scan->n_keys_allocated + 16;
		scan->keys = mem_resize(scan->keys, scan->n_keys_allocated, sizeof(*scan->keys));
	}
	scan->keys[scan->n_keys++] = *key;
	return 0;
}

// Sorts the keys from index 'first' and fails at the first one that repeats another.
static int refuse_duplicates(struct scan *scan, size_t first)
{
	const struct key *repeated = NULL;
	char shown[256];

	if (scan->n_keys - first < 2)
		return 0;
	qsort(&scan->keys[first], scan->n_keys - first, sizeof(*scan->keys), compare_keys);
	for (size_t i = first + 1; i < scan->n_keys; i++)
		if (compare_characters(&scan->keys[i - 1], &scan->keys[i]) == 0 &&
		    (repeated == NULL || scan->keys[i].start < repeated->start))
			repeated = &scan->keys[i];
	if (repeated == NULL)
		return 0;
	text_escape(shown, sizeof(shown), repeated->start,
		    (size_t)(repeated->end - repeated->start));
	return fail(scan, repeated->start - 1, "key '%s' appears twice", shown);
}

// --- Values --------------------------------------------------------------------------------------

static void skip_space(struct scan *scan)
{
	while (scan->at < scan->end && memchr(" \t\r\n", *scan->at, 4) != NULL)
		scan->at++;
}

static bool next_is(const struct scan *scan, char c)
{
	return scan->at < scan->end && *scan->at == c;
}

static bool skip_byte(struct scan *scan, char c)
{
	bool found = next_is(scan, c);

	scan->at += found;
	return found;
}

static size_t skip_digits(struct scan *scan)
{
	const char *start = scan->at;

	while (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9')
		scan->at++;
	return (size_t)(scan->at - start);
}

// Returns whether there is a fraction or an exponent, or -1.
static int scan_fraction(struct scan *scan)
{
	const char *start = scan->at;

	if (skip_byte(scan, '.') && skip_digits(scan) == 0)
		return fail_expected(scan, "a digit");
	if (skip_byte(scan, 'e') || skip_byte(scan, 'E')) {
		if (!skip_byte(scan, '-'))
			(void)skip_byte(scan, '+');
		if (skip_digits(scan) == 0)
			return fail_expected(scan, "a digit");
	}
	return scan->at != start;
}

static bool fits_64_bits(const char *number, size_t len)
{
	char text[24];

	if (len >= sizeof(text))
		return false;
	memcpy(text, number, len);
	text[len] = '\0';
	errno = 0;
	if (text[0] == '-')
		(void)strtoll(text, NULL, 10);
	else
		(void)strtoull(text, NULL, 10);
	return errno == 0;
}

static int scan_number(struct scan *scan)
{
	const char *start = scan->at;
	bool negative = skip_byte(scan, '-');
	bool zero = next_is(scan, '0');
	size_t n_digits = skip_digits(scan);
	int has_fraction;

	if (n_digits == 0)
		return fail_expected(scan, "a digit");
	if (zero && n_digits > 1)
		return fail(scan, start, "number with a leading zero");
	has_fraction = scan_fraction(scan);
	if (has_fraction < 0)
		return -1;
	if (has_fraction && scan->at - start > JSON_FRACTION_BYTES_MAX)
		return fail(scan, start, "number of more than %d bytes", JSON_FRACTION_BYTES_MAX);
	if (!has_fraction && zero && negative)
		return fail(scan, start, "-0 is not an integer here, write 0");
	if (!has_fraction && !fits_64_bits(start, (size_t)(scan->at - start)))
		return fail(scan, start, "number that does not fit 64 bits");
	return 0;
}

static bool skip_word(struct scan *scan, const char *word)
{
	size_t len = strlen(word);

	if ((size_t)(scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
		return false;
	scan->at += len;
	return true;
}

static int scan_literal(struct scan *scan)
{
	const char *start = scan->at;

	if (skip_word(scan, "true") || skip_word(scan, "false"))
		return 0;
	if (!skip_word(scan, "null"))
		return fail_expected(scan, "a value");
	return scan->limits->null_allowed ? 0 : fail(scan, start, "null is not accepted");
}

static int scan_member(struct scan *scan)
{
	struct key key;

	skip_space(scan);
	if (scan_string(scan, "a key in double quotes", &key) < 0 || push_key(scan, &key) < 0)
		return -1;
	skip_space(scan);
	if (!skip_byte(scan, ':'))
		return fail_expected(scan, "':'");
	return scan_value(scan);
}

// Scans from behind the opening bracket to behind the closing one.
static int scan_list(struct scan *scan, char close, int (*scan_item)(struct scan *))
{
	skip_space(scan);
	if (skip_byte(scan, close))
		return 0;
	do {
		if (scan_item(scan) < 0)
			return -1;
		skip_space(scan);
	} while (skip_byte(scan, ','));
	if (!skip_byte(scan, close))
		return fail_expected(scan, close == '}' ? "',' or '}'" : "',' or ']'");
	return 0;
}

static int scan_nested(struct scan *scan)
{
	size_t first_key = scan->n_keys;
	bool is_object = next_is(scan, '{');
	int result;

	if (scan->depth == scan->limits->depth_max)
		return fail(scan, scan->at, "nested deeper than %u levels", scan->depth);
	scan->depth++;
	scan->at++;
	result = is_object ? scan_list(scan, '}', scan_member) : scan_list(scan, ']', scan_value);
	if (result == 0)
		result = refuse_duplicates(scan, first_key);
	scan->n_keys = first_key;
	scan->depth--;
	return result;
}

static int scan_value(struct scan *scan)
{
	struct key unused;

	skip_space(scan);
	if (next_is(scan, '{') || next_is(scan, '['))
		return scan_nested(scan);
	if (next_is(scan, '"'))
		return scan_string(scan, "a string", &unused);
	if (next_is(scan, '-') || (scan->at < scan->end && *scan->at >= '0' && *scan->at <= '9'))
		return scan_number(scan);
	return scan_literal(scan);
}

static int scan_text(struct scan *scan)
{
	if ((size_t)(scan->end - scan->at) > scan->limits->bytes_max)
		return fail(scan, scan->at, "longer than %zu bytes", scan->limits->bytes_max);
	if (skip_word(scan, "\xef\xbb\xbf"))
		return fail(scan, scan->at - 3, "byte order mark");
	skip_space(scan);
	if (scan->at == scan->end)
		return fail(scan, scan->at, "empty text");
	if (scan_value(scan) < 0)
		return -1;
	skip_space(scan);
	if (scan->at != scan->end)
		return fail_expected(scan, "the end of the text");
	return 0;
}

int json_scan(const char *text, size_t len, const struct json_limits *limits,
	      struct json_place *place, struct err *err)
{
	AUTO(scan)
	struct scan scan = {
		.at = text,
		.end = text + len,
		.limits = limits,
		.err = err,
	};

	if (scan_text(&scan) == 0)
		return 0;
	if (place != NULL)
		*place = json_place_of(text, len, (size_t)(scan.mistake - text));
	return -1;
}

struct json_place json_place_of(const char *text, size_t len, size_t offset)
{
	struct json_place place = { .line = 1, .column = 1 };

	for (size_t i = 0; i < len && i < offset; i++) {
		place.column++;
		if (text[i] == '\n') {
			place.line++;
			place.column = 1;
		}
	}
	return place;
}
