// SPDX-License-Identifier: Apache-2.0
// Makes, locks and removes the launcher's own directories.

#include "launcher/runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/text.h"

#define DIRECTORY_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

// Where a directory is, in order: systemd's variable, then by who started us.
struct place {
	const char *systemd_variable;
	const char *root_path;
	const char *user_variable;
	const char *user_suffix;
};

static const struct place runtime_place = {
	"RUNTIME_DIRECTORY",
	"/run/snplaunch",
	"XDG_RUNTIME_DIR",
	"/snplaunch",
};
static const struct place cache_places[] = {
	{ "CACHE_DIRECTORY", "/var/cache/snplaunch", "XDG_CACHE_HOME", "/snplaunch" },
	{ "CACHE_DIRECTORY", "/var/cache/snplaunch", "HOME", "/.cache/snplaunch" },
};

static int place_path(char *path, size_t size, const struct place *place)
{
	const char *given = getenv(place->systemd_variable);
	const char *base = getenv(place->user_variable);
	int n;

	if (given != NULL && given[0] == '/') // of systemd's list the first
		n = snprintf(path, size, "%.*s", (int)strcspn(given, ":"), given);
	else if (geteuid() == 0)
		n = snprintf(path, size, "%s", place->root_path);
	else if (base != NULL && base[0] == '/')
		n = snprintf(path, size, "%s%s", base, place->user_suffix);
	else
		return -1;
	return n < 0 || (size_t)n >= size ? -1 : 0;
}

// A directory is ours alone when we own it and nobody else may write in it. The operator's own path
// (at_fd is AT_FDCWD) may be a symbolic link, a name in our directories may not.
static int open_own_directory(int at_fd, const char *path, int *out_fd, struct err *err)
{
	AUTO(fd)
	int fd = openat(at_fd, path, DIRECTORY_FLAGS | (at_fd == AT_FDCWD ? 0 : O_NOFOLLOW));
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys_kind(err, ERR_HOST, "cannot open directory '%s'", path);
	if (st.st_uid != geteuid() || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, ERR_REFUSED,
			       "directory '%s' belongs to somebody else or is writable by others",
			       path);
	*out_fd = take_fd(&fd);
	return 0;
}

static int make_directory(int at_fd, const char *path, mode_t mode, struct err *err)
{
	if (mkdirat(at_fd, path, mode) < 0 && errno != EEXIST)
		return err_sys_kind(err, errno == EACCES ? ERR_REFUSED : ERR_HOST,
				    "cannot make directory '%s'", path);
	return 0;
}

static int open_base(int *out_fd, struct err *err)
{
	char path[PATH_MAX];

	if (place_path(path, sizeof(path), &runtime_place) < 0)
		return err_set(
			err, ERR_HOST,
			"there is no runtime directory: set XDG_RUNTIME_DIR to a directory of "
			"your own, as a login session does");
	if (make_directory(AT_FDCWD, path, 0700, err) < 0)
		return -1;
	return open_own_directory(AT_FDCWD, path, out_fd, err);
}

void runtime_init(struct runtime *runtime)
{
	*runtime = (struct runtime){ .base_fd = -1, .dir_fd = -1 };
}

// The holder before us may have removed the directory between our opening and our lock.
static bool is_still_there(int base_fd, const char *name, int dir_fd)
{
	struct stat by_name;
	struct stat by_fd;

	return fstatat(base_fd, name, &by_name, AT_SYMLINK_NOFOLLOW) == 0 &&
	       fstat(dir_fd, &by_fd) == 0 && by_name.st_ino == by_fd.st_ino &&
	       by_name.st_dev == by_fd.st_dev;
}

