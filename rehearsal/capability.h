/* SPDX-License-Identifier: Apache-2.0 */
/* What KVM says that it can do. */
#ifndef SNPLAUNCH_REHEARSAL_CAPABILITY_H
#define SNPLAUNCH_REHEARSAL_CAPABILITY_H

#include "rehearsal/vm.h"

/* What KVM_CHECK_EXTENSION says, of a VM or (NULL) of the machine. */
int capability_check(const struct machine *machine, const struct vm *vm, unsigned long capability);

#endif
