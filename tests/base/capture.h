/* SPDX-License-Identifier: Apache-2.0 */
/* What a test makes the code under it print. */
#ifndef SNPLAUNCH_TESTS_BASE_CAPTURE_H
#define SNPLAUNCH_TESTS_BASE_CAPTURE_H

#include "tests/unit.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"

/* Standard error into a file in memory, from here to capture_end(). */
struct capture {
	int saved_fd;
	int file_fd;
};

static inline struct capture capture_begin(void)
{
	struct capture capture = {
		.saved_fd = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3),
		.file_fd = memfd_create("stderr", MFD_CLOEXEC),
	};

	assert_true(capture.saved_fd >= 0 && capture.file_fd >= 0);
	assert_true(dup2(capture.file_fd, STDERR_FILENO) >= 0);
	return capture;
}

static inline const char *capture_end(struct capture *capture, char *text, size_t size)
{
	ssize_t len = pread(capture->file_fd, text, size - 1, 0);

	assert_true(dup2(capture->saved_fd, STDERR_FILENO) >= 0);
	close_fd(&capture->saved_fd);
	close_fd(&capture->file_fd);
	assert_true(len >= 0);
	text[len] = '\0';
	return text;
}

#endif
