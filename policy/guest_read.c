// SPDX-License-Identifier: Apache-2.0
// Reads a whole guest file.

#include "policy/guest.h"

#include "base/text.h"
#include "policy/guest_reader.h"
#include "policy/guest_table.h"
#include "policy/guest_value.h"

static void read_root(const struct guest_reader *reader, struct guest *guest,
		      struct json_object *root)
{
	struct guest_target target = { .table = &guest_fields, .base = (char *)guest };
	struct err err;

	if (guest_value_check_type(root, json_type_object, &err) < 0)
		guest_reader_report(reader, NULL, JSON_VALUE, &err);
	else
		guest_reader_read_members(reader, NULL, &target, root);
}

int guest_read(struct guest *guest, const char *file, const char *text, size_t len,
	       struct err_list *errors)
{
	const struct guest_reader reader = {
		.file = file,
		.text = text,
		.len = len,
		.errors = errors,
	};
	AUTO(json) struct json_object *root = NULL;
	size_t n_before = errors->n + errors->n_dropped;
	struct json_place place = { 1, 1 };
	struct err err;

	if (json_file_parse(text, len, &guest_json_limits, &root, &place, &err) < 0) {
		err_context(&err, "guest file '%s':%u:%u", TEXT_SHOW(file), place.line,
			    place.column);
		err_list_add(errors, &err);
		return -1;
	}
	read_root(&reader, guest, root);
	return errors->n + errors->n_dropped == n_before ? 0 : -1;
}
