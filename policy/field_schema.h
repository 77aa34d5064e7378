/* SPDX-License-Identifier: Apache-2.0 */
/* A table of keys as a JSON Schema, for editors. */
#ifndef SNPLAUNCH_POLICY_FIELD_SCHEMA_H
#define SNPLAUNCH_POLICY_FIELD_SCHEMA_H

#include "policy/field.h"

/* The JSON Schema (draft 2020-12) of a file with these keys. Owner: caller, free(). */
char *field_schema(const struct field_table *table, const char *title);

#endif
