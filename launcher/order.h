/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launcher tells the jail program, as plain bytes on its standard input: what to put on,
 * and which descriptors are what. QEMU's arguments are the program's own, from argv[1].
 */
#ifndef SNPLAUNCH_LAUNCHER_ORDER_H
#define SNPLAUNCH_LAUNCHER_ORDER_H

#include <limits.h>
#include <sys/types.h>

#include "launcher/host_policy.h"
#include "launcher/layout.h"
#include "launcher/plan.h"

struct order {
	enum level level; /* unset: a QEMU without a guest, to ask */
	enum accel accel;
	bool kvm_by_path;
	bool is_listed; /* the host policy names this QEMU, so the folder above its bin/ is shown */
	bool has_namespaces; /* the program is the first process of its own */
	enum confinement confinement;
	enum seccomp_action seccomp;
	enum sev_issue_cmd sev_issue_cmd;
	uid_t init_uid; /* of the jail program, which stays as QEMU's parent; also the gid */
	uid_t qemu_uid;
	int error_fd;  /* where failures go, as a struct err; ERR_NONE: a note about a layer */
	int exe_fd;    /* QEMU's program */
	int stderr_fd; /* QEMU's standard output and error */
	int dev_fd;    /* a mount of QEMU's own device nodes; -1: the host's are shown */
	size_t n_fds;
	int fds[LAYOUT_FDS_MAX]; /* fds[i] becomes QEMU's LAYOUT_FIRST_FD + i */
};

static_assert(sizeof(struct order) < PIPE_BUF, "an order is written at once");

#endif
