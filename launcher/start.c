// SPDX-License-Identifier: Apache-2.0
// Gathers what QEMU inherits, from where the layout says: sockets and devices of our own, artifacts
// and disks from the front, which is not believed. A probe is a start from a plan that says only how
// the machine is run.

#include "launcher/start.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "confine/layers.h"
#include "launcher/devices.h"
#include "launcher/layout.h"
#include "launcher/plan_check.h"
#include "launcher/qemu_argv.h"

// What a guest's process shows as its name until QEMU replaces it.
#define JAIL_NAME "snplaunch-jail"
#define MEMLOCK_BESIDE_GUEST_MIB 64
#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

// What a QEMU is started from, and the descriptors that it gets. Owns these; borrows the rest.
struct inheritance {
	const struct plan *plan;
	struct layout layout; // of that plan
	int *offered;	      // those of the front that are still to be taken
	struct wire_message *reply;
	struct order order;
};

static void inheritance_release(struct inheritance *given)
{
	while (given->order.n_fds > 0)
		close_fd(&given->order.fds[--given->order.n_fds]);
}

DEFINE_AUTO(inheritance, struct inheritance, inheritance_release);

// A socket, or a pipe for what only goes out, from QEMU to the front.
static int connect_front(struct inheritance *given, bool both_ways, int *out_fd, struct err *err)
{
	int ends[2];
	int result = both_ways ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) :
				 pipe2(ends, O_CLOEXEC);

	if (result < 0)
		return err_sys(err, "cannot connect QEMU to the front");
	given->reply->fds[given->reply->n_fds++] = ends[0];
	*out_fd = ends[1];
	return 0;
}

static int open_vsock(int *out_fd, struct err *err)
{
	*out_fd = open("/dev/vhost-vsock", O_RDWR | O_CLOEXEC);
	if (*out_fd < 0)
		return err_sys_kind(err, errno == ENOENT ? ERR_HOST : ERR_REFUSED,
				    "cannot open '/dev/vhost-vsock' for vsock_cid");
	return 0;
}

static int open_tap(const struct plan_network *network, int *out_fd, struct err *err)
{
	AUTO(fd) int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

	// Attaching would make a device that does not exist; only one that somebody set up is meant.
	if (if_nametoindex(network->device) == 0)
		return err_sys_kind(err, ERR_HOST, "there is no tap device '%s'", network->device);
	memcpy(request.ifr_name, network->device, sizeof(request.ifr_name));
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0)
		return err_sys_kind(err, ERR_HOST,
				    "cannot attach to tap device '%s' through '/dev/net/tun'",
				    network->device);
	*out_fd = take_fd(&fd);
	return 0;
}

// QEMU compares access modes of what it gets in an fdset, and a memfd is always open for writing, so
// it gets a description of its own.
static int take_sealed(int offered_fd, const char *noun, int *out_fd, struct err *err)
{
	int seals = fcntl(offered_fd, F_GET_SEALS);

	// A kernel may have added F_SEAL_EXEC.
	if (seals < 0 || (seals & ALL_SEALS) != ALL_SEALS)
		return err_set(err, ERR_REFUSED, "START: the %s is not a sealed memfd", noun);
	return files_reopen_read_only(offered_fd, out_fd, err);
}

static int take_disk(int *offered_fd, const struct plan_disk *disk, int *out_fd, struct err *err)
{
	int flags = fcntl(*offered_fd, F_GETFL);
	struct stat st;

	if (flags < 0 || fstat(*offered_fd, &st) < 0 ||
	    (flags & (O_ACCMODE | O_PATH)) != (disk->read_only ? O_RDONLY : O_RDWR) ||
	    (st.st_mode & S_IFMT) != (disk->is_block_device ? S_IFBLK : S_IFREG))
		return err_set(err, ERR_REFUSED, "START: disk '%s' is not what the plan says",
			       disk->serial);
	*out_fd = take_fd(offered_fd);
	return 0;
}

static int bring(struct inheritance *given, const struct layout_fd *what, int *out_fd,
		 struct err *err)
{
	assert(what->source < FD_SEALED || given->offered != NULL); // a probe has no artifacts
	switch (what->source) {
	case FD_SOCKET:
		return connect_front(given, true, out_fd, err);
	case FD_KVM:
		return files_open_kvm(out_fd, err);
	case FD_VSOCK:
		return open_vsock(out_fd, err);
	case FD_SEALED:
		return take_sealed(*given->offered++, what->noun, out_fd, err);
	case FD_DISK:
		return take_disk(given->offered++, &given->plan->disks[what->index], out_fd, err);
	case FD_TAP:
	default:
		return open_tap(&given->plan->networks[what->index], out_fd, err);
	}
}

static int gather(struct inheritance *given, struct err *err)
{
	size_t *n = &given->order.n_fds;

	for (; LAYOUT_FIRST_FD + (int)*n < given->layout.end; ++*n)
		if (bring(given, &given->layout.fds[*n], &given->order.fds[*n], err) < 0)
			return -1;
	return 0;
}

// SEV and SEV-ES pin the guest's memory, firmware and all.
static uint64_t memlock_mib(const struct plan *plan)
{
	bool pins = plan->level == LEVEL_SEV || plan->level == LEVEL_SEV_ES;

	return pins ? plan->memory_mib + MEMLOCK_BESIDE_GUEST_MIB : 0;
}

