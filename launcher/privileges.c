// SPDX-License-Identifier: Apache-2.0
// Drops privilege with libcap-ng and does not take its word for it: version 0.8.3 returns success
// for a bounding set that it could not clear.

#include "launcher/privileges.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fd.h"

// The bounding set can only be cleared while CAP_SETPCAP is there, so before the uid changes.
static int clear_bounding_set(struct err *err)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1 &&
		    prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return err_sys(err, "cannot drop capability %d from the bounding set", cap);
	return 0;
}

static int change_identity(uid_t id, struct err *err)
{
	gid_t gid = (gid_t)id;

	if (setgroups(0, NULL) < 0)
		return err_sys(err, "cannot drop supplementary groups");
	if (setresgid(gid, gid, gid) < 0)
		return err_sys(err, "cannot change to group %u", gid);
	if (setresuid(id, id, id) < 0)
		return err_sys(err, "cannot change to user %u", id);
	if (setuid(0) == 0 || setgid(0) == 0 || seteuid(0) == 0)
		return err_set(err, ERR_BUG, "could become root again after dropping it");
	return 0;
}

static int clear_capabilities(struct err *err)
{
	capng_clear(CAPNG_SELECT_ALL);
	if (capng_apply(CAPNG_SELECT_CAPS) < 0)
		return err_set(err, ERR_SYSTEM, "cannot clear the capability sets");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return err_sys(err, "cannot clear the ambient capabilities");
	return 0;
}

struct capability_sets {
	struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
};

static int read_capabilities(struct capability_sets *sets, struct err *err)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };

	if (syscall(SYS_capget, &header, sets->words) < 0)
		return err_sys(err, "cannot read the capability sets");
	return 0;
}

static int verify_sets(struct err *err)
{
	static const struct capability_sets none;
	struct capability_sets sets;

	if (read_capabilities(&sets, err) < 0)
		return -1;
	if (memcmp(&sets, &none, sizeof(none)) != 0)
		return err_set(err, ERR_BUG, "capabilities are left after dropping them");
	return 0;
}

static int verify_bounding_set(struct err *err)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) != 0 ||
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != 0)
			return err_set(err, ERR_BUG, "capability %d is left after dropping it",
				       cap);
	return 0;
}

int privileges_drop(uid_t id, struct err *err)
{
	struct capability_sets sets;
	bool may_clear_bounding_set;

	if (read_capabilities(&sets, err) < 0)
		return -1;
	// Who has no CAP_SETPCAP keeps the bounding set; no_new_privs forbids what it bounds.
	may_clear_bounding_set = (sets.words[0].effective & 1U << CAP_SETPCAP) != 0;
	if (may_clear_bounding_set && clear_bounding_set(err) < 0)
		return -1;
	if (id != getuid() && change_identity(id, err) < 0)
		return -1;
	if (clear_capabilities(err) < 0)
		return -1;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "cannot set no_new_privs");
	if (verify_sets(err) < 0)
		return -1;
	return may_clear_bounding_set ? verify_bounding_set(err) : 0;
}

static int write_map(const char *path, const char *text, struct err *err)
{
	AUTO(fd) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return err_sys(err, "cannot open '%s'", path);
	if (fd_write_all(fd, text, strlen(text), err) < 0)
		return err_context(err, "'%s'", path);
	return 0;
}

int privileges_map_self(uid_t uid, gid_t gid, struct err *err)
{
	char line[64];

	if (write_map("/proc/self/setgroups", "deny", err) < 0)
		return -1;
	(void)snprintf(line, sizeof(line), "%u %u 1\n", uid, uid);
	if (write_map("/proc/self/uid_map", line, err) < 0)
		return -1;
	(void)snprintf(line, sizeof(line), "%u %u 1\n", gid, gid);
	return write_map("/proc/self/gid_map", line, err);
}
