/* SPDX-License-Identifier: Apache-2.0 */
/* What the SEV firmware answers. */
#ifndef SNPLAUNCH_REHEARSAL_FIRMWARE_ERROR_H
#define SNPLAUNCH_REHEARSAL_FIRMWARE_ERROR_H

#include <stdint.h>

#include "base/attributes.h"

/* Those that this firmware finds reasons for; a scenario may ask for any other. */
enum firmware_error {
	FIRMWARE_SUCCESS = 0,
	FIRMWARE_INVALID_GUEST_STATE = 2,
	FIRMWARE_INVALID_LEN = 4,
	FIRMWARE_INVALID_CERTIFICATE = 6,
	FIRMWARE_POLICY_FAILURE = 7,
	FIRMWARE_BAD_SIGNATURE = 10,
	FIRMWARE_BAD_MEASUREMENT = 11,
	FIRMWARE_UNSUPPORTED = 21,
	FIRMWARE_INVALID_PARAM = 22,
};

/*
 * Reads a name of the firmware's ABI, such as POLICY_FAILURE, or a number of 1 to 0xffff.
 * Source: Linux 7.1, include/uapi/linux/psp-sev.h.
 */
int firmware_error_parse(const char *word, uint32_t *code) MUST_CHECK;

/* The name of an error; "SUCCESS" for 0, "UNKNOWN" for a number without a name. */
const char *firmware_error_name(uint32_t code);

#endif
