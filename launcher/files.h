/* SPDX-License-Identifier: Apache-2.0 */
/* Opens what the front asks for, and judges the opened object, never its name. */
#ifndef SNPLAUNCH_LAUNCHER_FILES_H
#define SNPLAUNCH_LAUNCHER_FILES_H

#include <stdbool.h>

#include "base/err.h"
#include "launcher/request.h"

/* On whose behalf files are opened. */
struct files {
	/* The command line that somebody with our privilege typed: what stands in it is meant. */
	char *const *argv;
	/* The directory that snplaunch was started in. */
	int cwd_fd;
	/* True when we may open more than the user behind the front could. */
	bool privileged;
};

/*
 * Opens 'path' for a role that takes one, and checks that the object is of a type that the role
 * may have, before it is opened for good. A symbolic link of the operator's is followed. Started
 * with privilege, only what an option of the role names in the command line is opened with it;
 * anything else with the rights of the front, which nobody's private file gives way to. A disk for
 * writing and a guest file must be named. Owner of *out_fd: caller.
 * Errors: ERR_INPUT, ERR_REFUSED.
 */
int files_open(const struct files *files, enum open_role role, const char *path, int *out_fd,
	       struct err *err) MUST_CHECK;

/* Opens /dev/kvm. Errors: ERR_HOST or ERR_REFUSED, with what to do. */
int files_open_kvm(int *out_fd, struct err *err) MUST_CHECK;

/*
 * Standard output, so that writing does not wait for a reader: a new description of a terminal or
 * a pipe, which is not blocking; a copy of anything else, and of what may not be opened again.
 */
int files_open_console(int *out_fd, struct err *err) MUST_CHECK;

/* A new read-only description of a memfd, for those who compare access modes. */
int files_reopen_read_only(int fd, int *out_fd, struct err *err) MUST_CHECK;

#endif
