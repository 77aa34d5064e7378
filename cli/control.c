// SPDX-License-Identifier: Apache-2.0
// Serves the control socket, some connections at a time.

#include "cli/control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/mem.h"

static void drop(struct control_peer *peer)
{
	close_fd(&peer->fd);
	free(peer->heard);
	(void)json_object_put(peer->answer);
	*peer = (struct control_peer){ .fd = -1 };
}

void control_init(struct control *control)
{
	*control = (struct control){ .listen_fd = -1 };
	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
		control->peers[i].fd = -1;
}

void control_release(struct control *control)
{
	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
		drop(&control->peers[i]);
	close_fd(&control->listen_fd);
}

static struct control_peer *free_place(struct control *control)
{
	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
		if (control->peers[i].fd < 0)
			return &control->peers[i];
	return NULL;
}

// Of one that waits only the end is heard.
static short events_of(const struct control_peer *peer)
{
	if (peer->waits)
		return 0;
	return peer->answer == NULL ? POLLIN : POLLOUT;
}

void control_watch(const struct control *control, struct pollfd fds[static CONTROL_FDS])
{
	bool has_place = false;

	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
		const struct control_peer *peer = &control->peers[i];

		has_place = has_place || peer->fd < 0;
		fds[1 + i] = (struct pollfd){ .fd = peer->fd, .events = events_of(peer) };
	}
	fds[0] = (struct pollfd){ .fd = has_place ? control->listen_fd : -1, .events = POLLIN };
}

int64_t control_deadline_ms(const struct control *control)
{
	int64_t first_ms = 0;

	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
		int64_t deadline_ms = control->peers[i].deadline_ms;

		if (deadline_ms != 0 && (first_ms == 0 || deadline_ms < first_ms))
			first_ms = deadline_ms;
	}
	return first_ms;
}

static bool must_wait(void)
{
	return errno == EAGAIN || errno == EINTR;
}

static void say(struct control_peer *peer)
{
	ssize_t n = send(peer->fd, peer->text + peer->n_said, peer->text_len - peer->n_said,
			 MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && must_wait())
		return;
	peer->n_said += n < 0 ? 0 : (size_t)n;
	if (n < 0 || peer->n_said == peer->text_len)
		drop(peer);
}

static void give(struct control_peer *peer, struct json_object *answer)
{
	peer->waits = false;
	peer->answer = answer;
	peer->text = json_object_to_json_string_length(
		answer, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &peer->text_len);
	say(peer);
}

void control_answer_later(struct control *control, struct json_object *answer)
{
	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
		if (control->peers[i].waits) {
			give(&control->peers[i], answer);
			return;
		}
	(void)json_object_put(answer); // it went away
}

// What stands behind the line is not heard.
static void hear(struct control *control, struct control_peer *peer)
{
	ssize_t n = recv(peer->fd, peer->heard + peer->n_heard, CONTROL_REQUEST_MAX - peer->n_heard,
			 MSG_DONTWAIT);
	struct json_object *answer;
	const char *end;

	if (n < 0 && must_wait())
		return;
	peer->n_heard += n < 0 ? 0 : (size_t)n;
	end = memchr(peer->heard, '\n', peer->n_heard);
	if (n > 0 && end == NULL && peer->n_heard < CONTROL_REQUEST_MAX)
		return;
	if (end == NULL) {
		drop(peer); // it went away, or will never come to an end
		return;
	}
	peer->waits = true; // its answer may come while it is asked for
	answer = control->answer(control->context, peer->heard, (size_t)(end - peer->heard));
	if (answer != NULL)
		give(peer, answer);
	else if (peer->waits)
		peer->deadline_ms = clock_now_ms() + CONTROL_LATER_TIMEOUT_MS;
}

static void serve(struct control *control, struct control_peer *peer)
{
	if (peer->waits)
		drop(peer); // it hung up
	else if (peer->answer == NULL)
		hear(control, peer);
	else
		say(peer);
}

void control_serve(struct control *control, const struct pollfd fds[static CONTROL_FDS])
{
	struct control_peer *place;

	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
		struct control_peer *peer = &control->peers[i];

		if (peer->fd >= 0 && fds[1 + i].revents != 0)
			serve(control, peer);
		if (peer->fd >= 0 && clock_now_ms() >= peer->deadline_ms)
			drop(peer);
	}
	place = free_place(control);
	if (fds[0].revents == 0 || place == NULL)
		return;
	place->fd = accept4(control->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (place->fd < 0)
		return;
	place->heard = mem_zeroed(CONTROL_REQUEST_MAX, 1);
	place->deadline_ms = clock_now_ms() + CONTROL_TIMEOUT_MS;
}
