// SPDX-License-Identifier: Apache-2.0
// Puts the layers on, each from a table row, in an order that matters: limits come before the
// capability that may be needed for them goes; identity clears what ties a child to its parent and
// sets no_new_privs, which Landlock and seccomp need; and what seccomp allows would have to grow for
// everything that came after it.

#include "jail/layers.h"

#include <errno.h>
#include <linux/keyctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine/filter.h"
#include "confine/layers.h"
#include "confine/limits.h"
#include "confine/privileges.h"
#include "confine/qemu_filters.h"
#include "jail/landlock.h"

#ifndef PR_SET_MDWE // linux/prctl.h since 6.3
#define PR_SET_MDWE 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

struct step {
	enum layer layer;
	int (*apply)(const struct jail *jail, struct err *err);
};

static int set_keyring(const struct jail *jail, struct err *err)
{
	(void)jail;
	// The launcher had one made for us, where root's share of keyrings is the larger one.
	if (syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_SESSION_KEYRING, NULL, 0UL) == 0)
		return 0;
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0)
		return err_sys(err, "cannot get a new session keyring");
	return 0;
}

static int set_limits(const struct jail *jail, struct err *err)
{
	(void)jail;
	for (size_t i = 0; i < LIMIT_ROWS; i++) {
		struct rlimit limit;
		__rlimit_resource_t resource = (__rlimit_resource_t)limit_rows[i].resource;

		if (getrlimit(resource, &limit) < 0)
			return err_sys(err, "cannot read %s", limit_rows[i].word);
		if (limit.rlim_max > limit_rows[i].max)
			limit.rlim_max = limit_rows[i].max;
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(resource, &limit) < 0)
			return err_sys(err, "cannot set %s", limit_rows[i].word);
	}
	return 0;
}

static int set_identity(const struct jail *jail, struct err *err)
{
	if (privileges_drop(jail->order->qemu_uid, jail->launcher_fd, err) < 0)
		return -1;
	// It may have ended before its end became ours; the launcher could live on.
	if (getppid() != jail->init_pid)
		return err_set(err, ERR_SYSTEM, "QEMU's parent ended while it started");
	return 0;
}

static int set_no_exec_gain(const struct jail *jail, struct err *err)
{
	// TCG writes the code that it runs.
	if (jail->order->needs.accel == ACCEL_KVM &&
	    prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0)
		return err_sys(err, "cannot refuse to make memory executable");
	return 0;
}

static int set_landlock(const struct jail *jail, struct err *err)
{
	return landlock_restrict(jail->exe_fd, jail->library_fd, jail->prefix, err);
}

static int set_seccomp(const struct jail *jail, struct err *err)
{
	const struct order *order = jail->order;
	enum filter filters[QEMU_FILTERS_MAX];
	size_t n = qemu_filters(filters, order->needs.level, order->sev_issue_cmd, order->seccomp);

	for (size_t i = 0; i < n; i++)
		if (filter_load(filters[i], err) < 0)
			return -1;
	return 0;
}

static const struct step steps[] = {
	{ LAYER_KEYRING, set_keyring },	  { LAYER_LIMITS, set_limits },
	{ LAYER_IDENTITY, set_identity }, { LAYER_NO_EXEC_GAIN, set_no_exec_gain },
	{ LAYER_LANDLOCK, set_landlock }, { LAYER_SECCOMP, set_seccomp },
};

int layers_miss(enum layer layer, bool may_go_on, int launcher_fd, struct err *err)
{
	if (layer_miss(layer, may_go_on, err) < 0)
		return -1;
	if (write(launcher_fd, err, sizeof(*err)) < 0)
		return err_sys(err, "cannot tell what is missing");
	return 0;
}

int layers_put_on(const struct jail *jail, struct err *err)
{
	bool may_go_on = jail->order->confinement == CONFINEMENT_AUTO;

	for (size_t i = 0; i < ARRAY_LEN(steps); i++)
		if (!layer_left_out(steps[i].layer) && steps[i].apply(jail, err) < 0 &&
		    layers_miss(steps[i].layer, may_go_on, jail->launcher_fd, err) < 0)
			return -1;
	return 0;
}
