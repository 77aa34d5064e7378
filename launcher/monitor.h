/* SPDX-License-Identifier: Apache-2.0 */
/* Serves the front's requests until it is gone, and then leaves nothing behind. */
#ifndef SNPLAUNCH_LAUNCHER_MONITOR_H
#define SNPLAUNCH_LAUNCHER_MONITOR_H

#include "base/err.h"
#include "base/wire.h"
#include "launcher/cgroup.h"
#include "launcher/files.h"
#include "launcher/host_policy.h"
#include "launcher/runtime.h"
#include "launcher/spawn.h"

/* Where a launch is, as far as the launcher needs to know. One bit each, for the request table. */
enum monitor_state {
	MONITOR_PREPARING = 1, /* nothing runs, nothing ran */
	MONITOR_PROBING = 2,   /* a QEMU without a guest answers questions */
	MONITOR_RUNNING = 4,
	MONITOR_GONE = 8,   /* QEMU has ended; it may be started again */
	MONITOR_ENDED = 16, /* QEMU has ended for good */
};

struct monitor {
	enum monitor_state state;
	struct host_policy policy;
	struct files files;
	struct runtime runtime;
	struct cgroup cgroup; /* QEMU's */
	struct child front;
	char **front_argv; /* on the heap */
	struct child qemu; /* its init */
	int wire_fd;
	int signal_fd;
	int exe_fd;    /* QEMU's program, once opened; else -1 */
	int jail_fd;   /* the jail program */
	int policy_fd; /* the compiled policy, with what only the judge reads; -1: there is no file */
	int firmware_fd; /* the file that was last opened as firmware, for the judge; else -1 */
	bool probed;	 /* so that answers may be cached */
	bool may_relaunch;
	unsigned int n_signals;
};

/* Sets every descriptor to "none". */
void monitor_init(struct monitor *monitor);

/*
 * Gives up what no request needs: capabilities, and system calls but those of the filter.
 * Must: be called when the front runs, which inherits filters.
 */
int monitor_confine(struct monitor *monitor, struct err *err) MUST_CHECK;

/*
 * Serves until the front has ended. Returns its exit status.
 * Errors: -1 when the front was killed or broke the protocol, or a third signal came.
 */
int monitor_run(struct monitor *monitor, struct err *err) MUST_CHECK;

/* Kills and reaps what runs, removes what was made. */
void monitor_release(struct monitor *monitor);

#endif
