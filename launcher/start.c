// SPDX-License-Identifier: Apache-2.0
// Gathers what QEMU inherits: artifacts and disks from the front, devices and sockets of our own.

#include "launcher/start.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/mem.h"
#include "launcher/plan_check.h"
#include "launcher/qemu_argv.h"

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define QEMU_FDS_MAX (PLAN_FDS_MAX + START_FDS_MAX + PLAN_NETWORKS_MAX + 2)

// Descriptors for QEMU by their number minus LAYOUT_FIRST_FD. Owns them all.
struct inheritance {
	int fds[QEMU_FDS_MAX];
	size_t n;
};

static void inheritance_release(struct inheritance *inheritance)
{
	for (size_t i = 0; i < inheritance->n; i++)
		close_fd(&inheritance->fds[i]);
	inheritance->n = 0;
}

DEFINE_AUTO(inheritance, struct inheritance, inheritance_release);

// Takes over *fd as QEMU's number 'number', which layout_of() gives out in order.
static int inherit(struct inheritance *inheritance, int number, int *fd, struct err *err)
{
	if (number != LAYOUT_FIRST_FD + (int)inheritance->n || inheritance->n == QEMU_FDS_MAX)
		return err_set(err, ERR_BUG, "descriptor %d for QEMU is out of order", number);
	inheritance->fds[inheritance->n++] = take_fd(fd);
	return 0;
}

// One end of a new stream socket pair for QEMU, the other for the front.
static int inherit_socket(struct inheritance *inheritance, int number, struct wire_message *reply,
			  struct err *err)
{
	int ends[2];

	if (number < 0)
		return 0;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return err_sys(err, "cannot make a socket pair");
	reply->fds[reply->n_fds++] = ends[0];
	return inherit(inheritance, number, &ends[1], err);
}

static int inherit_kvm(struct inheritance *inheritance, int number, struct err *err)
{
	AUTO(fd) int fd = -1;

	if (number < 0)
		return 0;
	if (files_open_kvm(&fd, err) < 0)
		return -1;
	return inherit(inheritance, number, &fd, err);
}

static int inherit_vsock(struct inheritance *inheritance, int number, struct err *err)
{
	AUTO(fd) int fd = -1;

	if (number < 0)
		return 0;
	fd = open("/dev/vhost-vsock", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return err_sys_kind(err, errno == ENOENT ? ERR_HOST : ERR_REFUSED,
				    "cannot open '/dev/vhost-vsock' for vsock_cid");
	return inherit(inheritance, number, &fd, err);
}

static int open_tap(const struct plan_network *network, int *out_fd, struct err *err)
{
	AUTO(fd) int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

	// Attaching would make a device that does not exist; only one that somebody set up is meant.
	if (if_nametoindex(network->device) == 0)
		return err_sys_kind(err, ERR_HOST, "there is no tap device '%s'", network->device);
	if (fd < 0)
		return err_sys_kind(err, ERR_HOST, "cannot open '/dev/net/tun'");
	memcpy(request.ifr_name, network->device, sizeof(request.ifr_name));
	if (ioctl(fd, TUNSETIFF, &request) < 0)
		return err_sys_kind(err, ERR_HOST, "cannot attach to tap device '%s'",
				    network->device);
	*out_fd = take_fd(&fd);
	return 0;
}

static int inherit_networks(struct inheritance *inheritance, const struct plan *plan,
			    const struct layout *layout, struct err *err)
{
	for (size_t i = 0; i < plan->n_networks; i++) {
		AUTO(fd) int fd = -1;

		if (open_tap(&plan->networks[i], &fd, err) < 0 ||
		    inherit(inheritance, layout->networks[i], &fd, err) < 0)
			return -1;
	}
	return 0;
}

static int check_sealed(int fd, const char *what, struct err *err)
{
	int seals = fcntl(fd, F_GET_SEALS);

	// A kernel may have added F_SEAL_EXEC.
	if (seals < 0 || (seals & ALL_SEALS) != ALL_SEALS)
		return err_set(err, ERR_REFUSED, "START: the %s is not a sealed memfd", what);
	return 0;
}

static int check_disk(int fd, const struct plan_disk *disk, struct err *err)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(fd, &st) < 0)
		return err_sys(err, "START: cannot look at disk '%s'", disk->serial);
	if ((flags & (O_ACCMODE | O_PATH)) != (disk->read_only ? O_RDONLY : O_RDWR) ||
	    (st.st_mode & S_IFMT) != (disk->is_block_device ? S_IFBLK : S_IFREG))
		return err_set(err, ERR_REFUSED, "START: disk '%s' is not what the plan says",
			       disk->serial);
	return 0;
}

