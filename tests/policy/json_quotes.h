/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that can be read inside C strings: {'vcpus':1}. */
#ifndef SNPLAUNCH_TESTS_POLICY_JSON_QUOTES_H
#define SNPLAUNCH_TESTS_POLICY_JSON_QUOTES_H

#include <string.h>

#include "base/mem.h"

/* A copy of 'text' with a double quote for each single one. Owner: caller, free(). */
static inline char *json_quotes(const char *text)
{
	char *json = mem_must(strdup(text));

	for (char *at = json; *at != '\0'; at++)
		*at = *at == '\'' ? '"' : *at;
	return json;
}

#endif
