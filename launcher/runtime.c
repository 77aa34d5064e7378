// SPDX-License-Identifier: Apache-2.0
// Finds, makes, locks and removes snplaunch's own directories.

#include "launcher/runtime.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/text.h"

#define PLACE_PATH_SIZE (PATH_MAX + 1) // what is cut there is too long for the kernel

#define CONTROL_NAME "control"

// How long another's lock is waited for.
#define LOCK_TRIES 100
#define LOCK_TRY_US 10000

// Where a place is, in order: systemd's variable, a user's variable, a user's home, root's path.
static const struct place_row {
	const char *systemd_variable;
	const char *user_variable;
	const char *home_suffix;
	const char *nowhere; // for a user with neither; NULL: root's path is everybody's
	const char *root_path;
} places[] = {
	[PLACE_RUNTIME] = { "RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR", NULL,
			    "XDG_RUNTIME_DIR names no directory: set it to one of your own, as a "
			    "login session does",
			    "/run/snplaunch" },
	[PLACE_CACHE] = { "CACHE_DIRECTORY", "XDG_CACHE_HOME", ".cache",
			  "there is no cache directory: XDG_CACHE_HOME and HOME are unset",
			  "/var/cache/snplaunch" },
	[PLACE_POLICY] = { "CONFIGURATION_DIRECTORY", "XDG_CONFIG_HOME", ".config", NULL,
			   "/etc/snplaunch" },
	[PLACE_ROOTS_POLICY] = { "CONFIGURATION_DIRECTORY", NULL, NULL, NULL, "/etc/snplaunch" },
};

