/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guest's control socket: whoever connects says one line of JSON and gets one document. Nobody
 * is waited for, and who is slow is dropped.
 */
#ifndef SNPLAUNCH_CLI_CONTROL_H
#define SNPLAUNCH_CLI_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

#include "base/auto.h"

#define CONTROL_PEERS_MAX 4 /* at a time; others wait in the socket's backlog */
/* Bytes of a request, with its line end: room for a secret packet in base64. */
#define CONTROL_REQUEST_MAX ((size_t)24 * 1024)
#define CONTROL_TIMEOUT_MS 2000	       /* from a connection to its end */
#define CONTROL_LATER_TIMEOUT_MS 15000 /* to an answer that takes QEMU's */

/* What control_watch() and control_serve() take. */
#define CONTROL_FDS (1 + CONTROL_PEERS_MAX)

/*
 * Answers a request, 'len' bytes without the line end, or returns NULL when control_answer_later() will.
 * Owner: caller.
 */
typedef struct json_object *control_answer(void *context, const char *request, size_t len);

struct control_peer {
	int fd; /* -1: the place is free */
	int64_t deadline_ms;
	size_t n_heard;
	char *heard;		    /* owner: the peer */
	bool waits;		    /* for an answer that comes later */
	struct json_object *answer; /* NULL until the request is whole */
	const char *text;	    /* the answer's, owned by it */
	size_t text_len;
	size_t n_said;
};

struct control {
	int listen_fd;		/* -1: none. Owner: the control */
	control_answer *answer; /* with 'context'; set before control_serve() */
	void *context;
	struct control_peer peers[CONTROL_PEERS_MAX];
};

void control_init(struct control *control);
void control_release(struct control *control);
DEFINE_AUTO(control, struct control, control_release);

/* Gives an answer to whoever waits for it. Must: one at most waits. Owner of 'answer': the control. */
void control_answer_later(struct control *control, struct json_object *answer);

/* Fills in what poll() shall wait for. */
void control_watch(const struct control *control, struct pollfd fds[static CONTROL_FDS]);

/* Does what poll() says can be done, and drops whose time is over. */
void control_serve(struct control *control, const struct pollfd fds[static CONTROL_FDS]);

/* When control_serve() has somebody to drop; 0: never. */
int64_t control_deadline_ms(const struct control *control);

#endif
