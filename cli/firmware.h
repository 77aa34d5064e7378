/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an image can be firmware of a plan's mapping, judged by its bytes. */
#ifndef SNPLAUNCH_CLI_FIRMWARE_H
#define SNPLAUNCH_CLI_FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/artifact.h"
#include "plan/plan.h"

/* QEMU's own limit for q35 firmware is max-fw-size, 8 MiB unless changed; its ceiling is 16 MiB. */
#define FIRMWARE_BYTES_MAX ((uint64_t)8 * 1024 * 1024)
#define FIRMWARE_BYTES_MIN ((uint64_t)64 * 1024)

/* Where distributions put images that fit a mapping, best first; NULL ends the list. */
const char *const *firmware_candidates(enum firmware_mapping mapping, bool kernel_hashes);

/* True for an image that is one volume of variables and nothing behind it; and what is said of it. */
bool firmware_is_variable_store(const void *image, size_t size);
#define FIRMWARE_IS_VARIABLE_STORE \
	"it is a store of variables, not firmware: firmware is stateless here and takes none; give " \
	"the code image (OVMF_CODE...)"

/*
 * Checks size and content: large enough, a multiple of what the mapping needs, not a variable
 * store, and with code at the reset vector. Errors: ERR_INPUT.
 */
int firmware_check(const struct artifact *image, enum firmware_mapping mapping,
		   struct err *err) MUST_CHECK;

#endif
