// SPDX-License-Identifier: Apache-2.0
// What a running guest answers to requests, and to what is none.

#include "tests/base/process.h"

#include "base/mem.h"
#include "cli/answers.h"
#include "cli/transitions.h"
#include "confine/layers.h"

static struct supervisor *supervisor;
static struct client *client;
static struct launch *launch;
static struct argv no_argv;

static int set_up(void **state)
{
	(void)state;
	supervisor = mem_zeroed(1, sizeof(*supervisor));
	client = mem_zeroed(1, sizeof(*client));
	launch = launch_new();
	(void)snprintf(launch->plan.name, sizeof(launch->plan.name), "web");
	(void)strcpy(launch->plan.cpu_model, "EPYC-Milan-v2");
	launch->plan.vcpus = 3;
	launch->plan.level = LEVEL_OFF;
	launch->plan.accel = ACCEL_TCG;
	supervisor->launch = launch;
	supervisor->client = client;
	supervisor->argv = &no_argv;
	supervisor->state = RUN_RUNNING;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	launch_free(launch);
	free(client);
	free(supervisor);
	return 0;
}

static struct json_object *ask(const char *request)
{
	return answers_give(supervisor, request, strlen(request));
}

static struct json_object *find(struct json_object *object, const char *key)
{
	struct json_object *value = json_object_object_get(object, key);

	if (value == NULL)
		fail_msg("there is no '%s' in %s", key, json_object_to_json_string(object));
	return value;
}

static void tells_the_status(void **state)
{
	struct json_object *answer = ask(" {\"command\" : \"status\"}\r");
	struct json_object *status = find(answer, "return");

	(void)state;
	assert_string_equal(json_object_get_string(find(status, "name")), "web");
	assert_string_equal(json_object_get_string(find(status, "level")), "off");
	assert_string_equal(json_object_get_string(find(status, "accel")), "tcg");
	assert_string_equal(json_object_get_string(find(status, "cpu")), "EPYC-Milan-v2");
	assert_string_equal(json_object_get_string(find(status, "cpu_signature")), "0x00a00f11");
	assert_int_equal(json_object_get_int(find(status, "vcpus")), 3);
	assert_string_equal(json_object_get_string(find(status, "state")), "running");
	assert_true(json_object_get_int64(find(status, "since")) > 0);
	assert_int_equal(json_object_array_length(find(find(status, "confinement"), "processes")),
			 4);
	assert_int_equal(json_object_put(answer), 1);
}

static void refuses_what_is_no_request(void **state)
{
	static const struct {
		const char *request;
		const char *text;
	} rows[] = {
		{ "{\"command\":\"dance\"}", "unknown command 'dance'" },
		{ "{\"command\":\"\\u001b[31m\"}", "unknown command '\\x1b[31m'" },
		{ "{\"command\":\"\"}", "unknown command ''" },
		{ "{\"command\":7}", "member 'command' must be a string" },
		{ "{}", "member 'command' is missing" },
		{ "{\"command\":\"status\",\"force\":true}", "only member 'command' is known" },
		{ "[\"status\"]", "not a JSON object" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json_object *answer = ask(rows[i].request);
		struct json_object *error = find(answer, "error");

		assert_string_equal(json_object_get_string(find(error, "kind")), "usage");
		assert_string_equal(json_object_get_string(find(error, "text")), rows[i].text);
		assert_int_equal(json_object_put(answer), 1);
	}
}

static void has_only_a_guest_go_on_that_waits(void **state)
{
	static const struct {
		enum run_state from;
		const char *kind;
		const char *text;
	} rows[] = {
		{ RUN_MEASURE, "busy", "it does not wait for its owner: its state is 'measure'" },
		{ RUN_RUNNING, "usage", "it does not wait for its owner: its state is 'running'" },
		{ RUN_OWNER, "usage",
		  "a secret is a header and a payload: one of them is missing" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json_object *answer;
		struct json_object *error;

		supervisor->state = rows[i].from;
		answer = ask("{\"command\":\"continue\",\"secret_header\":\"AAAA\"}");
		error = find(answer, "error");
		assert_string_equal(json_object_get_string(find(error, "kind")), rows[i].kind);
		assert_string_equal(json_object_get_string(find(error, "text")), rows[i].text);
		assert_int_equal(json_object_put(answer), 1);
		assert_int_equal(supervisor->state, rows[i].from);
	}
}

static void refuses_what_is_no_json(void **state)
{
	static const char *const requests[] = {
		"",
		"status",
		"{",
		"{\"command\":\"status\"",
		"{\"command\":\"status\",\"command\":\"status\"}",
		"\xff",
		"{\"command\":\"status\"} {}",
		"{{{{{",
		"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		struct json_object *answer = ask(requests[i]);

		assert_non_null(find(answer, "error"));
		assert_int_equal(json_object_put(answer), 1);
	}
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_the_status),
		TEST(refuses_what_is_no_request),
		TEST(has_only_a_guest_go_on_that_waits),
		TEST(refuses_what_is_no_json),
	};

	return cmocka_run_group_tests_name("cli/answers", tests, NULL, NULL);
}
