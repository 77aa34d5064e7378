/* SPDX-License-Identifier: Apache-2.0 */
/* A folder, and opening in it by role. */
#ifndef SNPLAUNCH_TESTS_LAUNCHER_OPENS_H
#define SNPLAUNCH_TESTS_LAUNCHER_OPENS_H

#include "tests/base/process.h"

#include "base/mem.h"
#include "base/text.h"
#include "launcher/open.h"

struct fixture {
	char folder[40];
	struct monitor monitor; /* of which OPEN uses the files, and QEMU's program */
	struct host_policy policy;
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
	fixture->monitor.exe_fd = -1;
	fixture->monitor.files.argv = no_arguments;
	fixture->monitor.files.policy = &fixture->policy;
	if (host_policy_accept(&fixture->policy, &fixture->err) < 0)
		return -1;
	fixture->monitor.files.cwd_fd = open(fixture->folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fixture->monitor.files.cwd_fd < 0 ? -1 : 0;
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	close_fd(&fixture->monitor.files.cwd_fd);
	close_fd(&fixture->fd);
	remove_folder(fixture->folder);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

/* Makes a directory with this mode, whatever the umask is. */
static inline void make_directory(struct fixture *fixture, const char *name, mode_t mode)
{
	assert_int_equal(mkdirat(fixture->monitor.files.cwd_fd, name, 0700), 0);
	assert_int_equal(fchmodat(fixture->monitor.files.cwd_fd, name, mode, 0), 0);
}

/* Asks as the front does; *out_fd is -1 on failure. */
static inline int open_as(struct fixture *fixture, enum open_role role, const char *path,
			  int *out_fd)
{
	static struct wire_message request;
	static struct wire_message reply;
	struct request_open what = { .role = role };
	int result;

	*out_fd = -1;
	reply.n_fds = 0;
	if (text_copy_field(what.path, sizeof(what.path), path) < 0)
		return -1;
	memcpy(request.payload, &what, sizeof(what));
	result = open_for_front(&fixture->monitor, &request, &reply, &fixture->err);
	close_fd(&fixture->monitor.exe_fd);
	if (result == 0)
		*out_fd = reply.fds[0];
	return result;
}

static inline void expect_open(struct fixture *fixture, enum open_role role, const char *path)
{
	close_fd(&fixture->fd);
	expect_success(open_as(fixture, role, path, &fixture->fd), &fixture->err);
	assert_int_equal(fcntl(fixture->fd, F_GETFD), FD_CLOEXEC);
}

/* Also that nothing stays open. */
static inline void expect_refusal(struct fixture *fixture, enum open_role role, const char *path,
				  enum err_kind kind, const char *text)
{
	size_t n_before = count_fds();
	int fd;

	assert_int_equal(open_as(fixture, role, path, &fd), -1);
	expect_error(&fixture->err, kind, text);
	assert_int_equal(fd, -1);
	assert_int_equal(count_fds(), n_before);
}

#endif
