// SPDX-License-Identifier: Apache-2.0
// One request to a guest that runs, and its answer, which is believed no more than QEMU's.

#include "cli/remote.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/err_kind.h"
#include "base/mem.h"
#include "base/text_escape.h"
#include "policy/field_value.h"
#include "qmp/json.h"

#define READ_SIZE ((size_t)64 * 1024)
#define VALUES_MAX 40000

static const struct json_limits limits = {
	.bytes_max = REMOTE_ANSWER_MAX,
	.depth_max = 12,
	.keys_max = VALUES_MAX,
	.kind = ERR_PROTOCOL,
};

struct answer {
	char *bytes;
	size_t len;
};

int remote_connect(struct client *client, const char *name, int *out_fd, struct err *err)
{
	if (field_value_check_name(name, PLAN_NAME_SIZE - 1, err) < 0) {
		err->kind = ERR_USAGE; // there is no file that could be wrong
		return err_context(err, "the name of a guest");
	}
	if (client_open(client, OPEN_GUEST, name, out_fd, err) == 0)
		return 0;
	if (err->errnum == ENOENT || err->errnum == ECONNREFUSED)
		return err_set(err, ERR_INPUT, "no guest named '%s' is running", TEXT_SHOW(name));
	if (err->errnum == EAGAIN)
		return err_set(err, ERR_BUSY, "guest '%s' is asked by too many: try again",
			       TEXT_SHOW(name));
	return err_context(err, "guest '%s'", TEXT_SHOW(name));
}

static int say(int fd, struct json_object *request, struct err *err)
{
	const int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	size_t len;
	const char *text = json_object_to_json_string_length(request, flags, &len);

	// A new socket has room for that.
	if (send(fd, text, len, MSG_NOSIGNAL | MSG_MORE) != (ssize_t)len ||
	    send(fd, "\n", 1, MSG_NOSIGNAL) != 1)
		return err_sys_kind(err, ERR_BUSY, "the guest cannot be asked");
	return 0;
}

static int await_bytes(int fd, int64_t deadline_ms, struct err *err)
{
	struct pollfd waiting = { .fd = fd, .events = POLLIN };

	while (poll(&waiting, 1, clock_poll_ms(deadline_ms)) <= 0)
		if (clock_now_ms() >= deadline_ms)
			return err_set(err, ERR_BUSY,
				       "the guest does not answer within %d ms: it is still "
				       "prepared, or its snplaunch is stopped: try again",
				       REMOTE_TIMEOUT_MS);
	return 0;
}

static int hear(int fd, struct answer *answer, struct err *err)
{
	int64_t deadline_ms = clock_now_ms() + REMOTE_TIMEOUT_MS;
	ssize_t n;

	do {
		answer->bytes = mem_resize(answer->bytes, answer->len + READ_SIZE, 1);
		if (await_bytes(fd, deadline_ms, err) < 0)
			return -1;
		n = recv(fd, answer->bytes + answer->len, READ_SIZE, MSG_DONTWAIT);
		if (n < 0 && errno != ECONNRESET)
			return err_sys_kind(err, ERR_BUSY, "the guest does not answer");
		answer->len += n < 0 ? 0 : (size_t)n;
		if (answer->len > REMOTE_ANSWER_MAX)
			return err_set(err, ERR_PROTOCOL,
				       "the guest's answer has more than %zu bytes",
				       REMOTE_ANSWER_MAX);
	} while (n > 0);
	if (answer->len == 0)
		return err_set(err, ERR_BUSY, "the guest gives no answer: it is about to end");
	return 0;
}

static int take_refusal(struct json_object *answer, struct err *err)
{
	struct json_object *error;
	struct json_object *kind;
	struct json_object *text;
	enum err_kind found;

	if (qmp_member_find(&error, answer, "error", json_type_object, ERR_PROTOCOL, err) < 0 ||
	    qmp_member_find(&kind, error, "kind", json_type_string, ERR_PROTOCOL, err) < 0 ||
	    qmp_member_find(&text, error, "text", json_type_string, ERR_PROTOCOL, err) < 0)
		return err_context(err, "the guest's answer");
	found = err_kind_find(json_object_get_string(kind));
	return err_set(err, found == ERR_NONE ? ERR_PROTOCOL : found, "the guest refuses: %s",
		       TEXT_SHOW(json_object_get_string(text)));
}

int remote_request(int fd, struct json_object *request, struct json_object **out, struct err *err)
{
	AUTO(json) struct json_object *answer = NULL;
	struct answer text = { 0 };
	struct json_object *value;
	int result;

	if (say(fd, request, err) < 0)
		return -1;
	result = hear(fd, &text, err);
	if (result == 0)
		result = qmp_json_read(&answer, text.bytes, text.len, &limits, VALUES_MAX, err);
	free(text.bytes);
	if (result < 0)
		return err_context(
			err, "command '%s'",
			json_object_get_string(json_object_object_get(request, "command")));
	if (!json_object_object_get_ex(answer, "return", &value) ||
	    !json_object_is_type(value, json_type_object))
		return take_refusal(answer, err);
	*out = json_object_get(value);
	return 0;
}

int remote_ask(int fd, const char *command, struct json_object **out, struct err *err)
{
	AUTO(json) struct json_object *request = json_object_new_object();

	(void)json_object_object_add(request, "command", json_object_new_string(command));
	return remote_request(fd, request, out, err);
}
