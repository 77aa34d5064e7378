/* SPDX-License-Identifier: Apache-2.0 */
/* Giving up privilege for good, and proof that it is gone. */
#ifndef SNPLAUNCH_LAUNCHER_PRIVILEGES_H
#define SNPLAUNCH_LAUNCHER_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

/*
 * Makes the calling process an unprivileged one that can never be anything else: supplementary
 * groups gone and uid and gid changed to 'id' (when 'id' is not the caller's own), all five
 * capability sets and the bounding set empty, no_new_privs set. Then reads everything back and
 * tries to become root again.
 * Must: be called in a process that is about to execute something else, or to loop in little code.
 * Must not: be called before everything that needs privilege is done; set PDEATHSIG before it,
 * because a change of credentials clears that.
 */
int privileges_drop(uid_t id, struct err *err) MUST_CHECK;

/*
 * Enters the identity mapping of a new user namespace: the caller's uid and gid keep their numbers.
 * Must: be called by the first process of that namespace, 'uid' and 'gid' being those it had
 * outside.
 */
int privileges_map_self(uid_t uid, gid_t gid, struct err *err) MUST_CHECK;

#endif
