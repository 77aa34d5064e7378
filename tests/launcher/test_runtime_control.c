// SPDX-License-Identifier: Apache-2.0
// The socket in a guest's runtime directory: who listens, who connects, and what is left.

#include "tests/launcher/runtimes.h"

#include <sys/socket.h>

static void claim(struct fixture *fixture, int *control_fd)
{
	expect_success(runtime_claim(&fixture->runtime, "web", control_fd, &fixture->err),
		       &fixture->err);
}

static void expect_nobody(struct fixture *fixture, int errnum)
{
	assert_int_equal(runtime_connect("web", &fixture->fd, &fixture->err), -1);
	assert_int_equal(fixture->err.errnum, errnum);
	assert_int_equal(fixture->fd, -1);
}

static void listens_where_nobody_else_may_connect(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int control_fd = -1;
	char path[100];
	struct stat st;

	claim(fixture, &control_fd);
	(void)snprintf(path, sizeof(path), "%s/web/control", fixture->base);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | 0600);
	assert_int_equal(fcntl(control_fd, F_GETFD), FD_CLOEXEC);
	assert_true((fcntl(control_fd, F_GETFL) & O_NONBLOCK) != 0);
	runtime_release(&fixture->runtime);
	assert_false(exists(fixture->base, "web"));
}

static void connects_to_a_guest(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int control_fd = -1;
	AUTO(fd) int peer_fd = -1;

	claim(fixture, &control_fd);
	expect_success(runtime_connect("web", &fixture->fd, &fixture->err), &fixture->err);
	peer_fd = accept4(control_fd, NULL, NULL, SOCK_CLOEXEC);
	assert_true(peer_fd >= 0);
	assert_int_equal(fcntl(fixture->fd, F_GETFD), FD_CLOEXEC);
	assert_true((fcntl(fixture->fd, F_GETFL) & O_NONBLOCK) != 0);
}

static void tells_a_guest_that_never_was(void **state)
{
	struct fixture *fixture = *state;

	expect_nobody(fixture, ENOENT); // not even the directory of all
	assert_int_equal(mkdir(fixture->base, 0700), 0);
	expect_nobody(fixture, ENOENT);
	assert_false(exists(fixture->base, "web"));
}

// The socket of a launcher that was killed stays, and so does a log.
static void tells_a_guest_that_is_gone(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int control_fd = -1;

	claim(fixture, &control_fd);
	close_fd(&control_fd);
	expect_nobody(fixture, ECONNREFUSED);
}

static void replaces_a_socket_that_was_left(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int control_fd = -1;

	claim(fixture, &control_fd);
	close_fd(&control_fd);
	close_fd(&fixture->runtime.dir_fd); // as if it had been killed
	close_fd(&fixture->runtime.base_fd);
	claim(fixture, &control_fd);
	expect_success(runtime_connect("web", &fixture->fd, &fixture->err), &fixture->err);
}

static void connects_to_nobody_in_a_directory_of_others(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int control_fd = -1;
	char path[100];

	claim(fixture, &control_fd);
	(void)snprintf(path, sizeof(path), "%s/web", fixture->base);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(runtime_connect("web", &fixture->fd, &fixture->err), -1);
	expect_error(&fixture->err, ERR_REFUSED,
		     "directory 'web' belongs to somebody else or is writable by others");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(listens_where_nobody_else_may_connect),
		TEST(connects_to_a_guest),
		TEST(tells_a_guest_that_never_was),
		TEST(tells_a_guest_that_is_gone),
		TEST(replaces_a_socket_that_was_left),
		TEST(connects_to_nobody_in_a_directory_of_others),
	};

	return cmocka_run_group_tests_name("launcher/runtime_control", tests, NULL, NULL);
}
