// SPDX-License-Identifier: Apache-2.0
// Sends requests to the launcher and keeps the notices that arrive before their replies.

#include "cli/client.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/socket.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/text.h"
#include "config.h"

void client_init(struct client *client, int fd)
{
	client->fd = fd;
	client->n_signals = 0;
	client->signal_number = 0;
	client->gone_told = false;
	client->message.n_fds = 0;
	client->policy = (struct host_policy){ 0 };
	client->rules = (struct launch_rules){ 0 };
}

int client_read_policy(struct client *client, int fd, struct err *err)
{
	struct host_policy *policy = &client->policy;
	uint32_t own_uid = (uint32_t)getauxval(AT_UID); // the filter has no getuid()

	client->has_policy = fd >= 0;
	if (fd >= 0 &&
	    (pread(fd, policy, sizeof(*policy), 0) != (ssize_t)sizeof(*policy) ||
	     pread(fd, &client->rules, sizeof(client->rules),
		   offsetof(struct compiled_policy, rules)) != (ssize_t)sizeof(client->rules)))
		return err_sys_kind(err, ERR_BUG, "cannot read the host policy");
	policy->front_uid = policy->front_uid ?: SNPLAUNCH_FRONT_UID;
	client->by_root = own_uid == policy->front_uid;
	if (!client->by_root)
		policy->front_uid = own_uid;
	policy->qemu_uid = !client->by_root ? own_uid : policy->qemu_uid ?: SNPLAUNCH_QEMU_UID;
	if (policy->memory_overhead_mib == 0)
		policy->memory_overhead_mib = HOST_POLICY_MEMORY_OVERHEAD_MIB_DEFAULT;
	return 0;
}

static int take_notice(struct client *client, struct err *err)
{
	const struct wire_message *message = &client->message;

	if (message->type == NOTICE_SIGNAL && message->len == sizeof(client->signal_number)) {
		memcpy(&client->signal_number, message->payload, sizeof(client->signal_number));
		client->n_signals++;
		return 0;
	}
	if (message->type == NOTICE_GONE && message->len == sizeof(client->gone)) {
		memcpy(&client->gone, message->payload, sizeof(client->gone));
		client->gone_told = true;
		return 0;
	}
	if (message->type == WIRE_CLOSED)
		return err_set(err, ERR_BUG, "the launcher is gone");
	return err_set(err, ERR_BUG, "the launcher sent an unexpected message of type %u",
		       message->type);
}

static int take_failure(const struct wire_message *message, struct err *err)
{
	if (message->len != sizeof(*err))
		return err_set(err, ERR_BUG, "the launcher sent an error of %zu bytes",
			       message->len);
	memcpy(err, message->payload, sizeof(*err));
	if (!err_is_valid(err))
		return err_set(err, ERR_BUG, "the launcher sent a malformed error");
	return -1;
}

// The reply to what was sent; its descriptors are in client->message until taken.
static int await_reply(struct client *client, struct err *err)
{
	for (;;) {
		if (wire_receive(client->fd, &client->message, err) < 0)
			return -1;
		if (client->message.type == REPLY_DONE)
			return 0;
		if (client->message.type == REPLY_FAILED)
			return take_failure(&client->message, err);
		if (take_notice(client, err) < 0)
			return -1;
	}
}

static int request(struct client *client, enum message_type type, const void *payload, size_t len,
		   struct err *err)
{
	wire_fill(&client->message, type, payload, len);
	if (wire_send(client->fd, &client->message, err) < 0)
		return -1;
	return await_reply(client, err);
}

// The same with the descriptors in client->message, which stay whose they are.
static int request_fds(struct client *client, enum message_type type, const void *payload,
		       size_t len, struct err *err)
{
	struct wire_message *message = &client->message;
	size_t n_fds = message->n_fds;
	int result;

	wire_fill(message, type, payload, len);
	message->n_fds = n_fds;
	result = wire_send(client->fd, message, err);
	message->n_fds = 0;
	return result < 0 ? -1 : await_reply(client, err);
}

// Takes the descriptor of the reply, which must be there.
static int take_reply_fd(struct client *client, int *out_fd, struct err *err)
{
	if (client->message.n_fds != 1)
		return err_set(err, ERR_BUG, "the launcher sent %zu descriptors",
			       client->message.n_fds);
	*out_fd = take_fd(&client->message.fds[0]);
	client->message.n_fds = 0;
	return 0;
}

int client_open(struct client *client, enum open_role role, const char *path, int *out_fd,
		struct err *err)
{
	struct request_open open_request = { .role = role };

	if (text_copy_field(open_request.path, sizeof(open_request.path), path) < 0)
		return err_set(err, ERR_INPUT, "a path of %zu bytes is longer than %zu",
			       strlen(path), sizeof(open_request.path) - 1);
	if (request(client, REQUEST_OPEN, &open_request, sizeof(open_request), err) < 0)
		return -1;
	return out_fd == NULL ? 0 : take_reply_fd(client, out_fd, err);
}

// The ends of sockets and pipes that become QEMU's; ours until they are sent.
struct peers {
	int fds[START_FDS_MAX];
	size_t n;
};

static void peers_release(struct peers *peers)
{
	while (peers->n > 0)
		close_fd(&peers->fds[--peers->n]);
}

