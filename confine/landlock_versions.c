// SPDX-License-Identifier: Apache-2.0
// The table of Landlock's versions.

#include "confine/landlock_versions.h"

#include <stddef.h>

#include "base/attributes.h"

// By bit, for the headers that lack a name.
static const struct landlock_version {
	long abi;
	struct landlock_handled added;
} landlock_versions[] = {
	{ 1, { .access_fs = (1ULL << 13) - 1 } }, // from EXECUTE to MAKE_SYM
	{ 2, { .access_fs = 1ULL << 13 } },	  // REFER
	{ 3, { .access_fs = 1ULL << 14 } },	  // TRUNCATE
	{ 4, { .access_net = 3 } },		  // TCP: bind, connect
	{ 5, { .access_fs = 1ULL << 15 } },	  // IOCTL_DEV
	{ 6, { .scoped = 3 } },			  // abstract sockets, signals
};

struct landlock_handled landlock_handled_by(long abi)
{
	struct landlock_handled all = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(landlock_versions); i++) {
		const struct landlock_handled *added = &landlock_versions[i].added;

		if (landlock_versions[i].abi > abi)
			break;
		all.access_fs |= added->access_fs;
		all.access_net |= added->access_net;
		all.scoped |= added->scoped;
	}
	return all;
}
