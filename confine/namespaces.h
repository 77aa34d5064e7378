/* SPDX-License-Identifier: Apache-2.0 */
/* The namespaces that the jail program is born into, and QEMU after it. */
#ifndef SNPLAUNCH_CONFINE_NAMESPACES_H
#define SNPLAUNCH_CONFINE_NAMESPACES_H

#include <sched.h>

/* For clone3(2). */
#define NAMESPACES \
	(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | \
	 CLONE_NEWCGROUP)

#define NAMESPACE_ROWS 7

struct namespace_row {
	unsigned int flag;
	const char *word; /* as in /proc/PID/ns */
	const char *reason;
};

/* One for each of these flags. */
extern const struct namespace_row namespace_rows[NAMESPACE_ROWS];

#endif