DEFINE_AUTO(peers, struct peers, peers_release);

// A socket, or a pipe for what only goes out, from QEMU to us.
static int connect_qemu(struct peers *peers, bool both_ways, int *out_fd, struct err *err)
{
	int ends[2];
	int result = both_ways ? socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) :
				 pipe2(ends, O_CLOEXEC);

	if (result < 0)
		return err_sys(err, "cannot make a connection for QEMU");
	*out_fd = ends[0];
	peers->fds[peers->n++] = ends[1];
	return 0;
}

static void add_fds(struct wire_message *message, const int *fds, size_t n)
{
	memcpy(message->fds + message->n_fds, fds, n * sizeof(*fds));
	message->n_fds += n;
}

int client_probe(struct client *client, const struct probe_way *way, struct started *started,
		 struct err *err)
{
	AUTO(peers) struct peers peers = { .n = 0 };
	struct plan_needs needs;

	memset(&needs, 0, sizeof(needs));
	needs.accel = way->accel;
	needs.kvm_by_path = way->kvm_by_path;
	needs.rehearses = way->rehearsal != NULL;
	if (connect_qemu(&peers, false, &started->stderr_fd, err) < 0 ||
	    connect_qemu(&peers, true, &started->qmp_fd, err) < 0)
		return -1;
	client->gone_told = false;
	add_fds(&client->message, peers.fds, peers.n);
	if (way->rehearsal != NULL) {
		add_fds(&client->message, &way->rehearsal->scenario_fd, 1);
		add_fds(&client->message, &way->rehearsal->account_fd, 1);
	}
	return request_fds(client, REQUEST_PROBE, &needs, sizeof(needs), err);
}

int client_cache(struct client *client, const char *name, int fd, struct err *err)
{
	struct request_cache cache;

	memset(&cache, 0, sizeof(cache));
	if (text_copy_field(cache.name, sizeof(cache.name), name) < 0)
		return err_set(err, ERR_BUG, "a cache name of %zu bytes", strlen(name));
	add_fds(&client->message, &fd, 1);
	return request_fds(client, REQUEST_CACHE, &cache, sizeof(cache), err);
}

void started_init(struct started *started)
{
	*started = (struct started){
		.qmp_fd = -1, .console_fd = -1, .firmware_log_fd = -1, .stderr_fd = -1
	};
}

void started_release(struct started *started)
{
	close_fd(&started->qmp_fd);
	close_fd(&started->console_fd);
	close_fd(&started->firmware_log_fd);
	close_fd(&started->stderr_fd);
}

int client_start(struct client *client, const struct plan *plan, const struct start_fds *fds,
		 struct started *started, struct err *err)
{
	AUTO(peers) struct peers peers = { .n = 0 };
	struct wire_message *message = &client->message;
	struct plan_needs needs;

	if (connect_qemu(&peers, false, &started->stderr_fd, err) < 0 ||
	    connect_qemu(&peers, true, &started->qmp_fd, err) < 0 ||
	    (plan->has_console && connect_qemu(&peers, true, &started->console_fd, err) < 0) ||
	    (plan->has_firmware_log &&
	     connect_qemu(&peers, true, &started->firmware_log_fd, err) < 0))
		return -1;
	client->gone_told = false;
	add_fds(message, &peers.fds[START_FD_STDERR], 1);
	add_fds(message, &fds->plan_fd, 1);
	add_fds(message, peers.fds + 1, peers.n - 1);
	add_fds(message, fds->fds, fds->n);
	plan_needs(&needs, plan);
	if (request_fds(client, REQUEST_START, &needs, sizeof(needs), err) < 0)
		return -1;
	if (message->len != sizeof(started->facts))
		return err_set(err, ERR_BUG, "the launcher sent facts of %zu bytes", message->len);
	memcpy(&started->facts, message->payload, sizeof(started->facts));
	return 0;
}

int client_stop(struct client *client, struct err *err)
{
	return request(client, REQUEST_STOP, NULL, 0, err);
}

int client_read_notice(struct client *client, struct err *err)
{
	struct pollfd waiting = { .fd = client->fd, .events = POLLIN };

	// A request in between, which waited for its reply, has read it.
	if (poll(&waiting, 1, 0) == 0)
		return 0;
	if (wire_receive(client->fd, &client->message, err) < 0)
		return -1;
	if (take_notice(client, err) < 0) {
		wire_message_release(&client->message);
		return -1;
	}
	return 0;
}

int client_await_gone(struct client *client, int timeout_ms, struct err *err)
{
	int64_t deadline_ms = clock_now_ms() + timeout_ms;

	while (!client->gone_told) {
		struct pollfd waiting = { .fd = client->fd, .events = POLLIN };

		if (poll(&waiting, 1, clock_poll_ms(deadline_ms)) <= 0)
			return err_set(err, ERR_DEADLINE, "QEMU did not end within %d ms",
				       timeout_ms);
		if (client_read_notice(client, err) < 0)
			return -1;
	}
	return 0;
}

int client_take_signal(struct client *client)
{
	if (client->n_signals == 0)
		return 0;
	client->n_signals = 0;
	return (int)client->signal_number;
}
