/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes from QEMU's monitor socket, cut into lines, with bounded memory, work and rate. */
#ifndef SNPLAUNCH_QMP_FRAME_H
#define SNPLAUNCH_QMP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/auto.h"
#include "base/err.h"

/* Bytes that one receive takes at most, and so the work of one round of the caller's loop. */
#define QMP_RECEIVE_MAX ((size_t)64 * 1024)

/*
 * A QEMU that sends more than this is broken or hostile. The burst holds any answer that we ask
 * for; the rate holds 16 thousand BLOCK_IO_ERROR events a second, which old QEMUs do not limit.
 */
#define QMP_BURST_BYTES ((size_t)16 * 1024 * 1024)
#define QMP_BYTES_PER_SECOND ((size_t)4 * 1024 * 1024)

enum qmp_line_kind {
	QMP_LINE_NONE,	 /* nothing more until poll() says so */
	QMP_LINE_WHOLE,	 /* one line */
	QMP_LINE_CLOSED, /* QEMU has closed its end, or is gone */
};

struct qmp_line {
	enum qmp_line_kind kind;
	/* Without its line end. Borrowed from the frame until the next call. */
	const char *bytes;
	size_t len;
};

struct qmp_frame {
	int fd;		 /* owner: the frame */
	size_t line_max; /* bytes of the longest line, its end not counted */
	char *bytes;	 /* 'size' bytes; grows as needed, shrinks when a long line is done */
	size_t size;
	size_t start;	 /* of what is received and not yet handed out */
	size_t searched; /* there is no line end before this */
	size_t end;
	bool received; /* this round has had its receive */
	bool closed;
	size_t allowance;     /* bytes that QEMU may still send now */
	int64_t allowance_ms; /* when that was true */
};

/* Takes over 'fd', a stream socket, and makes it non-blocking. */
int qmp_frame_init(struct qmp_frame *frame, int fd, size_t line_max, struct err *err) MUST_CHECK;

/*
 * Hands out the next line. Between two QMP_LINE_NONE it receives once, so a loop that reads until
 * QMP_LINE_NONE and then polls stays live however much QEMU sends. A reset counts as closed.
 * Errors: ERR_PROTOCOL for a line that is too long, an end inside of a line, a flood, and
 * descriptors, which are closed.
 */
int qmp_frame_next(struct qmp_frame *frame, struct qmp_line *line, struct err *err) MUST_CHECK;

/* Closes the socket and frees the memory. A second release does nothing. */
void qmp_frame_release(struct qmp_frame *frame);

DEFINE_AUTO(qmp_frame, struct qmp_frame, qmp_frame_release);

#endif
