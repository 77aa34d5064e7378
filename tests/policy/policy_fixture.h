/* SPDX-License-Identifier: Apache-2.0 */
/* Policy files inside C strings, read and refused. In their text single quotes stand for double. */
#ifndef SNPLAUNCH_TESTS_POLICY_POLICY_FIXTURE_H
#define SNPLAUNCH_TESTS_POLICY_POLICY_FIXTURE_H

#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "policy/host_policy_file.h"
#include "tests/policy/json_quotes.h"

/* Too large for a stack. */
static struct host_policy_file policy;
static struct host_policy compiled;
static struct err_list errors;

static inline int read_json(const char *json)
{
	memset(&policy, 0, sizeof(policy));
	memset(&errors, 0, sizeof(errors));
	return host_policy_read(&policy, "p.json", json, strlen(json), &errors);
}

static inline int read_text(const char *text)
{
	AUTO(mem) char *json = json_quotes(text);

	return read_json(json);
}

static inline void assert_reads(const char *text)
{
	if (read_text(text) < 0)
		fail_msg("refused: %s", errors.items[0].text);
	assert_int_equal(errors.n, 0);
	/* Whatever was in it before. */
	memset(&compiled, 0xff, sizeof(compiled));
	host_policy_compile(&compiled, &policy);
}

/* 'why' is what follows "policy file 'p.json':". */
static inline void assert_mistake(size_t index, const char *why)
{
	static const char whose[] = "policy file 'p.json':";

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

/* The keys that hold lists of paths. */
static const struct {
	const char *key;
	size_t n_max;
} lists[] = {
	{ "qemu", HOST_POLICY_QEMUS_MAX },
	{ "artifact_directories", HOST_POLICY_DIRECTORIES_MAX },
};

/* A policy file with a list of 'n' paths: "/0", "/1" and so on. */
static inline void write_list(char *out, size_t size, const char *key, size_t n)
{
	int used = snprintf(out, size, "{'%s':[", key);

	for (size_t i = 0; i < n; i++)
		used += snprintf(out + used, size - (size_t)used, "%s'/%zu'", i > 0 ? "," : "", i);
	(void)snprintf(out + used, size - (size_t)used, "]}");
}

#endif
