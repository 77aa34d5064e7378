/* SPDX-License-Identifier: Apache-2.0 */
/* What each version of Landlock can restrict; headers may be older than the kernel. */
#ifndef SNPLAUNCH_CONFINE_LANDLOCK_VERSIONS_H
#define SNPLAUNCH_CONFINE_LANDLOCK_VERSIONS_H

#include <stdint.h>

/*
 * struct landlock_ruleset_attr of Linux 6.12. An older kernel takes it when what it does not know
 * is zero.
 */
struct landlock_handled {
	uint64_t access_fs;
	uint64_t access_net;
	uint64_t scoped;
};

/* Everything that a kernel of this ABI can restrict; nothing for an ABI below 1. */
struct landlock_handled landlock_handled_by(long abi);

#endif
