// SPDX-License-Identifier: Apache-2.0
// Opening by role: what kinds of object each takes, and descriptors of our own.

#include "tests/launcher/opens.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

// --- What an object may be -----------------------------------------------------------------------

static void opens_regular_files_with_the_access_of_the_role(void **state)
{
	static const struct {
		enum open_role role;
		int access;
	} rows[] = {
		{ OPEN_GUEST_FILE, O_RDONLY }, { OPEN_HOST_FACTS, O_RDONLY },
		{ OPEN_ARTIFACT, O_RDONLY },   { OPEN_DISK_READ, O_RDONLY },
		{ OPEN_DISK_WRITE, O_RDWR },   { OPEN_FIRMWARE, O_RDONLY },
	};
	struct fixture *fixture = *state;

	make_file(fixture->folder, "a", "text", 0600);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		expect_open(fixture, rows[i].role, "a");
		// QEMU compares all flags, so not even O_NONBLOCK may be left.
		assert_int_equal(fcntl(fixture->fd, F_GETFL) & ~O_LARGEFILE & ~0100000,
				 rows[i].access);
	}
}

static void takes_absolute_paths_as_they_are(void **state)
{
	struct fixture *fixture = *state;
	char path[60];

	make_file(fixture->folder, "a", "text", 0600);
	(void)snprintf(path, sizeof(path), "%s/a", fixture->folder);
	expect_open(fixture, OPEN_ARTIFACT, path);
}

static void refuses_a_directory(void **state)
{
	struct fixture *fixture = *state;

	expect_refusal(fixture, OPEN_GUEST_FILE, ".", ERR_INPUT,
		       "guest file '.': is a directory, not a regular file");
	expect_refusal(fixture, OPEN_DISK_READ, ".", ERR_INPUT,
		       "disk '.': is a directory, not a regular file or block device");
	expect_refusal(fixture, OPEN_DISK_WRITE, ".", ERR_INPUT,
		       "disk '.': is a directory, not a regular file or block device");
	expect_refusal(fixture, OPEN_QEMU, ".", ERR_INPUT,
		       "QEMU '.': is a directory, not a regular file");
}

// Nobody has the other end open, so a blocking open would wait for ever.
static void refuses_a_fifo_without_waiting_for_its_other_end(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(mkfifoat(fixture->monitor.files.cwd_fd, "fifo", 0644), 0);
	expect_refusal(fixture, OPEN_ARTIFACT, "fifo", ERR_INPUT,
		       "file 'fifo': is a fifo, not a regular file");
	expect_refusal(fixture, OPEN_DISK_WRITE, "fifo", ERR_INPUT,
		       "disk 'fifo': is a fifo, not a regular file or block device");
}

static void refuses_a_socket(void **state)
{
	struct fixture *fixture = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	AUTO(fd) int socket_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", fixture->folder);
	assert_int_equal(bind(socket_fd, (struct sockaddr *)&address, sizeof(address)), 0);
	expect_refusal(fixture, OPEN_DISK_READ, "socket", ERR_INPUT,
		       "disk 'socket': is a socket, not a regular file or block device");
}

// What lies in these is made up when it is read, and some of it does something.
static void refuses_what_is_no_stored_file(void **state)
{
	struct fixture *fixture = *state;

	expect_refusal(fixture, OPEN_ARTIFACT, "/proc/version", ERR_INPUT,
		       "file '/proc/version': is no stored file");
	expect_refusal(fixture, OPEN_GUEST_FILE, "/sys/kernel/mm/transparent_hugepage/enabled",
		       ERR_INPUT,
		       "guest file '/sys/kernel/mm/transparent_hugepage/enabled': is no stored "
		       "file");
}

static void refuses_a_character_device(void **state)
{
	struct fixture *fixture = *state;

	expect_refusal(fixture, OPEN_DISK_WRITE, "/dev/null", ERR_INPUT,
		       "disk '/dev/null': is a character device, not a regular file or block "
		       "device");
	expect_refusal(fixture, OPEN_ARTIFACT, "/dev/zero", ERR_INPUT,
		       "file '/dev/zero': is a character device, not a regular file");
}

