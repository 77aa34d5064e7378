/* SPDX-License-Identifier: Apache-2.0 */
/* The names of OpenStack's properties, and what reading and deciding share. */
#ifndef SNPLAUNCH_POLICY_OPENSTACK_TABLE_H
#define SNPLAUNCH_POLICY_OPENSTACK_TABLE_H

#include "plan/plan.h"
#include "policy/openstack.h"

struct openstack_row {
	/* NULL: that side has no such property. */
	const char *names[OPENSTACK_SIDES];
	bool is_truth_value;
};

extern const struct openstack_row openstack_rows[OPENSTACK_PROPERTIES];

/* "image" or "flavor". */
extern const char *const openstack_side_words[OPENSTACK_SIDES];

/* The property of that name, OPENSTACK_PROPERTIES when that side has none. */
enum openstack_property openstack_find(enum openstack_side side, const char *name);

/* A name of that side that 'name' is at most two typing mistakes away from; NULL: none. */
const char *openstack_suggest(enum openstack_side side, const char *name);

/* A truth value as oslo.utils reads it; unset for text that is neither, which Nova takes for false. */
enum on_off openstack_truth(const char *text);

/* What a side says of a property; "" where it says nothing. Borrowed. */
const char *openstack_value(const struct openstack *openstack, enum openstack_side side,
			    enum openstack_property property);

/* What messages call a side: its name, else its id, else "<no-id>" as Nova has it. Borrowed. */
const char *openstack_label(const struct openstack *openstack, enum openstack_side side);

/* Adds a decision without sources. There is room for all that can be decided. */
struct openstack_decision *openstack_add_decision(struct openstack *openstack, const char *what,
						  const char *value);
void openstack_add_source(struct openstack_decision *decision, enum openstack_side side,
			  const char *property);

/* Adds the sides that say something of a property. */
void openstack_add_sources(struct openstack_decision *decision, const struct openstack *openstack,
			   enum openstack_property property);

#endif
