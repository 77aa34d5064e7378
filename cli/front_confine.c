// SPDX-License-Identifier: Apache-2.0
// The front's own layers. The system call filter comes last, because it forbids the others. What
// an older kernel lacks is left out; the filter is there in every case.

#include "cli/front_confine.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/fd.h"
#include "base/log.h"
#include "confine/filter.h"
#include "confine/landlock_versions.h"

// Since Linux 6.3.
#ifndef PR_SET_MDWE
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

// Everything is handled and nothing allowed. Descriptors that others opened are not concerned.
static int enter_empty_landlock(struct err *err)
{
	AUTO(fd) int ruleset_fd = -1;
	struct landlock_handled handled;
	int abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0UL,
			       LANDLOCK_CREATE_RULESET_VERSION);

	if (abi < 0) {
		log_debug("this kernel has no Landlock");
		return 1;
	}
	handled = landlock_handled_by(abi);
	ruleset_fd = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0U);
	if (ruleset_fd < 0 || syscall(SYS_landlock_restrict_self, ruleset_fd, 0U) < 0)
		return err_sys(err, "cannot confine the front with Landlock");
	return 0;
}

static int hide_memory(struct err *err)
{
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return err_sys(err, "cannot hide the front's memory");
	return 0;
}

static int refuse_new_code(struct err *err)
{
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) == 0)
		return 0;
	return errno == EINVAL ? 1 : err_sys(err, "cannot refuse new code in the front");
}

const struct front_layer front_layers[FRONT_LAYERS] = {
	{ "memory", "no other process of this user can read its memory", false, hide_memory },
	{ "no-exec-gain", "memory that was ever writable is never executable", true,
	  refuse_new_code },
	{ "landlock", "no file, no TCP, no abstract socket, no signal to others", true,
	  enter_empty_landlock },
};

static bool layer_is_missing[FRONT_LAYERS];

bool front_layer_is_missing(size_t which)
{
	return layer_is_missing[which];
}

int front_confine(struct err *err)
{
	for (size_t i = 0; i < FRONT_LAYERS; i++) {
		int result = front_layers[i].put_on(err);

		if (result < 0)
			return -1;
		layer_is_missing[i] = result > 0;
	}
	return filter_load(FILTER_FRONT_PLANNING, err);
}
