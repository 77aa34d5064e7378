// SPDX-License-Identifier: Apache-2.0
// Sends requests to the launcher and keeps the notices that arrive before their replies.

#include "cli/client.h"

#include <poll.h>
#include <string.h>
#include <sys/auxv.h>

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
}

int client_read_policy(struct client *client, int fd, struct err *err)
{
	struct host_policy *policy = &client->policy;
	uint32_t own_uid = (uint32_t)getauxval(AT_UID); // the filter has no getuid()

	client->has_policy = fd >= 0;
	if (fd >= 0 && pread(fd, policy, sizeof(*policy), 0) != (ssize_t)sizeof(*policy))
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
	if (wire_send(client->fd, type, payload, len, err) < 0)
		return -1;
	return await_reply(client, err);
}

// Takes the n-th descriptor of the reply, which must be there.
static int take_reply_fd(struct client *client, size_t n, int *out_fd, struct err *err)
{
	if (n >= client->message.n_fds)
		return err_set(err, ERR_BUG, "the launcher sent too few descriptors");
	*out_fd = take_fd(&client->message.fds[n]);
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
	return out_fd == NULL ? 0 : take_reply_fd(client, 0, out_fd, err);
}

int client_probe(struct client *client, const struct request_probe *probe, int *qmp_fd,
		 int *stderr_fd, struct err *err)
{
	client->gone_told = false;
	if (request(client, REQUEST_PROBE, probe, sizeof(*probe), err) < 0)
		return -1;
	if (take_reply_fd(client, 0, qmp_fd, err) < 0)
		return -1;
	return take_reply_fd(client, 1, stderr_fd, err);
}

int client_cache(struct client *client, const char *name, const char *text, size_t len,
		 struct err *err)
{
	struct wire_message *message = &client->message;
	struct request_cache header = { .len = (uint32_t)len };

	if (len > REQUEST_CACHE_TEXT_MAX ||
	    text_copy_field(header.name, sizeof(header.name), name) < 0)
		return err_set(err, ERR_BUG, "%zu bytes do not fit the cache", len);
	message->type = REQUEST_CACHE;
	message->len = sizeof(header) + len;
	message->n_fds = 0;
	memcpy(message->payload, &header, sizeof(header));
	memcpy(message->payload + sizeof(header), text, len);
	if (wire_send_fds(client->fd, message, err) < 0)
		return -1;
	return await_reply(client, err);
}

int client_argv(struct client *client, const struct plan *plan, struct argv *argv, struct err *err)
{
	const char *next;
	const char *end;

	if (request(client, REQUEST_ARGV, plan, sizeof(*plan), err) < 0)
		return -1;
	next = (const char *)client->message.payload;
	end = next + client->message.len;
	while (next < end && memchr(next, '\0', (size_t)(end - next)) != NULL) {
		argv_push(argv, next);
		next += strlen(next) + 1;
	}
	if (next != end || argv->n == 0)
		return err_set(err, ERR_BUG, "the launcher sent a malformed command line");
	return 0;
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

static int take_started(struct client *client, const struct plan *plan, struct started *started,
			struct err *err)
{
	const struct wire_message *message = &client->message;
	size_t n = 0;

	if (message->len != sizeof(started->facts))
		return err_set(err, ERR_BUG, "the launcher sent facts of %zu bytes", message->len);
	memcpy(&started->facts, message->payload, sizeof(started->facts));
	if (take_reply_fd(client, n++, &started->qmp_fd, err) < 0)
		return -1;
	if (plan->has_console && take_reply_fd(client, n++, &started->console_fd, err) < 0)
		return -1;
	if (plan->has_firmware_log &&
	    take_reply_fd(client, n++, &started->firmware_log_fd, err) < 0)
		return -1;
	return take_reply_fd(client, n, &started->stderr_fd, err);
}

int client_start(struct client *client, const struct plan *plan, const int *fds, size_t n_fds,
		 struct started *started, struct err *err)
{
	struct wire_message *message = &client->message;

	client->gone_told = false;
	message->type = REQUEST_START;
	message->len = sizeof(*plan);
	message->n_fds = n_fds;
	memcpy(message->payload, plan, sizeof(*plan));
	memcpy(message->fds, fds, n_fds * sizeof(*fds));
	if (wire_send_fds(client->fd, message, err) < 0 || await_reply(client, err) < 0)
		return -1;
	return take_started(client, plan, started, err);
}

int client_stop(struct client *client, struct err *err)
{
	return request(client, REQUEST_STOP, NULL, 0, err);
}

int client_read_notice(struct client *client, struct err *err)
{
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
