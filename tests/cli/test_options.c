// SPDX-License-Identifier: Apache-2.0
// Command lines: both spellings, and every mistake by name.

#include "tests/base/process.h"

#include "cli/command.h"

static struct options options;
static struct err err;

static int tear_down(void **state)
{
	(void)state;
	options_release(&options);
	return 0;
}

static void read_all(const char *command, const char *const *arguments)
{
	options_release(&options);
	expect_success(options_read(&options, command_find(command),
				    (char *const *)(uintptr_t)arguments, &err),
		       &err);
}

static void expect_refusal(const char *command, const char *const *arguments, const char *text)
{
	options_release(&options);
	assert_int_equal(options_read(&options, command_find(command),
				      (char *const *)(uintptr_t)arguments, &err),
			 -1);
	expect_error(&err, ERR_USAGE, text);
}

#define ARGUMENTS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void reads_nothing_from_nothing(void **state)
{
	const char *const none[] = { NULL };

	(void)state;
	read_all("run", none);
	assert_false(options.help_wanted || options.json_wanted || options.console_events_wanted);
	assert_int_equal(options.events_fd, -1);
	assert_null(options.host_facts);
	assert_null(options.guest_file);
	assert_int_equal(options.n_guest_options, 0);
}

static void takes_both_spellings(void **state)
{
	static const char *const spellings[][8] = {
		{ "--vcpus", "4", "--host-facts", "f.json", "--events-fd", "7", NULL },
		{ "--vcpus=4", "--host-facts=f.json", "--events-fd=7", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		read_all("run", spellings[i]);
		assert_int_equal(options.n_guest_options, 1);
		assert_string_equal(options.guest_options[0].key, "vcpus");
		assert_string_equal(options.guest_options[0].text, "4");
		assert_string_equal(options.host_facts, "f.json");
		assert_int_equal(options.events_fd, 7);
	}
}

static void takes_the_confinement_s_options_with_plan_only(void **state)
{
	(void)state;
	read_all("plan", ARGUMENTS("--confinement", "--all-calls"));
	assert_true(options.confinement_wanted && options.all_calls_wanted);
	expect_refusal("run", ARGUMENTS("--confinement"),
		       "unknown option '--confinement': see snplaunch run --help");
}

static void takes_values_as_they_are(void **state)
{
	(void)state;
	read_all("run", ARGUMENTS("--cmdline", "--looks-like=an option", "--cmdline=a=b=c",
				  "--name=", "--disk", "{\"path\":\"a\"}"));
	assert_int_equal(options.n_guest_options, 4);
	assert_string_equal(options.guest_options[0].text, "--looks-like=an option");
	assert_string_equal(options.guest_options[1].text, "a=b=c");
	assert_string_equal(options.guest_options[2].text, "");
	assert_string_equal(options.guest_options[3].key, "disk");
}

static void keeps_guest_options_in_order_and_the_argument_anywhere(void **state)
{
	(void)state;
	read_all("plan", ARGUMENTS("--vcpus", "1", "web.json", "--json", "--vcpus", "2"));
	assert_string_equal(options.guest_file, "web.json");
	assert_true(options.json_wanted);
	assert_int_equal(options.n_guest_options, 2);
	assert_string_equal(options.guest_options[0].text, "1");
	assert_string_equal(options.guest_options[1].text, "2");
}

static void takes_many_guest_options(void **state)
{
	const char *arguments[201];

	(void)state;
	for (size_t i = 0; i < 200; i++)
		arguments[i] = "--vcpus=1";
	arguments[200] = NULL;
	read_all("run", arguments);
	assert_int_equal(options.n_guest_options, 200);
}

static void takes_a_single_dash_for_a_name(void **state)
{
	(void)state;
	read_all("run", ARGUMENTS("-"));
	assert_string_equal(options.guest_file, "-");
}

static void gives_other_commands_their_argument(void **state)
{
	(void)state;
	read_all("schema", ARGUMENTS("guest"));
	assert_string_equal(options.arguments[0], "guest");
	assert_null(options.guest_file);
	read_all("schema", ARGUMENTS("--help"));
	assert_true(options.help_wanted);
}

static void refuses_a_missing_value(void **state)
{
	(void)state;
	expect_refusal("run", ARGUMENTS("--vcpus"), "option '--vcpus' needs a value");
	expect_refusal("run", ARGUMENTS("web.json", "--host-facts"),
		       "option '--host-facts' needs a value");
	expect_refusal("run", ARGUMENTS("--events-fd"), "option '--events-fd' needs a value");
}

static void refuses_a_value_that_nobody_wants(void **state)
{
	(void)state;
	expect_refusal("run", ARGUMENTS("--json=yes"), "option '--json' takes no value");
	expect_refusal("run", ARGUMENTS("--help="), "option '--help' takes no value");
	expect_refusal("run", ARGUMENTS("--console-events=1"),
		       "option '--console-events' takes no value");
}

static void refuses_unknown_options(void **state)
{
	static const char *const unknown[] = { "--no-such", "--no-such=1", "--vcpu", "--vcpuss",
					       "-h",	    "-vcpus",	   "--=",    "--=x" };
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++) {
		(void)snprintf(text, sizeof(text), "unknown option '%s': see snplaunch run --help",
			       unknown[i]);
		expect_refusal("run", ARGUMENTS(unknown[i]), text);
	}
}

