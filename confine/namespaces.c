// SPDX-License-Identifier: Apache-2.0
// What each namespace is for.

#include "confine/namespaces.h"

const struct namespace_row namespace_rows[NAMESPACE_ROWS] = {
	{ CLONE_NEWUSER, "user", "capabilities that build the jail mean nothing outside" },
	{ CLONE_NEWPID, "pid",
	  "no other process can be seen or signalled; all end with the first" },
	{ CLONE_NEWNS, "mnt", "a root of its own" },
	{ CLONE_NEWNET, "net", "no network but taps that were opened outside" },
	{ CLONE_NEWIPC, "ipc", "no shared memory or message queues of others" },
	{ CLONE_NEWUTS, "uts", "the host name cannot be changed" },
	{ CLONE_NEWCGROUP, "cgroup", "where the host keeps its cgroups is not shown" },
};
