// SPDX-License-Identifier: Apache-2.0
// The launcher's loop. What the front may ask, when, and in which shape is the table below; a
// message that does not fit it ends everything, because a correct front does not send one.

#include "launcher/monitor.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include "base/auto.h"
#include "confine/filter.h"
#include "launcher/open.h"
#include "confine/privileges.h"
#include "launcher/request.h"
#include "launcher/start.h"

// From the end of its socket to its own.
#define FRONT_END_TIMEOUT_MS 1000
// The third signal is meant: whoever sends it has seen the first two change nothing.
#define SIGNALS_UNTIL_KILL 3

// A handler fills 'reply' (type REPLY_DONE already) or fails, which the front is told.
typedef int request_handler(struct monitor *monitor, const struct wire_message *request,
			    struct wire_message *reply, struct err *err);

void monitor_init(struct monitor *monitor)
{
	*monitor = (struct monitor){ .state = MONITOR_PREPARING,
				     .files.cwd_fd = -1,
				     .wire_fd = -1,
				     .signal_fd = -1,
				     .exe_fd = -1,
				     .jail_fd = -1,
				     .policy_fd = -1,
				     .firmware_fd = -1 };
	monitor->files.policy = &monitor->policy;
	runtime_init(&monitor->runtime);
	cgroup_init(&monitor->cgroup);
	child_init(&monitor->front);
	child_init(&monitor->qemu);
}

void monitor_release(struct monitor *monitor)
{
	child_release(&monitor->qemu);
	cgroup_release(&monitor->cgroup);
	child_release(&monitor->front);
	free(monitor->front_argv);
	runtime_release(&monitor->runtime);
	close_fd(&monitor->files.cwd_fd);
	close_fd(&monitor->wire_fd);
	close_fd(&monitor->signal_fd);
	close_fd(&monitor->exe_fd);
	close_fd(&monitor->jail_fd);
	close_fd(&monitor->policy_fd);
	close_fd(&monitor->firmware_fd);
}

int monitor_confine(struct monitor *monitor, struct err *err)
{
	bool may_start = monitor->state != MONITOR_RUNNING || monitor->may_relaunch;
	enum filter starting =
		monitor->policy.seccomp == SECCOMP_LOG ? FILTER_LAUNCHER_LOG : FILTER_LAUNCHER;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(err, "cannot set no_new_privs");
	if (privileges_reduce(may_start, err) < 0)
		return -1;
	return filter_load(may_start ? starting : FILTER_LAUNCHER_WAITING, err);
}

static int handle_start(struct monitor *monitor, const struct wire_message *request,
			struct wire_message *reply, struct err *err)
{
	if (start_qemu(monitor, request, reply, err) < 0)
		return -1;
	if (request->type == REQUEST_PROBE) {
		monitor->probed = true;
		monitor->state = MONITOR_PROBING;
		return 0;
	}
	monitor->state = MONITOR_RUNNING;
	return monitor->may_relaunch ? 0 : monitor_confine(monitor, err);
}

static int handle_stop(struct monitor *monitor, const struct wire_message *request,
		       struct wire_message *reply, struct err *err)
{
	(void)request;
	(void)reply;
	// Its end is then noticed and told like any other. pid 0 would be our own group.
	if (monitor->qemu.pid > 0 && kill(monitor->qemu.pid, SIGKILL) < 0)
		return err_sys(err, "cannot kill QEMU");
	return 0;
}

struct request_rule {
	const char *name;
	unsigned int states;
	size_t len;
	size_t fds_min;
	size_t fds_max;
	request_handler *handle;
};

#define ALWAYS (~0U)

static const struct request_rule requests[] = {
	[REQUEST_OPEN] = { "OPEN", MONITOR_PREPARING, sizeof(struct request_open), 0, 0,
			   open_for_front },
	[REQUEST_PROBE] = { "PROBE", MONITOR_PREPARING, sizeof(struct plan_needs), 1, START_FDS_MAX,
			    handle_start },
	[REQUEST_CACHE] = { "CACHE", MONITOR_PREPARING, sizeof(struct request_cache), 1, 1,
			    cache_for_front },
	[REQUEST_START] = { "START", MONITOR_PREPARING | MONITOR_GONE, sizeof(struct plan_needs), 1,
			    START_FDS_MAX, handle_start },
	[REQUEST_STOP] = { "STOP", ALWAYS, 0, 0, 0, handle_stop },
};

static int check_shape(const struct monitor *monitor, const struct wire_message *request,
		       struct err *err)
{
	const struct request_rule *rule;

