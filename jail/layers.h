/* SPDX-License-Identifier: Apache-2.0 */
/* The layers that QEMU's own process puts on. */
#ifndef SNPLAUNCH_JAIL_LAYERS_H
#define SNPLAUNCH_JAIL_LAYERS_H

#include "base/err.h"
#include "launcher/order.h"

/*
 * Takes from the calling process what QEMU does not need, seccomp last. 'prefix' is what root_build()
 * showed.
 * Must: run after root_build(), in the process that executes QEMU next, with QEMU's descriptors in
 * place. Errors: whatever layer fails, with its remedy; with confinement "auto" one that the kernel
 * lacks is told through the order's error_fd instead.
 */
int layers_put_on(const struct order *order, const char *prefix, struct err *err) MUST_CHECK;

#endif
