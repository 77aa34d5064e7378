// SPDX-License-Identifier: Apache-2.0
// Drops privilege with libcap-ng and does not take its word for it: version 0.8.3 returns success
// for a bounding set that it could not clear.

#include "confine/privileges.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attributes.h"
#include "confine/capabilities.h"

static bool has_capability(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

	// What cannot be read is taken to be there.
	return syscall(SYS_capget, &header, sets) < 0 ||
	       (CAP_TO_MASK(capability) & (sets[CAP_TO_INDEX(capability)].effective |
					   sets[CAP_TO_INDEX(capability)].permitted |
					   sets[CAP_TO_INDEX(capability)].inheritable)) != 0;
}

static int verify(bool bounding_set_cleared, struct err *err)
{
	for (int i = 0; prctl(PR_CAPBSET_READ, i, 0, 0, 0) >= 0; i++)
		if (has_capability(i) ||
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) != 0 ||
		    (bounding_set_cleared && prctl(PR_CAPBSET_READ, i, 0, 0, 0) != 0))
			return err_set(err, ERR_BUG, "capability %d is left after dropping it", i);
	if (setuid(0) == 0 || setgid(0) == 0 || seteuid(0) == 0)
		return err_set(err, ERR_BUG, "could become root again after dropping it");
	return 0;
}

// Must: after the last change of credentials, which would undo it.
static int die_with_parent(int parent_fd, struct err *err)
{
	struct pollfd parent = { .fd = parent_fd };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		return err_sys(err, "cannot tie a child to its parent");
	if (poll(&parent, 1, 0) < 0 || (parent.revents & (POLLERR | POLLHUP)) != 0)
		return err_set(err, ERR_SYSTEM, "the parent of a child ended while it started");
	return 0;
}

int privileges_drop(uid_t id, int parent_fd, struct err *err)
{
	// Who has no CAP_SETPCAP keeps the bounding set; no_new_privs forbids what it bounds.
	bool may_clear = has_capability(CAP_SETPCAP);
	bool changes = id != getuid();
	int flags = CAPNG_CLEAR_AMBIENT | (may_clear ? CAPNG_CLEAR_BOUNDING : 0) |
		    (changes ? CAPNG_DROP_SUPP_GRP : 0);
	int result;

	capng_setpid(0); // the calling process, which may have been forked since
	capng_clear(CAPNG_SELECT_BOTH);
	result = capng_change_id(changes ? (int)id : -1, changes ? (int)id : -1,
				 (capng_flags_t)flags);
	if (result < 0)
		return err_sys(err, "cannot become user %u without capabilities (step %d)", id,
			       -result);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "cannot set no_new_privs");
	if (verify(may_clear, err) < 0)
		return -1;
	return die_with_parent(parent_fd, err);
}

static bool is_needed(unsigned int capability, bool may_start)
{
	for (size_t i = 0; i < CAPABILITY_ROWS; i++)
		if (capability_rows[i].number == capability)
			return may_start || capability_rows[i].to_end;
	return false;
}

int privileges_reduce(bool may_start, struct err *err)
{
	bool by_root = getuid() == 0; // else whoever started us may have passed on some

	capng_setpid(0);
	if (capng_get_caps_process() < 0)
		return err_sys(err, "cannot read the launcher's capabilities");
	for (unsigned int i = 0; i <= CAP_LAST_CAP; i++)
		(void)capng_update(CAPNG_DROP,
				   by_root && is_needed(i, may_start) ?
					   CAPNG_INHERITABLE :
					   CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE |
						   CAPNG_BOUNDING_SET,
				   i);
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    capng_apply(by_root ? CAPNG_SELECT_BOTH : CAPNG_SELECT_CAPS) < 0)
		return err_sys(err, "cannot reduce the launcher's capabilities");
	return 0;
}
