/* SPDX-License-Identifier: Apache-2.0 */
/* The layers that QEMU's own process puts on. */
#ifndef SNPLAUNCH_JAIL_LAYERS_H
#define SNPLAUNCH_JAIL_LAYERS_H

#include "base/err.h"
#include "confine/layers.h"
#include "launcher/order.h"

/* What the layers are put on by. */
struct jail {
	const struct order *order;
	char prefix[HOST_POLICY_PATH_SIZE]; /* what root_build() shows beside /usr; "": nothing */
	int exe_fd;			    /* QEMU's program */
	int library_fd;			    /* what is loaded into it; -1: nothing */
	int launcher_fd;		    /* the socket that notes and failures go to */
	pid_t init_pid;			    /* QEMU's parent */
};

/*
 * Takes from the calling process what QEMU does not need, seccomp last.
 * Must: run after root_build(), in the process that executes QEMU next, with QEMU's descriptors in
 * place. Errors: whatever layer fails, with its remedy; with confinement "auto" one that the kernel
 * lacks is told to the launcher instead.
 */
int layers_put_on(const struct jail *jail, struct err *err) MUST_CHECK;

/* layer_miss(), and tells the launcher what is gone on without. */
int layers_miss(enum layer layer, bool may_go_on, int launcher_fd, struct err *err) MUST_CHECK;

#endif
