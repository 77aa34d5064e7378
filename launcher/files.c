// SPDX-License-Identifier: Apache-2.0
// Opens files by rule: looks at the object, judges it, and opens that very object.

#include "launcher/files.h"

#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include "base/log.h"
#include "launcher/request.h"
#include "launcher/runtime.h"
#include "launcher/spawn.h"

// What leads from a descriptor to its object.
#define LINK_FORMAT "/proc/self/fd/%d"
#define LINK_SIZE 32

// File systems whose files are windows into the kernel or a process.
static const __fsword_t pseudo_filesystems[] = {
	PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC,
};

// By the type's bits in st_mode.
static const char *const type_words[(S_IFMT >> 12) + 1] = {
	[S_IFIFO >> 12] = "a fifo",	 [S_IFCHR >> 12] = "a character device",
	[S_IFDIR >> 12] = "a directory", [S_IFBLK >> 12] = "a block device",
	[S_IFSOCK >> 12] = "a socket",
};

const char *files_value_of(const char *option, char *const *at)
{
	size_t len = strlen(option);

	if (len == 0)
		return at[0];
	if (strcmp(option, "=") == 0)
		return strchr(at[0], '=') == NULL ? NULL : strchr(at[0], '=') + 1;
	if (strncmp(at[0], option, len) != 0)
		return NULL;
	if (at[0][len] == '=')
		return at[0] + len + 1;
	return at[0][len] == '\0' ? at[1] : NULL;
}

bool files_is_named(const struct files *files, const struct file_rule *rule, const char *path)
{
	char quoted[REQUEST_PATH_SIZE + 2];

	(void)snprintf(quoted, sizeof(quoted), "\"%s\"", path);
	for (char *const *at = files->argv; *at != NULL; at++)
		for (const char *const *option = rule->options; *option != NULL; option++) {
			const char *value = files_value_of(*option, at);

			if (value != NULL && (strcmp(value, path) == 0 ||
					      (value[0] == '{' && strstr(value, quoted) != NULL)))
				return true;
		}
	return false;
}

