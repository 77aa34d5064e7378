// SPDX-License-Identifier: Apache-2.0
// Receives from QEMU's monitor socket and cuts lines, within limits of memory, work and rate.

#include "qmp/frame.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/clock.h"
#include "base/fd_flags.h"
#include "base/mem.h"

#define SIZE_SMALL ((size_t)4096) // holds most lines; what the buffer shrinks back to

// The most descriptors that one message of a UNIX socket carries (SCM_MAX_FD, net/scm.h).
#define FDS_MAX 253

int qmp_frame_init(struct qmp_frame *frame, int fd, size_t line_max, struct err *err)
{
	*frame = (struct qmp_frame){
		.fd = fd,
		.line_max = line_max,
		.allowance = QMP_BURST_BYTES,
		.allowance_ms = clock_now_ms(),
	};
	return fd_set_nonblocking(fd, err);
}

static size_t unread(const struct qmp_frame *frame)
{
	return frame->end - frame->start;
}

// Moves what is left to the front and fits the buffer to it.
static void make_room(struct qmp_frame *frame)
{
	size_t left = unread(frame);
	size_t size = frame->size;

	if (left > 0 && frame->start > 0)
		memmove(frame->bytes, frame->bytes + frame->start, left);
	frame->searched -= frame->start;
	frame->start = 0;
	frame->end = left;
	if (size < SIZE_SMALL || (left < SIZE_SMALL / 2 && size > QMP_RECEIVE_MAX))
		size = SIZE_SMALL;
	else if (left > size / 2)
		size *= 2;
	if (size != frame->size)
		frame->bytes = mem_resize(frame->bytes, size, 1);
	frame->size = size;
}

// Closes what came with a packet. Returns how many control messages there were.
static size_t close_received_fds(struct msghdr *packet)
{
	size_t n_messages = 0;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(packet); c != NULL; c = CMSG_NXTHDR(packet, c)) {
		size_t n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		n_messages++;
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < n_fds; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			close_fd(&fd);
		}
	}
	return n_messages;
}

// Counts what was received against what QEMU may send.
static int spend_allowance(struct qmp_frame *frame, size_t len, struct err *err)
{
	int64_t now = clock_now_ms();
	uint64_t earned = (uint64_t)(now - frame->allowance_ms) * QMP_BYTES_PER_SECOND / 1000;

	if (earned > 0)
		frame->allowance_ms = now;
	frame->allowance = earned < QMP_BURST_BYTES - frame->allowance ?
				   frame->allowance + (size_t)earned :
				   QMP_BURST_BYTES;
	if (len > frame->allowance)
		return err_set(err, ERR_PROTOCOL,
			       "QEMU floods its QMP socket with more than %zu "
			       "bytes, and %zu a second",
			       QMP_BURST_BYTES, QMP_BYTES_PER_SECOND);
	frame->allowance -= len;
	return 0;
}

static int accept_end(struct qmp_frame *frame, struct err *err)
{
	frame->closed = true;
	if (unread(frame) > 0)
		return err_set(err, ERR_PROTOCOL,
			       "QEMU closed its QMP socket in the middle of "
			       "a line, after %zu bytes of it",
			       unread(frame));
	return 0;
}

static int receive(struct qmp_frame *frame, struct err *err)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
	} control;
	struct iovec room;
	struct msghdr packet = {
		.msg_iov = &room,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes),
	};
	ssize_t len;

	make_room(frame);
	room.iov_base = frame->bytes + frame->end;
	room.iov_len = frame->size - frame->end;
	if (room.iov_len > QMP_RECEIVE_MAX)
		room.iov_len = QMP_RECEIVE_MAX;
	do
		len = recvmsg(frame->fd, &packet, MSG_CMSG_CLOEXEC);
	while (len < 0 && errno == EINTR);
	if (len < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	// A QEMU that dies with our bytes unread resets the connection instead of ending it.
	if (len == 0 || (len < 0 && errno == ECONNRESET))
		return accept_end(frame, err);
	if (len < 0)
		return err_sys(err, "cannot receive from QEMU's QMP socket");
	if (close_received_fds(&packet) > 0 || (packet.msg_flags & MSG_CTRUNC) != 0)
		return err_set(err, ERR_PROTOCOL, "QEMU sent descriptors over QMP");
	frame->end += (size_t)len;
	return spend_allowance(frame, (size_t)len, err);
}

static int refuse_long_line(const struct qmp_frame *frame, struct err *err)
{
	return err_set(err, ERR_PROTOCOL, "QEMU sent a line of more than %zu bytes",
		       frame->line_max);
}

// Takes a line out of the buffer. Sets QMP_LINE_NONE when none is whole.
static int cut_line(struct qmp_frame *frame, struct qmp_line *line, struct err *err)
{
	const char *begin;
	char *line_end;

	*line = (struct qmp_line){ .kind = QMP_LINE_NONE };
	if (frame->searched == frame->end)
		return 0;
	begin = frame->bytes + frame->start;
	line_end = memchr(frame->bytes + frame->searched, '\n', frame->end - frame->searched);
	if (line_end == NULL) {
		frame->searched = frame->end;
		// One more for the carriage return that may stand before the line end.
		return unread(frame) > frame->line_max + 1 ? refuse_long_line(frame, err) : 0;
	}
	frame->start = (size_t)(line_end - frame->bytes) + 1;
	frame->searched = frame->start;
	if (line_end > begin && line_end[-1] == '\r')
		line_end--;
	*line = (struct qmp_line){ QMP_LINE_WHOLE, begin, (size_t)(line_end - begin) };
	return line->len > frame->line_max ? refuse_long_line(frame, err) : 0;
}

int qmp_frame_next(struct qmp_frame *frame, struct qmp_line *line, struct err *err)
{
	if (cut_line(frame, line, err) < 0)
		return -1;
	if (line->kind == QMP_LINE_WHOLE)
		return 0;
	if (!frame->received && !frame->closed) {
		frame->received = true;
		if (receive(frame, err) < 0 || cut_line(frame, line, err) < 0)
			return -1;
		if (line->kind == QMP_LINE_WHOLE)
			return 0;
	}
	frame->received = false;
	line->kind = frame->closed ? QMP_LINE_CLOSED : QMP_LINE_NONE;
	return 0;
}

void qmp_frame_release(struct qmp_frame *frame)
{
	close_fd(&frame->fd);
	free(frame->bytes);
	*frame = (struct qmp_frame){ .fd = -1, .closed = true };
}
