// SPDX-License-Identifier: Apache-2.0
// The table of commands; it drives dispatch and usage.

#include "cli/command.h"

#include <string.h>

#include "base/log.h"

#define TEST_OWNER_KEYS \
	{ \
		"--test-owner-keys", "FILE", \
			"for tests: verify a measurement with the owner's keys, on the host" \
	}

static const struct command_option rehearse_options[] = {
	{ "--scenario", "FILE", "play the machine of FILE, and what goes wrong there" },
	{ "--record", "FILE", "write what was rehearsed, and how it went, to FILE" },
	TEST_OWNER_KEYS,
	{ NULL, NULL, NULL },
};

static const struct command_option continue_options[] = {
	{ "--secret-header", "FILE", "header of the owner's secret packet" },
	{ "--secret-payload", "FILE", "the packet's encrypted secret" },
	{ "--secret-gpa", "N", "where the guest finds it, instead of the firmware's place" },
	{ NULL, NULL, NULL },
};

static const struct command_option run_options[] = {
	{ "--record", "FILE", "write what was launched, and how it went, to FILE" },
	TEST_OWNER_KEYS,
	{ 0 },
};

static const struct command_option explain_options[] = {
	{ "--file", "FILE", "explain what is in FILE" },
	{ "--host", NULL, "the text is of this machine: say what its checks say, too" },
	{ 0 },
};

static const struct command_option record_options[] = {
	{ "--vcpus-max", "N", "with match, try up to N vCPUs (1 to 512, preset 512)" },
	{ 0 },
};

static const struct command commands[] = {
	{ "run", command_run, "[GUEST]", "launch a guest in the foreground and supervise it",
	  OPTIONS_JSON_EVENTS | OPTIONS_GUEST | OPTIONS_FACTS | OPTIONS_EVENTS | OPTIONS_CONSOLE,
	  .needs_launcher = true, .own = run_options, .host_files = HOST_FILES_LAUNCH },
	{ "plan", command_plan, "[GUEST]", "show what run would do, without doing it",
	  OPTIONS_JSON | OPTIONS_GUEST | OPTIONS_FACTS | OPTIONS_CONFINEMENT,
	  .needs_launcher = true, .host_files = HOST_FILES_LAUNCH },
	{ "measure", command_measure, "[GUEST]", "compute launch digests, of any host's guests",
	  OPTIONS_JSON | OPTIONS_GUEST, .needs_launcher = true, .own = measure_options },
	{ "cpus", command_cpus, NULL, "list QEMU's CPU models, and what each is good for",
	  OPTIONS_JSON | OPTIONS_FACTS, .needs_launcher = true, .own = cpus_options },
	{ "rehearse", command_rehearse, "[GUEST]",
	  "launch a guest on a machine in software, and compare the digest",
	  OPTIONS_JSON | OPTIONS_GUEST | OPTIONS_EVENTS, .needs_launcher = true,
	  .own = rehearse_options },
	{ "continue", command_continue, "NAME", "let a guest run that waits for its owner",
	  OPTIONS_JSON, .needs_launcher = true, .arguments_max = 1, .own = continue_options },
	{ "status", command_status, "NAME",
	  "show what a running guest is, and what its processes may do",
	  OPTIONS_JSON | OPTIONS_CALLS, .needs_launcher = true, .arguments_max = 1 },
	{ "policy", command_policy, "show|check [FILE]",
	  "show what this machine allows and why, or check a policy file", OPTIONS_JSON,
	  .needs_launcher = true, .arguments_max = 2 },
	{ "sev-owner", command_sev_owner, "session|verify|secret",
	  "do a guest owner's side of SEV and SEV-ES", OPTIONS_JSON, .needs_launcher = true,
	  .arguments_max = 1, .own = command_sev_owner_options },
	{ "record", command_record, "show|diff|check|match ...",
	  "show launch records, compare them, find the launch behind a digest",
	  OPTIONS_JSON | OPTIONS_GUEST | OPTIONS_FACTS, .needs_launcher = true, .arguments_max = 3,
	  .own = record_options },
	{ "firmware", command_firmware, "[FILE...]",
	  "show what firmware images can do, those named or those installed", OPTIONS_JSON,
	  .needs_launcher = true, .arguments_max = COMMAND_ARGUMENTS_MAX },
	{ "id-block", command_id_block, "make|request|assemble|check|show FILE...",
	  "make, check or show an ID block of SEV-SNP", OPTIONS_JSON, .needs_launcher = true,
	  .arguments_max = 3, .own = id_block_options },
	{ "report", command_report, "FILE",
	  "read, verify and compare an attestation report of SEV-SNP", OPTIONS_JSON,
	  .needs_launcher = true, .arguments_max = 1, .own = report_options },
	{ "probe", command_probe, NULL,
	  "check what this machine lacks for encrypted guests, or another that was captured",
	  OPTIONS_JSON, .needs_launcher = true, .own = probe_options,
	  .host_files = HOST_FILES_PROBE },
	{ "explain", command_explain, "[TEXT]",
	  "name cause and remedy of what QEMU, the kernel or a guest said", OPTIONS_JSON,
	  .needs_launcher = true, .arguments_max = 1, .own = explain_options,
	  .host_files = HOST_FILES_EXPLAIN },
	{ "schema", command_schema, "guest|policy",
	  "print the JSON Schema of a guest file or a policy file", 0, .arguments_max = 1 },
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

const struct command *command_at(size_t i)
{
	return i < ARRAY_LEN(commands) ? &commands[i] : NULL;
}

int command_take_mistakes(const struct err_list *mistakes, struct err *err)
{
	for (size_t i = 0; i + 1 < mistakes->n; i++)
		log_error("%s", mistakes->items[i].text);
	*err = mistakes->items[mistakes->n - 1];
	if (mistakes->n_dropped > 0)
		log_error("%zu more mistakes are not shown", mistakes->n_dropped);
	return -1;
}

int command_fail(const struct err *err)
{
	log_error("%s", err->text);
	return err_exit_status(err);
}
