/* SPDX-License-Identifier: Apache-2.0 */
/* What an OpenStack image and flavor decided, for people and for programs. */
#ifndef SNPLAUNCH_CLI_REPORT_OPENSTACK_H
#define SNPLAUNCH_CLI_REPORT_OPENSTACK_H

#include <json-c/json.h>

#include "policy/openstack.h"

/* Prints a line for each decision; nothing when neither file was given. */
void report_openstack_print(const struct openstack *openstack);

/* Adds the member "openstack" to a report; none when neither file was given. */
void report_openstack_add(struct json_object *report, const struct openstack *openstack);

#endif
