/* SPDX-License-Identifier: Apache-2.0 */
/* The words that stand for an enum in a file, and how they are listed in messages. */
#ifndef SNPLAUNCH_POLICY_WORDS_H
#define SNPLAUNCH_POLICY_WORDS_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* The word of each value of an enum. names[0] is NULL: 0 is "not given" in all of them. */
struct words {
	const char *const *names;
	size_t n;
};

/* Defines NAME_words from [VALUE] = "word" pairs. */
#define DEFINE_WORDS(name, n_values, ...) \
	static const char *const name##_names[] = { __VA_ARGS__ }; \
	static_assert(ARRAY_LEN(name##_names) == (n_values), "each value has a word"); \
	const struct words name##_words = { name##_names, ARRAY_LEN(name##_names) }

/* Room for any list of words. */
#define WORDS_LIST_SIZE 128

/* The value of a word, 0 when it is none of them. */
uint32_t words_find(const struct words *words, const char *word);

/* The word of a value, NULL when it is 0 or out of range. */
const char *words_at(const struct words *words, uint32_t value);

/*
 * Lists those values whose bit is set in 'mask': "sev, sev-es or sev-snp" with conjunction "or".
 * Returns 'out', which has WORDS_LIST_SIZE bytes.
 */
char *words_list(char *out, const struct words *words, uint32_t mask, const char *conjunction);

/* A mask for words_list() that takes every word. */
#define WORDS_ALL UINT32_MAX

#endif
