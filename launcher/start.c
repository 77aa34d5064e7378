// SPDX-License-Identifier: Apache-2.0
// Opens what takes privilege to start a QEMU. What else it gets comes from the front, and is judged by
// the jail program, which is as unprivileged as they are.
//
// What the host policy says of a guest is judged at START. What all running guests share is judged in
// this process, on struct plan_needs: only here is it known. The rest is judged by the judge, a process
// of its own of the front's program, as the policy's compiler is. It has the sealed bytes that QEMU is
// to get and reads nothing else, so that to hash, and to make mistakes in reading a plan, takes no
// privilege; and it ends before anything is opened for that plan. It starts only where there is a rule
// for it, so that nobody else waits for it. The jail program then starts nothing but that plan.
// Whatever the front has judged before counts for nothing.

#include "launcher/start.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "base/log.h"
#include "base/text.h"
#include "confine/layers.h"
#include "launcher/admission.h"
#include "launcher/devices.h"

static void close_opened(struct order *order)
{
	for (size_t i = ORDER_DEV; i < ORDER_GIVEN; i++)
		close_fd(&order->fds[i]);
}

// An order owns what was opened for it; the rest is borrowed.
DEFINE_AUTO(order, struct order, close_opened);

static int check_needs(const struct plan_needs *needs, bool is_guest, struct err *err)
{
	const struct {
		const char *name;
		uint32_t value, min, max;
	} numbers[] = {
		{ "level", needs->level, is_guest, is_guest ? LEVELS - 1 : LEVEL_UNSET },
		{ "accel", needs->accel, ACCEL_KVM, ACCELS - 1 },
		{ "kvm_by_path", needs->kvm_by_path, 0, 1 },
		{ "has_vsock", needs->has_vsock, 0, is_guest },
		{ "may_relaunch", needs->may_relaunch, 0, is_guest },
		{ "rehearses", needs->rehearses, 0, 1 },
		{ "vcpus", needs->vcpus, 0, PLAN_VCPUS_MAX },
		{ "memory_mib", needs->memory_mib, 0, PLAN_MEMORY_MIB_MAX },
		{ "n_taps", needs->n_taps, 0, is_guest ? PLAN_NETWORKS_MAX : 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (numbers[i].value < numbers[i].min || numbers[i].value > numbers[i].max)
			return err_set(err, ERR_REFUSED, "'%s' must be %u to %u, not %u",
				       numbers[i].name, numbers[i].min, numbers[i].max,
				       numbers[i].value);
	for (size_t i = 0; i < needs->n_taps; i++)
		if (!text_field_is_clean(needs->taps[i], sizeof(needs->taps[i])) ||
		    !text_is_plain_name(needs->taps[i], sizeof(needs->taps[i]) - 1))
			return err_set(err, ERR_REFUSED, "'taps' must be plain names");
	return 0;
}

// The judge gets the needs in a memory file, and says there why it refuses.
static int judge(const struct monitor *monitor, const struct order *order, struct err *err)
{
	const struct plan_needs *needs = &order->needs;
	bool asks_platform = needs->level > LEVEL_OFF && !needs->rehearses;
	AUTO(fd) int sev_fd = !asks_platform ? -1 : open("/dev/sev", O_RDONLY | O_CLOEXEC);
	AUTO(fd) int why_fd = memfd_create("verdict", MFD_CLOEXEC);
	AUTO(fd) int front_fd = -1;
	int fds[JUDGE_FDS_MAX] = { [JUDGE_FD_WHY] = why_fd,
				   [JUDGE_FD_POLICY] = monitor->policy_fd,
				   [JUDGE_FD_FIRMWARE] = monitor->firmware_fd,
				   [JUDGE_FD_SEV] = sev_fd };
	int status;

	if (needs->level == LEVEL_OFF && !monitor->policy.judges_off)
		return 0; // there is no rule that it could break
	if (why_fd < 0 || write(why_fd, needs, sizeof(*needs)) < 0)
		return err_sys(err, "cannot write a memory file");
	if (files_open_beside("snplaunch", &front_fd, err) < 0)
		return -1;
	memcpy(fds + JUDGE_FD_GIVEN, order->fds + ORDER_GIVEN, order->n_given * sizeof(*fds));
	status = spawn_helper("judge", front_fd, fds, JUDGE_FD_GIVEN + order->n_given,
			      monitor->policy.front_uid, err);
	if (status <= 0)
		return status;
	if (pread(why_fd, err, sizeof(*err), 0) != (ssize_t)sizeof(*err) || !err_is_valid(err))
		return err_set(err, ERR_BUG, "the judge of plans failed");
	return -1;
}

// What refuses a guest of root's is a warning for a user, who could start QEMU without us.
static int obey(const struct monitor *monitor, int result, struct err *err)
{
	if (result == 0 || monitor->files.privileged ||
	    (err->kind != ERR_REFUSED && err->kind != ERR_BUSY))
		return result;
	log_warning("%s", err->text);
	return 0;
}

static int open_vsock(int *out_fd, struct err *err)
{
	*out_fd = open("/dev/vhost-vsock", O_RDWR | O_CLOEXEC);
	return *out_fd >= 0 ? 0 :
			      err_sys_kind(err, errno == ENOENT ? ERR_HOST : ERR_REFUSED,
					   "cannot open '/dev/vhost-vsock' for vsock_cid");
}

static int open_tap(const char *name, int *out_fd, struct err *err)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };

	// Attaching would make a device that does not exist; only one that somebody set up is meant.
	if (if_nametoindex(name) == 0)
		return err_sys_kind(err, ERR_HOST, "there is no tap device '%s'", name);
	*out_fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	memcpy(request.ifr_name, name, sizeof(request.ifr_name));
	if (*out_fd < 0 || ioctl(*out_fd, TUNSETIFF, &request) < 0)
		return err_sys_kind(err, ERR_HOST,
				    "cannot attach to tap device '%s' through '/dev/net/tun'",
				    name);
	return 0;
}

