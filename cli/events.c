// SPDX-License-Identifier: Apache-2.0
// Writes event lines.

#include "cli/events.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

void events_init(struct events *events, int fd)
{
	struct stat st;

	*events = (struct events){ .fd = fd };
	events->is_socket = fd >= 0 && fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

void events_release(struct events *events)
{
	free(events->rest);
	events_init(events, -1);
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

static bool is_writable(int fd, int timeout_ms)
{
	struct pollfd waiting = { .fd = fd, .events = POLLOUT };

	return poll(&waiting, 1, timeout_ms) == 1 && (waiting.revents & POLLOUT) != 0;
}

// After poll() a pipe takes this much without waiting, even one that is blocking.
static ssize_t write_some(const struct events *events)
{
	const char *bytes = events->rest + events->rest_start;
	size_t len = events->rest_len < PIPE_BUF ? events->rest_len : PIPE_BUF;

	if (!is_writable(events->fd, 0))
		return 0;
	if (events->is_socket)
		return send(events->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	return write(events->fd, bytes, len);
}

static void write_rest(struct events *events)
{
	while (events->rest_len > 0) {
		ssize_t n = write_some(events);

		if (n <= 0)
			return;
		events->rest_start += (size_t)n;
		events->rest_len -= (size_t)n;
	}
}

// Only a line of which something was written has a rest; of any other nothing is left.
static bool write_line(struct events *events, const char *text)
{
	size_t len = strlen(text) + 1;

	events->rest = mem_resize(events->rest, len, 1);
	memcpy(events->rest, text, len - 1);
	events->rest[len - 1] = '\n';
	events->rest_start = 0;
	events->rest_len = len;
	write_rest(events);
	if (events->rest_len < len)
		return true;
	events->rest_len = 0;
	return false;
}

static void tell(struct events *events, const char *name, struct json_object *fields)
{
	struct json_object *line = head(name, events->n_missed);

	add_fields(line, fields);
	if (write_line(events,
		       json_object_to_json_string_ext(
			       line, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE)))
		events->n_missed = 0;
	else
		events->n_missed++;
	(void)json_object_put(line);
}

void events_tell(struct events *events, const char *name, struct json_object *fields)
{
	if (events->listener.hear != NULL)
		events->listener.hear(events->listener.context, name, fields);
	if (events->fd >= 0) {
		write_rest(events);
		if (events->rest_len == 0)
			tell(events, name, fields);
		else
			events->n_missed++;
	}
	(void)json_object_put(fields);
}

void events_wait(const struct events *events, int timeout_ms)
{
	if (events->fd >= 0)
		(void)is_writable(events->fd, timeout_ms); // events_tell() sees for itself
}
