// SPDX-License-Identifier: Apache-2.0
// snplaunch rehearse: run's path, with a machine that is played in software, up to where a guest
// would run. The digest that QEMU caused must be the one that is computed.

#include <stdio.h>
#include <unistd.h>

#include "base/auto.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/control.h"
#include "cli/events.h"
#include "cli/launch.h"
#include "cli/rehearsal_expect.h"
#include "cli/rehearsal_report.h"
#include "cli/report.h"
#include "cli/supervise.h"

// What the stages of a rehearsal share. The consoles lead nowhere: nothing is ever said there.
struct stage {
	const struct options *options;
	struct client *client;
	struct launch *launch;
	struct events events;
	struct console console;
	struct console firmware_log;
	struct control control;
	struct argv argv; // QEMU's
	struct trace expected;
	struct rehearsal_account account;
};

static void stage_release(struct stage *stage)
{
	console_release(&stage->console);
	console_release(&stage->firmware_log);
	control_release(&stage->control);
	argv_release(&stage->argv);
	events_release(&stage->events);
	trace_release(&stage->expected);
	rehearsal_account_release(&stage->account);
	launch_free(stage->launch);
}

DEFINE_AUTO(stage, struct stage, stage_release);

static void stage_init(struct stage *stage, const struct options *options, struct client *client)
{
	*stage = (struct stage){ .options = options, .client = client, .launch = launch_new() };
	console_init(&stage->console);
	console_init(&stage->firmware_log);
	control_init(&stage->control);
	events_init(&stage->events, options->events_fd);
}

static int check_wanted(const struct stage *stage, struct err *err)
{
	if (stage->launch->guest.level == LEVEL_OFF)
		return err_set(err, ERR_USAGE,
			       "level 'off': nothing is measured there that could be rehearsed, "
			       "only at sev, sev-es and sev-snp");
	return 0;
}

// What run asks of the launcher and of QEMU, in run's order.
static int prepare(struct stage *stage, struct err *err)
{
	struct launch *launch = stage->launch;

	if (launch_read(launch, stage->options, stage->client, err) < 0 ||
	    check_wanted(stage, err) < 0)
		return -1;
	if (launch->guest.console == CONSOLE_UNSET)
		launch->guest.console = CONSOLE_STDIO;
	if (launch_rehearse(launch, options_value(stage->options, "--scenario"), stage->client,
			    err) < 0 ||
	    launch_facts(launch, stage->options, true, stage->client, err) < 0 ||
	    launch_plan(launch, err) < 0 ||
	    client_open(stage->client, OPEN_NAME, launch->plan.name, &stage->control.listen_fd,
			err) < 0 ||
	    launch_artifacts(launch, stage->client, err) < 0 ||
	    launch_argv(launch, &stage->argv, err) < 0 || launch_write_plan(launch, err) < 0)
		return -1;
	events_tell(&stage->events, "artifacts", report_artifacts(launch));
	return 0;
}

static int expect(struct stage *stage, struct err *err)
{
	const struct artifact *artifacts = stage->launch->artifacts;
	const struct expect_from from = {
		.plan = &stage->launch->plan,
		.firmware = &artifacts[LAUNCH_FIRMWARE],
		.kernel = &artifacts[LAUNCH_KERNEL],
		.initrd = &artifacts[LAUNCH_INITRD],
	};

	return rehearsal_expect(&stage->expected, &from, err);
}

static int open_nowhere(struct stage *stage, struct err *err)
{
	if (console_open(&stage->console, CONSOLE_NONE, -1, -1, err) < 0)
		return -1;
	return console_open(&stage->firmware_log, CONSOLE_NONE, -1, -1, err);
}

// The stricter filter of a supervisor is not put on: this front reads and compares afterwards.
static int play(struct stage *stage, struct err *err)
{
	struct supervision supervision = {
		.launch = stage->launch,
		.client = stage->client,
		.events = &stage->events,
		.console = &stage->console,
		.firmware_log = &stage->firmware_log,
		.argv = &stage->argv,
		.control = &stage->control,
	};

	return supervise(&supervision, err);
}

static int print(const struct rehearsal *rehearsal, bool json_wanted, struct err *err)
{
	if (json_wanted) {
		struct json_object *report = rehearsal_json(rehearsal);

		puts(json_object_to_json_string_ext(
			report, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		(void)json_object_put(report);
	} else {
		rehearsal_print(rehearsal);
	}
	return fflush(stdout) != 0 ? err_sys(err, "cannot write to standard output") : 0;
}

// A QEMU that was refused has ended with an error of its own, which the account explains.
static int conclude(struct stage *stage, int result, struct err *err)
{
	const struct rehearsal rehearsal = { stage->launch, &stage->expected, &stage->account };
	struct err verdict;

	if (rehearsal_account_read(&stage->account, stage->launch->account_fd, &verdict) < 0) {
		if (result == 0)
			*err = verdict;
		return -1;
	}
	if (result < 0 && err->kind != ERR_HOST)
		return -1;
	if (!rehearsal_judge(&rehearsal, &verdict))
		return result < 0 ? -1 :
				    err_set(err, ERR_PROTOCOL,
					    "QEMU says that it launched the guest, and the "
					    "account of the rehearsal does not");
	if (result < 0 && verdict.kind == ERR_NONE)
		return -1;
	if (print(&rehearsal, stage->options->json_wanted, err) < 0)
		return -1;
	*err = verdict;
	return verdict.kind == ERR_NONE ? 0 : -1;
}

int command_rehearse(const struct options *options, struct client *client)
{
	AUTO(stage) struct stage stage;
	struct err err;
	int result;

	stage_init(&stage, options, client);
	if (prepare(&stage, &err) < 0 || expect(&stage, &err) < 0 || open_nowhere(&stage, &err) < 0)
		return command_fail(&err);
	result = play(&stage, &err);
	return conclude(&stage, result, &err) < 0 ? command_fail(&err) : 0;
}