static int start(struct monitor *monitor, struct inheritance *given, const struct argv *argv,
		 struct err *err)
{
	const struct plan *plan = given->plan;
	AUTO(fd) int stderr_fd = -1;
	AUTO(fd) int dev_fd = -1;
	struct order *order = &given->order;
	struct qemu_start start = {
		.order = order,
		.policy = &monitor->policy,
		.argv = argv,
		.jail_fd = monitor->jail_fd,
		.cgroup_fd = monitor->cgroup.fd,
		.memlock_mib = memlock_mib(plan),
	};

	if (gather(given, err) < 0)
		return -1;
	if (monitor->exe_fd < 0)
		return err_set(err, ERR_BUG, "no QEMU was opened before it was to be started");
	if (connect_front(given, false, &stderr_fd, err) < 0 ||
	    (monitor->files.privileged &&
	     devices_make(plan, spawn_qemu_uid(&monitor->policy), &dev_fd, err) < 0))
		return -1;
	order->level = plan->level;
	order->accel = plan->accel;
	order->kvm_by_path = plan->kvm_by_path;
	order->is_listed = monitor->policy.n_qemu > 0;
	order->confinement = monitor->policy.confinement;
	order->seccomp = monitor->policy.seccomp;
	order->sev_issue_cmd = monitor->policy.sev_issue_cmd;
	order->exe_fd = monitor->exe_fd;
	order->stderr_fd = stderr_fd;
	order->dev_fd = dev_fd;
	return spawn_qemu(&monitor->qemu, &start, err);
}

int start_probe(struct monitor *monitor, struct wire_message *request, struct wire_message *reply,
		struct err *err)
{
	struct request_probe probe;
	struct plan plan = { 0 };
	AUTO(inheritance) struct inheritance given = { .plan = &plan, .reply = reply };
	AUTO(argv) struct argv argv = { 0 };

	memcpy(&probe, request->payload, sizeof(probe));
	if ((probe.accel != ACCEL_KVM && probe.accel != ACCEL_TCG) || probe.kvm_by_path > 1)
		return err_set(err, ERR_REFUSED, "PROBE with unknown accelerator %u", probe.accel);
	plan.accel = probe.accel;
	plan.kvm_by_path = probe.kvm_by_path != 0;
	given.layout = layout_of(&plan);
	argv_push(&argv, JAIL_NAME);
	qemu_argv_probe(&argv, (enum accel)probe.accel, probe.kvm_by_path);
	return start(monitor, &given, &argv, err);
}

// A checked copy of the plan in a request, and QEMU's arguments for it.
static int read_plan(const struct wire_message *request, struct plan *plan, struct argv *argv,
		     struct err *err)
{
	memcpy(plan, request->payload, sizeof(*plan));
	if (plan_check(plan, err) < 0)
		return -1;
	qemu_argv(argv, plan);
	return 0;
}

int start_guest(struct monitor *monitor, struct wire_message *request, struct wire_message *reply,
		struct err *err)
{
	struct plan plan;
	AUTO(inheritance) struct inheritance given = { .plan = &plan, .reply = reply };
	AUTO(argv) struct argv argv = { 0 };
	struct start_facts facts = { 0 };
	size_t n_expected;

	argv_push(&argv, JAIL_NAME);
	if (read_plan(request, &plan, &argv, err) < 0)
		return -1;
	given.layout = layout_of(&plan);
	if (monitor->runtime.dir_fd < 0 || strcmp(monitor->runtime.name, plan.name) != 0)
		return err_set(err, ERR_REFUSED, "START: the name '%s' is not claimed", plan.name);
	// The front's lie between our own devices and the networks.
	n_expected = (size_t)(given.layout.end - given.layout.firmware) - plan.n_networks;
	if (request->n_fds != n_expected)
		return err_set(err, ERR_REFUSED, "START: %zu descriptors instead of %zu",
			       request->n_fds, n_expected);
	given.offered = request->fds;
	facts.has_platform =
		plan.level == LEVEL_SEV_SNP && monitor->policy.sev_issue_cmd == SEV_ISSUE_CMD_FAKE;
	if (facts.has_platform != 0 && devices_ask_platform(&facts.platform, err) < 0)
		return -1;
	if (cgroup_make(&monitor->cgroup, &monitor->policy, &plan, err) < 0)
		return -1;
	if (start(monitor, &given, &argv, err) < 0) {
		cgroup_release(&monitor->cgroup);
		return -1;
	}
	monitor->may_relaunch = plan.may_relaunch;
	facts.missing_layers =
		spawn_missing_layers | (monitor->cgroup.fd < 0 ? 1U << LAYER_CGROUP : 0);
	facts.jail_pid = monitor->qemu.pid;
	memcpy(reply->payload, &facts, sizeof(facts));
	reply->len = sizeof(facts);
	return 0;
}

int start_argv(struct monitor *monitor, struct wire_message *request, struct wire_message *reply,
	       struct err *err)
{
	struct plan plan;
	AUTO(argv) struct argv argv = { 0 };

	(void)monitor;
	if (read_plan(request, &plan, &argv, err) < 0)
		return -1;
	for (size_t i = 0; i < argv.n; i++) {
		size_t size = strlen(argv.items[i]) + 1;

		if (size > sizeof(reply->payload) - reply->len)
			return err_set(err, ERR_BUG, "QEMU's command line does not fit a message");
		memcpy(reply->payload + reply->len, argv.items[i], size);
		reply->len += size;
	}
	return 0;
}
