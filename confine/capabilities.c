// SPDX-License-Identifier: Apache-2.0
// The launcher's capabilities, each with its reason.

#include "confine/capabilities.h"

#include <linux/capability.h>

const struct capability_row capability_rows[CAPABILITY_ROWS] = {
	{ CAP_DAC_OVERRIDE, "CAP_DAC_OVERRIDE", "files that root names and others own", false },
	{ CAP_SETUID, "CAP_SETUID", "QEMU's user, and opening files as the front's", false },
	{ CAP_SETGID, "CAP_SETGID", "the same for groups", false },
	{ CAP_SETPCAP, "CAP_SETPCAP", "clearing QEMU's bounding set", false },
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN", "namespaces and mounts", false },
	{ CAP_MKNOD, "CAP_MKNOD", "QEMU's device nodes", false },
	{ CAP_CHOWN, "CAP_CHOWN", "their owner", false },
	{ CAP_NET_ADMIN, "CAP_NET_ADMIN", "attaching to a tap device", false },
	{ CAP_SYS_RESOURCE, "CAP_SYS_RESOURCE", "the limit of locked memory at sev and sev-es",
	  false },
	{ CAP_KILL, "CAP_KILL", "ending processes of other users", true },
};