static void refuses_options_of_other_commands(void **state)
{
	(void)state;
	expect_refusal("plan", ARGUMENTS("--events-fd", "5"),
		       "unknown option '--events-fd': see snplaunch plan --help");
	expect_refusal("schema", ARGUMENTS("--vcpus", "5"),
		       "unknown option '--vcpus': see snplaunch schema --help");
	expect_refusal("schema", ARGUMENTS("--json"),
		       "unknown option '--json': see snplaunch schema --help");
}

static void shows_hostile_options_escaped_and_cut(void **state)
{
	char option[5000];

	(void)state;
	expect_refusal("run", ARGUMENTS("--a\x1b[31m\n"),
		       "unknown option '--a\\x1b[31m\\n': see snplaunch run --help");
	memset(option, 'a', sizeof(option) - 1);
	option[sizeof(option) - 1] = '\0';
	memcpy(option, "--", 2);
	options_release(&options);
	assert_int_equal(
		options_read(&options, command_find("run"), (char *const[]){ option, NULL }, &err),
		-1);
	assert_int_equal(err.kind, ERR_USAGE);
	assert_non_null(strstr(err.text, "aaa...': see snplaunch run --help"));
}

// One byte more than the longest key that could be one.
static void refuses_a_key_that_is_too_long(void **state)
{
	char option[2 + OPTION_KEY_SIZE + 1] = "--";
	char text[200];

	(void)state;
	memset(option + 2, 'k', OPTION_KEY_SIZE);
	(void)snprintf(text, sizeof(text), "unknown option '%s': see snplaunch run --help", option);
	expect_refusal("run", ARGUMENTS(option), text);
	option[1 + OPTION_KEY_SIZE] = '\0';
	(void)snprintf(text, sizeof(text), "unknown option '%s': see snplaunch run --help", option);
	expect_refusal("run", ARGUMENTS(option), text);
}

static void refuses_a_second_argument(void **state)
{
	(void)state;
	expect_refusal("run", ARGUMENTS("a.json", "b.json"),
		       "unexpected argument 'b.json': see snplaunch run --help");
	expect_refusal("schema", ARGUMENTS("guest", "a\nb"),
		       "unexpected argument 'a\\nb': see snplaunch schema --help");
}

static void refuses_descriptors_that_cannot_be_meant(void **state)
{
	static const char *const values[] = {
		"", "0", "2", "-1", "x", "3x", "03", "+4", "2147483648", "99999999999999999999"
	};
	char text[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		(void)snprintf(text, sizeof(text),
			       "option '--events-fd': must be the number of an open descriptor "
			       "above 2, not '%s'",
			       values[i]);
		expect_refusal("run", ARGUMENTS("--events-fd", values[i]), text);
	}
	read_all("run", ARGUMENTS("--events-fd=2147483647"));
	assert_int_equal(options.events_fd, 2147483647);
}

static void finds_commands_by_their_whole_name(void **state)
{
	(void)state;
	assert_null(command_find("ru"));
	assert_null(command_find("runs"));
	assert_null(command_find(""));
	for (size_t i = 0; command_at(i) != NULL; i++)
		assert_ptr_equal(command_find(command_at(i)->name), command_at(i));
}

#define TEST(name) cmocka_unit_test_teardown(name, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_nothing_from_nothing),
		TEST(takes_both_spellings),
		TEST(takes_values_as_they_are),
		TEST(takes_the_confinement_s_options_with_plan_only),
		TEST(keeps_guest_options_in_order_and_the_argument_anywhere),
		TEST(takes_many_guest_options),
		TEST(takes_a_single_dash_for_a_name),
		TEST(gives_other_commands_their_argument),
		TEST(refuses_a_missing_value),
		TEST(refuses_a_value_that_nobody_wants),
		TEST(refuses_unknown_options),
		TEST(refuses_options_of_other_commands),
		TEST(shows_hostile_options_escaped_and_cut),
		TEST(refuses_a_key_that_is_too_long),
		TEST(refuses_a_second_argument),
		TEST(refuses_descriptors_that_cannot_be_meant),
		TEST(finds_commands_by_their_whole_name),
	};

	return cmocka_run_group_tests_name("cli/options", tests, NULL, NULL);
}
