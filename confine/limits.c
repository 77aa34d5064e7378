// SPDX-License-Identifier: Apache-2.0
// QEMU's resource limits. RLIMIT_FSIZE would hit the guest's memory, which is a memfd; RLIMIT_NPROC
// counts all processes of a user, so a cgroup limits those.

#include "confine/limits.h"

const struct limit_row limit_rows[LIMIT_ROWS] = {
	{ RLIMIT_CORE, "RLIMIT_CORE", 1,
	  "no guest memory in a core file; for 0 a core handler would still get it" },
	{ RLIMIT_NOFILE, "RLIMIT_NOFILE", 1024,
	  "what it inherits, and eventfds for each device queue" },
	{ RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE", 0, "no POSIX message queues" },
};
