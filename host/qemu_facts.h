/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a QEMU, over QMP, what it can do. */
#ifndef SNPLAUNCH_HOST_QEMU_FACTS_H
#define SNPLAUNCH_HOST_QEMU_FACTS_H

#include <stdint.h>

#include "base/err.h"
#include "host/facts.h"

/*
 * Fills 'qemu' by asking the QEMU at 'qmp_fd', and lets it quit. Takes over 'qmp_fd'. That QEMU
 * was started by somebody else, with
 *	-machine none,accel=kvm:tcg -S -display none -nodefaults -no-user-config
 * and all answers must have come by 'deadline_ms' (clock_now_ms()).
 * Errors: ERR_HOST when it has no q35 machine or refuses a question; ERR_PROTOCOL; ERR_DEADLINE.
 */
int qemu_facts_ask(struct host_qemu *qemu, int qmp_fd, int64_t deadline_ms,
		   struct err *err) MUST_CHECK;

/*
 * The newest machine type "pc-q35-X.Y" or "pc-q35-X.Y.Z" that is not deprecated; NULL when there
 * is none. Borrowed from 'machines'.
 */
const struct qmp_machine *qemu_facts_newest_q35(const struct qmp_machines *machines);

#endif
