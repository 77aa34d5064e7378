// SPDX-License-Identifier: Apache-2.0
// Fuzz target: the input is a capture of a machine.

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "host/capture.h"
#include "host/probe.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// What was read judges, writes and reads again.
static void use(const struct host_readings *readings, const struct host_facts *facts)
{
	static struct probe probe;
	static struct host_readings again;
	static struct host_facts facts_again;
	const struct probe_result *why;
	struct err err;
	size_t len;
	char *text;

	probe_make(&probe, readings);
	for (size_t i = 0; i < probe.n; i++)
		for (const char *byte = probe.results[i].value; *byte != '\0'; byte++)
			assert(*byte >= ' ' && *byte <= '~');
	for (enum host_level level = 0; level < HOST_LEVELS; level++)
		(void)probe_level(&probe, level, &why);
	(void)probe_asids(readings, true);
	text = capture_write(readings, readings->has_qemu ? facts : NULL, &len);
	assert(capture_read(&again, &facts_again, text, len, &err) == 0);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct host_readings readings;
	static struct host_facts facts;
	// Without the NUL behind it that a string would have.
	char *text = malloc(size > 0 ? size : 1);
	struct err err = { .kind = ERR_NONE };

	assert(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	if (capture_read(&readings, &facts, text, size, &err) < 0)
		assert(err_is_valid(&err) && err.kind == ERR_INPUT);
	else
		use(&readings, &facts);
	free(text);
	return 0;
}
