// SPDX-License-Identifier: Apache-2.0
// Attacks on the root directory, the mounts and the namespaces.

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define FDS_TRIED 32
#ifndef SYS_listmount
#define SYS_listmount 458
#endif

// --- The root directory -------------------------------------------------------------------------

static long change_root(const struct action *action)
{
	return chroot(action->path);
}

static long pivot(const struct action *action)
{
	(void)action;
	return syscall(SYS_pivot_root, ".", ".");
}

static long read_through(const struct action *action)
{
	return open(action->path, O_RDONLY | O_CLOEXEC);
}

// From every descriptor upwards.
static long climb_descriptors(const struct action *action)
{
	int last_errno = EBADF;

	for (int fd = 0; fd < FDS_TRIED; fd++) {
		if (openat(fd, action->path, O_RDONLY | O_CLOEXEC) >= 0)
			return 0;
		if (errno != EBADF)
			last_errno = errno;
	}
	errno = last_errno;
	return -1;
}

static long change_directory_by_descriptor(const struct action *action)
{
	int last_errno = EBADF;

	(void)action;
	for (int fd = 0; fd < FDS_TRIED; fd++) {
		if (fchdir(fd) == 0)
			return 0;
		if (errno != EBADF)
			last_errno = errno;
	}
	errno = last_errno;
	return -1;
}

// --- Mounts -------------------------------------------------------------------------------------

// Each is asked for what even who may cannot have: right_errno tells the one from the other.
static long mount_unknown(const struct action *action)
{
	return mount("none", action->path, "snplaunch", (unsigned long)action->number, NULL);
}

static long unmount(const struct action *action)
{
	return umount2(action->path, (int)action->number);
}

static long open_tree_of(const struct action *action)
{
	return syscall(SYS_open_tree, AT_FDCWD, action->path, action->number);
}

static long open_filesystem(const struct action *action)
{
	return syscall(SYS_fsopen, action->path, 0);
}

static long pick_filesystem(const struct action *action)
{
	return syscall(SYS_fspick, AT_FDCWD, action->path, 0);
}

static long move_mounts(const struct action *action)
{
	return syscall(SYS_move_mount, AT_FDCWD, action->path, AT_FDCWD, action->path, 0);
}

static long change_mounts(const struct action *action)
{
	struct mount_attr attributes = { .attr_clr = MOUNT_ATTR_RDONLY };

	return syscall(SYS_mount_setattr, AT_FDCWD, action->path, 0, &attributes,
		       sizeof(attributes));
}

static long list_mounts(const struct action *action)
{
	// The root of the mount tree that we are in, see listmount(2).
	const struct {
		uint32_t size;
		uint32_t spare;
		uint64_t mount;
		uint64_t after;
	} request = { .size = sizeof(request), .mount = UINT64_MAX };
	uint64_t ids[64];
	long n = syscall(SYS_listmount, &request, ids, ARRAY_LEN(ids), 0);

	(void)action;
	return n;
}

// --- Namespaces ---------------------------------------------------------------------------------

static long leave_namespace(const struct action *action)
{
	return unshare((int)action->number);
}

