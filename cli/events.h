/* SPDX-License-Identifier: Apache-2.0 */
/* What happens in a launch, told to programs: one JSON object in a line, each with its time. */
#ifndef SNPLAUNCH_CLI_EVENTS_H
#define SNPLAUNCH_CLI_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <json-c/json.h>

/* Hears of every event too, whether somebody reads the lines or not. */
struct events_listener {
	/* 'fields' may be NULL, and is borrowed during the call. */
	void (*hear)(void *context, const char *name, struct json_object *fields);
	void *context;
};

struct events {
	struct events_listener listener; /* hear NULL: none. Set after events_init() */
	int fd;				 /* -1: nobody listens. Borrowed */
	bool is_socket;
	uint64_t n_missed; /* events that a reader who does not read has missed */
	/* The end of a line whose beginning was written. Owner: the events. */
	char *rest;
	size_t rest_start;
	size_t rest_len;
};

/* 'fd' is standard output, the descriptor of --events-fd, or -1. Owner: caller, events_release(). */
void events_init(struct events *events, int fd);
void events_release(struct events *events);

/*
 * Tells of an event: {"event":NAME,"monotonic_ms":...} and the members of 'fields', which may be
 * NULL and is released. Never waits: a reader that does not read misses events, and the next one
 * it gets says how many ("missed"). A line that was begun is finished before the next.
 */
void events_tell(struct events *events, const char *name, struct json_object *fields);

/* Waits for a slow reader at most 'timeout_ms': before an event that should not be missed. */
void events_wait(const struct events *events, int timeout_ms);

#endif