// Whether this is a rehearsal the front says, whatever command it runs. That gains it nothing: the
// library is always ours, and with it no real /dev/kvm or /dev/sev is opened, asked or shown.
static int open_needed(struct order *order, const struct monitor *monitor, struct err *err)
{
	const struct plan_needs *needs = &order->needs;
	int *fds = order->fds;

	if (needs->rehearses && files_open_beside("librehearsal.so", &fds[ORDER_LIBRARY], err) < 0)
		return -1;
	if (needs->accel == ACCEL_KVM && !needs->kvm_by_path && !needs->rehearses &&
	    files_open_kvm(&fds[ORDER_KVM], err) < 0)
		return -1;
	if (needs->has_vsock && open_vsock(&fds[ORDER_VSOCK], err) < 0)
		return -1;
	for (size_t i = 0; i < needs->n_taps; i++)
		if (open_tap(needs->taps[i], &fds[ORDER_TAPS + i], err) < 0)
			return -1;
	if (monitor->files.privileged &&
	    devices_make(needs, monitor->policy.qemu_uid, &fds[ORDER_DEV], err) < 0)
		return -1;
	return 0;
}

static void fill_order(struct order *order, const struct monitor *monitor,
		       const struct wire_message *request)
{
	memcpy(&order->needs, request->payload, sizeof(order->needs));
	order->is_listed = monitor->policy.n_qemu > 0;
	order->confinement = monitor->policy.confinement;
	order->seccomp = monitor->policy.seccomp;
	order->sev_issue_cmd = monitor->policy.sev_issue_cmd;
	memset(order->fds, 0xff, sizeof(order->fds)); // -1: not there
	order->fds[ORDER_EXE] = monitor->exe_fd;
	order->n_given = request->n_fds;
	memcpy(order->fds + ORDER_GIVEN, request->fds, request->n_fds * sizeof(*request->fds));
}

int start_qemu(struct monitor *monitor, const struct wire_message *request,
	       struct wire_message *reply, struct err *err)
{
	AUTO(order) struct order order;
	const struct plan_needs *needs = &order.needs;
	struct qemu_start start = { &order, &monitor->policy, monitor->jail_fd, -1 };
	struct start_facts facts = { 0 };
	bool is_guest = request->type == REQUEST_START;

	fill_order(&order, monitor, request);
	if (check_needs(needs, is_guest, err) < 0)
		return err_context(err, "START");
	if (is_guest && (monitor->runtime.dir_fd < 0 ||
			 memcmp(needs->name, monitor->runtime.name, sizeof(needs->name)) != 0))
		return err_set(err, ERR_REFUSED, "START under a name that is not claimed");
	if (monitor->exe_fd < 0)
		return err_set(err, ERR_BUG, "no QEMU was opened before it was to be started");
	if (is_guest &&
	    (obey(monitor, judge(monitor, &order, err), err) < 0 ||
	     obey(monitor, admission_take(&monitor->runtime, &monitor->policy, needs, err), err) <
		     0))
		return -1;
	if (open_needed(&order, monitor, err) < 0 ||
	    (is_guest && cgroup_make(&monitor->cgroup, &monitor->policy, needs, err) < 0))
		return -1;
	start.cgroup_fd = monitor->cgroup.fd;
	if (spawn_qemu(&monitor->qemu, &start, err) < 0) {
		cgroup_release(&monitor->cgroup);
		return -1;
	}
	monitor->may_relaunch = needs->may_relaunch != 0;
	facts.missing_layers = spawn_missing | (monitor->cgroup.fd < 0 ? 1U << LAYER_CGROUP : 0);
	facts.jail_pid = monitor->qemu.pid;
	memcpy(reply->payload, &facts, sizeof(facts));
	reply->len = sizeof(facts);
	return 0;
}
