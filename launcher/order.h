/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the launcher tells the jail program, as one packet on its standard input: what to put on, and
 * which descriptors are what. In the other direction go failures, as a struct err, and as one of
 * kind ERR_NONE notes about layers that the kernel lacks.
 */
#ifndef SNPLAUNCH_LAUNCHER_ORDER_H
#define SNPLAUNCH_LAUNCHER_ORDER_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "launcher/host_policy.h"
#include "launcher/request.h"

/* The descriptors of an order; -1 for what it does not have. */
enum order_fd {
	ORDER_EXE,     /* QEMU's program */
	ORDER_DEV,     /* a mount of QEMU's own device nodes; -1: the host's are shown */
	ORDER_LIBRARY, /* what a rehearsal loads into QEMU */
	ORDER_KVM,
	ORDER_VSOCK,
	ORDER_TAPS,				      /* PLAN_NETWORKS_MAX of them */
	ORDER_GIVEN = ORDER_TAPS + PLAN_NETWORKS_MAX, /* those of the front: see enum start_fd */
	ORDER_FDS = ORDER_GIVEN + START_FDS_MAX,
};

/* The descriptors of the judge, in the order of its argument "--judge="; -1 for what is not there. */
enum judge_fd {
	JUDGE_FD_WHY,	   /* struct plan_needs; then a struct err, when the exit status is not 0 */
	JUDGE_FD_POLICY,   /* the compiled policy; -1: there is no file */
	JUDGE_FD_FIRMWARE, /* the file that was last opened as firmware */
	JUDGE_FD_SEV,	   /* /dev/sev, for reading */
	JUDGE_FD_GIVEN,	   /* those of the front: see enum start_fd */
	JUDGE_FDS_MAX = JUDGE_FD_GIVEN + START_FDS_MAX,
};

struct order {
	struct plan_needs needs; /* what the launcher has heard of the plan */
	bool is_listed; /* the host policy names this QEMU, so the folder above its bin/ is shown */
	bool has_namespaces; /* the program is the first process of its own */
	int refused_errnum;  /* why the kernel gave it none */
	enum confinement confinement;
	enum seccomp_action seccomp;
	enum sev_issue_cmd sev_issue_cmd;
	uid_t init_uid; /* of the jail program, which stays as QEMU's parent; also the gid */
	uid_t qemu_uid;
	size_t n_given;
	int fds[ORDER_FDS];
};

static_assert(sizeof(struct order) < PIPE_BUF, "an order is written at once");

#endif
