// SPDX-License-Identifier: Apache-2.0
// Looks at this machine for the causes that the catalogue of failures names.

#include "cli/explain_host.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"
#include "cli/host_ask.h"
#include "cli/result.h"
#include "host/failure_checks.h"
#include "host/probe.h"

struct explain_host {
	struct host_readings readings;
	struct probe probe;
};

struct explain_host *explain_host_ask(struct client *client)
{
	struct explain_host *host = mem_zeroed(1, sizeof(*host));

	host_ask(&host->readings, client);
	probe_make(&host->probe, &host->readings);
	return host;
}

void explain_host_free(struct explain_host *host)
{
	free(host);
}

// What the failure's checks rest on, each once; returns how many.
static size_t find_results(const struct probe_result *out[static FAILURE_CHECKS_MAX],
			   const struct explain_host *host, const struct failure *failure)
{
	const struct failure_checks *checks = failure_checks_find(failure);
	size_t n = 0;

	for (size_t i = 0; checks != NULL && i < FAILURE_CHECKS_MAX && checks->checks[i] != NULL;
	     i++) {
		const struct probe_result *result =
			probe_root(probe_find(&host->probe, checks->checks[i]));
		size_t same = 0;

		while (same < n && out[same] != result)
			same++;
		if (same == n)
			out[n++] = result;
	}
	return n;
}

void explain_host_print(const struct explain_host *host, const struct failure *failure)
{
	const struct probe_result *results[FAILURE_CHECKS_MAX];
	size_t n = find_results(results, host, failure);

	for (size_t i = 0; i < n; i++) {
		const struct probe_result *result = results[i];
		bool bad = result->status == PROBE_FAIL || result->status == PROBE_WARN;

		printf("%-12s %s %s: %s%s%s\n", "this host", probe_status_word(result->status),
		       result->check->name, result->value,
		       bad && result->remedy[0] != '\0' ? ": " : "", bad ? result->remedy : "");
	}
}

struct json_object *explain_host_json(const struct explain_host *host,
				      const struct failure *failure)
{
	const struct probe_result *results[FAILURE_CHECKS_MAX];
	size_t n = find_results(results, host, failure);
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < n; i++) {
		struct json_object *row = json_object_new_object();

		result_add(row, "check", results[i]->check->name);
		result_add(row, "status", probe_status_word(results[i]->status));
		result_add(row, "value", results[i]->value);
		result_add(row, "remedy", results[i]->remedy);
		(void)json_object_array_add(list, row);
	}
	return list;
}
