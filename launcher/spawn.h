/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the two kinds of children: the front, and QEMU under the init of its own PID namespace. */
#ifndef SNPLAUNCH_LAUNCHER_SPAWN_H
#define SNPLAUNCH_LAUNCHER_SPAWN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/argv.h"
#include "base/err.h"
#include "launcher/layout.h"
#include "launcher/request.h"

/* A child, and the descriptor that says when it has ended. A zeroed pid means none. */
struct child {
	pid_t pid;
	int pidfd;
	/* For QEMU's init: where it writes QEMU's struct notice_gone; -1 for the front. */
	int status_fd;
};

void child_init(struct child *child);

/* Kills and reaps the child if there is one. With QEMU's init its whole PID namespace goes. */
void child_release(struct child *child);

DEFINE_AUTO(child, struct child, child_release);

/*
 * Starts the program 'exe_fd' as the unprivileged front: uid and gid 'id' when we are root, no
 * capabilities, standard descriptors ours, the 'n_kept' ones of 'kept_fds' under their
 * numbers. Signals that end programs are ignored in it: the launcher hears them and tells it.
 */
int spawn_front(struct child *child, int exe_fd, char *const *argv, const int *kept_fds,
		size_t n_kept, struct err *err) MUST_CHECK;

/* What a QEMU is started from. fds[i] becomes descriptor LAYOUT_FIRST_FD + i; all stay the caller's. */
struct qemu_start {
	int exe_fd;
	int stderr_fd;
	const struct argv *argv;
	const int *fds;
	size_t n_fds;
};

/*
 * Starts QEMU: new PID namespace (and user namespace when we are not root), its init, and QEMU
 * below it with uid QEMU_UID when we are root, no capabilities, no_new_privs, a fixed environment,
 * working directory "/". Returns when QEMU was executed, so a failure of any step is this
 * function's, and nothing is left of it.
 */
int spawn_qemu(struct child *init, const struct qemu_start *start, struct err *err) MUST_CHECK;

#endif
