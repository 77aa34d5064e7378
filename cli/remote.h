/* SPDX-License-Identifier: Apache-2.0 */
/* Asks a guest that another snplaunch runs, on its control socket. */
#ifndef SNPLAUNCH_CLI_REMOTE_H
#define SNPLAUNCH_CLI_REMOTE_H

#include <json-c/json.h>

#include "base/err.h"
#include "cli/client.h"

/* Until the whole answer is there. A guest that is still prepared answers once QEMU is started. */
#define REMOTE_TIMEOUT_MS 5000
#define REMOTE_ANSWER_MAX ((size_t)1024 * 1024)

/*
 * Connects to the running guest of that name. Owner of *out_fd: caller.
 * Errors: ERR_INPUT when none runs, ERR_BUSY when too many ask it, ERR_REFUSED.
 */
int remote_connect(struct client *client, const char *name, int *out_fd,
		   struct err *err) MUST_CHECK;

/*
 * Has the guest do one command; *out is the object that it returns, which nobody has checked: the
 * guest's front is not trusted. Owner: caller, json_object_put().
 * Errors: ERR_BUSY without an answer, ERR_PROTOCOL for what is no answer; a refusal has its own kind.
 */
int remote_ask(int fd, const char *command, struct json_object **out, struct err *err) MUST_CHECK;

/* The same for a command with more members than its name; 'request' stays the caller's. */
int remote_request(int fd, struct json_object *request, struct json_object **out,
		   struct err *err) MUST_CHECK;

#endif
