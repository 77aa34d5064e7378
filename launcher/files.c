// SPDX-License-Identifier: Apache-2.0
// Opens files by role. Each role is a row: how it is opened, what it may be, and when.

#include "launcher/files.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/fd.h"
#include "config.h"

struct role_rule {
	const char *noun; /* for messages */
	int access;	  /* O_RDONLY or O_RDWR */
	bool may_be_block_device;
	bool must_be_executable;
	/* With privilege: only a path that the command line names. */
	bool must_be_named;
	/* The options whose value names such a path; an argument that is no option may, too. */
	const char *options[6];
};

static const struct role_rule rules[OPEN_ROLES] = {
	[OPEN_GUEST_FILE] = { "guest file", O_RDONLY, .must_be_named = true },
	[OPEN_HOST_FACTS] = { "host facts", O_RDONLY, .must_be_named = true,
			      .options = { "--host-facts" } },
	[OPEN_ARTIFACT] = { "file", O_RDONLY,
			    .options = { "--firmware", "--kernel", "--initrd", "--id-block",
					 "--sev-session" } },
	[OPEN_DISK_READ] = { "disk", O_RDONLY, .may_be_block_device = true,
			     .options = { "--disk", "--disks" } },
	[OPEN_DISK_WRITE] = { "disk", O_RDWR, .may_be_block_device = true, .must_be_named = true,
			      .options = { "--disk", "--disks" } },
	[OPEN_QEMU] = { "QEMU", O_RDONLY, .must_be_executable = true, .options = { "--qemu" } },
};

// File systems whose files are windows into the kernel or a process.
static const __fsword_t pseudo_filesystems[] = {
	PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC,
};

// The value is the path itself, or JSON that has it as a whole string: --disk '{"path":"a.img"}'.
static bool value_names(const char *value, const char *path)
{
	size_t len = strlen(path);

	if (strcmp(value, path) == 0)
		return true;
	if (value[0] != '{')
		return false;
	for (const char *at = strstr(value, path); at != NULL; at = strstr(at + 1, path))
		if (at > value && at[-1] == '"' && at[len] == '"')
			return true;
	return false;
}

// The value behind "--option=" or, when that is all of 'argument', in 'next'; NULL for another option.
static const char *value_of(const char *option, const char *argument, const char *next)
{
	size_t len = strlen(option);

	if (strncmp(argument, option, len) != 0)
		return NULL;
	if (argument[len] == '=')
		return argument + len + 1;
	return argument[len] == '\0' ? next : NULL;
}

static bool is_named(const struct files *files, const struct role_rule *rule, const char *path)
{
	for (char *const *at = files->argv; at[0] != NULL; at++) {
		if (rule->options[0] == NULL && strcmp(at[0], path) == 0)
			return true;
		for (size_t i = 0; i < ARRAY_LEN(rule->options) && rule->options[i] != NULL; i++) {
			const char *value = value_of(rule->options[i], at[0], at[1]);

			if (value != NULL && value_names(value, path))
				return true;
		}
	}
	return false;
}

static const char *type_word(mode_t mode)
{
	static const struct {
		mode_t type;
		const char *word;
	} types[] = {
		{ S_IFREG, "a regular file" }, { S_IFDIR, "a directory" },
		{ S_IFIFO, "a fifo" },	       { S_IFSOCK, "a socket" },
		{ S_IFBLK, "a block device" }, { S_IFCHR, "a character device" },
	};

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if ((mode & S_IFMT) == types[i].type)
			return types[i].word;
	return "of an unknown type";
}

static int check_type(const struct role_rule *rule, const struct stat *st, struct err *err)
{
	if (S_ISREG(st->st_mode) || (rule->may_be_block_device && S_ISBLK(st->st_mode)))
		return 0;
	return err_set(err, ERR_INPUT, "is %s, not a regular file%s", type_word(st->st_mode),
		       rule->may_be_block_device ? " or block device" : "");
}

