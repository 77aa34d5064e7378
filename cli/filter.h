/* SPDX-License-Identifier: Apache-2.0 */
/* The system calls that the front may make. */
#ifndef SNPLAUNCH_CLI_FILTER_H
#define SNPLAUNCH_CLI_FILTER_H

#include "base/err.h"

/*
 * Confines the calling process to a table of system calls; any other ends it. It cannot open a
 * file, make a socket or start a program from then on: the launcher gives it what it may have.
 * Must: be called before anything that somebody else wrote is read.
 */
int filter_load(struct err *err) MUST_CHECK;

#endif
