/* SPDX-License-Identifier: Apache-2.0 */
/* What SEV_FEATURES a host's kernel gives to guests of whom nobody asked for any. */
#ifndef SNPLAUNCH_MEASURE_KERNEL_FEATURES_H
#define SNPLAUNCH_MEASURE_KERNEL_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "measure/launch_digest.h"

struct kernel_features {
	uint64_t features;
	/*
	 * The kernel has SEV-SNP only as AMD patched it, and leaves the state of the FPU out of
	 * VMSAs, which no digest here does.
	 */
	bool is_patched;
};

/*
 * The features at a level, by a kernel's release as uname(1) prints it, such as "6.12.107-amd64":
 * what stands behind the first two numbers does not matter.
 * Errors: ERR_USAGE for what is no release, has no such guests, or does not decide alone.
 */
int kernel_features_find(struct kernel_features *found, enum launch_type type, const char *release,
			 struct err *err) MUST_CHECK;

#endif
