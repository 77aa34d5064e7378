/* SPDX-License-Identifier: Apache-2.0 */
/* Guest files inside C strings, read and refused. In their text single quotes stand for double. */
#ifndef SNPLAUNCH_TESTS_POLICY_GUEST_FIXTURE_H
#define SNPLAUNCH_TESTS_POLICY_GUEST_FIXTURE_H

#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "policy/guest.h"
#include "tests/policy/json_quotes.h"

/* Too large for a stack. */
static struct guest guest;
static struct err_list errors;

static inline int read_text(const char *text)
{
	AUTO(mem) char *json = json_quotes(text);

	memset(&guest, 0, sizeof(guest));
	memset(&errors, 0, sizeof(errors));
	return guest_read(&guest, "web.json", json, strlen(json), &errors);
}

static inline void assert_reads(const char *text)
{
	if (read_text(text) < 0)
		fail_msg("refused: %s", errors.items[0].text);
	assert_int_equal(errors.n, 0);
}

/* 'why' is what follows "guest file 'web.json':". */
static inline void assert_mistake(size_t index, const char *why)
{
	static const char whose[] = "guest file 'web.json':";

	assert_memory_equal(errors.items[index].text, whose, strlen(whose));
	assert_string_equal(errors.items[index].text + strlen(whose), why);
	assert_int_equal(errors.items[index].kind, ERR_GUEST_FILE);
}

static inline void assert_refuses(const char *text, const char *why)
{
	assert_int_equal(read_text(text), -1);
	assert_mistake(0, why);
	assert_int_equal(errors.n, 1);
}

#endif
