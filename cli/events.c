// SPDX-License-Identifier: Apache-2.0
// Writes event lines.

#include "cli/events.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

void events_init(struct events *events, int fd)
{
	struct stat st;

	*events = (struct events){ .fd = fd };
	events->is_socket = fd >= 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

static struct json_object *monotonic_ms(void)
{
	struct timespec now = { 0 };
	char text[40];
	double ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); // cannot fail for this clock
	ms = (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
	(void)snprintf(text, sizeof(text), "%.3f", ms);
	return json_object_new_double_s(ms, text);
}

static struct json_object *head(const char *name, uint64_t n_missed)
{
	struct json_object *line = json_object_new_object();

	(void)json_object_object_add(line, "event", json_object_new_string(name));
	(void)json_object_object_add(line, "monotonic_ms", monotonic_ms());
	if (n_missed > 0)
		(void)json_object_object_add(line, "missed", json_object_new_uint64(n_missed));
	return line;
}

static void add_fields(struct json_object *line, struct json_object *fields)
{
	if (fields == NULL)
		return;
	json_object_object_foreach (fields, key, value)
		(void)json_object_object_add(line, key, json_object_get(value));
}

static bool is_writable(int fd)
{
	struct pollfd waiting = { .fd = fd, .events = POLLOUT };

	return poll(&waiting, 1, 0) == 1 && (waiting.revents & POLLOUT) != 0;
}

static bool write_line(const struct events *events, const char *text)
{
	struct iovec parts[] = {
		{ (void *)(uintptr_t)text, strlen(text) },
		{ (void *)(uintptr_t) "\n", 1 },
	};
	struct msghdr packet = { .msg_iov = parts, .msg_iovlen = 2 };

	if (!is_writable(events->fd))
		return false;
	if (events->is_socket)
		return sendmsg(events->fd, &packet, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
	return writev(events->fd, parts, 2) > 0;
}

void events_tell(struct events *events, const char *name, struct json_object *fields)
{
	struct json_object *line;

	if (events->fd >= 0) {
		line = head(name, events->n_missed);
		add_fields(line, fields);
		if (write_line(events, json_object_to_json_string_ext(
					       line, JSON_C_TO_STRING_PLAIN |
							     JSON_C_TO_STRING_NOSLASHESCAPE)))
			events->n_missed = 0;
		else
			events->n_missed++;
		(void)json_object_put(line);
	}
	(void)json_object_put(fields);
}
