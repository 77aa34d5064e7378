/* SPDX-License-Identifier: Apache-2.0 */
/* The seccomp filters of every process, compiled from filter_tables.c when snplaunch is built. */
#ifndef SNPLAUNCH_CONFINE_FILTER_H
#define SNPLAUNCH_CONFINE_FILTER_H

#include <linux/filter.h>

#include "base/err.h"

enum filter {
	FILTER_LAUNCHER,	 /* the launcher while it may still start a QEMU; inherited by it */
	FILTER_LAUNCHER_LOG,	 /* the same table, for a QEMU whose calls are logged */
	FILTER_LAUNCHER_WAITING, /* the launcher once it only waits, kills and cleans up */
	FILTER_INIT,		 /* the first process of QEMU's PID namespace */
	FILTER_QEMU,		 /* QEMU; what is not in its table kills it */
	FILTER_QEMU_LOG,	 /* the same table; what is not in it is logged and goes on */
	FILTER_SEV_DENY,	 /* on top: SEV_ISSUE_CMD fails with ENOTTY */
	FILTER_SEV_FAKE,	 /* on top: SEV_ISSUE_CMD does nothing and succeeds */
	FILTER_FRONT_PLANNING,	 /* the front until all that the guest needs is gathered */
	FILTER_FRONT_SUPERVISING, /* the front from then on, on top of the other */
	FILTERS,
};

struct filter_program {
	const struct sock_filter *steps;
	unsigned short n_steps;
};

extern const struct filter_program filter_programs[FILTERS];

/*
 * Puts a filter on the calling thread for good, on top of those it has.
 * Must: no_new_privs is set, or the caller has CAP_SYS_ADMIN; the process has one thread.
 */
int filter_load(enum filter which, struct err *err) MUST_CHECK;

#endif
