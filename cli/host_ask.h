/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the machine that the front runs on. */
#ifndef SNPLAUNCH_CLI_HOST_ASK_H
#define SNPLAUNCH_CLI_HOST_ASK_H

#include "cli/client.h"
#include "cli/command.h"
#include "host/readings.h"
#include "plan/plan.h"

/* Whether a command looks at this machine, whose CPU has SEV or not. */
bool host_ask_is_wanted(const struct options *options, bool cpu_has_sev);

/*
 * Opens what the command will look at on this machine, with the front's own rights, which are nobody's
 * or the user's. Must: come before the front is confined.
 */
void host_ask_open(struct client *client, const struct options *options);

/*
 * Reads that, CPUID, and through the launcher what KVM and the AMD-SP say. What cannot be read is a
 * reading, too. Must: 'readings' is zeroed.
 */
void host_ask(struct host_readings *readings, struct client *client);

/* The level as the checks know it. Must: above off. */
enum host_level host_ask_level(enum level level);

#endif
