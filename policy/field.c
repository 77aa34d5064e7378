// SPDX-License-Identifier: Apache-2.0
// Questions about a row of a table of keys.

#include "policy/field.h"

#include <string.h>

const struct field *field_find(const struct field_table *table, const char *key)
{
	for (size_t i = 0; i < table->n; i++)
		if (strcmp(table->fields[i].key, key) == 0)
			return &table->fields[i];
	return NULL;
}

void *field_member(const struct field *field, void *base)
{
	return (char *)base + field->offset;
}

const void *field_const_member(const struct field *field, const void *base)
{
	return (const char *)base + field->offset;
}

bool field_is_counted(const struct field *field)
{
	return field->kind == FIELD_ARRAY || field->kind == FIELD_LIST;
}

size_t *field_count(const struct field *field, void *base)
{
	return (size_t *)(void *)((char *)base + field->count_offset);
}

static bool is_zero(const void *bytes, size_t len)
{
	const char *at = bytes;

	for (size_t i = 0; i < len; i++)
		if (at[i] != 0)
			return false;
	return true;
}

bool field_is_given(const struct field *field, const void *base)
{
	if (field->has_offset != 0)
		return !is_zero((const char *)base + field->has_offset, sizeof(bool));
	if (field_is_counted(field))
		return !is_zero((const char *)base + field->count_offset, sizeof(size_t));
	return !is_zero(field_const_member(field, base), field->size);
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t less = a < b ? a : b;

	return less < c ? less : c;
}

#define KEY_LEN_MAX 40

// An option's dash is no mistake.
static bool is_other_letter(char known, char typed)
{
	return known != typed && !(known == '_' && typed == '-');
}

// Levenshtein's distance, one row at a time; long words are far from every key.
static size_t typing_distance(const char *a, const char *b)
{
	size_t row[KEY_LEN_MAX + 1];
	size_t a_len = strnlen(a, KEY_LEN_MAX + 1);
	size_t b_len = strnlen(b, KEY_LEN_MAX + 1);

	if (a_len > KEY_LEN_MAX || b_len > KEY_LEN_MAX)
		return KEY_LEN_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t replaced = diagonal + is_other_letter(a[i - 1], b[j - 1]);

			diagonal = row[j];
			row[j] = least(replaced, row[j] + 1, row[j - 1] + 1);
		}
	}
	return row[b_len];
}

// "memory" for "memory_mib".
static bool is_start_of(const char *typed, const char *known)
{
	size_t i = 0;

	while (typed[i] != '\0' && known[i] != '\0' && !is_other_letter(known[i], typed[i]))
		i++;
	return i >= 3 && typed[i] == '\0';
}

// The first letter is seldom the wrong one, so it counts twice: "vcpsu" means vcpus, not cpu.
static size_t distance_of(const char *known, const char *typed)
{
	if (is_start_of(typed, known))
		return 0;
	return typing_distance(known, typed) + is_other_letter(known[0], typed[0]);
}

const char *field_suggest(const struct field_table *table, const char *key)
{
	const char *nearest = NULL;
	size_t nearest_distance = strlen(key) < 3 ? strlen(key) : 3;

	for (size_t i = 0; i < table->n; i++) {
		const char *known = table->fields[i].key;
		size_t distance = distance_of(known, key);

		if (distance < nearest_distance) {
			nearest = known;
			nearest_distance = distance;
		}
	}
	return nearest;
}
