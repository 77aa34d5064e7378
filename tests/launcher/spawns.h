/* SPDX-License-Identifier: Apache-2.0 */
/* Programs to be started instead of QEMU, in the jail, and what they leave behind. */
#ifndef SNPLAUNCH_TESTS_LAUNCHER_SPAWNS_H
#define SNPLAUNCH_TESTS_LAUNCHER_SPAWNS_H

#include "tests/base/process.h"

#include <limits.h>
#include <stdarg.h>
#include <sys/mman.h>

#include "base/argv.h"
#include "launcher/spawn.h"
#include "plan/plan_needs.h"
#include "tests/plan/plans.h"

/* From the folder of the test to the programs that it needs. */
#define JAIL "../../snplaunch-jail"
#define INMATE "inmate"

/* A start of a program with a pipe for what it prints. Owner: caller, spawned_release(). */
struct spawned {
	struct child init;
	struct argv
		acts; /* what the inmate is to do: the plan's kernel command line, a line each */
	struct plan plan;
	struct order order;
	struct host_policy policy;
	struct qemu_start start;
	int jail_fd;
	int exe_fd;
	int given[4]; /* the plan, QMP, firmware and kernel */
	int stderr_ends[2];
	struct err err;
	int result;
};

/* The path of a program that was built with this one, until the next call. */
static inline const char *find_program(const char *name)
{
	static char path[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - NAME_MAX);

	if (len <= 0)
		abort();
	path[len] = '\0';
	(void)snprintf(strrchr(path, '/') + 1, NAME_MAX, "%s", name);
	return path;
}

static inline int spawned_file(void)
{
	int fd = memfd_create("artifact", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		abort();
	return fd;
}

/* One more of the front's descriptors, which stays the caller's. */
static inline void spawned_give(struct spawned *spawned, int fd)
{
	spawned->order.fds[ORDER_GIVEN + spawned->order.n_given++] = fd;
}

/* Asserts nothing, so that it works in run_as_user() too, with programs that root has opened. */
static inline void spawned_init_with(struct spawned *spawned, int jail_fd, int exe_fd)
{
	*spawned =
		(struct spawned){ .jail_fd = jail_fd, .exe_fd = exe_fd, .stderr_ends = { -1, -1 } };
	child_init(&spawned->init);
	if (pipe2(spawned->stderr_ends, O_CLOEXEC) < 0)
		abort();
	if (host_policy_accept(&spawned->policy, &spawned->err) < 0)
		abort();
	plan_fill_small(&spawned->plan);
	spawned->plan.has_kernel = 1;
	spawned->plan.has_cmdline = 1;
	memset(spawned->order.fds, 0xff, sizeof(spawned->order.fds));
	spawned->order.fds[ORDER_EXE] = exe_fd;
	spawned->given[0] = memfd_create("plan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	spawned->given[1] = open("/dev/null", O_RDWR | O_CLOEXEC);
	spawned->given[2] = spawned_file();
	spawned->given[3] = spawned_file();
	spawned_give(spawned, spawned->stderr_ends[1]);
	for (size_t i = 0; i < ARRAY_LEN(spawned->given); i++)
		spawned_give(spawned, spawned->given[i]);
	spawned->start = (struct qemu_start){ .order = &spawned->order,
					      .policy = &spawned->policy,
					      .jail_fd = jail_fd,
					      .cgroup_fd = -1 };
}

/* As if with KVM. */
static inline void spawned_use_kvm(struct spawned *spawned)
{
	spawned->plan.accel = ACCEL_KVM;
	spawned->order.fds[ORDER_KVM] = spawned->given[1];
}

static inline void spawned_init(struct spawned *spawned, const char *exe)
{
	int exe_fd = open(exe, O_RDONLY | O_CLOEXEC);

	spawned_init_with(spawned, open(find_program(JAIL), O_PATH | O_CLOEXEC), exe_fd);
}

static inline void spawned_run(struct spawned *spawned)
{
	struct plan *plan = &spawned->plan;
	size_t len = 0;

	for (size_t i = 0; i < spawned->acts.n; i++)
		len += (size_t)snprintf(plan->cmdline + len, sizeof(plan->cmdline) - len, "%s\n",
					spawned->acts.items[i]);
	plan_needs(&spawned->order.needs, plan);
	if (pwrite(spawned->given[0], plan, sizeof(*plan), 0) < 0 && spawned->given[0] >= 0)
		abort();
	(void)fcntl(spawned->given[0], F_ADD_SEALS,
		    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	spawned->result = spawn_qemu(&spawned->init, &spawned->start, &spawned->err);
	close_fd(&spawned->stderr_ends[1]);
}

/* Pushes what the inmate is to do, up to a NULL. */
static inline void spawned_tell(struct spawned *spawned, const char *act, ...)
{
	va_list acts;

	va_start(acts, act);
	for (; act != NULL; act = va_arg(acts, const char *))
		argv_push(&spawned->acts, act);
	va_end(acts);
}

static inline void spawned_release(struct spawned *spawned)
{
	child_release(&spawned->init);
	argv_release(&spawned->acts);
	for (size_t i = 0; i < ARRAY_LEN(spawned->given); i++)
		close_fd(&spawned->given[i]);
	close_fd(&spawned->jail_fd);
	close_fd(&spawned->exe_fd);
	close_fd(&spawned->stderr_ends[0]);
	close_fd(&spawned->stderr_ends[1]);
}

/* How QEMU ended, when it has. Its init stays to be reaped. */
static inline struct notice_gone spawned_gone(const struct spawned *spawned)
{
	siginfo_t info = { 0 };

	(void)waitid(P_PID, (id_t)spawned->init.pid, &info, WEXITED | WNOWAIT);
	return spawn_outcome(&info);
}

static inline size_t read_all(int fd, char *text, size_t size)
{
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && (n = read(fd, text + len, size - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return len;
}

/* False where this kernel lacks a layer of the jail, which the launcher says too. */
static inline bool can_start_qemu(const char *group)
{
	static const char told[] = "confinement layer '";
	struct spawned spawned;
	bool can;

	spawned_init(&spawned, find_program(INMATE));
	spawned_run(&spawned);
	can = spawned.result == 0 || strstr(spawned.err.text, told) == NULL;
	if (!can)
		print_message("[  SKIPPED ] %s: %s\n", group, spawned.err.text);
	spawned_release(&spawned);
	return can;
}

#endif
