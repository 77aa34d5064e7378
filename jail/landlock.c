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

#include "base/auto.h"
#include "confine/landlock_versions.h"
#include "confine/root_rows.h"

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

int landlock_restrict(int exe_fd, int library_fd, const char *prefix, struct err *err)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	struct landlock_handled handled = landlock_handled_by(abi);
	AUTO(fd) int fd = -1;

	if (abi > 0)
		fd = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled), 0);
	if (fd < 0 || add_rule(fd, exe_fd, root_program_access) < 0 ||
	    (library_fd >= 0 && add_rule(fd, library_fd, root_prefix_access) < 0))
		return err_sys(err, "cannot use Landlock");
	for (size_t i = 0; i < ROOT_ROWS; i++)
		if (root_rows[i].access != 0 &&
		    add_path(fd, root_rows[i].path, root_rows[i].access & handled.access_fs, err) <
			    0)
			return -1;
	if (add_path(fd, prefix, root_prefix_access, err) < 0)
		return -1;
	if (syscall(SYS_landlock_restrict_self, fd, 0) < 0)
		return err_sys(err, "cannot restrict itself");
	return 0;
}
