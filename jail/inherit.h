/* SPDX-License-Identifier: Apache-2.0 */
/* What QEMU inherits: arguments, environment, descriptors, from the front's plan and the order. */
#ifndef SNPLAUNCH_JAIL_INHERIT_H
#define SNPLAUNCH_JAIL_INHERIT_H

#include "base/argv.h"
#include "base/err.h"
#include "launcher/order.h"
#include "plan/layout.h"

struct inheritance {
	struct argv argv;
	struct argv environment;
	int stderr_fd; /* for standard output, too */
	size_t n_fds;
	int fds[LAYOUT_FDS_MAX]; /* fds[i] becomes QEMU's LAYOUT_FIRST_FD + i */
	int library_fd;		 /* QEMU's, of the rehearsal library; -1: none */
};

/*
 * Reads the plan among the order's descriptors and checks it: every field in its range, nothing that
 * takes more privilege than the launcher has heard of, sealed memfds and disks as it says. Without a
 * guest there is no plan, only QMP. All descriptors are the process's, to be closed by exec.
 * Errors: ERR_REFUSED.
 */
int inherit(struct inheritance *heritage, const struct order *order, struct err *err) MUST_CHECK;

#endif
