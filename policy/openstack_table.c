// SPDX-License-Identifier: Apache-2.0
// The properties, and how both sides spell them.

#include "policy/openstack_table.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "policy/field.h"

const struct openstack_row openstack_rows[OPENSTACK_PROPERTIES] = {
	[OPENSTACK_MEM_ENCRYPTION] = { { "hw_mem_encryption", "hw:mem_encryption" }, true },
	[OPENSTACK_MEM_ENCRYPTION_MODEL] = { { "hw_mem_encryption_model",
					       "hw:mem_encryption_model" },
					     false },
	[OPENSTACK_FIRMWARE_TYPE] = { { "hw_firmware_type", NULL }, false },
	[OPENSTACK_FIRMWARE_STATELESS] = { { "hw_firmware_stateless", NULL }, true },
	[OPENSTACK_MACHINE_TYPE] = { { "hw_machine_type", NULL }, false },
	[OPENSTACK_LOCKED_MEMORY] = { { "hw_locked_memory", "hw:locked_memory" }, true },
	[OPENSTACK_MEM_PAGE_SIZE] = { { "hw_mem_page_size", "hw:mem_page_size" }, false },
};

const char *const openstack_side_words[OPENSTACK_SIDES] = { "image", "flavor" };

enum openstack_property openstack_find(enum openstack_side side, const char *name)
{
	unsigned int i = 0;

	while (i < OPENSTACK_PROPERTIES && (openstack_rows[i].names[side] == NULL ||
					    strcmp(openstack_rows[i].names[side], name) != 0))
		i++;
	return (enum openstack_property)i;
}

const char *openstack_suggest(enum openstack_side side, const char *name)
{
	struct field fields[OPENSTACK_PROPERTIES];
	struct field_table table = { .fields = fields };
	const char *known;

	for (size_t i = 0; i < OPENSTACK_PROPERTIES; i++)
		if (openstack_rows[i].names[side] != NULL)
			fields[table.n++] = (struct field){ .key = openstack_rows[i].names[side] };
	known = field_suggest(&table, name);
	// A name's beginning is no typing mistake: "hw_mem".
	return known != NULL && strlen(name) + 2 >= strlen(known) ? known : NULL;
}

enum on_off openstack_truth(const char *text)
{
	// oslo_utils.strutils: TRUE_STRINGS and FALSE_STRINGS, without regard to case and blanks.
	static const char *const words[][6] = {
		[ON_OFF_ON] = { "1", "t", "true", "on", "y", "yes" },
		[ON_OFF_OFF] = { "0", "f", "false", "off", "n", "no" },
	};
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strcspn(text, " \t\r\n");
	if (text[len + strspn(text + len, " \t\r\n")] != '\0')
		return ON_OFF_UNSET;
	for (enum on_off value = ON_OFF_OFF; value < ON_OFFS; value++)
		for (size_t i = 0; i < ARRAY_LEN(words[value]); i++)
			if (strlen(words[value][i]) == len &&
			    strncasecmp(words[value][i], text, len) == 0)
				return value;
	return ON_OFF_UNSET;
}

const char *openstack_value(const struct openstack *openstack, enum openstack_side side,
			    enum openstack_property property)
{
	return openstack->files[side].values[property];
}

const char *openstack_label(const struct openstack *openstack, enum openstack_side side)
{
	const struct openstack_file *file = &openstack->files[side];

	if (file->name[0] != '\0')
		return file->name;
	return file->id[0] != '\0' ? file->id : "<no-id>";
}

struct openstack_decision *openstack_add_decision(struct openstack *openstack, const char *what,
						  const char *value)
{
	struct openstack_decision *decision = &openstack->decisions[openstack->n_decisions++];

	assert(openstack->n_decisions <= OPENSTACK_DECISIONS_MAX);
	decision->n_sources = 0;
	(void)snprintf(decision->what, sizeof(decision->what), "%s", what);
	(void)snprintf(decision->value, sizeof(decision->value), "%s", value);
	return decision;
}

void openstack_add_source(struct openstack_decision *decision, enum openstack_side side,
			  const char *property)
{
	assert(decision->n_sources < ARRAY_LEN(decision->sources));
	decision->sources[decision->n_sources++] = (struct openstack_source){ side, property };
}

void openstack_add_sources(struct openstack_decision *decision, const struct openstack *openstack,
			   enum openstack_property property)
{
	for (enum openstack_side side = OPENSTACK_IMAGE; side < OPENSTACK_SIDES; side++)
		if (openstack_value(openstack, side, property)[0] != '\0')
			openstack_add_source(decision, side, openstack_rows[property].names[side]);
}