// A device that exists and one that nothing drives fail in different places.
static void takes_a_block_device_for_disks_only(void **state)
{
	struct fixture *fixture = *state;

	NEEDS_ROOT();
	if (mknodat(fixture->monitor.files.cwd_fd, "block", S_IFBLK | 0600, makedev(7, 0)) < 0) {
		print_message("skipped: no device can be made here: %s\n", strerror(errno));
		skip();
	}
	if (open_as(fixture, OPEN_DISK_READ, "block", &fixture->fd) < 0) {
		print_message("skipped: no loop device: %s\n", fixture->err.text);
		skip();
	}
	expect_refusal(fixture, OPEN_ARTIFACT, "block", ERR_INPUT,
		       "file 'block': is a block device, not a regular file");
}

static void follows_a_symbolic_link(void **state)
{
	struct fixture *fixture = *state;

	make_file(fixture->folder, "a", "text", 0600);
	assert_int_equal(symlinkat("a", fixture->monitor.files.cwd_fd, "link"), 0);
	expect_open(fixture, OPEN_ARTIFACT, "link");
	assert_int_equal(symlinkat(".", fixture->monitor.files.cwd_fd, "folder"), 0);
	expect_refusal(fixture, OPEN_ARTIFACT, "folder", ERR_INPUT,
		       "file 'folder': is a directory, not a regular file");
}

static void refuses_a_loop_of_symbolic_links(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(symlinkat("two", fixture->monitor.files.cwd_fd, "one"), 0);
	assert_int_equal(symlinkat("one", fixture->monitor.files.cwd_fd, "two"), 0);
	expect_refusal(fixture, OPEN_DISK_READ, "one", ERR_INPUT,
		       "cannot open disk \'one\': Too many levels of symbolic links");
}

static void says_what_is_missing_and_what_to_do_it_for(void **state)
{
	struct fixture *fixture = *state;

	expect_refusal(fixture, OPEN_GUEST_FILE, "no", ERR_INPUT,
		       "cannot open guest file \'no\': No such file or directory");
	expect_refusal(fixture, OPEN_QEMU, "no", ERR_HOST,
		       "cannot open QEMU \'no\': No such file or directory");
	make_file(fixture->folder, "a", "", 0600);
	expect_refusal(fixture, OPEN_ARTIFACT, "a/b", ERR_INPUT,
		       "cannot open file \'a/b\': Not a directory");
}

struct attempt {
	struct fixture *fixture;
	int result;
	struct err err;
};

static void open_unreadable(void *result)
{
	struct attempt *attempt = result;
	int fd;

	attempt->result = open_as(attempt->fixture, OPEN_ARTIFACT, "secret", &fd);
	attempt->err = attempt->fixture->err;
}

static void refuses_what_the_user_may_not_read(void **state)
{
	struct attempt attempt = { .fixture = *state };

	assert_int_equal(chmod(attempt.fixture->folder, 0755), 0);
	make_file(attempt.fixture->folder, "secret", "", 0000);
	run_as_user(open_unreadable, &attempt, sizeof(attempt));
	assert_int_equal(attempt.result, -1);
	expect_error(&attempt.err, ERR_REFUSED, "cannot open file \'secret\': Permission denied");
}

// --- Programs ------------------------------------------------------------------------------------

static void wants_a_qemu_that_is_executable(void **state)
{
	struct fixture *fixture = *state;

	make_file(fixture->folder, "qemu", "", 0644);
	expect_refusal(fixture, OPEN_QEMU, "qemu", ERR_HOST, "QEMU 'qemu': is not executable");
	make_file(fixture->folder, "mine", "", 0777);
	expect_open(fixture, OPEN_QEMU, "mine");
}

