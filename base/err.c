// SPDX-License-Identifier: Apache-2.0
// Fills error objects and maps their kinds to exit statuses.

#include "base/err.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const unsigned char exit_statuses[] = {
	[ERR_NONE] = 0,	     [ERR_VERDICT] = 1,	 [ERR_USAGE] = 64,	[ERR_INPUT] = 66,
	[ERR_HOST] = 69,     [ERR_SYSTEM] = 69,	 [ERR_BUG] = 70,	[ERR_BUSY] = 75,
	[ERR_PROTOCOL] = 76, [ERR_REFUSED] = 77, [ERR_GUEST_FILE] = 78, [ERR_DEADLINE] = 124,
	[ERR_CRASH] = 125,   [ERR_RESET] = 133,	 [ERR_SIGNAL] = 128,
};
static_assert(ARRAY_LEN(exit_statuses) == ERR_KINDS, "each kind has an exit status");

static void append(struct err *err, const char *text)
{
	size_t used = strlen(err->text);

	(void)snprintf(err->text + used, sizeof(err->text) - used, ": %s", text);
}

int err_set_errno(struct err *err, enum err_kind kind, int errnum, const char *fmt, ...)
{
	va_list args;

	memset(err, 0, sizeof(*err)); // it is sent to other processes whole
	err->kind = kind;
	err->errnum = errnum;
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	if (errnum != 0)
		append(err, strerror(errnum));
	return -1;
}

int err_context(struct err *err, const char *fmt, ...)
{
	struct err inner = *err;
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	append(err, inner.text);
	return -1;
}

int err_exit_status(const struct err *err)
{
	assert(err->kind < ERR_KINDS);
	return exit_statuses[err->kind] + (err->kind == ERR_SIGNAL ? err->errnum : 0);
}

bool err_is_valid(const struct err *err)
{
	return (unsigned int)err->kind < ERR_KINDS && err->kind != ERR_NONE &&
	       memchr(err->text, '\0', sizeof(err->text)) != NULL;
}
