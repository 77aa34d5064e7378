// SPDX-License-Identifier: Apache-2.0
// The words for each layer of QEMU's jail.

#include "confine/layers.h"

#include <stddef.h>

const struct layer_row layer_rows[LAYERS] = {
	[LAYER_NAMESPACES] = { "namespaces",
			       "its own processes, mounts, network, IPC, host name and cgroups only",
			       "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
			       "user.max_user_namespaces above 0, kernel.apparmor_restrict_unprivileged_userns=0; a "
			       "chroot never has one), or start snplaunch as root" },
	[LAYER_ROOT] = { "root", "a read-only root of /usr, its devices and its own entry in /proc",
			 NULL },
	[LAYER_KEYRING] = { "keyring", "an empty session keyring",
			    "use a kernel with CONFIG_KEYS, in a container that allows keyctl()" },
	[LAYER_LIMITS] = { "limits", "no core dumps, few descriptors, no message queues", NULL },
	[LAYER_IDENTITY] = { "identity",
			     "a user of its own, no groups, no capabilities, no_new_privs", NULL },
	[LAYER_NO_EXEC_GAIN] = { "no-exec-gain",
				 "memory that was ever writable is never executable (with KVM)",
				 "use Linux 6.3 or later" },
	[LAYER_LANDLOCK] = { "landlock",
			     "the files it needs, whatever the mounts show; no TCP, no abstract sockets",
			     "use Linux 5.13 or later with landlock in the kernel parameter lsm=" },
	[LAYER_SECCOMP] = { "seccomp", "the system calls of a list; any other kills it",
			    "use a kernel with CONFIG_SECCOMP_FILTER" },
	[LAYER_CGROUP] = { "cgroup", "memory, processes and ASIDs up to the guest's share",
			   "let the host policy's cgroup name one that may be written" },
};

int layer_miss(enum layer layer, bool may_go_on, struct err *err)
{
	const struct layer_row *row = &layer_rows[layer];
	struct err cause = *err;

	if (row->remedy == NULL)
		return err_context(err, "confinement layer '%s'", row->word);
	(void)err_set(
		err, ERR_HOST,
		"confinement layer '%s': %s: %s, or set \"confinement\" to \"auto\" in the host policy",
		row->word, cause.text, row->remedy);
	if (!may_go_on)
		return -1;
	(void)err_set(err, ERR_NONE, "confinement layer '%s' is missing: %s", row->word,
		      cause.text);
	err->errnum = (int)layer;
	return 0;
}
