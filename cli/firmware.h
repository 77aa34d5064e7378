/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an image can be firmware of a plan's mapping, judged by its bytes. */
#ifndef SNPLAUNCH_CLI_FIRMWARE_H
#define SNPLAUNCH_CLI_FIRMWARE_H

#include "base/err.h"
#include "cli/artifact.h"
#include "plan/plan.h"

/* QEMU's own limit for q35 firmware is max-fw-size, 8 MiB unless changed; its ceiling is 16 MiB. */
#define FIRMWARE_BYTES_MAX ((uint64_t)8 * 1024 * 1024)
#define FIRMWARE_BYTES_MIN ((uint64_t)64 * 1024)

/* Where distributions put images that fit a mapping, best first; NULL ends the list. */
const char *const *firmware_candidates(enum firmware_mapping mapping);

/*
 * Checks size and content: large enough, a multiple of what the mapping needs, not a variable
 * store, and with code at the reset vector. Errors: ERR_INPUT.
 */
int firmware_check(const struct artifact *image, enum firmware_mapping mapping,
		   struct err *err) MUST_CHECK;

#endif
