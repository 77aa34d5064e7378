// SPDX-License-Identifier: Apache-2.0
// Looks lines up in the catalogue. Most lines of a log match nothing, so an index tells by the first
// bytes of the patterns which of them can match: a line is read once, not once for each pattern.

#include "host/explain.h"

#include <assert.h>
#include <string.h>

#include "base/attributes.h"

#define HEAD_BYTES 4
#define BUCKETS 4096 /* as many as the hash has values */
#define ENTRIES_MAX 400

struct entry {
	const struct failure *failure;
	const char *pattern;
	uint16_t next; /* of the same bucket, from 1; 0: none */
};

// Made at the first use, from the tables alone.
static struct {
	size_t n;
	struct entry entries[ENTRIES_MAX];
	uint16_t buckets[BUCKETS]; /* the last entry of each, from 1 */
} catalogue;

// Knuth's multiplicative hash of the first bytes.
static size_t bucket_of(const char *head)
{
	uint32_t word;

	memcpy(&word, head, sizeof(word));
	return (word * UINT32_C(2654435761)) >> 20;
}

static void add_entry(const struct failure *failure, const char *pattern)
{
	uint16_t *bucket = &catalogue.buckets[bucket_of(pattern)];
	struct entry *entry = &catalogue.entries[catalogue.n++];

	assert(catalogue.n <= ENTRIES_MAX && strcspn(pattern, "%*") >= HEAD_BYTES);
	*entry = (struct entry){ failure, pattern, *bucket };
	*bucket = (uint16_t)catalogue.n;
}

static void make_catalogue(void)
{
	const struct failure *failure;

	for (size_t i = 0; (failure = failure_at(i)) != NULL; i++)
		for (size_t p = 0; p < FAILURE_PATTERNS_MAX && failure->patterns[p] != NULL; p++)
			add_entry(failure, failure->patterns[p]);
}

// Marks the entries whose patterns may be in the line; false: there is none.
static bool mark_candidates(bool marks[static ENTRIES_MAX], const char *line)
{
	size_t len = strlen(line);
	bool found = false;

	for (size_t i = 0; i + HEAD_BYTES <= len; i++)
		for (size_t e = catalogue.buckets[bucket_of(line + i)]; e != 0;
		     e = catalogue.entries[e - 1].next)
			found = marks[e - 1] = true;
	return found;
}

bool explain_line(struct explanation *explanation, const char *line)
{
	bool marks[ENTRIES_MAX] = { false };

	explanation->failure = NULL;
	if (catalogue.n == 0)
		make_catalogue();
	if (!mark_candidates(marks, line))
		return false;
	for (size_t i = 0; i < catalogue.n; i++) {
		const struct failure *failure = catalogue.entries[i].failure;
		struct failure_values values;

		if (!marks[i] ||
		    (explanation->failure != NULL && explanation->failure->rank >= failure->rank))
			continue;
		if (!failure_pattern_match(catalogue.entries[i].pattern, line, &values))
			continue;
		explanation->failure = failure;
		explanation->values = values;
	}
	return explanation->failure != NULL;
}

void explain_launch(struct explanation *why, const char *line)
{
	struct explanation found;

	if (!explain_line(&found, line) || found.failure->is_noise || found.failure->is_harmless)
		return;
	if (why->failure == NULL || why->failure->rank < found.failure->rank)
		*why = found;
}

bool explanation_is_same(const struct explanation *one, const struct explanation *other)
{
	if (one->failure != other->failure || one->values.n != other->values.n)
		return false;
	for (size_t i = 0; i < one->values.n; i++) {
		const struct failure_value *value = &one->values.items[i];

		if (value->kind != other->values.items[i].kind ||
		    (value->kind != FAILURE_VALUE_PLAIN &&
		     value->number != other->values.items[i].number))
			return false;
	}
	return true;
}