// Artifacts are sealed; a disk is open the way the plan says. QEMU compares access modes of what it
// gets in an fdset, and a memfd is always open for writing, so flash gets a description of its own.
static int inherit_from_front(struct inheritance *inheritance, const struct plan *plan,
			      const struct wire_message *request, struct err *err)
{
	static const char *const nouns[] = {
		[PLAN_FD_FIRMWARE] = "firmware", [PLAN_FD_KERNEL] = "kernel",
		[PLAN_FD_INITRD] = "initrd",	 [PLAN_FD_DH_CERT] = "dh_cert",
		[PLAN_FD_SESSION] = "session",
	};
	enum plan_fd_role roles[PLAN_FDS_MAX];
	size_t n = plan_fd_roles(plan, roles);
	size_t n_disks = 0;

	if (request->n_fds != n)
		return err_set(err, ERR_REFUSED, "START: %zu descriptors instead of %zu",
			       request->n_fds, n);
	for (size_t i = 0; i < n; i++) {
		AUTO(fd) int fd = -1;
		int source = request->fds[i];

		if (roles[i] == PLAN_FD_DISK ?
			    check_disk(source, &plan->disks[n_disks++], err) < 0 :
			    check_sealed(source, nouns[roles[i]], err) < 0)
			return -1;
		if (roles[i] == PLAN_FD_DISK)
			fd = fcntl(source, F_DUPFD_CLOEXEC, 0);
		else if (files_reopen_read_only(source, &fd, err) < 0)
			return -1;
		if (fd < 0)
			return err_sys(err, "cannot copy a descriptor");
		if (inherit(inheritance, LAYOUT_FIRST_FD + (int)inheritance->n, &fd, err) < 0)
			return -1;
	}
	return 0;
}

static int gather(struct inheritance *inheritance, const struct plan *plan,
		  const struct wire_message *request, struct wire_message *reply, struct err *err)
{
	struct layout layout = layout_of(plan);

	if (inherit_socket(inheritance, layout.qmp, reply, err) < 0)
		return -1;
	if (inherit_socket(inheritance, layout.console, reply, err) < 0 ||
	    inherit_socket(inheritance, layout.firmware_log, reply, err) < 0 ||
	    inherit_kvm(inheritance, layout.kvm, err) < 0 ||
	    inherit_vsock(inheritance, layout.vsock, err) < 0 ||
	    inherit_from_front(inheritance, plan, request, err) < 0 ||
	    inherit_networks(inheritance, plan, &layout, err) < 0)
		return -1;
	if (LAYOUT_FIRST_FD + (int)inheritance->n != layout.end)
		return err_set(err, ERR_BUG, "QEMU's descriptors do not match its command line");
	return 0;
}

// QEMU's standard output and error, whose other end goes to the front as the last descriptor.
static int make_stderr(int *out_fd, struct wire_message *reply, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(err, "cannot make a pipe");
	reply->fds[reply->n_fds++] = ends[0];
	*out_fd = ends[1];
	return 0;
}

static int execute(struct monitor *monitor, const struct argv *argv,
		   const struct inheritance *inheritance, struct wire_message *reply,
		   struct err *err)
{
	AUTO(fd) int stderr_fd = -1;
	struct qemu_start start = {
		.exe_fd = monitor->exe_fd,
		.argv = argv,
		.fds = inheritance->fds,
		.n_fds = inheritance->n,
	};

	if (monitor->exe_fd < 0)
		return err_set(err, ERR_BUG, "no QEMU was opened before it was to be started");
	if (make_stderr(&stderr_fd, reply, err) < 0)
		return -1;
	start.stderr_fd = stderr_fd;
	return spawn_qemu(&monitor->qemu, &start, err);
}

int start_probe(struct monitor *monitor, const struct request_probe *probe,
		struct wire_message *reply, struct err *err)
{
	AUTO(inheritance) struct inheritance inheritance = { 0 };
	AUTO(argv) struct argv argv = { 0 };

	if ((probe->accel != ACCEL_KVM && probe->accel != ACCEL_TCG) || probe->kvm_by_path > 1)
		return err_set(err, ERR_REFUSED, "PROBE with unknown accelerator %u", probe->accel);
	if (inherit_socket(&inheritance, LAYOUT_FIRST_FD, reply, err) < 0)
		return -1;
	if (probe->accel == ACCEL_KVM && !probe->kvm_by_path &&
	    inherit_kvm(&inheritance, LAYOUT_FIRST_FD + 1, err) < 0)
		return -1;
	qemu_argv_probe(&argv, (enum accel)probe->accel, probe->kvm_by_path);
	return execute(monitor, &argv, &inheritance, reply, err);
}

int start_guest(struct monitor *monitor, const struct wire_message *request,
		struct wire_message *reply, struct err *err)
{
	AUTO(inheritance) struct inheritance inheritance = { 0 };
	AUTO(argv) struct argv argv = { 0 };
	AUTO(mem) struct plan *plan = mem_zeroed(1, sizeof(*plan));

	memcpy(plan, request->payload, sizeof(*plan));
	if (plan_check(plan, err) < 0)
		return -1;
	if (monitor->runtime.dir_fd < 0 || strcmp(monitor->runtime.name, plan->name) != 0)
		return err_set(err, ERR_REFUSED, "START: the name '%s' is not claimed", plan->name);
	if (gather(&inheritance, plan, request, reply, err) < 0)
		return -1;
	qemu_argv(&argv, plan);
	return execute(monitor, &argv, &inheritance, reply, err);
}
