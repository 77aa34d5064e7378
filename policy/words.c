// SPDX-License-Identifier: Apache-2.0
// Looks words up and lists them.

#include "policy/words.h"

#include <stdio.h>
#include <string.h>

uint32_t words_find(const struct words *words, const char *word)
{
	for (uint32_t i = 1; i < words->n; i++)
		if (strcmp(words->names[i], word) == 0)
			return i;
	return 0;
}

const char *words_at(const struct words *words, uint32_t value)
{
	return value < words->n ? words->names[value] : NULL;
}

char *words_list(char *out, const struct words *words, uint32_t mask, const char *conjunction)
{
	size_t used = 0;
	unsigned int n_left = 0;

	for (size_t i = 1; i < words->n; i++)
		n_left += mask >> i & 1;
	out[0] = '\0';
	for (size_t i = 1; i < words->n; i++) {
		const char *behind = "";

		if ((mask >> i & 1) == 0)
			continue;
		n_left--;
		if (n_left == 1)
			behind = conjunction;
		used += (size_t)snprintf(out + used, WORDS_LIST_SIZE - used, "%s%s%s%s",
					 words->names[i],
					 n_left > 1 ? ", " :
					 n_left	    ? " " :
						      "",
					 behind, n_left == 1 ? " " : "");
		assert(used < WORDS_LIST_SIZE);
	}
	return out;
}
