/* SPDX-License-Identifier: Apache-2.0 */
/* Prints what the checks of a machine said. */
#ifndef SNPLAUNCH_CLI_PROBE_PRINT_H
#define SNPLAUNCH_CLI_PROBE_PRINT_H

#include <stdbool.h>

#include "cli/probe_log.h"
#include "host/probe.h"

/* All borrowed. */
struct probe_page {
	const struct probe *probe;
	const struct host_readings *readings;
	const struct probe_log *log;
	uint32_t levels; /* which of them is asked about */
};

void probe_print_text(const struct probe_page *page);
void probe_print_json(const struct probe_page *page);

/* The traits that OpenStack's placement would give this machine, and how many guests it takes. */
void probe_print_traits(const struct probe_page *page, bool json_wanted);

#endif
