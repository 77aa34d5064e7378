/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the two kinds of children: the front, and QEMU under the init of its own PID namespace. */
#ifndef SNPLAUNCH_LAUNCHER_SPAWN_H
#define SNPLAUNCH_LAUNCHER_SPAWN_H

#include <signal.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/auto.h"
#include "base/err.h"
#include "launcher/order.h"

/* A child, and the descriptor that says when it has ended. A zeroed pid means none. */
struct child {
	pid_t pid;
	int pidfd;
};

void child_init(struct child *child);

/*
 * Kills and reaps the child if there is one. With QEMU's init its whole PID namespace goes. Gives up
 * on one that the kernel does not let go of, after saying so.
 */
void child_release(struct child *child);

/* Waits for a front's end. Returns its exit status, or -1 when a signal killed it. */
int child_wait(struct child *child, struct err *err) MUST_CHECK;

DEFINE_AUTO(child, struct child, child_release);

/* What a child is started from. All stays the caller's. */
struct program {
	const char *noun;
	int fd;
	char *const *argv;
	const int *kept_fds; /* keep their numbers; -1: none */
	size_t n_kept;
};

/* Starts the front as an unprivileged process, standard descriptors ours. */
int spawn_front(struct child *child, const struct program *program, uid_t uid,
		struct err *err) MUST_CHECK;

/*
 * Runs the front's program for one job of its own, as "--WORD=FD,FD,...", with these descriptors and
 * nothing else to read, and waits for its end. A descriptor of -1 is none. Returns its exit status.
 */
int spawn_helper(const char *word, int front_fd, const int *fds, size_t n, uid_t uid,
		 struct err *err) MUST_CHECK;

/* What a QEMU is started from. All stays the caller's. */
struct qemu_start {
	struct order *order; /* init_uid, qemu_uid and has_namespaces are set here */
	const struct host_policy *policy;
	int jail_fd;   /* the jail program */
	int cgroup_fd; /* -1: none */
};

/*
 * Starts QEMU by way of the jail program, which is the init of its namespaces. Returns when QEMU
 * was executed, so a failure of any step is this function's, and nothing is left of it.
 */
int spawn_qemu(struct child *init, const struct qemu_start *start, struct err *err) MUST_CHECK;

/* Set of 1 << enum layer: those that the kernel refused to any QEMU so far. */
extern uint32_t spawn_missing;

/* How QEMU ended, from what waitid(2) said about its init. */
struct notice_gone spawn_outcome(const siginfo_t *info);

#endif
