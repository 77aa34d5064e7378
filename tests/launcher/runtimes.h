/* SPDX-License-Identifier: Apache-2.0 */
/* A folder for the launcher's own directories. */
#ifndef SNPLAUNCH_TESTS_LAUNCHER_RUNTIMES_H
#define SNPLAUNCH_TESTS_LAUNCHER_RUNTIMES_H

#include "tests/base/process.h"

#include "base/mem.h"
#include <sys/mman.h>

#include "launcher/runtime.h"

struct fixture {
	char folder[40];
	char base[60];	/* the runtime directory of all guests */
	char cache[60]; /* the cache directory */
	struct runtime runtime;
	struct runtime other;
	int fd;
	size_t n_fds; /* before the test */
	struct err err;
};

static inline int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	fixture->n_fds = count_fds();
	fixture->fd = -1;
	make_folder(fixture->folder);
	(void)snprintf(fixture->base, sizeof(fixture->base), "%s/run", fixture->folder);
	(void)snprintf(fixture->cache, sizeof(fixture->cache), "%s/cache", fixture->folder);
	runtime_init(&fixture->runtime);
	runtime_init(&fixture->other);
	(void)setenv("RUNTIME_DIRECTORY", fixture->base, 1);
	(void)setenv("CACHE_DIRECTORY", fixture->cache, 1);
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	runtime_release(&fixture->runtime);
	runtime_release(&fixture->other);
	close_fd(&fixture->fd);
	remove_folder(fixture->folder);
	(void)unsetenv("RUNTIME_DIRECTORY");
	(void)unsetenv("CACHE_DIRECTORY");
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

static inline bool exists(const char *folder, const char *name)
{
	char path[200];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	return lstat(path, &st) == 0;
}

/* Asserts nothing, so that it works in run_as_user() too. */
static inline int store(const char *name, const char *text, struct err *err)
{
	AUTO(fd) int fd = memfd_create("answers", MFD_CLOEXEC);

	if (write(fd, text, strlen(text)) < 0)
		abort();
	return cache_store(name, fd, err);
}

#endif
