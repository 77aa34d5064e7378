// SPDX-License-Identifier: Apache-2.0
// Attacks on the machine's files: what is read, what is made, what is changed.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define A_DIRECTORY "/usr/share/doc"
#define A_PROGRAM "/usr/bin/env"
#define NEW_NAME "snplaunch-attack"

// --- Reading ------------------------------------------------------------------------------------

static long open_path(const struct action *action)
{
	return open(action->path, (int)action->number | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
}

static long open_by_openat2(const struct action *action)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC };

	return syscall(SYS_openat2, AT_FDCWD, action->path, &how, sizeof(how));
}

static long list_directory(const struct action *action)
{
	DIR *directory = opendir(action->path);

	if (directory == NULL)
		return -1;
	return readdir(directory) == NULL ? NOTHING : 0;
}

struct handle {
	struct file_handle head;
	unsigned char bytes[MAX_HANDLE_SZ];
};

static long name_to_handle(const struct action *action)
{
	struct handle handle = { .head.handle_bytes = MAX_HANDLE_SZ };
	int mount;

	return name_to_handle_at(AT_FDCWD, action->path, &handle.head, &mount, 0);
}

// The handle of inode 2, the root of most file systems, is guessed as the Shocker exploit does.
static long open_by_handle(const struct action *action)
{
	struct handle handle = { .head = { .handle_bytes = 8, .handle_type = 1 }, .bytes = { 2 } };

	(void)action;
	return open_by_handle_at(AT_FDCWD, &handle.head, O_RDONLY);
}

static long watch_by_inotify(const struct action *action)
{
	int fd = inotify_init1(IN_CLOEXEC);

	return fd < 0 ? -1 : inotify_add_watch(fd, action->path, IN_OPEN);
}

static long watch_by_fanotify(const struct action *action)
{
	return fanotify_init((unsigned int)action->number | FAN_CLOEXEC, O_RDONLY);
}

// --- Making -------------------------------------------------------------------------------------

