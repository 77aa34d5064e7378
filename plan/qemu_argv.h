/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's command line: a pure function of the plan. */
#ifndef SNPLAUNCH_PLAN_QEMU_ARGV_H
#define SNPLAUNCH_PLAN_QEMU_ARGV_H

#include <stdbool.h>

#include "base/argv.h"
#include "plan/plan.h"

/*
 * Appends QEMU's arguments, its name first, for a plan that plan_check() accepted. Descriptors have
 * the numbers of layout_of(). The only string of a user's that is no plain name is the kernel
 * command line, which is one argument as it is; QEMU does not parse it.
 */
void qemu_argv(struct argv *argv, const struct plan *plan);

/*
 * The fixed arguments of a QEMU that only answers questions. Its QMP socket is descriptor
 * LAYOUT_FIRST_FD; with ACCEL_KVM /dev/kvm is the next one, unless QEMU opens it by its path.
 */
void qemu_argv_probe(struct argv *argv, enum accel accel, bool kvm_by_path);

/*
 * Appends QEMU's environment. That of a rehearsal preloads the library and tells it its descriptors
 * (rehearsal/interpose.c); no other plan preloads anything.
 */
void qemu_environment(struct argv *environment, const struct plan *plan);

#endif
