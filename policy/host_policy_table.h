/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of a policy file's keys. Reading, schema, the command policy and the manual's key list
 * all come from it: to add a key, add a member to struct host_policy_file and a row here.
 */
#ifndef SNPLAUNCH_POLICY_HOST_POLICY_TABLE_H
#define SNPLAUNCH_POLICY_HOST_POLICY_TABLE_H

#include "policy/field.h"

extern const struct field_table host_policy_fields;

/* One above the enums of launcher/host_policy.h: zero is "not given" in a file. */
extern const struct words confinement_words;
extern const struct words seccomp_words;
extern const struct words sev_issue_cmd_words;
extern const struct words network_rule_words; /* one above enum network_kind; "none" is a word */

extern const struct words generation_words;
extern const struct words policy_bit_words; /* of launch_rules_policy_bit() */

#endif
