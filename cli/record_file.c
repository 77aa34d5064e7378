// SPDX-License-Identifier: Apache-2.0
// Reads launch records. Nothing in one is trusted.

#include "cli/record_file.h"

#include <stdio.h>
#include <string.h>

#include "cli/record.h"
#include "cli/output_file.h"
#include "cli/text_file.h"
#include "qmp/json.h"

#define DEPTH_MAX 8
#define VALUES_MAX 4096
#define KEY_SIZE 64

static const struct json_limits limits = {
	.bytes_max = RECORD_BYTES_MAX,
	.depth_max = DEPTH_MAX,
	.keys_max = VALUES_MAX,
	.kind = ERR_INPUT,
};

static int check_format(struct json_object *record, struct err *err)
{
	struct json_object *member;

	if (qmp_member_find(&member, record, "record", json_type_int, ERR_INPUT, err) < 0)
		return -1;
	if (json_object_get_int64(member) != RECORD_FORMAT)
		return err_set(err, ERR_INPUT, "it has format %s, and only %d is known",
			       json_object_get_string(member), RECORD_FORMAT);
	if (qmp_member_find(&member, record, "inputs", json_type_object, ERR_INPUT, err) < 0 ||
	    qmp_member_find(&member, record, "plan", json_type_object, ERR_INPUT, err) < 0)
		return -1;
	return qmp_member_find(&member, record, "states", json_type_array, ERR_INPUT, err);
}

bool record_file_is_one(const char *bytes, size_t len)
{
	return output_file_begins_with(bytes, len, "\"record\"");
}

int record_file_read(struct json_object **out, const char *path, struct client *client,
		     struct err *err)
{
	AUTO(json) struct json_object *record = NULL;
	AUTO(text_file) struct text_file text = { 0 };
	AUTO(fd) int fd = -1;

	if (client_open(client, OPEN_INPUT, path, &fd, err) < 0)
		return -1;
	if (text_file_read(&text, fd, RECORD_BYTES_MAX + 1, err) < 0 ||
	    qmp_json_read_file(&record, text.bytes, text.len, &limits, VALUES_MAX, err) < 0 ||
	    check_format(record, err) < 0)
		return err_context(err, "record '%s'", path);
	*out = record;
	record = NULL;
	return 0;
}

struct json_object *record_file_find(struct json_object *record, const char *way)
{
	while (record != NULL && *way != '\0') {
		size_t len = strcspn(way, ".");
		struct json_object *member = NULL;
		char key[KEY_SIZE];

		(void)snprintf(key, sizeof(key), "%.*s", (int)len, way);
		if (!json_object_is_type(record, json_type_object))
			return NULL;
		(void)json_object_object_get_ex(record, key, &member);
		record = member;
		way += way[len] == '.' ? len + 1 : len;
	}
	return record;
}

const char *record_file_text(struct json_object *record, const char *way)
{
	struct json_object *member = record_file_find(record, way);

	return member == NULL ? NULL : json_object_get_string(member);
}
