/* SPDX-License-Identifier: Apache-2.0 */
/* The words that stand for enums in a guest file, and how they are listed in messages. */
#ifndef SNPLAUNCH_POLICY_GUEST_WORDS_H
#define SNPLAUNCH_POLICY_GUEST_WORDS_H

#include <stddef.h>
#include <stdint.h>

/* The word of each value of an enum. names[0] is NULL: 0 is "not given" in all of them. */
struct words {
	const char *const *names;
	size_t n;
};

extern const struct words level_words;
extern const struct words accel_words;
extern const struct words on_off_words;
extern const struct words hashes_words;
extern const struct words console_words;
extern const struct words reset_words;
extern const struct words disk_format_words;
extern const struct words network_words;

/* Room for any list of words. */
#define WORDS_LIST_SIZE 128

/* The value of a word, 0 when it is none of them. */
uint32_t words_find(const struct words *words, const char *word);

/*
 * Lists those values whose bit is set in 'mask': "sev, sev-es or sev-snp" with conjunction "or".
 * Returns 'out', which has WORDS_LIST_SIZE bytes.
 */
char *words_list(char *out, const struct words *words, uint32_t mask, const char *conjunction);

/* A mask for words_list() that takes every word. */
#define WORDS_ALL UINT32_MAX

#endif
