/* SPDX-License-Identifier: Apache-2.0 */
/* The file system that QEMU sees. */
#ifndef SNPLAUNCH_JAIL_ROOT_H
#define SNPLAUNCH_JAIL_ROOT_H

#include "base/err.h"
#include "launcher/order.h"

/*
 * Builds QEMU's root in the calling process's mount namespace and makes it the root. 'prefix' is
 * shown as well, unless it is "".
 * Must: run with CAP_SYS_ADMIN in a mount namespace of its own, PID namespace included.
 * Must not: be given anything that needs the host's files afterwards, but by descriptor.
 */
int root_build(const struct order *order, const char *prefix, struct err *err) MUST_CHECK;

#endif
