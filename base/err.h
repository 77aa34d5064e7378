/* SPDX-License-Identifier: Apache-2.0 */
/* One error object, owned by the caller: a kind that decides the exit status, and a sentence. */
#ifndef SNPLAUNCH_BASE_ERR_H
#define SNPLAUNCH_BASE_ERR_H

#include <errno.h>
#include <stdbool.h>

#include "base/attributes.h"

/*
 * What went wrong, by what its user must do next. Each has an exit status, in err.c; what stands
 * behind a kind here is what the manual says of it.
 */
enum err_kind {
	ERR_NONE,	/* done; the guest powered off */
	ERR_VERDICT,	/* verdict negative */
	ERR_USAGE,	/* wrong use: options, conflicting properties */
	ERR_INPUT,	/* a named file cannot be read, or no such guest runs */
	ERR_HOST,	/* this host or this QEMU cannot do it */
	ERR_SYSTEM,	/* this host or this QEMU cannot do it */
	ERR_BUG,	/* a bug in snplaunch */
	ERR_BUSY,	/* not now: no free ASID, no memory, name in use */
	ERR_PROTOCOL,	/* QEMU or QMP broke its protocol */
	ERR_REFUSED,	/* refused by host policy or permissions */
	ERR_GUEST_FILE, /* guest file or policy file is wrong */
	ERR_DEADLINE,	/* deadline passed */
	ERR_CRASH,	/* guest crashed or was killed */
	ERR_RESET,	/* guest asked for a reset */
	ERR_SIGNAL,	/* ended by signal N before the guest ran */
	ERR_KINDS,
};

#define ERR_TEXT_MAX 1000

/*
 * Plain bytes, so that a child sends it through a pipe in one write and a peer through a message.
 * Zero is "no error".
 */
struct err {
	enum err_kind kind;
	/* errno of the failed call, 0 if none. For ERR_SIGNAL the signal's number. */
	int errnum;
	/* Outermost context first, no newline, always NUL-terminated. */
	char text[ERR_TEXT_MAX];
};

/*
 * Replaces what 'err' holds. Appends the text of 'errnum' and keeps the number, unless it is 0.
 * Returns -1, as all that fill an error do, so that a failure is one line: return err_set(...).
 */
int err_set_errno(struct err *err, enum err_kind kind, int errnum, const char *fmt, ...)
	PRINTF_LIKE(4, 5);

/* A failure that no system call reported. */
#define err_set(err, kind, ...) err_set_errno(err, kind, 0, __VA_ARGS__)

/* A system call failed that should not. */
#define err_sys(err, ...) err_sys_kind(err, ERR_SYSTEM, __VA_ARGS__)

/* A system call failed and the system is not at fault: such as a missing file. */
#define err_sys_kind(err, kind, ...) err_set_errno(err, kind, errno, __VA_ARGS__)

/* Puts "context: " in front of the text. The text is cut at its end when it grows too long. */
int err_context(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * The exit status for an error, which the manual lists.
 * ERR_SIGNAL gives 128 + errnum.
 */
int err_exit_status(const struct err *err);

/*
 * True when 'err', received from another process, is well formed: a kind in range that is an
 * error, and a terminated text.
 */
bool err_is_valid(const struct err *err);

#endif
