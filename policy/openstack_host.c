// SPDX-License-Identifier: Apache-2.0
// What placement and the scheduler's filters would ask of a host.

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"
#include "policy/openstack_table.h"

#define LABEL(openstack, side) TEXT_SHOW(openstack_label(openstack, side))

// True when the comma-separated 'list' has an item that is NAME, or NAME=VALUE with a value.
static bool is_given(const char *list, const char *name, const char *value)
{
	char item[2 * OPENSTACK_TEXT_SIZE];
	size_t len;

	(void)snprintf(item, sizeof(item), "%s%s%s", name, value != NULL ? "=" : "",
		       value != NULL ? value : "");
	len = strlen(item);
	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, ",");

		if (n == len && memcmp(list, item, n) == 0)
			return true;
		list += n + (list[n] == ',');
	}
	return false;
}

static const struct openstack_trait *find_trait(const struct openstack_host *host, const char *name)
{
	for (size_t i = 0; i < host->n_traits; i++)
		if (strcmp(host->traits[i].name, name) == 0)
			return &host->traits[i];
	return NULL;
}

// One requirement, and who has it.
struct wish {
	struct openstack *openstack;
	enum openstack_side side;
	const struct openstack_requirement *requirement;
};

static int check_aggregate(const struct wish *wish, const struct openstack_host *host,
			   struct err *err)
{
	const struct openstack_requirement *requirement = wish->requirement;

	if (is_given(host->given, requirement->name, requirement->value))
		return 0;
	return err_set(
		err, ERR_HOST,
		"%s '%s' wants a host whose aggregates have '%s' set to '%s', and nobody says "
		"that of this machine: if it holds, give --host-traits '%s=%s'",
		openstack_side_words[wish->side], LABEL(wish->openstack, wish->side),
		TEXT_SHOW(requirement->name), TEXT_SHOW(requirement->value),
		TEXT_SHOW(requirement->name), TEXT_SHOW(requirement->value));
}

static int check_trait(const struct wish *wish, const struct openstack_host *host, struct err *err)
{
	const struct openstack_requirement *requirement = wish->requirement;
	const struct openstack_trait *trait = find_trait(host, requirement->name);
	bool is_there =
		trait != NULL ? trait->is_there : is_given(host->given, requirement->name, NULL);
	bool is_wanted = strcmp(requirement->value, "required") == 0;

	if (is_there == is_wanted)
		return 0;
	if (!is_wanted)
		return err_set(err, ERR_HOST, "this machine has trait '%s', which %s '%s' forbids",
			       TEXT_SHOW(requirement->name), openstack_side_words[wish->side],
			       LABEL(wish->openstack, wish->side));
	if (trait != NULL)
		return err_set(err, ERR_HOST,
			       "this machine lacks trait '%s', which %s '%s' requires: use another "
			       "machine, or describe one with --host-facts",
			       TEXT_SHOW(requirement->name), openstack_side_words[wish->side],
			       LABEL(wish->openstack, wish->side));
	return err_set(err, ERR_HOST,
		       "trait '%s', which %s '%s' requires, is none that snplaunch can examine: if "
		       "this machine has it, give --host-traits '%s'",
		       TEXT_SHOW(requirement->name), openstack_side_words[wish->side],
		       LABEL(wish->openstack, wish->side), TEXT_SHOW(requirement->name));
}

static int check_wish(const struct wish *wish, const struct openstack_host *host, struct err *err)
{
	const struct openstack_requirement *requirement = wish->requirement;
	char what[OPENSTACK_TEXT_SIZE + 16];

	if (requirement->is_aggregate ? check_aggregate(wish, host, err) < 0 :
					check_trait(wish, host, err) < 0)
		return -1;
	(void)snprintf(what, sizeof(what), "%s %s",
		       requirement->is_aggregate ? "aggregate's" : "trait", requirement->name);
	openstack_add_source(openstack_add_decision(wish->openstack, what, requirement->value),
			     wish->side, requirement->property);
	return 0;
}

int openstack_check_host(struct openstack *openstack, const struct openstack_host *host,
			 struct err *err)
{
	for (enum openstack_side side = OPENSTACK_IMAGE; side < OPENSTACK_SIDES; side++)
		for (size_t i = 0; i < openstack->files[side].n_requirements; i++) {
			const struct wish wish = { openstack, side,
						   &openstack->files[side].requirements[i] };

			if (check_wish(&wish, host, err) < 0)
				return -1;
		}
	return 0;
}
