// SPDX-License-Identifier: Apache-2.0
// Opens files by role. Each role is a row: how it is opened, what it may be, and when.

#include "launcher/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"

struct role_rule {
	const char *noun; /* for messages */
	int access;	  /* O_RDONLY or O_RDWR */
	bool may_be_block_device;
	bool must_be_executable;
	/* With privilege: only a path from the command line. */
	bool must_be_named;
};

static const struct role_rule rules[OPEN_ROLES] = {
	[OPEN_GUEST_FILE] = { "guest file", O_RDONLY, .must_be_named = true },
	[OPEN_HOST_FACTS] = { "host facts", O_RDONLY, .must_be_named = true },
	[OPEN_ARTIFACT] = { "file", O_RDONLY },
	[OPEN_DISK_READ] = { "disk", O_RDONLY, .may_be_block_device = true },
	[OPEN_DISK_WRITE] = { "disk", O_RDWR, .may_be_block_device = true, .must_be_named = true },
	[OPEN_QEMU] = { "QEMU", O_RDONLY, .must_be_executable = true },
};

// What may stand on either side of a path inside an option such as --disk '{"path":"a.img"}'.
static bool is_boundary(char c)
{
	return c == '\0' || c == '"' || c == '=';
}

static bool stands_in(const char *argument, const char *path)
{
	size_t len = strlen(path);

	for (const char *at = strstr(argument, path); at != NULL; at = strstr(at + 1, path))
		if ((at == argument || is_boundary(at[-1])) && is_boundary(at[len]))
			return true;
	return false;
}

static bool is_named(const struct files *files, const char *path)
{
	for (size_t i = 1; files->argv[0] != NULL && files->argv[i] != NULL; i++)
		if (stands_in(files->argv[i], path))
			return true;
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

static int check_permission(const struct files *files, const struct role_rule *rule,
			    const char *path, const struct stat *st, struct err *err)
{
	if (!files->privileged || is_named(files, path))
		return 0;
	if (rule->must_be_named)
		return err_set(err, ERR_REFUSED,
			       "is only opened when its path stands in the command line, because "
			       "snplaunch was started by root");
	if ((st->st_mode & S_IROTH) == 0)
		return err_set(err, ERR_REFUSED,
			       "is not readable by everybody: name it in the command line, because "
			       "snplaunch was started by root");
	return 0;
}

static int judge(const struct files *files, const struct role_rule *rule, const char *path,
		 const struct stat *st, struct err *err)
{
	if (check_type(rule, st, err) < 0)
		return -1;
	if (rule->must_be_executable && check_executable(files, st, err) < 0)
		return -1;
	return check_permission(files, rule, path, st, err);
}

// What cannot be opened is told apart by what its user must do.
static enum err_kind kind_of_errno(const struct role_rule *rule, int errnum)
{
	if (errnum == EACCES || errnum == EPERM)
		return ERR_REFUSED;
	return rule->must_be_executable ? ERR_HOST : ERR_INPUT;
}

int files_open(const struct files *files, enum open_role role, const char *path, int *out_fd,
	       struct err *err)
{
	const struct role_rule *rule = &rules[role];
	AUTO(fd) int fd = -1;
	struct stat st;

	fd = openat(files->cwd_fd, path, rule->access | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return err_sys_kind(err, kind_of_errno(rule, errno), "cannot open %s '%s'",
				    rule->noun, path);
	if (fstat(fd, &st) < 0)
		return err_sys(err, "cannot look at %s '%s'", rule->noun, path);
	if (judge(files, rule, path, &st, err) < 0)
		return err_context(err, "%s '%s'", rule->noun, path);
	// O_NONBLOCK was for opening; QEMU compares the flags that stay.
	if (fcntl(fd, F_SETFL, 0) < 0)
		return err_sys(err, "cannot make %s '%s' blocking", rule->noun, path);
	*out_fd = take_fd(&fd);
	return 0;
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
	char path[32];
	int reopened;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reopened = open(path, O_RDONLY | O_CLOEXEC);
	if (reopened < 0)
		return err_sys(err, "cannot open a descriptor again for reading");
	*out_fd = reopened;
	return 0;
}
