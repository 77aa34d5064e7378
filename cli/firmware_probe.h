/* SPDX-License-Identifier: Apache-2.0 */
/* Which levels the installed firmware images can boot, as readings of a machine. */
#ifndef SNPLAUNCH_CLI_FIRMWARE_PROBE_H
#define SNPLAUNCH_CLI_FIRMWARE_PROBE_H

#include "cli/client.h"
#include "host/readings.h"

/* Looks at the images in the usual places; one that cannot be read is left out. */
void firmware_probe(struct host_readings *readings, struct client *client);

#endif
