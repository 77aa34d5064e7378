// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the input is a line of an error output.

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/explain.h"
#include "host/failure_codes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What the index finds is what the patterns say.
static void check(const struct explanation *explanation, const char *line)
{
	const struct failure *best = NULL;
	const struct failure *failure;

	for (size_t i = 0; (failure = failure_at(i)) != NULL; i++)
		for (size_t p = 0; p < FAILURE_PATTERNS_MAX && failure->patterns[p] != NULL; p++) {
			struct failure_values values;

			if ((best == NULL || best->rank < failure->rank) &&
			    failure_pattern_match(failure->patterns[p], line, &values))
				best = failure;
		}
	assert(best == explanation->failure);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = calloc(size + 1, 1);
	struct explanation explanation;

	if (line == NULL)
		return -1;
	memcpy(line, data, size);
	if (explain_line(&explanation, line)) {
		assert(explanation.values.n <= FAILURE_VALUES_MAX);
		for (size_t i = 0; i < explanation.values.n; i++) {
			char text[40];

			(void)failure_code_find(&explanation.values.items[i]);
			(void)failure_value_text(text, sizeof(text), &explanation.values.items[i]);
		}
	}
	check(&explanation, line);
	free(line);
	return 0;
}
