/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of a launch: a JSON file that says what was launched, what of it is measured, and how
 * far it came. snplaunch-record(5) has its members.
 *
 * Whoever reads the file while it is rewritten, or after snplaunch was killed, finds a whole record,
 * this one or the one before: each is one write over the whole of the former, and only then is the
 * file cut. Nothing is promised for a crash of the machine, nor on a full file system.
 */
#ifndef SNPLAUNCH_CLI_RECORD_H
#define SNPLAUNCH_CLI_RECORD_H

#include <stdint.h>

#include <json-c/json.h>

#include "base/err.h"
#include "cli/launch.h"

#define RECORD_FORMAT 1
#define RECORD_BYTES_MAX ((size_t)1024 * 1024)
/* What has a time in a record: launches that start again and again are cut there. */
#define RECORD_STATES_MAX 64

struct record {
	int fd;			     /* -1: none was asked for, or not yet. Owner: the record */
	struct json_object *content; /* owner: the record */
	struct json_object *states;  /* borrowed from 'content' */
};

void record_init(struct record *record);
void record_release(struct record *record);

/*
 * Begins the record of a launch that is measured and not yet started, and writes it to 'fd', which
 * the record then owns. Errors: ERR_SYSTEM.
 */
int record_begin(struct record *record, const struct launch *launch, int fd,
		 struct err *err) MUST_CHECK;

/*
 * Adds members (whose owner it becomes) to what the record of a rehearsal says of it. They are written
 * with the next event.
 */
void record_tell_rehearsal(struct record *record, struct json_object *members);

/*
 * Takes an event of the launch with its members, for struct events_listener: 'context' is a struct
 * record. Rewrites the file where that matters; what cannot be written then is only warned of.
 */
void record_hear(void *context, const char *event, struct json_object *fields);

#endif