static int check_executable(const struct files *files, const struct stat *st, struct err *err)
{
	if ((st->st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		return err_set(err, ERR_HOST, "is not executable");
	if (files->privileged && (st->st_uid != 0 || (st->st_mode & (S_IWGRP | S_IWOTH)) != 0))
		return err_set(err, ERR_REFUSED,
			       "must belong to root and be writable by nobody else");
	return 0;
}

// Opens the object of a descriptor once more. Never waits, not even for somebody's lease; O_NONBLOCK
// was for that alone, so the new description does not have it.
static int reopen(int fd, int access)
{
	char path[32];
	int reopened;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reopened = open(path, access | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (reopened >= 0 && fcntl(reopened, F_SETFL, 0) < 0)
		close_fd(&reopened);
	return reopened;
}

static int check_filesystem(int fd, struct err *err)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return err_sys(err, "cannot look at its file system");
	for (size_t i = 0; i < ARRAY_LEN(pseudo_filesystems); i++)
		if (fs.f_type == pseudo_filesystems[i])
			return err_set(err, ERR_INPUT, "is no stored file");
	return 0;
}

static int judge(const struct files *files, const struct role_rule *rule, int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, "cannot look at it");
	if (check_type(rule, &st, err) < 0 || check_filesystem(fd, err) < 0)
		return -1;
	return rule->must_be_executable ? check_executable(files, &st, err) : 0;
}

// What cannot be opened is told apart by what its user must do.
static enum err_kind kind_of_errno(const struct role_rule *rule, int errnum)
{
	if (errnum == EACCES || errnum == EPERM)
		return ERR_REFUSED;
	if (errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM)
		return ERR_BUSY;
	return rule->must_be_executable ? ERR_HOST : ERR_INPUT;
}

static int cannot_open(const struct role_rule *rule, const char *path, struct err *err)
{
	return err_sys_kind(err, kind_of_errno(rule, errno), "cannot open %s '%s'", rule->noun,
			    path);
}

// First only looks at the object, because opening some has effects; then opens that very object.
static int look_and_open(const struct files *files, const struct role_rule *rule, const char *path,
			 uint64_t resolve, int *out_fd, struct err *err)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = resolve };
	AUTO(fd) int seen_fd = (int)syscall(SYS_openat2, files->cwd_fd, path, &how, sizeof(how));

	if (seen_fd < 0)
		return cannot_open(rule, path, err);
	if (judge(files, rule, seen_fd, err) < 0)
		return err_context(err, "%s '%s'", rule->noun, path);
	*out_fd = reopen(seen_fd, rule->access);
	return *out_fd < 0 ? cannot_open(rule, path, err) : 0;
}

static int as_front(bool wanted)
{
	uid_t id = wanted ? SNPLAUNCH_FRONT_UID : geteuid();

	// Root's groups would open what they may read. Root never misses them.
	if (getgroups(0, NULL) != 0 && setgroups(0, NULL) < 0)
		return -1;
	(void)setfsgid(wanted ? id : getegid());
	(void)setfsuid(id); // tells the old one; whether it worked is asked below
	return (uid_t)setfsuid((uid_t)-1) == id ? 0 : -1;
}

int files_open(const struct files *files, enum open_role role, const char *path, int *out_fd,
	       struct err *err)
{
	const struct role_rule *rule = &rules[role];
	bool restricted = files->privileged && !is_named(files, rule, path);
	int result;

	if (restricted && rule->must_be_named)
		return err_set(err, ERR_REFUSED,
			       "%s '%s': is only opened when its path stands in the command line, "
			       "because snplaunch was started by root",
			       rule->noun, path);
	// What root did not name is opened with no more rights than the front has.
	if (restricted && as_front(true) < 0)
		return err_set(err, ERR_BUG, "cannot give up the rights of root to open a file");
	result = look_and_open(files, rule, path, restricted ? RESOLVE_NO_MAGICLINKS : 0, out_fd,
			       err);
	if (restricted && as_front(false) < 0)
		abort(); // what follows would fail in ways that nobody could explain
	if (result < 0 && restricted && err->kind == ERR_REFUSED)
		return err_context(err, "what the command line does not name is opened as an "
					"unprivileged user");
	return result;
}

int files_open_kvm(int *out_fd, struct err *err)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		return err_sys_kind(
			err, ERR_HOST,
			"there is no '/dev/kvm': enable SVM in the BIOS and load kvm_amd");
	if (fd < 0)
		return err_sys_kind(
			err, ERR_REFUSED,
			"cannot open '/dev/kvm': join the group kvm, or use --accel tcg");
	*out_fd = fd;
	return 0;
}

int files_open_console(int *out_fd, struct err *err)
{
	struct stat st;
	int fd = -1;

	if (fstat(STDOUT_FILENO, &st) < 0)
		return err_sys(err, "cannot look at standard output");
	if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode))
		fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0) // not of that kind, or somebody else's
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return err_sys(err, "cannot copy standard output");
	*out_fd = fd;
	return 0;
}

int files_reopen_read_only(int fd, int *out_fd, struct err *err)
{
	*out_fd = reopen(fd, O_RDONLY);
	if (*out_fd < 0)
		return err_sys(err, "cannot open a descriptor again for reading");
	return 0;
}
