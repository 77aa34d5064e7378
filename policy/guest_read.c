// SPDX-License-Identifier: Apache-2.0
// Reads a whole guest file, and describes one.

#include "policy/guest.h"

#include "base/text_escape.h"
#include "policy/field_reader.h"
#include "policy/field_schema.h"
#include "policy/guest_table.h"

int guest_read(struct guest *guest, const char *file, const char *text, size_t len,
	       struct err_list *errors)
{
	const struct field_reader reader = {
		.noun = "guest file",
		.file = file,
		.text = text,
		.len = len,
		.errors = errors,
	};

	return field_reader_read_file(&reader, &guest_fields, guest);
}

char *guest_schema(void)
{
	return field_schema(&guest_fields, "snplaunch guest file");
}
