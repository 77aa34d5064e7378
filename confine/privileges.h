/* SPDX-License-Identifier: Apache-2.0 */
/* Giving up privilege for good, and proof that it is gone. */
#ifndef SNPLAUNCH_CONFINE_PRIVILEGES_H
#define SNPLAUNCH_CONFINE_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Makes the calling process an unprivileged one that can never be anything else: supplementary
 * groups gone and uid and gid changed to 'id' (when 'id' is not the caller's own), all five
 * capability sets and the bounding set empty, no_new_privs set. Then reads everything back, tries to
 * become root again, and ties the process's life to its parent's, who alone holds the other end of
 * the pipe 'parent_fd'.
 * Must: be called in a process that is about to execute something else, or to loop in little code.
 * Must not: be called before everything that needs privilege is done.
 */
int privileges_drop(uid_t id, int parent_fd, struct err *err) MUST_CHECK;

/*
 * Leaves root's process the capabilities that what may still be asked of it needs: with 'may_start'
 * to start QEMU, without it to end it. A user has none to leave.
 */
int privileges_reduce(bool may_start, struct err *err) MUST_CHECK;

#endif
