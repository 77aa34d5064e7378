// SPDX-License-Identifier: Apache-2.0
// Allows the files of confine/root_rows.c. A memfd may always be opened again, and what it has
// inherited needs no rule.

#include "jail/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/auto.h"
#include "confine/root_rows.h"

// Newer than the headers this may be built with.
#define FS_TRUNCATE (1ULL << 14)
#define FS_IOCTL_DEV (1ULL << 15)

// struct landlock_ruleset_attr as of ABI 6.
struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

// What each ABI added to what it can restrict, from 1.
static const struct ruleset added[] = {
	{ .fs = (1ULL << 13) - 1 }, { .fs = LANDLOCK_ACCESS_FS_REFER },
	{ .fs = FS_TRUNCATE },	    { .net = 3 },
	{ .fs = FS_IOCTL_DEV },	    { .scoped = 3 },
};

static int add_rule(int ruleset_fd, int parent_fd, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .allowed_access = access,
						   .parent_fd = parent_fd };

	return (int)syscall(SYS_landlock_add_rule, ruleset_fd, LANDLOCK_RULE_PATH_BENEATH, &rule,
			    0);
}

// What is not there needs no rule.
static int add_path(int ruleset_fd, const char *path, uint64_t access, struct err *err)
{
	AUTO(fd) int fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || add_rule(ruleset_fd, fd, access) < 0)
		return err_sys(err, "cannot allow '%s'", path);
	return 0;
}

int landlock_restrict(int exe_fd, const char *prefix, struct err *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset handled = { 0 };
	AUTO(fd) int fd = -1;

	for (long i = 0; i < abi && i < (long)ARRAY_LEN(added); i++) {
		handled.fs |= added[i].fs;
		handled.net |= added[i].net;
		handled.scoped |= added[i].scoped;
	}
	if (abi > 0) // an older kernel takes the longer struct, as its new parts are zero
		fd = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	if (fd < 0 || add_rule(fd, exe_fd, root_program_access) < 0)
		return err_sys(err, "cannot use Landlock");
	for (size_t i = 0; i < ROOT_ROWS; i++)
		if (root_rows[i].access != 0 &&
		    add_path(fd, root_rows[i].path, root_rows[i].access & handled.fs, err) < 0)
			return -1;
	if (add_path(fd, prefix, root_prefix_access, err) < 0)
		return -1;
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return err_sys(err, "cannot restrict itself");
	return 0;
}
