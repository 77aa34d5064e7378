// SPDX-License-Identifier: Apache-2.0
// Fills error objects and maps their kinds to exit statuses.

#include "base/err.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct err_kind_row err_kinds[] = {
	[ERR_NONE] = { "none", 0, "done; the guest powered off" },
	[ERR_VERDICT] = { "verdict", 1, "verdict negative" },
	[ERR_USAGE] = { "usage", 64, "wrong use: options, conflicting properties" },
	[ERR_INPUT] = { "input", 66, "a named file cannot be read" },
	[ERR_HOST] = { "host", 69, "this host or this QEMU cannot do it" },
	[ERR_SYSTEM] = { "system", 69, "this host or this QEMU cannot do it" },
	[ERR_BUG] = { "bug", 70, "a bug in snplaunch" },
	[ERR_BUSY] = { "busy", 75, "not now: no free ASID, no memory, name in use" },
	[ERR_PROTOCOL] = { "protocol", 76, "QEMU or QMP broke its protocol" },
	[ERR_REFUSED] = { "refused", 77, "refused by host policy or permissions" },
	[ERR_GUEST_FILE] = { "guest-file", 78, "guest file or policy file is wrong" },
	[ERR_DEADLINE] = { "deadline", 124, "deadline passed" },
	[ERR_CRASH] = { "crash", 125, "guest crashed or was killed" },
	[ERR_RESET] = { "reset", 133, "guest asked for a reset" },
	[ERR_SIGNAL] = { "signal", 128, "ended by signal N before the guest ran" },
};
static_assert(ARRAY_LEN(err_kinds) == ERR_KINDS, "each kind has an exit status");

PRINTF_LIKE(3, 0)
static void set_text(struct err *err, enum err_kind kind, const char *fmt, va_list args)
{
	memset(err, 0, sizeof(*err)); // it is sent to other processes whole
	err->kind = kind;
	if (vsnprintf(err->text, sizeof(err->text), fmt, args) < 0)
		err->text[0] = '\0';
}

static void append_errno(struct err *err, int errnum)
{
	size_t used = strlen(err->text);

	err->errnum = errnum;
	(void)snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror(errnum));
}

int err_set(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_text(err, kind, fmt, args);
	va_end(args);
	return -1;
}

int err_sys(struct err *err, const char *fmt, ...)
{
	int errnum = errno;
	va_list args;

	va_start(args, fmt);
	set_text(err, ERR_SYSTEM, fmt, args);
	va_end(args);
	append_errno(err, errnum);
	return -1;
}

int err_sys_kind(struct err *err, enum err_kind kind, const char *fmt, ...)
{
	int errnum = errno;
	va_list args;

	va_start(args, fmt);
	set_text(err, kind, fmt, args);
	va_end(args);
	append_errno(err, errnum);
	return -1;
}

int err_context(struct err *err, const char *fmt, ...)
{
	char inner[ERR_TEXT_MAX];
	va_list args;
	size_t used;

	memcpy(inner, err->text, sizeof(inner));
	va_start(args, fmt);
	if (vsnprintf(err->text, sizeof(err->text), fmt, args) < 0)
		err->text[0] = '\0';
	va_end(args);
	used = strlen(err->text);
	(void)snprintf(err->text + used, sizeof(err->text) - used, ": %s", inner);
	return -1;
}

int err_exit_status(const struct err *err)
{
	assert(err->kind < ERR_KINDS);
	if (err->kind == ERR_SIGNAL)
		return err_kinds[ERR_SIGNAL].exit_status + err->errnum;
	return err_kinds[err->kind].exit_status;
}

const char *err_kind_word(enum err_kind kind)
{
	return (unsigned int)kind < ERR_KINDS ? err_kinds[kind].word : "unknown";
}

const struct err_kind_row *err_kind_row(enum err_kind kind)
{
	assert((unsigned int)kind < ERR_KINDS);
	return &err_kinds[kind];
}

bool err_is_valid(const struct err *err)
{
	return (unsigned int)err->kind < ERR_KINDS && err->kind != ERR_NONE &&
	       memchr(err->text, '\0', sizeof(err->text)) != NULL;
}
