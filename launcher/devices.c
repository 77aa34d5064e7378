// SPDX-License-Identifier: Apache-2.0
// Makes QEMU's device nodes.

#include "launcher/devices.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/auto.h"

static int make_node(int dir_fd, const char *name, uid_t owner, struct err *err)
{
	char path[32];
	struct stat st;

	(void)snprintf(path, sizeof(path), "/dev/%s", name);
	if (stat(path, &st) < 0 || !S_ISCHR(st.st_mode))
		return err_sys_kind(err, ERR_HOST, "there is no device '%s'", path);
	if (mknodat(dir_fd, name, S_IFCHR | 0600, st.st_rdev) < 0 ||
	    fchownat(dir_fd, name, owner, owner, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, "cannot make a node for '%s'", path);
	return 0;
}

int devices_open_platform(int *out_fd, struct err *err)
{
	*out_fd = open("/dev/sev", O_RDONLY | O_CLOEXEC);
	return *out_fd < 0 ? err_sys_kind(err, ERR_HOST, "cannot open '/dev/sev'") : 0;
}

int devices_make(const struct plan_needs *needs, uid_t owner, int *out_fd, struct err *err)
{
	const struct {
		const char *name;
		bool wanted;
	} nodes[] = {
		{ "null", true },
		{ "urandom", true },
		{ "sev", needs->level > LEVEL_OFF && !needs->rehearses },
		{ "kvm", needs->kvm_by_path && !needs->rehearses },
	};
	AUTO(fd) int context_fd = fsopen("tmpfs", FSOPEN_CLOEXEC);
	AUTO(fd) int fd = -1;

	if (context_fd >= 0 && fsconfig(context_fd, FSCONFIG_SET_STRING, "mode", "0755", 0) == 0 &&
	    fsconfig(context_fd, FSCONFIG_SET_STRING, "size", "4k", 0) == 0 &&
	    fsconfig(context_fd, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		fd = fsmount(context_fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC);
	if (fd < 0)
		return err_sys(err, "cannot make a file system for device nodes");
	for (size_t i = 0; i < ARRAY_LEN(nodes); i++)
		if (nodes[i].wanted && make_node(fd, nodes[i].name, owner, err) < 0)
			return -1;
	*out_fd = take_fd(&fd);
	return 0;
}
