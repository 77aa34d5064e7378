/* SPDX-License-Identifier: Apache-2.0 */
/* Landlock: which files QEMU may open, whatever its root shows. */
#ifndef SNPLAUNCH_JAIL_LANDLOCK_H
#define SNPLAUNCH_JAIL_LANDLOCK_H

#include "base/err.h"

/*
 * Restricts the calling process to the table's paths, those below 'prefix' ("": none), the program
 * 'exe_fd' and the library 'library_fd' (-1: none), as far as this kernel's Landlock knows: files since ABI 1, truncation 3, TCP 4, device ioctls 5, abstract sockets
 * and signals to others 6.
 * Must: no_new_privs is set.
 */
int landlock_restrict(int exe_fd, int library_fd, const char *prefix, struct err *err) MUST_CHECK;

#endif
