/* SPDX-License-Identifier: Apache-2.0 */
/* One error object, owned by the caller: a kind that decides the exit status, and a sentence. */
#ifndef SNPLAUNCH_BASE_ERR_H
#define SNPLAUNCH_BASE_ERR_H

#include <stdbool.h>

#include "base/attributes.h"

/* What went wrong, by what its user must do next. err_kinds[] gives each its exit status. */
enum err_kind {
	ERR_NONE,
	ERR_VERDICT,	/* the answer is no: a test failed, digests differ */
	ERR_USAGE,	/* wrong use: options, conflicting properties */
	ERR_INPUT,	/* a named file cannot be read */
	ERR_HOST,	/* this host or this QEMU cannot do it */
	ERR_SYSTEM,	/* a system call failed that should not */
	ERR_BUG,	/* a mistake of ours */
	ERR_BUSY,	/* not now: no free ASID, no memory, name in use */
	ERR_PROTOCOL,	/* QEMU or QMP broke its protocol */
	ERR_REFUSED,	/* by host policy or permissions */
	ERR_GUEST_FILE, /* the guest file or the policy file is wrong */
	ERR_DEADLINE,	/* a deadline passed */
	ERR_CRASH,	/* the guest crashed or was killed */
	ERR_RESET,	/* the guest asked for a reset */
	ERR_SIGNAL,	/* a signal ended it before the guest ran; errnum is its number */
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

/* Replaces what 'err' holds. Returns -1, so that a failure is one line: return err_set(...). */
int err_set(struct err *err, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Like err_set() with kind ERR_SYSTEM; appends the text of errno and keeps its number. */
int err_sys(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Like err_sys() for a failure that is not the system's fault, such as a missing file. */
int err_sys_kind(struct err *err, enum err_kind kind, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "context: " in front of the text. The text is cut at its end when it grows too long. */
int err_context(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/*
 * The exit status for an error, from the table that the manual copies.
 * ERR_SIGNAL gives 128 + errnum.
 */
int err_exit_status(const struct err *err);

/* The word for a kind in JSON output ("guest-file"); "unknown" when out of range. */
const char *err_kind_word(enum err_kind kind);

/* The row of err_kinds[] at 'kind', for the manual's test. */
struct err_kind_row {
	const char *word;
	int exit_status;
	const char *means;
};
const struct err_kind_row *err_kind_row(enum err_kind kind);

/*
 * True when 'err', received from another process, is well formed: a kind in range that is an
 * error, and a terminated text.
 */
bool err_is_valid(const struct err *err);

#endif
