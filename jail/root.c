// SPDX-License-Identifier: Apache-2.0
// Builds the root that QEMU sees: an empty file system with /usr, a few devices and /proc, all
// read-only. Paths without a leading '/' are below the new root, the others the host's.

#include "jail/root.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/auto.h"
#include "confine/root_rows.h"

// Any directory that is surely there and not needed while the root is built.
#define BUILDING_SITE "/proc"

// File systems are sized for a few directories; nobody writes into them when they are read-only.
static const char small[] = "mode=0755,size=64k,nr_inodes=64";

#define QUIET_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

// The part of the host's tree at 'path', with all below it, appears at the same place inside.
static int show(const char *path, uint64_t attributes, struct err *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | attributes };
	AUTO(fd)
	int fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);

	if (fd < 0 ||
	    mount_setattr(fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof(attr)) < 0 ||
	    move_mount(fd, "", AT_FDCWD, path + 1, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return err_sys(err, "cannot show '%s'", path);
	return 0;
}

static int make_directories(char *path, struct err *err)
{
	for (char *slash = strchr(path, '/');; slash = strchr(slash + 1, '/')) {
		if (slash != NULL)
			*slash = '\0';
		if (mkdirat(AT_FDCWD, path, 0755) < 0 && errno != EEXIST)
			return err_sys(err, "cannot make '%s'", path);
		if (slash == NULL)
			return 0;
		*slash = '/';
	}
}

static int show_prefix(const char *prefix, struct err *err)
{
	char path[PATH_MAX];

	if (prefix[0] == '\0')
		return 0;
	(void)snprintf(path, sizeof(path), "%s", prefix);
	if (make_directories(path + 1, err) < 0)
		return -1;
	return show(path, MOUNT_ATTR_NODEV, err);
}

// What root has made for QEMU alone; a user can only show the host's nodes, which stay as closed to
// QEMU as they are to the user.
static int add_devices(const struct order *order, struct err *err)
{
	struct mount_attr read_only = { .attr_set = MOUNT_ATTR_RDONLY };

	if (order->fds[ORDER_DEV] >= 0) {
		if (move_mount(order->fds[ORDER_DEV], "", AT_FDCWD, "dev",
			       MOVE_MOUNT_F_EMPTY_PATH) < 0)
			return err_sys(err, "cannot mount '/dev'");
		if (mount_setattr(AT_FDCWD, "dev", 0, &read_only, sizeof(read_only)) < 0)
			return err_sys(err, "cannot make '/dev' read-only");
		return 0;
	}
	for (size_t i = 0; i < ROOT_ROWS; i++) {
		const struct root_row *row = &root_rows[i];

		if (row->kind != ROOT_DEVICE || !root_row_is_shown(row, &order->needs))
			continue;
		if (mknodat(AT_FDCWD, row->path + 1, S_IFREG | 0600, 0) < 0)
			return err_sys(err, "cannot make '%s'", row->path);
		if (show(row->path, MOUNT_ATTR_NOEXEC, err) < 0)
			return -1;
	}
	return 0;
}

static int show_trees(struct err *err)
{
	for (size_t i = 0; i < ROOT_ROWS; i++)
		if (root_rows[i].kind == ROOT_TREE &&
		    show(root_rows[i].path, MOUNT_ATTR_NODEV, err) < 0)
			return -1;
	return 0;
}

static int lay_ground(struct err *err)
{
	static const char *const directories[] = { "usr", "dev", "proc" };
	static const char *const links[][2] = { { "usr/lib", "lib" },
						{ "usr/lib64", "lib64" },
						{ "usr/bin", "bin" } };

	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("root", BUILDING_SITE, "tmpfs", QUIET_FLAGS, small) < 0 ||
	    chdir(BUILDING_SITE) < 0)
		return err_sys(err, "cannot mount a new root");
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		if (mkdirat(AT_FDCWD, directories[i], 0755) < 0 ||
		    symlinkat(links[i][0], AT_FDCWD, links[i][1]) < 0)
			return err_sys(err, "cannot fill the new root");
	return 0;
}

// Of /proc only QEMU's own entry, for the sealed files that it opens as /proc/self/fd/N.
static int enter_root(struct err *err)
{
	if (mount("proc", "proc", "proc", MS_RDONLY | QUIET_FLAGS, "hidepid=invisible,subset=pid") <
	    0)
		return err_sys(err, "cannot mount '/proc' (a container may hide parts of its own)");
	if (mount(NULL, ".", NULL, MS_REMOUNT | MS_RDONLY | QUIET_FLAGS, small) < 0)
		return err_sys(err, "cannot make the new root read-only");
	if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return err_sys(err, "cannot enter the new root");
	return 0;
}

int root_build(const struct order *order, const char *prefix, struct err *err)
{
	(void)umask(0);
	if (lay_ground(err) < 0 || show_trees(err) < 0 || show_prefix(prefix, err) < 0 ||
	    add_devices(order, err) < 0)
		return -1;
	return enter_root(err);
}
