/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of processes and files share: refusals, leaks, folders, acting as a user. */
#ifndef SNPLAUNCH_TESTS_BASE_PROCESS_H
#define SNPLAUNCH_TESTS_BASE_PROCESS_H

#include "tests/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/err.h"
#include "base/err_kind.h"
#include "tests/base/capture.h"
#include "tests/base/descriptors.h"

/* The user "nobody", who owns nothing here. */
#define ORDINARY_ID 65534

/* What takes longer hangs, however loaded the machine is. */
#define PATIENCE_MS 300000

static inline void expect_error(const struct err *err, enum err_kind kind, const char *text)
{
	assert_string_equal(err->text, text);
	assert_string_equal(err_kind_word(err->kind), err_kind_word(kind));
}

static inline void expect_success(int result, const struct err *err)
{
	if (result != 0)
		fail_msg("%s", err->text);
}

/* True when this process has no child, not even one that waits to be reaped. */
static inline bool has_no_children(void)
{
	siginfo_t info = { 0 };

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
}

/* A folder of its own. Owner: caller, remove_folder(). */
static inline void make_folder(char path[static 40])
{
	(void)strcpy(path, "/tmp/snplaunch-unit-XXXXXX");
	assert_non_null(mkdtemp(path));
}

static inline int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void remove_folder(const char *path)
{
	assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* Makes FOLDER/NAME with this content and mode, whatever the umask is. */
static inline void make_file(const char *folder, const char *name, const char *text, mode_t mode)
{
	char path[300];
	int fd;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close_fd(&fd);
}

static inline bool becomes_readable(int fd)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };

	return poll(&waiting, 1, PATIENCE_MS) == 1;
}

/* Reads to the end, which must come; returns 'text', terminated. */
static inline char *read_to_end(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	do {
		assert_true(becomes_readable(fd));
		n = read(fd, text + len, size - 1 - len);
		assert_true(n >= 0);
		len += (size_t)n;
	} while (n > 0 && len < size - 1);
	text[len] = '\0';
	return text;
}

/* Waits for a child; returns its exit status, -1 when a signal ended it. */
static inline int wait_for_exit(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static inline bool keep_user(void)
{
	return true;
}

static inline bool become_ordinary(void)
{
	return geteuid() != 0 ||
	       (setgroups(0, NULL) == 0 && setresgid(ORDINARY_ID, ORDINARY_ID, ORDINARY_ID) == 0 &&
		setresuid(ORDINARY_ID, ORDINARY_ID, ORDINARY_ID) == 0 &&
		prctl(PR_SET_DUMPABLE, 1) == 0); /* /proc/self is ours too */
}

/*
 * Runs 'act' in a child whose user 'become' has changed, and returns what it wrote into 'result' of
 * 'size' bytes. In 'act' nothing may be asserted: it would leave the child running.
 */
static inline void run_apart_as(bool (*become)(void), void (*act)(void *result), void *result,
				size_t size)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (!become())
			_exit(2);
		act(result);
		_exit(write(ends[1], result, size) == (ssize_t)size ? 0 : 3);
	}
	close_fd(&ends[1]);
	assert_true(becomes_readable(ends[0]));
	assert_int_equal(read(ends[0], result, size), size);
	close_fd(&ends[0]);
	assert_int_equal(wait_for_exit(pid), 0);
}

static inline void run_apart(void (*act)(void *result), void *result, size_t size)
{
	run_apart_as(keep_user, act, result, size);
}

/* As an ordinary user when we are root. */
static inline void run_as_user(void (*act)(void *result), void *result, size_t size)
{
	run_apart_as(become_ordinary, act, result, size);
}

/* Skips the test that says it, unless we are root. */
#define NEEDS_ROOT() \
	do { \
		if (geteuid() != 0) { \
			print_message("skipped: only root can set this up\n"); \
			skip(); \
		} \
	} while (0)

#endif
