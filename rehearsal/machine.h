/* SPDX-License-Identifier: Apache-2.0 */
/* The machine that is played: its scenario, what is in use of it, and the call in progress. */
#ifndef SNPLAUNCH_REHEARSAL_MACHINE_H
#define SNPLAUNCH_REHEARSAL_MACHINE_H

#include <stdint.h>

#include "rehearsal/account.h"
#include "rehearsal/firmware_error.h"
#include "rehearsal/scenario.h"

struct machine {
	struct scenario scenario;
	struct account account;
	uint32_t sev_asids_used;
	uint32_t sev_es_asids_used;
	/* What the firmware says of the command in progress. */
	uint32_t fw_error;
};

/*
 * Those that answer calls do it as the kernel's functions do: a value, or a negated errno. This is
 * the answer to a command that the firmware refused.
 */
int machine_refuse(struct machine *machine, enum firmware_error error);

#endif