static long enter_namespace(const struct action *action)
{
	int fd = open(action->path, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -1 : setns(fd, 0);
}

// What a user namespace is wanted for: mounts that its owner may make.
static long mount_in_new_namespace(const struct action *action)
{
	(void)action;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
		return -1;
	return mount("none", "/usr", "tmpfs", 0, NULL);
}

static long clone_into_namespace(const struct action *action)
{
	return end_child(
		syscall(SYS_clone, (unsigned long)action->number | SIGCHLD, NULL, NULL, NULL, 0UL));
}

static long clone3_into_namespace(const struct action *action)
{
	struct clone_args args = { .flags = (uint64_t)action->number, .exit_signal = SIGCHLD };

	return end_child(syscall(SYS_clone3, &args, sizeof(args)));
}

static const struct action actions[] = {
	ACTION("chroot", "change the root directory", change_root, .path = "/"),
	ACTION("pivot_root", "change the root of all mounts", pivot, .right_errno = EBUSY),
	ACTION("dotdot", "climb from an inherited directory", climb_descriptors,
	       .path = "../../../etc/passwd"),
	ACTION("fchdir", "make an inherited directory the working one",
	       change_directory_by_descriptor),
	ACTION("proc-root/self", "read through our own root", read_through,
	       .path = "/proc/self/root/etc/shadow"),
	ACTION("proc-root/init", "read through the root of process 1", read_through,
	       .path = "/proc/1/root/etc/passwd"),
	ACTION("proc-cwd/self", "climb from our working directory", read_through,
	       .path = "/proc/self/cwd/../../etc/shadow"),
	ACTION("proc-cwd/init", "read through the working directory of process 1", read_through,
	       .path = "/proc/1/cwd/etc/passwd"),
	ACTION("mount/new", "mount a file system", mount_unknown, .path = "/usr", .number = 0,
	       .right_errno = ENODEV),
	ACTION("mount/bind", "mount a directory elsewhere", mount_unknown, .path = "/usr/bin/env",
	       .number = MS_BIND, .right_errno = ENOENT),
	ACTION("mount/remount", "make a read-only mount writable", mount_unknown,
	       .path = "/usr/bin", .number = MS_REMOUNT | MS_BIND, .right_errno = EINVAL),
	ACTION("mount/propagation", "share mounts with others", mount_unknown, .path = "/usr/bin",
	       .number = MS_SHARED, .right_errno = EINVAL),
	ACTION("umount", "lay bare what a mount covers", unmount, .path = "/usr/bin",
	       .number = MNT_DETACH, .right_errno = EINVAL),
	ACTION("open_tree/path", "open a mount as a path", open_tree_of, .path = "/", .number = 0,
	       .nothing = "such a descriptor reaches what a path reaches"),
	ACTION("open_tree/clone", "copy a mount", open_tree_of, .path = "/",
	       .number = OPEN_TREE_CLONE),
	ACTION("fsopen", "prepare a file system", open_filesystem, .path = "tmpfs"),
	ACTION("fspick", "reconfigure a file system", pick_filesystem, .path = "/"),
	ACTION("move_mount", "move a mount", move_mounts, .path = "/usr/bin",
	       .right_errno = EINVAL),
	ACTION("mount_setattr", "make a read-only mount writable", change_mounts,
	       .path = "/usr/bin", .right_errno = EINVAL),
	ACTION("listmount", "list the mounts", list_mounts,
	       .nothing = "these are its own, which /proc/self/mountinfo shows as well"),
	ACTION("unshare/user", "make a user namespace", leave_namespace, .number = CLONE_NEWUSER,
	       .anybody = true),
	ACTION("unshare/mount", "make a mount namespace", leave_namespace, .number = CLONE_NEWNS),
	ACTION("unshare/pid", "make a PID namespace", leave_namespace, .number = CLONE_NEWPID),
	ACTION("unshare/net", "make a network namespace", leave_namespace, .number = CLONE_NEWNET),
	ACTION("unshare/ipc", "make an IPC namespace", leave_namespace, .number = CLONE_NEWIPC),
	ACTION("unshare/uts", "make a UTS namespace", leave_namespace, .number = CLONE_NEWUTS),
	ACTION("unshare/cgroup", "make a cgroup namespace", leave_namespace,
	       .number = CLONE_NEWCGROUP),
	ACTION("unshare/time", "make a time namespace", leave_namespace,
	       .number = 0x80 /* CLONE_NEWTIME */),
	ACTION("user-mount", "mount in a user namespace", mount_in_new_namespace, .anybody = true),
	ACTION("setns/mount", "enter the mounts of process 1", enter_namespace,
	       .path = "/proc/1/ns/mnt"),
	ACTION("setns/net", "enter the network of process 1", enter_namespace,
	       .path = "/proc/1/ns/net"),
	ACTION("setns/self", "enter our own user namespace again", enter_namespace,
	       .path = "/proc/self/ns/user"),
	ACTION("clone-namespace/user", "start a process in a user namespace", clone_into_namespace,
	       .number = CLONE_NEWUSER, .anybody = true),
	ACTION("clone-namespace/net", "start a process in a network namespace",
	       clone_into_namespace, .number = CLONE_NEWNET),
	ACTION("clone-namespace/clone3", "likewise by a call whose arguments no filter sees",
	       clone3_into_namespace, .number = CLONE_NEWUSER, .anybody = true),
};

DEFINE_ACTIONS(mount_actions, actions);
