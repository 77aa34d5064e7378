/* SPDX-License-Identifier: Apache-2.0 */
/* What the front gives up before it reads anything. */
#ifndef SNPLAUNCH_CLI_FRONT_CONFINE_H
#define SNPLAUNCH_CLI_FRONT_CONFINE_H

#include "base/err.h"

/*
 * Confines the calling process for good: nobody reads its memory, none of its memory becomes code,
 * it reaches no file, port or process outside, and makes only the system calls of
 * FILTER_FRONT_PLANNING. The launcher gives it what it may have.
 * Must: no_new_privs is set; nothing that somebody else wrote has been read.
 */
int front_confine(struct err *err) MUST_CHECK;

#endif
