// SPDX-License-Identifier: Apache-2.0
// Gathers what QEMU inherits. Neither the plan nor the descriptors with it are believed: the front
// that sent them has read what anybody may have written.

#include "jail/inherit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plan/plan_check.h"
#include "plan/qemu_argv.h"

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

// Exactly what others have judged. A kernel may have added F_SEAL_EXEC.
static bool is_sealed(int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	return seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS;
}

static int read_plan(struct plan *plan, int fd, const struct order *order, struct err *err)
{
	struct plan_needs needs;

	if (!is_sealed(fd))
		return err_set(err, ERR_REFUSED, "START: the plan is not a sealed memfd");
	if (pread(fd, plan, sizeof(*plan), 0) != (ssize_t)sizeof(*plan))
		return err_set(err, ERR_REFUSED, "START: the plan cannot be read");
	if (plan_check(plan, err) < 0)
		return -1;
	plan_needs(&needs, plan);
	if (memcmp(&needs, &order->needs, sizeof(needs)) != 0)
		return err_set(err, ERR_REFUSED,
			       "START: the plan needs something else than it said");
	return 0;
}

// QEMU compares access modes of what it gets in an fdset, and a memfd is always open for writing, so
// it gets a description of its own.
static int take_sealed(int given_fd, const char *noun, int *out_fd, struct err *err)
{
	char link[32];

	if (!is_sealed(given_fd))
		return err_set(err, ERR_REFUSED, "START: the %s is not a sealed memfd", noun);
	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", given_fd);
	*out_fd = open(link, O_RDONLY | O_CLOEXEC);
	return *out_fd < 0 ? err_sys(err, "cannot open the %s again for reading", noun) : 0;
}

static int take_disk(int given_fd, const struct plan_disk *disk, int *out_fd, struct err *err)
{
	int flags = fcntl(given_fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(given_fd, &st) < 0 ||
	    (flags & (O_ACCMODE | O_PATH)) != (disk->read_only ? O_RDONLY : O_RDWR) ||
	    (st.st_mode & S_IFMT) != (disk->is_block_device ? S_IFBLK : S_IFREG))
		return err_set(err, ERR_REFUSED, "START: disk '%s' is not what the plan says",
			       disk->serial);
	*out_fd = given_fd;
	return 0;
}

// A rehearsal's /dev/kvm is any file that can be read and written; its library knows it.
static int take_kvm(const struct order *order, int *out_fd, struct err *err)
{
	*out_fd = order->needs.rehearses ? memfd_create("kvm", MFD_CLOEXEC) : order->fds[ORDER_KVM];
	return *out_fd < 0 ? err_sys(err, "cannot make a memory file") : 0;
}

// Where descriptors are taken from.
struct source {
	const struct plan *plan;
	const struct order *order;
	const int *given; // the front's next one
};

// Takes what a row of the layout is about.
static int take(int *out_fd, const struct layout_fd *what, struct source *from, struct err *err)
{
	const int *opened = from->order->fds; // by the launcher

	switch (what->source) {
	case FD_SOCKET:
	case FD_ACCOUNT:
		*out_fd = *from->given++;
		return 0;
	case FD_SEALED:
		return take_sealed(*from->given++, what->noun, out_fd, err);
	case FD_DISK:
		return take_disk(*from->given++, &from->plan->disks[what->index], out_fd, err);
	case FD_KVM:
		return take_kvm(from->order, out_fd, err);
	case FD_VSOCK:
		*out_fd = opened[ORDER_VSOCK];
		return 0;
	case FD_LIBRARY:
		*out_fd = opened[ORDER_LIBRARY];
		return 0;
	case FD_TAP:
	default:
		*out_fd = opened[ORDER_TAPS + what->index];
		return 0;
	}
}

static bool is_given(enum fd_source source)
{
	return source == FD_SOCKET || source == FD_SEALED || source == FD_ACCOUNT ||
	       source == FD_DISK;
}

// 'n_before' of the front's descriptors are not QEMU's.
static int gather(struct inheritance *heritage, const struct plan *plan, const struct order *order,
		  size_t n_before, struct err *err)
{
	const struct layout layout = layout_of(plan);
	struct source from = { plan, order, order->fds + ORDER_GIVEN + n_before };
	size_t n = n_before;

	qemu_environment(&heritage->environment, plan);
	heritage->library_fd = layout.library;
	heritage->n_fds = (size_t)(layout.end - LAYOUT_FIRST_FD);
	for (size_t i = 0; i < heritage->n_fds; i++)
		n += is_given(layout.fds[i].source);
	if (order->n_given != n)
		return err_set(err, ERR_REFUSED, "START: %zu descriptors instead of %zu",
			       order->n_given, n);
	for (size_t i = 0; i < heritage->n_fds; i++)
		if (take(&heritage->fds[i], &layout.fds[i], &from, err) < 0)
			return -1;
	return 0;
}

int inherit(struct inheritance *heritage, const struct order *order, struct err *err)
{
	static struct plan plan; // large
	const int *given = order->fds + ORDER_GIVEN;
	bool is_guest = order->needs.level != LEVEL_UNSET;

	heritage->stderr_fd = given[START_FD_STDERR];
	if (!is_guest) {
		plan.accel = order->needs.accel;
		plan.kvm_by_path = order->needs.kvm_by_path;
		plan.rehearses = order->needs.rehearses;
		qemu_argv_probe(&heritage->argv, plan.accel, plan.kvm_by_path);
		return gather(heritage, &plan, order, START_FD_STDERR + 1, err);
	}
	if (read_plan(&plan, given[START_FD_PLAN], order, err) < 0)
		return -1;
	qemu_argv(&heritage->argv, &plan);
	return gather(heritage, &plan, order, START_FD_PLAN + 1, err);
}
