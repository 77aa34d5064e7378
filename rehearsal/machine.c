// SPDX-License-Identifier: Apache-2.0
// What the firmware's refusal looks like.

#include "rehearsal/machine.h"

#include <errno.h>

int machine_refuse(struct machine *machine, enum firmware_error error)
{
	machine->fw_error = error;
	return -EIO;
}
