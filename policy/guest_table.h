/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of a guest file's keys. Reading, options, checks, help, schema and the manual's key
 * list all come from it: to add a key, add a member to struct guest and a row here.
 */
#ifndef SNPLAUNCH_POLICY_GUEST_TABLE_H
#define SNPLAUNCH_POLICY_GUEST_TABLE_H

#include "policy/field.h"

extern const struct field_table guest_fields;

/* The row of an option's name without "--": dashes count as underscores. */
const struct field *guest_find_option(const char *option);

#endif
