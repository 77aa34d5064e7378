// SPDX-License-Identifier: Apache-2.0
// Makes and removes the guest's control group.

#include "launcher/cgroup.h"

#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/auto.h"
#include "base/log.h"

// How long the kernel may take to end what cgroup.kill killed.
#define TRIES 100
#define TRY_US 10000

static int write_at(int dir_fd, const char *name, const char *text)
{
	AUTO(fd) int fd = openat(dir_fd, name, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -1 : 0;
}

// The launcher's own cgroup, from the line "0::/path". The root is nobody's own.
static void read_own(char *path, size_t size)
{
	char text[PATH_MAX] = "";
	AUTO(fd) int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	const char *own = n > 0 ? strstr(text, "0::/") : NULL;

	(void)snprintf(path, size, "%s", own == NULL ? "" : own + 3);
	path[strcspn(path, "\n")] = '\0';
}

static int open_parent(const char *path)
{
	// Beside version 1, version 2 is mounted one folder down.
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < ARRAY_LEN(mounts); i++) {
		char full[2 * PATH_MAX];
		struct statfs fs;
		AUTO(fd) int fd = -1;

		(void)snprintf(full, sizeof(full), "%s%s", mounts[i], path);
		fd = open(full, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC)
			return take_fd(&fd);
	}
	return -1;
}

void cgroup_init(struct cgroup *cgroup)
{
	*cgroup = (struct cgroup){ .parent_fd = -1, .fd = -1, .kill_fd = -1 };
}

void cgroup_release(struct cgroup *cgroup)
{
	if (cgroup->fd >= 0) {
		(void)!write(cgroup->kill_fd, "1", 1); // else removing it fails
		for (int i = 0; i < TRIES; i++) {
			if (unlinkat(cgroup->parent_fd, cgroup->name, AT_REMOVEDIR) == 0 ||
			    errno != EBUSY)
				break;
			(void)usleep(TRY_US);
		}
	}
	close_fd(&cgroup->kill_fd);
	close_fd(&cgroup->fd);
	close_fd(&cgroup->parent_fd);
}

static void limit(const struct cgroup *cgroup, const struct host_policy *policy, const char *file,
		  uint64_t value, const char *prefix)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%s%" PRIu64, prefix, value);
	if (write_at(cgroup->fd, file, text) < 0 && policy->cgroup[0] != '\0')
		log_warning("cgroup '%s': %s is not limited: its controller is not there (%s)",
			    policy->cgroup, file, strerror(errno));
}

static void set_limits(const struct cgroup *cgroup, const struct host_policy *policy,
		       const struct plan_needs *needs)
{
	uint64_t memory_mib = (uint64_t)needs->memory_mib + policy->memory_overhead_mib;

	limit(cgroup, policy, "memory.max", memory_mib << 20, "");
	limit(cgroup, policy, "memory.oom.group", 1, "");
	limit(cgroup, policy, "pids.max", needs->vcpus + CGROUP_THREADS_BESIDE_VCPUS, "");
	if (policy->limit_asids && needs->level > LEVEL_OFF) // sev-snp uses SEV-ES's
		limit(cgroup, policy, "misc.max", 1,
		      needs->level == LEVEL_SEV ? "sev " : "sev_es ");
}

// Below a cgroup that has threads or processes of its own, Linux may let nobody into a new one.
static bool takes_processes(int fd)
{
	char type[16] = "";
	AUTO(fd) int type_fd = openat(fd, "cgroup.type", O_RDONLY | O_CLOEXEC);

	return type_fd >= 0 && read(type_fd, type, sizeof(type) - 1) > 0 &&
	       strcmp(type, "domain\n") == 0;
}

int cgroup_make(struct cgroup *cgroup, const struct host_policy *policy,
		const struct plan_needs *needs, struct err *err)
{
	static const char *const controllers[] = { "+memory", "+pids", "+misc" };
	bool is_asked = policy->cgroup[0] != '\0';
	char own[PATH_MAX];

	read_own(own, sizeof(own));
	if (!is_asked && strlen(own) < 2)
		return 0;
	cgroup->parent_fd = open_parent(is_asked ? policy->cgroup : own);
	(void)snprintf(cgroup->name, sizeof(cgroup->name), "snplaunch-%s", needs->name);
	// In the launcher's own cgroup, which has a process, that would make its children threaded.
	for (size_t i = 0; is_asked && i < ARRAY_LEN(controllers); i++) // those that are there
		(void)write_at(cgroup->parent_fd, "cgroup.subtree_control", controllers[i]);
	// One that is there is of a launcher that was killed, as the name is ours. Where cgroup.kill
	// was used once, Linux kills whatever is born into it (6.12 at least), so it is made anew.
	(void)unlinkat(cgroup->parent_fd, cgroup->name, AT_REMOVEDIR);
	if (mkdirat(cgroup->parent_fd, cgroup->name, 0755) == 0)
		cgroup->fd = openat(cgroup->parent_fd, cgroup->name,
				    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (cgroup->fd >= 0 && !takes_processes(cgroup->fd)) {
		cgroup_release(cgroup);
		errno = EOPNOTSUPP;
	}
	if (cgroup->fd < 0) {
		close_fd(&cgroup->parent_fd);
		return !is_asked ? 0 :
				   err_sys_kind(err, ERR_HOST,
						"cannot make '%s' in the host policy's cgroup '%s'",
						cgroup->name, policy->cgroup);
	}
	cgroup->kill_fd = openat(cgroup->fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	set_limits(cgroup, policy, needs);
	return 0;
}
