// SPDX-License-Identifier: Apache-2.0
// snplaunch plan: everything that run would do, shown instead of done.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/confinement.h"
#include "cli/judge.h"
#include "cli/launch.h"
#include "cli/report.h"

static bool has_control_bytes(const char *argument)
{
	for (; *argument != '\0'; argument++)
		if ((unsigned char)*argument < 0x20 || *argument == 0x7f)
			return true;
	return false;
}

// $'...' of POSIX.1-2024, so that no terminal obeys what a guest file holds.
static void print_escaped(const char *argument)
{
	fputs("$'", stdout);
	for (; *argument != '\0'; argument++) {
		if ((unsigned char)*argument < 0x20 || *argument == 0x7f)
			printf("\\x%02x", (unsigned char)*argument);
		else if (*argument == '\'' || *argument == '\\')
			printf("\\%c", *argument);
		else
			putchar(*argument);
	}
	putchar('\'');
}

// Quotes an argument for a shell, when it needs that.
static void print_quoted(const char *argument)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "@%+=:,./-_";

	if (has_control_bytes(argument)) {
		print_escaped(argument);
		return;
	}
	if (argument[0] != '\0' && argument[strspn(argument, plain)] == '\0') {
		fputs(argument, stdout);
		return;
	}
	putchar('\'');
	for (; *argument != '\0'; argument++) {
		if (*argument == '\'')
			fputs("'\\''", stdout);
		else
			putchar(*argument);
	}
	putchar('\'');
}

// One option a line, so that two command lines can be compared, and still one shell command.
static void print_command_line(const struct argv *argv)
{
	for (size_t i = 0; i < argv->n; i++) {
		if (i > 0)
			fputs(argv->items[i][0] == '-' &&
					      strcmp(argv->items[i - 1], "-append") != 0 ?
				      " \\\n  " :
				      " ",
			      stdout);
		print_quoted(argv->items[i]);
	}
	putchar('\n');
}

static void print_object(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void print_confinement(const struct options *options, const struct launch *launch,
			      const struct argv *argv, const struct client *client)
{
	struct json_object *confinement = confinement_json(&launch->plan, argv, client, NULL);

	if (options->json_wanted)
		print_object(confinement);
	else
		confinement_print(confinement, options->all_calls_wanted);
	(void)json_object_put(confinement);
}

static void print_text(const struct launch *launch, const struct argv *argv)
{
	report_print(launch);
	printf("\ncommand line of QEMU:\n\n");
	print_command_line(argv);
}

static void print_json(const struct launch *launch, const struct argv *argv)
{
	struct json_object *plan = report_json(launch);
	struct json_object *arguments = json_object_new_array();

	for (size_t i = 0; i < argv->n; i++)
		(void)json_object_array_add(arguments, json_object_new_string(argv->items[i]));
	(void)json_object_object_add(plan, "argv", arguments);
	print_object(plan);
	(void)json_object_put(plan);
}

static int make_plan(struct launch *launch, const struct options *options, struct client *client,
		     struct argv *argv, struct err *err)
{
	if (options->all_calls_wanted && !options->confinement_wanted)
		return err_set(err, ERR_USAGE, "option '--all-calls' needs '--confinement'");
	if (launch_read(launch, options, client, err) < 0 ||
	    launch_facts(launch, options, false, client, err) < 0 || launch_plan(launch, err) < 0 ||
	    launch_artifacts(launch, client, err) < 0 || launch_measure(launch, err) < 0)
		return -1;
	return launch_argv(launch, argv, err);
}

// Says that run refuses what this shows. Where a file really lies, and what firmware the machine has,
// only the judge can look up.
static void foretell(const struct launch *launch, const struct client *client)
{
	AUTO(mem) struct compiled_policy *policy = mem_zeroed(1, sizeof(*policy));
	struct judgement judgement = {
		.policy = policy,
		.plan = &launch->plan,
		.firmware_path = launch->firmware_path,
	};
	struct err err;

	policy->host = client->policy;
	policy->rules = client->rules;
	policy->rules.n_sev_firmware_min = 0;
	if (policy->rules.n_firmware_directories > 0)
		policy->rules.n_firmware_directories = policy->rules.n_firmware_sha256 = 0;
	memcpy(judgement.firmware_sha256, launch->artifacts[LAUNCH_FIRMWARE].sha256, SHA256_BYTES);
	if (judge_plan(&judgement, &err) < 0)
		log_warning("run %s: %s", client->by_root ? "refuses this" : "warns of this",
			    err.text);
}

int command_plan(const struct options *options, struct client *client)
{
	AUTO(launch) struct launch *launch = launch_new();
	AUTO(argv) struct argv argv = { 0 };
	struct err err;

	if (make_plan(launch, options, client, &argv, &err) < 0)
		return command_fail(&err);
	foretell(launch, client);
	if (options->confinement_wanted)
		print_confinement(options, launch, &argv, client);
	else if (options->json_wanted)
		print_json(launch, &argv);
	else
		print_text(launch, &argv);
	if (fflush(stdout) != 0) {
		(void)err_sys(&err, "cannot write to standard output");
		return command_fail(&err);
	}
	return 0;
}
