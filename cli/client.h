/* SPDX-License-Identifier: Apache-2.0 */
/* The front's side of the launcher's requests. */
#ifndef SNPLAUNCH_CLI_CLIENT_H
#define SNPLAUNCH_CLI_CLIENT_H

#include <stdbool.h>

#include "base/err.h"
#include "base/wire.h"
#include "host/readings_open.h"
#include "launcher/host_policy.h"
#include "launcher/request.h"
#include "policy/launch_rules.h"

/* The connection, and what the launcher said meanwhile. Large: one for each process. */
struct client {
	int fd;
	bool by_root;		   /* root started snplaunch, so the host policy binds */
	bool has_policy;	   /* there is a policy file; else 'policy' has the defaults */
	struct host_policy policy; /* what the launcher obeys, after client_read_policy() */
	struct launch_rules rules; /* what the judge obeys, likewise */
	unsigned int n_signals;	   /* not yet taken by client_take_signal() */
	uint32_t signal_number;	   /* the last of them */
	bool gone_told;		   /* QEMU has ended, as 'gone' says; cleared by PROBE and START */
	struct notice_gone gone;
	struct wire_message message;
	struct readings_files host_files; /* opened before the front was confined; host_ask() */
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

/* Connections to a QEMU that was started; -1 for what it does not have. Owner: caller, started_release(). */
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

/* What a rehearsal gives to the library that plays the machine. All stays the caller's. */
struct rehearsal_fds {
	int scenario_fd; /* sealed */
	int account_fd;
};

/* How a QEMU is asked what it can do. */
struct probe_way {
	enum accel accel;
	bool kvm_by_path; /* QEMU opens /dev/kvm itself */
	const struct rehearsal_fds
		*rehearsal; /* on the machine that is played; NULL: on this one */
};

/* Starts a QEMU that answers questions, and fills in QMP and standard error. */
int client_probe(struct client *client, const struct probe_way *way, struct started *started,
		 struct err *err) MUST_CHECK;

/* Keeps what a memfd holds in the cache as 'name'. */
int client_cache(struct client *client, const char *name, int fd, struct err *err) MUST_CHECK;

/* What a guest is started from beside its connections. All stays the caller's. */
struct start_fds {
	int plan_fd;	       /* a file of the struct plan */
	int fds[PLAN_FDS_MAX]; /* all that the plan has of these, in the order of enum plan_fd */
	size_t n;
};

/* Starts the guest. */
int client_start(struct client *client, const struct plan *plan, const struct start_fds *fds,
		 struct started *started, struct err *err) MUST_CHECK;

/* Kills QEMU. Its end is told by a notice, as always. */
int client_stop(struct client *client, struct err *err) MUST_CHECK;

/*
 * Reads one message that nobody asked for, if there is one: poll() may have told of one that a request
 * has read since. Waits for nothing.
 * Errors: ERR_BUG when the launcher is gone or sends anything but a notice.
 */
int client_read_notice(struct client *client, struct err *err) MUST_CHECK;

/* Waits until QEMU is gone. Errors: ERR_DEADLINE. */
int client_await_gone(struct client *client, int timeout_ms, struct err *err) MUST_CHECK;

/* The signal that the launcher heard last, and that it is now taken; 0 when there is none. */
int client_take_signal(struct client *client);

#endif
