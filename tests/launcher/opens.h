/* SPDX-License-Identifier: Apache-2.0 */
/* A folder, and opening in it by role. */
#ifndef SNPLAUNCH_TESTS_LAUNCHER_OPENS_H
#define SNPLAUNCH_TESTS_LAUNCHER_OPENS_H

#include "tests/base/process.h"

#include "base/mem.h"
#include "launcher/files.h"

struct fixture {
	char folder[40];
	struct files files;
	int fd;
	size_t n_fds; /* before the test */
	struct err err;
};

static char *no_arguments[] = { (char *)"snplaunch", NULL };

static inline int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	fixture->n_fds = count_fds();
	make_folder(fixture->folder);
	fixture->fd = -1;
	fixture->files.argv = no_arguments;
	fixture->files.cwd_fd = open(fixture->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fixture->files.cwd_fd < 0 ? -1 : 0;
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	close_fd(&fixture->files.cwd_fd);
	close_fd(&fixture->fd);
	remove_folder(fixture->folder);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

static inline void expect_open(struct fixture *fixture, enum open_role role, const char *path)
{
	close_fd(&fixture->fd);
	expect_success(files_open(&fixture->files, role, path, &fixture->fd, &fixture->err),
		       &fixture->err);
	assert_int_equal(fcntl(fixture->fd, F_GETFD), FD_CLOEXEC);
}

/* Also that nothing stays open. */
static inline void expect_refusal(struct fixture *fixture, enum open_role role, const char *path,
				  enum err_kind kind, const char *text)
{
	size_t n_before = count_fds();
	int fd = -1;

	assert_int_equal(files_open(&fixture->files, role, path, &fd, &fixture->err), -1);
	expect_error(&fixture->err, kind, text);
	assert_int_equal(fd, -1);
	assert_int_equal(count_fds(), n_before);
}

#endif