	if (request->type >= ARRAY_LEN(requests) || requests[request->type].handle == NULL)
		return err_set(err, ERR_BUG, "the front sent a message of unknown type %u",
			       request->type);
	rule = &requests[request->type];
	if ((rule->states & monitor->state) == 0)
		return err_set(err, ERR_BUG, "the front sent %s at the wrong time", rule->name);
	if (request->len != rule->len)
		return err_set(err, ERR_BUG, "the front sent %s with %zu bytes", rule->name,
			       request->len);
	if (request->n_fds < rule->fds_min || request->n_fds > rule->fds_max)
		return err_set(err, ERR_BUG, "the front sent %s with %zu descriptors", rule->name,
			       request->n_fds);
	return 0;
}

static int answer(struct monitor *monitor, const struct wire_message *request,
		  struct wire_message *reply, struct err *err)
{
	struct err refusal;

	wire_fill(reply, REPLY_DONE, NULL, 0);
	if (requests[request->type].handle(monitor, request, reply, &refusal) < 0)
		wire_fill(reply, REPLY_FAILED, &refusal, sizeof(refusal));
	return wire_send(monitor->wire_fd, reply, err);
}

// Returns -1 when the front broke the protocol. Its end is noticed by its pidfd, not here.
static int serve_front(struct monitor *monitor, struct err *err)
{
	static struct wire_message request; // large, and only one at a time
	static struct wire_message reply;
	int result;

	if (wire_receive(monitor->wire_fd, &request, err) < 0)
		return -1;
	if (request.type == WIRE_CLOSED) {
		close_fd(&monitor->wire_fd);
		return 0;
	}
	result = check_shape(monitor, &request, err);
	if (result == 0)
		result = answer(monitor, &request, &reply, err);
	wire_message_release(&request);
	wire_message_release(&reply);
	if (result < 0 && err->errnum == EPIPE)
		return 0; // it went away while we answered
	if (result < 0 && err->errnum == EAGAIN)
		return err_set(err, ERR_BUG, "the front does not listen to its answers");
	return result;
}

// Tells the front; one that does not listen any more is about to be noticed as gone.
static void notify(const struct monitor *monitor, uint32_t type, const void *payload, size_t len)
{
	struct wire_message notice;
	struct err err;

	wire_fill(&notice, type, payload, len);
	if (monitor->wire_fd >= 0)
		(void)!wire_send(monitor->wire_fd, &notice, &err);
}

static int hear_signal(struct monitor *monitor, struct err *err)
{
	struct signalfd_siginfo info;
	uint32_t signal_number;

	if (read(monitor->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return err_sys(err, "cannot read a signal");
	signal_number = info.ssi_signo;
	if (++monitor->n_signals >= SIGNALS_UNTIL_KILL) {
		bool started = monitor->state >= MONITOR_RUNNING;

		(void)err_set(err, started ? ERR_CRASH : ERR_SIGNAL,
			      "ended at once by the third signal");
		err->errnum = (int)signal_number;
		return -1;
	}
	notify(monitor, NOTICE_SIGNAL, &signal_number, sizeof(signal_number));
	return 0;
}

static void reap_qemu(struct monitor *monitor)
{
	siginfo_t info = { 0 };
	struct notice_gone gone;

	(void)waitid(P_PID, (id_t)monitor->qemu.pid, &info, WEXITED | WNOWAIT); // it has ended
	gone = spawn_outcome(&info);
	child_release(&monitor->qemu); // this reaps it
	cgroup_release(&monitor->cgroup);
	monitor->state = monitor->state == MONITOR_PROBING ? MONITOR_PREPARING :
			 monitor->may_relaunch		   ? MONITOR_GONE :
							     MONITOR_ENDED;
	notify(monitor, NOTICE_GONE, &gone, sizeof(gone));
}

enum watched { WATCH_SIGNALS, WATCH_WIRE, WATCH_FRONT, WATCH_QEMU, WATCHED };

int monitor_run(struct monitor *monitor, struct err *err)
{
	for (;;) {
		struct pollfd fds[WATCHED] = {
			[WATCH_SIGNALS] = { .fd = monitor->signal_fd, .events = POLLIN },
			[WATCH_WIRE] = { .fd = monitor->wire_fd, .events = POLLIN },
			[WATCH_FRONT] = { .fd = monitor->front.pidfd, .events = POLLIN },
			[WATCH_QEMU] = { .fd = monitor->qemu.pidfd, .events = POLLIN },
		};

		int n = poll(fds, WATCHED, monitor->wire_fd < 0 ? FRONT_END_TIMEOUT_MS : -1);

		if (n < 0 && errno != EINTR)
			return err_sys(err, "cannot wait");
		if (n == 0)
			return err_set(err, ERR_BUG, "the front closed its socket and did not end");
		if (fds[WATCH_SIGNALS].revents != 0 && hear_signal(monitor, err) < 0)
			return -1;
		if (fds[WATCH_QEMU].revents != 0)
			reap_qemu(monitor);
		if (fds[WATCH_WIRE].revents != 0 && serve_front(monitor, err) < 0)
			return -1;
		if (fds[WATCH_FRONT].revents != 0)
			return child_wait(&monitor->front, err);
	}
}
