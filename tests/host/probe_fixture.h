/* SPDX-License-Identifier: Apache-2.0 */
/* A captured machine and what the checks say of it. */
#ifndef SNPLAUNCH_TESTS_HOST_PROBE_FIXTURE_H
#define SNPLAUNCH_TESTS_HOST_PROBE_FIXTURE_H

#include "tests/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/mem.h"
#include "host/capture.h"
#include "host/probe.h"

struct fixture {
	struct host_readings readings;
	struct host_facts facts;
	struct probe probe;
	struct err err;
	char text[CAPTURE_BYTES_MAX];
};

static inline void load(struct fixture *fixture, const char *name)
{
	char path[128];
	FILE *file;
	size_t len;

	(void)snprintf(path, sizeof(path), "tests/host/captures/%s.json", name);
	file = fopen(path, "re");
	assert_non_null(file);
	len = fread(fixture->text, 1, sizeof(fixture->text), file);
	(void)fclose(file);
	if (capture_read(&fixture->readings, &fixture->facts, fixture->text, len, &fixture->err) <
	    0)
		fail_msg("%s: %s", name, fixture->err.text);
}

static inline int set_up(void **state)
{
	*state = mem_zeroed(1, sizeof(struct fixture));
	return 0;
}

static inline int tear_down(void **state)
{
	free(*state);
	return 0;
}

static inline void set_text(struct host_readings *readings, enum host_text which, const char *text)
{
	memset(&readings->texts[which], 0, sizeof(readings->texts[which]));
	readings->texts[which].state = READING_DONE;
	(void)snprintf(readings->texts[which].text, READING_TEXT_SIZE, "%s", text);
}

#endif
