/* SPDX-License-Identifier: Apache-2.0 */
/* What the checks of this machine say about the cause of a failure. */
#ifndef SNPLAUNCH_CLI_EXPLAIN_HOST_H
#define SNPLAUNCH_CLI_EXPLAIN_HOST_H

#include <json-c/json.h>

#include "cli/client.h"
#include "host/failures.h"

struct explain_host;

/* Makes the checks; those of QEMU and of images are left out. Owner: caller, explain_host_free(). */
struct explain_host *explain_host_ask(struct client *client);
void explain_host_free(struct explain_host *host);

/* Prints a line for each check that looks at the failure's cause. */
void explain_host_print(const struct explain_host *host, const struct failure *failure);

/* The same as a list. Owner: caller. */
struct json_object *explain_host_json(const struct explain_host *host,
				      const struct failure *failure);

#endif