// Naming it does not make somebody else's program ours.
static void wants_a_qemu_of_root_when_started_by_root(void **state)
{
	static const char text[] =
		"QEMU 'qemu': must belong to root and be writable by nobody else";
	struct fixture *fixture = *state;
	char *argv[] = { (char *)"snplaunch", (char *)"--qemu=qemu", NULL };

	NEEDS_ROOT();
	fixture->monitor.files.privileged = true;
	fixture->monitor.files.argv = argv;
	make_file(fixture->folder, "qemu", "", 0700);
	expect_open(fixture, OPEN_QEMU, "qemu");
	make_file(fixture->folder, "qemu", "", 0775);
	expect_refusal(fixture, OPEN_QEMU, "qemu", ERR_REFUSED, text);
	make_file(fixture->folder, "qemu", "", 0757);
	expect_refusal(fixture, OPEN_QEMU, "qemu", ERR_REFUSED, text);
	make_file(fixture->folder, "qemu", "", 0755);
	assert_int_equal(fchownat(fixture->monitor.files.cwd_fd, "qemu", ORDINARY_ID, 0, 0), 0);
	expect_refusal(fixture, OPEN_QEMU, "qemu", ERR_REFUSED, text);
}

// --- Descriptors of our own ----------------------------------------------------------------------

// Runs with 'stdout_fd' as standard output, nothing asserted meanwhile.
static int open_console_over(struct fixture *fixture, int stdout_fd)
{
	AUTO(fd) int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	int result;

	(void)fflush(stdout);
	(void)dup2(stdout_fd, STDOUT_FILENO);
	close_fd(&fixture->fd);
	result = files_open_console(&fixture->fd, &fixture->err);
	(void)dup2(saved, STDOUT_FILENO);
	return result;
}

static void opens_a_pipe_again_so_that_writing_does_not_wait(void **state)
{
	struct fixture *fixture = *state;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	expect_success(open_console_over(fixture, ends[1]), &fixture->err);
	assert_int_equal(fcntl(fixture->fd, F_GETFL) & (O_NONBLOCK | O_ACCMODE),
			 O_NONBLOCK | O_WRONLY);
	assert_int_equal(fcntl(ends[1], F_GETFL) & O_NONBLOCK, 0);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
}

static void copies_what_is_neither_pipe_nor_terminal(void **state)
{
	struct fixture *fixture = *state;
	AUTO(fd) int memory_fd = memfd_create("test", MFD_CLOEXEC);
	int ends[2];

	expect_success(open_console_over(fixture, memory_fd), &fixture->err);
	assert_int_equal(write(fixture->fd, "abc", 3), 3);
	assert_int_equal(lseek(memory_fd, 0, SEEK_CUR), 3); // one description
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	expect_success(open_console_over(fixture, ends[0]), &fixture->err);
	assert_int_equal(fcntl(fixture->fd, F_GETFD), FD_CLOEXEC);
	close_fd(&ends[0]);
	close_fd(&ends[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(opens_regular_files_with_the_access_of_the_role),
		TEST(takes_absolute_paths_as_they_are),
		TEST(refuses_a_directory),
		TEST(refuses_a_fifo_without_waiting_for_its_other_end),
		TEST(refuses_a_socket),
		TEST(refuses_what_is_no_stored_file),
		TEST(refuses_a_character_device),
		TEST(takes_a_block_device_for_disks_only),
		TEST(follows_a_symbolic_link),
		TEST(refuses_a_loop_of_symbolic_links),
		TEST(says_what_is_missing_and_what_to_do_it_for),
		TEST(refuses_what_the_user_may_not_read),
		TEST(wants_a_qemu_that_is_executable),
		TEST(wants_a_qemu_of_root_when_started_by_root),
		TEST(opens_a_pipe_again_so_that_writing_does_not_wait),
		TEST(copies_what_is_neither_pipe_nor_terminal),
	};

	return cmocka_run_group_tests_name("launcher/files", tests, NULL, NULL);
}
