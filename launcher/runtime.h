/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directories that belong to snplaunch: the guest's runtime directory, which is also the lock
 * on its name, the cache, and the host policy's. Names inside are plain.
 */
#ifndef SNPLAUNCH_LAUNCHER_RUNTIME_H
#define SNPLAUNCH_LAUNCHER_RUNTIME_H

#include "base/auto.h"
#include "base/err.h"
#include "launcher/request.h"

enum place {
	PLACE_RUNTIME,
	PLACE_CACHE,
	PLACE_POLICY,
	PLACE_ROOTS_POLICY, /* of a machine, when a user has none */
};

struct runtime {
	int base_fd; /* the directory of all guests, -1 before a name is claimed */
	int dir_fd;  /* this guest's, locked for as long as it is open; -1 likewise */
	char name[PLAN_NAME_SIZE];
};

void runtime_init(struct runtime *runtime);

/*
 * Claims a guest's name: makes its directory, locks it, and listens on the socket in there on which
 * others reach the guest. Owner of *control_fd, on which nothing waits: caller.
 * Errors: ERR_BUSY when another launcher holds the name, ERR_REFUSED when the directory is not
 * ours alone, ERR_HOST when it cannot be made.
 */
int runtime_claim(struct runtime *runtime, const char *name, int *control_fd,
		  struct err *err) MUST_CHECK;

/* Makes an empty file in the claimed directory and opens it for writing. Owner: caller. */
int runtime_open_log(const struct runtime *runtime, const char *name, int *out_fd,
		     struct err *err) MUST_CHECK;

/*
 * Connects to the socket on which a running guest is reached. Owner: caller. Does not wait.
 * Errors: errnum ENOENT or ECONNREFUSED when no guest of that name runs, EAGAIN when too many ask it.
 */
int runtime_connect(const char *name, int *out_fd, struct err *err) MUST_CHECK;

/*
 * Keeps others from claiming names, and from being admitted, until 'base_fd' is unlocked or closed.
 * Who else may open the directory can hold its lock, but not us up for good.
 */
int runtime_lock_base(int base_fd) MUST_CHECK;

/* What admission.h writes into a guest's directory; removed with it. */
#define RUNTIME_SHARE_NAME "share"

/* Removes the directory if nothing was kept in it, and gives the name up. */
void runtime_release(struct runtime *runtime);

/*
 * Opens a file of a place for reading. Owner: caller.
 * Errors: ERR_INPUT when it cannot be opened, ERR_HOST when its directory cannot, each with errnum
 * ENOENT when there is none; ERR_REFUSED when somebody other than root and we could have written it.
 */
int place_open_file(enum place place, const char *name, int *out_fd, struct err *err) MUST_CHECK;

/*
 * Replaces a file of the cache by the first REQUEST_CACHE_BYTES_MAX bytes of another. Who reads it
 * meanwhile may find a part of it.
 */
int cache_store(const char *name, int from_fd, struct err *err) MUST_CHECK;

#endif