// True when nobody but root and we may write what 'st' is of.
static bool is_safe(const struct stat *st)
{
	return (st->st_uid == 0 || st->st_uid == geteuid()) &&
	       (st->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

// The operator's own path (at_fd is AT_FDCWD) may be a symbolic link, a name of ours may not.
static int open_directory(int at_fd, const char *path, bool make, int *out_fd, struct err *err)
{
	int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (at_fd == AT_FDCWD ? 0 : O_NOFOLLOW);
	AUTO(fd) int fd = -1;
	bool made = make && mkdirat(at_fd, path, 0700) == 0;
	struct stat st;

	if (make && !made && errno != EEXIST)
		return err_sys_kind(err, errno == EACCES ? ERR_REFUSED : ERR_HOST,
				    "cannot make directory '%s'", path);
	fd = openat(at_fd, path, flags);
	if (fd < 0 || fstat(fd, &st) < 0) {
		(void)err_sys_kind(err, ERR_HOST, "cannot open directory '%s'", path);
		if (made)
			(void)unlinkat(at_fd, path,
				       AT_REMOVEDIR); // the first failure is the one to tell
		return -1;
	}
	if (!is_safe(&st))
		return err_set(err, ERR_REFUSED,
			       "directory '%s' belongs to somebody else or is writable by others",
			       path);
	*out_fd = take_fd(&fd);
	return 0;
}

// The value of a variable if it is an absolute path, else NULL.
static const char *path_variable(const char *name)
{
	const char *value = name == NULL ? NULL : getenv(name);

	return value != NULL && value[0] == '/' ? value : NULL;
}

// Also tells its path.
static int open_place(enum place place, bool make, char path[static PLACE_PATH_SIZE], int *out_fd,
		      struct err *err)
{
	const struct place_row *row = &places[place];
	const char *given = path_variable(row->systemd_variable);
	const char *base = path_variable(row->user_variable);
	const char *home = row->home_suffix == NULL ? NULL : path_variable("HOME");
	bool user = geteuid() != 0;

	if (given != NULL) // of systemd's list the first
		(void)snprintf(path, PLACE_PATH_SIZE, "%.*s", (int)strcspn(given, ":"), given);
	else if (user && base != NULL)
		(void)snprintf(path, PLACE_PATH_SIZE, "%s/snplaunch", base);
	else if (user && home != NULL)
		(void)snprintf(path, PLACE_PATH_SIZE, "%s/%s/snplaunch", home, row->home_suffix);
	else if (user && row->nowhere != NULL)
		return err_set(err, ERR_HOST, "%s", row->nowhere);
	else
		(void)snprintf(path, PLACE_PATH_SIZE, "%s", row->root_path);
	return open_directory(AT_FDCWD, path, make, out_fd, err);
}

void runtime_init(struct runtime *runtime)
{
	*runtime = (struct runtime){ .base_fd = -1, .dir_fd = -1 };
}

int runtime_lock_base(int base_fd)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(base_fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return -1;
		(void)usleep(LOCK_TRY_US);
	}
	return -1;
}

static int lock_name(int base_fd, const char *name, int *out_fd, struct err *err)
{
	AUTO(fd) int fd = -1;

	// Who gives a name up holds this lock too, so its directory stays until we have locked it.
	if (runtime_lock_base(base_fd) < 0)
		return err_sys_kind(err, ERR_BUSY, "cannot lock it");
	if (open_directory(base_fd, name, true, &fd, err) < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
		(void)flock(base_fd, LOCK_UN); // does not fail for a lock that is held
		*out_fd = take_fd(&fd);
		return 0;
	}
	if (errno == EWOULDBLOCK)
		return err_set(err, ERR_BUSY,
			       "a guest named '%s' is running: choose another name with --name, "
			       "or stop that one",
			       name);
	(void)err_sys(err, "cannot lock '%s'", name);
	(void)unlinkat(base_fd, name, AT_REMOVEDIR); // it is nobody's
	return -1;
}

// sun_path is short, so the directory is named by its descriptor.
static int join_control(int dir_fd, int (*join)(int, __CONST_SOCKADDR_ARG, socklen_t), int *out_fd,
			struct err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	AUTO(fd) int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)snprintf(at.sun_path, sizeof(at.sun_path), "/proc/self/fd/%d/" CONTROL_NAME, dir_fd);
	if (fd < 0 || fchmod(fd, 0600) < 0 || join(fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return err_sys(err, "cannot use the socket '" CONTROL_NAME "'");
	*out_fd = take_fd(&fd);
	return 0;
}

int runtime_claim(struct runtime *runtime, const char *name, int *control_fd, struct err *err)
{
	AUTO(fd) int base_fd = -1;
	char path[PLACE_PATH_SIZE];

	if (runtime->dir_fd >= 0)
		return err_set(err, ERR_BUG, "a name is claimed already");
	if (text_copy_field(runtime->name, sizeof(runtime->name), name) < 0)
		return err_set(err, ERR_BUG, "a name of %zu bytes", strlen(name));
	if (open_place(PLACE_RUNTIME, true, path, &base_fd, err) < 0 ||
	    lock_name(base_fd, name, &runtime->dir_fd, err) < 0)
		return err_context(err, "runtime directory");
	runtime->base_fd = take_fd(&base_fd);
	(void)unlinkat(runtime->dir_fd, CONTROL_NAME, 0); // of a launcher that was killed
	(void)unlinkat(runtime->dir_fd, RUNTIME_SHARE_NAME, 0);
	if (join_control(runtime->dir_fd, bind, control_fd, err) < 0)
		return -1;
	return listen(*control_fd, SOMAXCONN) < 0 ? err_sys(err, "cannot listen") : 0;
}

int runtime_open_log(const struct runtime *runtime, const char *name, int *out_fd, struct err *err)
{
	if (runtime->dir_fd < 0)
		return err_set(err, ERR_BUG, "no name is claimed yet");
	if (unlinkat(runtime->dir_fd, name, 0) < 0 && errno != ENOENT)
		return err_sys(err, "cannot remove the old log '%s'", name);
	// O_EXCL follows no symbolic link either.
	*out_fd = openat(runtime->dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *out_fd < 0 ? err_sys(err, "cannot make the log '%s'", name) : 0;
}

int runtime_connect(const char *name, int *out_fd, struct err *err)
{
	AUTO(fd) int base_fd = -1;
	AUTO(fd) int dir_fd = -1;
	char path[PLACE_PATH_SIZE];

	if (open_place(PLACE_RUNTIME, false, path, &base_fd, err) < 0 ||
	    open_directory(base_fd, name, false, &dir_fd, err) < 0)
		return -1;
	return join_control(dir_fd, connect, out_fd, err);
}

void runtime_release(struct runtime *runtime)
{
	(void)unlinkat(runtime->dir_fd, CONTROL_NAME, 0); // if there is any
	(void)unlinkat(runtime->dir_fd, RUNTIME_SHARE_NAME, 0);
	// Fails, as it should, when a log that somebody asked for is in it.
	if (runtime->dir_fd >= 0 && runtime_lock_base(runtime->base_fd) == 0)
		(void)unlinkat(runtime->base_fd, runtime->name, AT_REMOVEDIR);
	close_fd(&runtime->dir_fd);
	close_fd(&runtime->base_fd);
}

int place_open_file(enum place place, const char *name, int *out_fd, struct err *err)
{
	AUTO(fd) int dir_fd = -1;
	AUTO(fd) int fd = -1;
	struct stat st;
	char path[PLACE_PATH_SIZE];
	const char *where = place == PLACE_CACHE ? "the cache" : path;

	if (open_place(place, false, path, &dir_fd, err) < 0)
		return -1;
	fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys_kind(err, ERR_INPUT, "cannot open '%s' in %s", name, where);
	if (!S_ISREG(st.st_mode) || !is_safe(&st))
		return err_set(err, ERR_REFUSED, "'%s' in %s could be somebody else's", name,
			       where);
	*out_fd = take_fd(&fd);
	return 0;
}

int cache_store(const char *name, int from_fd, struct err *err)
{
	AUTO(fd) int dir_fd = -1;
	AUTO(fd) int fd = -1;
	char path[PLACE_PATH_SIZE];
	off_t start = 0;

	if (open_place(PLACE_CACHE, true, path, &dir_fd, err) < 0)
		return -1;
	fd = openat(dir_fd, name,
		    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);
	if (fd < 0 || sendfile(fd, from_fd, &start, REQUEST_CACHE_BYTES_MAX) < 0)
		return err_sys(err, "cannot write '%s' in the cache", name);
	return 0;
}
