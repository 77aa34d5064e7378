// SPDX-License-Identifier: Apache-2.0
// A word for each kind of error.

#include "base/err_kind.h"

#include <assert.h>
#include <string.h>

static const char *const words[] = {
	[ERR_NONE] = "none",
	[ERR_VERDICT] = "verdict",
	[ERR_USAGE] = "usage",
	[ERR_INPUT] = "input",
	[ERR_HOST] = "host",
	[ERR_SYSTEM] = "system",
	[ERR_BUG] = "bug",
	[ERR_BUSY] = "busy",
	[ERR_PROTOCOL] = "protocol",
	[ERR_REFUSED] = "refused",
	[ERR_GUEST_FILE] = "guest-file",
	[ERR_DEADLINE] = "deadline",
	[ERR_CRASH] = "crash",
	[ERR_RESET] = "reset",
	[ERR_SIGNAL] = "signal",
};
static_assert(ARRAY_LEN(words) == ERR_KINDS, "each kind has a word");

const char *err_kind_word(enum err_kind kind)
{
	return (unsigned int)kind < ERR_KINDS ? words[kind] : "unknown";
}

enum err_kind err_kind_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0)
			return (enum err_kind)i;
	return ERR_NONE;
}
