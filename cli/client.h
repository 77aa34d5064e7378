/* SPDX-License-Identifier: Apache-2.0 */
/* The front's side of the launcher's requests. */
#ifndef SNPLAUNCH_CLI_CLIENT_H
#define SNPLAUNCH_CLI_CLIENT_H

#include <stdbool.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/wire.h"
#include "launcher/host_policy.h"
#include "launcher/request.h"

/* The connection, and what the launcher said meanwhile. Large: one for each process. */
struct client {
	int fd;
	bool by_root;		   /* root started snplaunch, so the host policy binds */
	bool has_policy;	   /* there is a policy file; else 'policy' has the defaults */
	struct host_policy policy; /* what the launcher obeys, after client_read_policy() */
	unsigned int n_signals;	   /* not yet taken by client_take_signal() */
	uint32_t signal_number;	   /* the last of them */
	bool gone_told;		   /* QEMU has ended, as 'gone' says; cleared by PROBE and START */
	struct notice_gone gone;
	struct wire_message message;
};

/* Takes over the descriptor that the launcher left us. */
void client_init(struct client *client, int fd);

/*
 * Reads the host policy, which the launcher has checked, from the descriptor that it left us; -1: it
 * found none. The uids become those that processes get.
 */
int client_read_policy(struct client *client, int fd, struct err *err) MUST_CHECK;

/*
 * Opens for a role; 'path' is empty where the role takes none. Owner of *out_fd: caller; it may be
 * NULL for a role that gives none. Errors: the launcher's.
 */
int client_open(struct client *client, enum open_role role, const char *path, int *out_fd,
		struct err *err) MUST_CHECK;

/* Starts a QEMU that answers questions. Owner of both: caller. */
int client_probe(struct client *client, const struct request_probe *probe, int *qmp_fd,
		 int *stderr_fd, struct err *err) MUST_CHECK;

/* Keeps 'len' bytes of text in the cache as 'name'. */
int client_cache(struct client *client, const char *name, const char *text, size_t len,
		 struct err *err) MUST_CHECK;

/* Fills 'argv' with what QEMU would be started with. */
int client_argv(struct client *client, const struct plan *plan, struct argv *argv,
		struct err *err) MUST_CHECK;

/* What START gives back; -1 for what the plan does not have. Owner: caller, started_release(). */
struct started {
	int qmp_fd;
	int console_fd;
	int firmware_log_fd;
	int stderr_fd;
	struct start_facts facts;
};

/* Sets every descriptor to "none". */
void started_init(struct started *started);
void started_release(struct started *started);
DEFINE_AUTO(started, struct started, started_release);

/* Starts the guest with descriptors in the order of enum plan_fd, which stay the caller's. */
int client_start(struct client *client, const struct plan *plan, const int *fds, size_t n_fds,
		 struct started *started, struct err *err) MUST_CHECK;

/* Kills QEMU. Its end is told by a notice, as always. */
int client_stop(struct client *client, struct err *err) MUST_CHECK;

/*
 * Reads one message that nobody asked for. Call when poll() says that 'fd' is readable.
 * Errors: ERR_BUG when the launcher is gone or sends anything but a notice.
 */
int client_read_notice(struct client *client, struct err *err) MUST_CHECK;

/* Waits until QEMU is gone. Errors: ERR_DEADLINE. */
int client_await_gone(struct client *client, int timeout_ms, struct err *err) MUST_CHECK;

/* The signal that the launcher heard last, and that it is now taken; 0 when there is none. */
int client_take_signal(struct client *client);

#endif