// Opens the object of a descriptor once more. Never waits, not even for somebody's lease; O_NONBLOCK
// was for that alone, so the new description does not have it.
static int reopen(int fd, int access)
{
	char link[LINK_SIZE];
	int reopened;

	(void)snprintf(link, sizeof(link), LINK_FORMAT, fd);
	reopened = open(link, access | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (reopened >= 0 && fcntl(reopened, F_SETFL, 0) < 0)
		close_fd(&reopened);
	return reopened;
}

static int judge(const struct files *files, const struct file_rule *rule, int fd, struct err *err)
{
	const char *word;
	struct stat st;
	struct statfs fs;

	if (fstat(fd, &st) < 0 || fstatfs(fd, &fs) < 0)
		return err_sys(err, "cannot look at it");
	word = type_words[(st.st_mode & S_IFMT) >> 12];
	if (!S_ISREG(st.st_mode) && !(rule->may_be_block_device && S_ISBLK(st.st_mode)))
		return err_set(err, ERR_INPUT, "is %s, not a regular file%s",
			       word == NULL ? "of an unknown type" : word,
			       rule->may_be_block_device ? " or block device" : "");
	for (size_t i = 0; i < ARRAY_LEN(pseudo_filesystems); i++)
		if (fs.f_type == pseudo_filesystems[i])
			return err_set(err, ERR_INPUT, "is no stored file");
	if (rule->is_program && (st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		return err_set(err, ERR_HOST, "is not executable");
	if (rule->is_program && files->privileged && files->policy->n_qemu == 0 &&
	    (st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0))
		return err_set(err, ERR_REFUSED,
			       "must belong to root and be writable by nobody else");
	return 0;
}

// Whether 'path' is one of the list, continued by 'next'; anything is in an empty one.
static bool is_listed(const char (*list)[HOST_POLICY_PATH_SIZE], uint32_t n, const char *path,
		      char next)
{
	for (uint32_t i = 0; i < n; i++)
		if (strncmp(path, list[i], strlen(list[i])) == 0 && path[strlen(list[i])] == next)
			return true;
	return n == 0;
}

// By the object's own path, whatever name it was asked for. That of a removed one has a suffix.
static int check_policy(const struct host_policy *policy, const struct file_rule *rule, int fd,
			struct err *err)
{
	char link[LINK_SIZE];
	char path[PATH_MAX] = "";
	const char *key = NULL;

	(void)snprintf(link, sizeof(link), LINK_FORMAT, fd);
	if (readlink(link, path, sizeof(path) - 1) < 0)
		return err_sys(err, "cannot find out where it lies");
	if (rule->is_program && !is_listed(policy->qemu, policy->n_qemu, path, '\0'))
		key = "qemu";
	if (rule->is_artifact &&
	    !is_listed(policy->artifact_directories, policy->n_artifact_directories, path, '/'))
		key = "artifact_directories";
	if (key == NULL)
		return 0;
	(void)err_set(err, ERR_REFUSED, "'%s' is not listed: take what is", path);
	return host_policy_blame(policy, key, err);
}

// What cannot be opened is told apart by what its user must do.
static int cannot_open(const struct file_rule *rule, const char *path, struct err *err)
{
	enum err_kind kind = rule->is_program ? ERR_HOST : ERR_INPUT;

	if (errno == EACCES || errno == EPERM)
		kind = ERR_REFUSED;
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		kind = ERR_BUSY;
	return err_sys_kind(err, kind, "cannot open %s '%s'", rule->noun, path);
}

// First only looks at the object, because opening some has effects; then opens that very object.
static int look_and_open(const struct files *files, const struct file_rule *rule, const char *path,
			 uint64_t resolve, int *out_fd, struct err *err)
{
	struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = resolve };
	AUTO(fd) int seen_fd = (int)syscall(SYS_openat2, files->cwd_fd, path, &how, sizeof(how));

	if (seen_fd < 0)
		return cannot_open(rule, path, err);
	if (judge(files, rule, seen_fd, err) < 0)
		return err_context(err, "%s '%s'", rule->noun, path);
	if (check_policy(files->policy, rule, seen_fd, err) < 0) {
		(void)err_context(err, "%s '%s'", rule->noun, path);
		if (files->privileged)
			return -1;
		log_warning("%s", err->text); // a user could start QEMU without us
	}
	*out_fd = reopen(seen_fd, rule->access);
	return *out_fd < 0 ? cannot_open(rule, path, err) : 0;
}

static int as_front(const struct files *files, bool wanted)
{
	uid_t id = wanted ? files->policy->front_uid : geteuid();

	// Root's groups would open what they may read. Root never misses them.
	if (getgroups(0, NULL) != 0 && setgroups(0, NULL) < 0)
		return -1;
	(void)setfsgid(wanted ? id : getegid());
	(void)setfsuid(id); // tells the old one; whether it worked is asked below
	return (uid_t)setfsuid((uid_t)-1) == id ? 0 : -1;
}

int files_open(const struct files *files, const struct file_rule *rule, const char *path,
	       int *out_fd, struct err *err)
{
	struct err ignored;
	int result;

	if (!files->privileged || files_is_named(files, rule, path))
		return look_and_open(files, rule, path, 0, out_fd, err);
	if (rule->must_be_named)
		return err_set(err, ERR_REFUSED,
			       "%s '%s': is only opened when its path stands in the command line, "
			       "because snplaunch was started by root",
			       rule->noun, path);
	// What root did not name is opened with no more rights than the front has.
	if (as_front(files, true) < 0)
		return err_set(err, ERR_BUG, "cannot give up the rights of root to open a file");
	result = look_and_open(files, rule, path, RESOLVE_NO_MAGICLINKS, out_fd, err);
	if (as_front(files, false) < 0)
		abort(); // what follows would fail in ways that nobody could explain
	// The host policy names its directories. Of what lies elsewhere the front learns nothing new.
	if (result < 0 && err->errnum == EACCES && rule->is_artifact &&
	    files->policy->n_artifact_directories > 0 &&
	    look_and_open(files, rule, path, RESOLVE_NO_MAGICLINKS, out_fd, &ignored) == 0)
		return 0;
	if (result < 0 && err->kind == ERR_REFUSED)
		return err_context(err, "what the command line does not name is opened as an "
					"unprivileged user");
	return result;
}

int files_create(const struct files *files, const struct file_rule *rule, const char *path,
		 int *out_fd, struct err *err)
{
	const int flags = rule->access | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	AUTO(fd) int fd = -1;

	if (!files_is_named(files, rule, path))
		return err_set(err, ERR_REFUSED, "%s '%s': is not in the command line", rule->noun,
			       path);
	fd = openat(files->cwd_fd, path, flags, 0600);
	if (fd < 0)
		return cannot_open(rule, path, err);
	if (judge(files, rule, fd, err) < 0)
		return err_context(err, "%s '%s'", rule->noun, path);
	*out_fd = take_fd(&fd);
	return 0;
}

int files_open_policy(int *out_fd, struct err *err)
{
	*out_fd = -1;
	for (enum place place = PLACE_POLICY; place <= PLACE_ROOTS_POLICY; place++) {
		if (place_open_file(place, "policy.json", out_fd, err) == 0)
			return 0;
		if (err->errnum == ENOENT)
			continue;
		err->kind = ERR_REFUSED; // whatever is wrong: without it more would be allowed
		return err_context(err, "host policy (must be a regular file, it and its directory "
					"writable by root alone, or by you too where HOME or "
					"XDG_CONFIG_HOME leads to it: see chown and chmod)");
	}
	return 0;
}

int files_open_kvm(int *out_fd, struct err *err)
{
	*out_fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	if (*out_fd < 0 && errno == ENOENT)
		return err_sys_kind(
			err, ERR_HOST,
			"there is no '/dev/kvm': enable SVM in the BIOS and load kvm_amd");
	if (*out_fd < 0)
		return err_sys_kind(
			err, ERR_REFUSED,
			"cannot open '/dev/kvm': join the group kvm, or use --accel tcg");
	return 0;
}

int files_open_console(int *out_fd, struct err *err)
{
	struct stat st;

	*out_fd = -1;
	if (fstat(STDOUT_FILENO, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)))
		*out_fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*out_fd < 0) // not of that kind, or somebody else's
		*out_fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
	return *out_fd < 0 ? err_sys(err, "cannot copy standard output") : 0;
}

int files_open_beside(const char *name, int *out_fd, struct err *err)
{
	char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - NAME_MAX);

	if (len <= 0 || path[0] != '/')
		return err_sys(err, "cannot find out where this program lies");
	path[len] = '\0';
	(void)snprintf(strrchr(path, '/') + 1, NAME_MAX, "%s", name);
	*out_fd = open(path, O_PATH | O_CLOEXEC);
	if (*out_fd < 0)
		return err_sys_kind(err, ERR_HOST, "cannot find snplaunch's '%s'", path);
	return 0;
}
