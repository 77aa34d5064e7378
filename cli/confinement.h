/* SPDX-License-Identifier: Apache-2.0 */
/* What each process of a launch may do, layer by layer, from the tables that are enforced. */
#ifndef SNPLAUNCH_CLI_CONFINEMENT_H
#define SNPLAUNCH_CLI_CONFINEMENT_H

#include <stdint.h>
#include <sys/types.h>

#include <json-c/json.h>

#include "base/argv.h"
#include "cli/client.h"

/* What is known of a guest that runs, as seen by its front. */
struct confinement_found {
	uint32_t missing_layers; /* QEMU's: set of 1 << enum layer */
	pid_t launcher_pid;
	pid_t front_pid;
	pid_t jail_pid;
};

/*
 * The confinement of a launch by that plan, for whom and under which policy 'client' says; 'argv' is
 * QEMU's command line. Every call of every filter is in it. With 'found', which is NULL before a
 * start, layers that may be missing are "on" or "missing". Owner: caller.
 */
struct json_object *confinement_json(const struct plan *plan, const struct argv *argv,
				     const struct client *client,
				     const struct confinement_found *found);

/* Prints it for people to standard output, the calls only when they are wanted. */
void confinement_print(struct json_object *confinement, bool all_calls);

#endif