static int lock_directory(int base_fd, const char *name, int *out_fd, struct err *err)
{
	for (int tries = 0; tries < 10; tries++) {
		AUTO(fd) int fd = -1;

		if (make_directory(base_fd, name, 0700, err) < 0 ||
		    open_own_directory(base_fd, name, &fd, err) < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB) < 0)
			return err_set(
				err, ERR_BUSY,
				"a guest named '%s' is running: choose another name with --name, "
				"or stop that one",
				name);
		if (is_still_there(base_fd, name, fd)) {
			*out_fd = take_fd(&fd);
			return 0;
		}
	}
	return err_set(err, ERR_BUSY, "the name '%s' is being fought over: try again", name);
}

int runtime_claim(struct runtime *runtime, const char *name, struct err *err)
{
	AUTO(fd) int base_fd = -1;

	if (runtime->dir_fd >= 0)
		return err_set(err, ERR_BUG, "a name is claimed already");
	if (text_copy_field(runtime->name, sizeof(runtime->name), name) < 0)
		return err_set(err, ERR_BUG, "a name of %zu bytes", strlen(name));
	if (open_base(&base_fd, err) < 0 ||
	    lock_directory(base_fd, name, &runtime->dir_fd, err) < 0)
		return err_context(err, "runtime directory");
	runtime->base_fd = take_fd(&base_fd);
	return 0;
}

int runtime_open_log(const struct runtime *runtime, const char *name, int *out_fd, struct err *err)
{
	AUTO(fd) int fd = -1;

	if (runtime->dir_fd < 0)
		return err_set(err, ERR_BUG, "no name is claimed yet");
	if (unlinkat(runtime->dir_fd, name, 0) < 0 && errno != ENOENT)
		return err_sys(err, "cannot remove the old log '%s'", name);
	fd = openat(runtime->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		    0600);
	if (fd < 0)
		return err_sys(err, "cannot make the log '%s'", name);
	*out_fd = take_fd(&fd);
	return 0;
}

void runtime_release(struct runtime *runtime)
{
	// Fails, as it should, when a log that somebody asked for is in it.
	if (runtime->dir_fd >= 0)
		(void)unlinkat(runtime->base_fd, runtime->name, AT_REMOVEDIR);
	close_fd(&runtime->dir_fd);
	close_fd(&runtime->base_fd);
}

static int open_cache_directory(bool make, int *out_fd, struct err *err)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(cache_places); i++) {
		if (place_path(path, sizeof(path), &cache_places[i]) < 0)
			continue;
		if (make && make_directory(AT_FDCWD, path, 0700, err) < 0)
			return -1;
		return open_own_directory(AT_FDCWD, path, out_fd, err);
	}
	return err_set(err, ERR_HOST,
		       "there is no cache directory: XDG_CACHE_HOME and HOME are unset");
}

int cache_open(const char *name, int *out_fd, struct err *err)
{
	AUTO(fd) int dir_fd = -1;
	AUTO(fd) int fd = -1;
	struct stat st;

	if (open_cache_directory(false, &dir_fd, err) < 0)
		return -1;
	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys_kind(err, ERR_INPUT, "cannot open '%s' in the cache", name);
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, ERR_REFUSED, "'%s' in the cache could be somebody else's",
			       name);
	*out_fd = take_fd(&fd);
	return 0;
}

int cache_store(const char *name, const void *bytes, size_t len, struct err *err)
{
	AUTO(fd) int dir_fd = -1;
	AUTO(fd) int fd = -1;
	char draft[PLAN_NAME_SIZE + 16];

	if (open_cache_directory(true, &dir_fd, err) < 0)
		return -1;
	(void)snprintf(draft, sizeof(draft), ".%s.%d", name, (int)getpid());
	fd = openat(dir_fd, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		return err_sys(err, "cannot make '%s' in the cache", draft);
	if (fd_write_all(fd, bytes, len, err) < 0 ||
	    (renameat(dir_fd, draft, dir_fd, name) < 0 && err_sys(err, "cannot name it") < 0)) {
		(void)unlinkat(dir_fd, draft, 0); // the first failure is the one to tell
		return err_context(err, "'%s' in the cache", name);
	}
	return 0;
}
