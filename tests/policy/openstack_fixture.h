/* SPDX-License-Identifier: Apache-2.0 */
/* Images and flavors inside C strings. In their text single quotes stand for double. */
#ifndef SNPLAUNCH_TESTS_POLICY_OPENSTACK_FIXTURE_H
#define SNPLAUNCH_TESTS_POLICY_OPENSTACK_FIXTURE_H

#include "tests/base/process.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "policy/openstack.h"
#include "tests/policy/json_quotes.h"

/* Too large for a stack. */
static struct openstack openstack;
static struct guest guest;
static struct err_list errors;

static inline void forget(void)
{
	memset(&openstack, 0, sizeof(openstack));
	memset(&guest, 0, sizeof(guest));
	memset(&errors, 0, sizeof(errors));
}

static inline int read_side(enum openstack_side side, const char *text)
{
	AUTO(mem) char *json = json_quotes(text);
	const struct openstack_text input = { .file = "x.json", .text = json, .len = strlen(json) };

	return openstack_read(&openstack, side, &input, &errors);
}

/* An image named 'debian' or a flavor named 'm1' with members behind its name. */
static inline void give(enum openstack_side side, const char *members)
{
	static const char *const names[OPENSTACK_SIDES] = { "'name':'debian','id':'1c9d'",
							    "'name':'m1'" };
	char text[2000];

	(void)snprintf(text, sizeof(text), "{%s%s%s}", names[side], members[0] != '\0' ? "," : "",
		       members);
	if (read_side(side, text) < 0)
		fail_msg("%s: %s", text, errors.items[0].text);
}

/* The same with properties only; NULL: no such file. */
static inline void give_properties(enum openstack_side side, const char *properties)
{
	char members[1800];

	if (properties == NULL)
		return;
	(void)snprintf(members, sizeof(members), "'properties':{%s}", properties);
	give(side, members);
}

#endif