static long create_file(const struct action *action)
{
	int fd = open(action->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	return fd < 0 ? -1 : unlink(action->path);
}

static long create_nameless(const struct action *action)
{
	return open(action->path, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
}

static long make_directory(const struct action *action)
{
	return mkdir(action->path, 0700) < 0 ? -1 : rmdir(action->path);
}

static long make_symlink(const struct action *action)
{
	return symlink("/etc/shadow", action->path) < 0 ? -1 : unlink(action->path);
}

static long make_link(const struct action *action)
{
	return link(A_PROGRAM, action->path) < 0 ? -1 : unlink(action->path);
}

static long make_node(const struct action *action)
{
	return mknod(action->path, (mode_t)action->number | 0600, makedev(1, 1)) < 0 ?
		       -1 :
		       unlink(action->path);
}

// --- Changing -----------------------------------------------------------------------------------

static long rename_directory(const struct action *action)
{
	static const char new_path[] = "/usr/share/" NEW_NAME;

	return rename(action->path, new_path) < 0 ? -1 : rename(new_path, action->path);
}

// A directory, which even who may cannot remove this way.
static long unlink_path(const struct action *action)
{
	return unlink(action->path);
}

static long remove_directory(const struct action *action)
{
	return rmdir(action->path);
}

static long change_mode(const struct action *action)
{
	struct stat st;

	return stat(action->path, &st) < 0 ? -1 : chmod(action->path, st.st_mode & 07777);
}

static long change_owner(const struct action *action)
{
	struct stat st;

	return stat(action->path, &st) < 0 ? -1 : chown(action->path, st.st_uid, st.st_gid);
}

static long change_attribute(const struct action *action)
{
	if (setxattr(action->path, "user.snplaunch", "x", 1, 0) < 0)
		return -1;
	return removexattr(action->path, "user.snplaunch");
}

static long change_times(const struct action *action)
{
	struct stat st;

	if (stat(action->path, &st) < 0)
		return -1;
	return utimensat(AT_FDCWD, action->path,
			 (const struct timespec[]){ st.st_atim, st.st_mtim }, 0);
}

static long truncate_file(const struct action *action)
{
	struct stat st;

	return stat(action->path, &st) < 0 ? -1 : truncate(action->path, st.st_size);
}

static long sync_disks(const struct action *action)
{
	(void)action;
	return syscall(SYS_sync);
}

static const struct action actions[] = {
	ACTION("read/shadow", "read the password hashes", open_path, .path = "/etc/shadow",
	       .number = O_RDONLY),
	ACTION("read/passwd", "read the list of users", open_path, .path = "/etc/passwd",
	       .number = O_RDONLY, .anybody = true),
	ACTION("read/home", "read root's home directory", list_directory, .path = "/root"),
	ACTION("read/root", "list the root directory", list_directory, .path = "/",
	       .nothing =
		       "the root of a jail holds what QEMU may see anyway; read/passwd tells more"),
	ACTION("openat2", "open a file by a call whose arguments no filter sees", open_by_openat2,
	       .path = "/etc/passwd", .anybody = true),
	ACTION("sysfs/read", "read the kernel's view of the hardware", open_path,
	       .path = "/sys/kernel/uevent_seqnum", .number = O_RDONLY, .anybody = true),
	ACTION("sysfs/write", "write what the kernel's power management reads", open_path,
	       .path = "/sys/power/state", .number = O_WRONLY),
	ACTION("core_pattern", "have the kernel start a program as root", open_path,
	       .path = "/proc/sys/kernel/core_pattern", .number = O_WRONLY),
	ACTION("modprobe-path", "have the kernel load modules with a program of ours", open_path,
	       .path = "/proc/sys/kernel/modprobe", .number = O_WRONLY),
	ACTION("sysrq", "restart the machine by the magic key", open_path,
	       .path = "/proc/sysrq-trigger", .number = O_WRONLY),
	ACTION("kallsyms", "read where the kernel lies", open_path, .path = "/proc/kcore",
	       .number = O_RDONLY),
	ACTION("device/mem", "open physical memory", open_path, .path = "/dev/mem",
	       .number = O_RDWR),
	ACTION("device/kmsg", "write to the kernel's log", open_path, .path = "/dev/kmsg",
	       .number = O_WRONLY),
	ACTION("device/loop", "attach a file as a disk", open_path, .path = "/dev/loop-control",
	       .number = O_RDWR),
	ACTION("device/kvm", "make a virtual machine of its own", open_path, .path = "/dev/kvm",
	       .number = O_RDWR),
	ACTION("device/sev", "open the machine's SEV firmware", open_path, .path = "/dev/sev",
	       .number = O_RDWR),
	ACTION("device/tun", "make a network interface", open_path, .path = "/dev/net/tun",
	       .number = O_RDWR, .anybody = true),
	ACTION("device/fuse", "serve a file system", open_path, .path = "/dev/fuse",
	       .number = O_RDWR, .anybody = true),
	ACTION("device/terminal", "open the machine's console", open_path, .path = "/dev/tty1",
	       .number = O_RDWR),
	ACTION("name_to_handle_at", "get a handle that outlives a jail", name_to_handle,
	       .path = "/",
	       .nothing = "to open it takes CAP_DAC_READ_SEARCH, see open_by_handle_at"),
	ACTION("open_by_handle_at", "open a file by a guessed handle", open_by_handle),
	ACTION("inotify", "watch the root directory", watch_by_inotify, .path = "/",
	       .anybody = true),
	ACTION("fanotify/any", "watch files it may read", watch_by_fanotify,
	       .number = FAN_REPORT_FID, .anybody = true),
	ACTION("fanotify/permit", "decide who may open files", watch_by_fanotify,
	       .number = FAN_CLASS_CONTENT),
	ACTION("create/root", "make a file in the root directory", create_file,
	       .path = "/" NEW_NAME),
	ACTION("create/usr", "make a program", create_file, .path = "/usr/bin/" NEW_NAME),
	ACTION("create/preload", "have the loader load a library", create_file,
	       .path = "/etc/ld.so.preload"),
	ACTION("create/tmp", "make a file in /tmp", create_file, .path = "/tmp/" NEW_NAME,
	       .anybody = true),
	ACTION("create/shm", "make a file in /dev/shm", create_file, .path = "/dev/shm/" NEW_NAME,
	       .anybody = true),
	ACTION("create/dev", "make a file in /dev", create_file, .path = "/dev/" NEW_NAME),
	ACTION("tmpfile/tmp", "make a nameless file in /tmp", create_nameless, .path = "/tmp",
	       .anybody = true),
	ACTION("tmpfile/root", "make a nameless file in the root directory", create_nameless,
	       .path = "/"),
	ACTION("mkdir/root", "make a directory in the root directory", make_directory,
	       .path = "/" NEW_NAME),
	ACTION("mkdir/tmp", "make a directory in /tmp", make_directory,
	       .path = "/tmp/" NEW_NAME ".d", .anybody = true),
	ACTION("symlink/root", "make a symbolic link in the root directory", make_symlink,
	       .path = "/" NEW_NAME),
	ACTION("symlink/tmp", "make a symbolic link in /tmp", make_symlink,
	       .path = "/tmp/" NEW_NAME ".s", .anybody = true),
	ACTION("link", "make a hard link to a program", make_link, .path = "/usr/bin/" NEW_NAME),
	ACTION("mknod/memory", "make a node of physical memory", make_node,
	       .path = "/dev/" NEW_NAME, .number = S_IFCHR),
	ACTION("mknod/tmp", "make a node of physical memory in /tmp", make_node,
	       .path = "/tmp/" NEW_NAME ".n", .number = S_IFCHR),
	ACTION("mknod/fifo", "make a pipe with a name", make_node, .path = "/tmp/" NEW_NAME ".p",
	       .number = S_IFIFO, .anybody = true),
	ACTION("rename", "rename a directory of the system", rename_directory, .path = A_DIRECTORY),
	ACTION("unlink", "remove what the system has", unlink_path, .path = A_DIRECTORY,
	       .right_errno = EISDIR),
	ACTION("rmdir", "remove a directory that is not empty", remove_directory,
	       .path = A_DIRECTORY, .right_errno = ENOTEMPTY),
	ACTION("chmod", "change who may do what", change_mode, .path = "/usr"),
	ACTION("chown", "change whose a directory is", change_owner, .path = "/usr"),
	ACTION("setxattr", "change an attribute of a program", change_attribute, .path = A_PROGRAM),
	ACTION("utimensat", "change the times of a program", change_times, .path = A_PROGRAM),
	ACTION("truncate", "change the size of a program", truncate_file, .path = A_PROGRAM),
	ACTION("sync", "make the machine write all its disks", sync_disks, .anybody = true),
};

DEFINE_ACTIONS(file_actions, actions);
