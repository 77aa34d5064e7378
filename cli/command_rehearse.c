// SPDX-License-Identifier: Apache-2.0
// snplaunch rehearse: run's path, with a machine that is played in software, up to where a guest
// would run. The digest that QEMU caused must be the one that is computed.

#include <stdio.h>

#include "base/auto.h"
#include "cli/foreground.h"
#include "cli/rehearsal_expect.h"
#include "cli/rehearsal_report.h"

// What the stages of a rehearsal share. The consoles lead nowhere: nothing is ever said there.
struct stage {
	struct foreground foreground;
	struct trace expected;
	struct rehearsal_account account; // of the last launch
	int n_launches;
	bool has_verdict; // the last launch came to one
};

static void stage_release(struct stage *stage)
{
	foreground_release(&stage->foreground);
	trace_release(&stage->expected);
	rehearsal_account_release(&stage->account);
}

DEFINE_AUTO(stage, struct stage, stage_release);

static int check_wanted(const struct guest *guest, struct err *err)
{
	if (guest->level == LEVEL_OFF)
		return err_set(err, ERR_USAGE,
			       "level 'off': nothing is measured there that could be rehearsed, "
			       "only at sev, sev-es and sev-snp");
	return 0;
}

static int prepare(struct stage *stage, struct err *err)
{
	struct foreground *foreground = &stage->foreground;
	struct launch *launch = foreground->launch;
	const struct options *options = foreground->options;

	if (launch_read(launch, options, foreground->client, err) < 0 ||
	    check_wanted(&launch->guest, err) < 0)
		return -1;
	if (launch->guest.console == CONSOLE_UNSET)
		launch->guest.console = CONSOLE_STDIO;
	if (launch_rehearse(launch, options_value(options, "--scenario"), foreground->client, err) <
		    0 ||
	    foreground_prepare(foreground, err) < 0 ||
	    rehearsal_expect(&stage->expected, launch, err) < 0)
		return -1;
	if (console_open(&foreground->console, CONSOLE_NONE, -1, -1, err) < 0)
		return -1;
	return console_open(&foreground->firmware_log, CONSOLE_NONE, -1, -1, err);
}

// A QEMU that was refused has ended with an error of its own, which the account explains.
static int judge(struct stage *stage, int result, struct err *err)
{
	struct foreground *foreground = &stage->foreground;
	const struct rehearsal rehearsal = { foreground->launch, &stage->expected, &stage->account,
					     stage->n_launches };
	struct err verdict;

	if (rehearsal_account_read(&stage->account, foreground->launch->account_fd, &verdict) < 0) {
		if (result == 0)
			*err = verdict;
		return -1;
	}
	record_tell_rehearsal(&foreground->record, rehearsal_outcome_json(&rehearsal));
	if (result < 0 && err->kind != ERR_HOST)
		return -1;
	stage->has_verdict = rehearsal_judge(&rehearsal, &verdict);
	if (!stage->has_verdict)
		return result < 0 ? -1 :
				    err_set(err, ERR_PROTOCOL,
					    "QEMU says that it launched the guest, and the "
					    "account of the rehearsal does not");
	if (result < 0 && verdict.kind == ERR_NONE) {
		stage->has_verdict = false;
		return -1;
	}
	*err = verdict;
	return verdict.kind == ERR_NONE ? 0 : -1;
}

// The stricter filter of a supervisor is not put on: this front reads and compares afterwards.
static int play(struct stage *stage, struct err *err)
{
	bool stop_wished;
	int result = foreground_supervise(&stage->foreground, &stop_wished, err);

	stage->n_launches++;
	return judge(stage, result, err);
}

// A guest that is started again after a reset must be measured as the first time.
static int play_all(struct stage *stage, struct err *err)
{
	struct launch *launch = stage->foreground.launch;

	if (play(stage, err) < 0)
		return -1;
	if (launch->guest.on_reset != RESET_RELAUNCH)
		return 0;
	stage->has_verdict = false;
	rehearsal_account_release(&stage->account);
	if (launch_renew_account(launch, err) < 0)
		return -1;
	return play(stage, err);
}

static int print(const struct stage *stage, struct err *err)
{
	const struct foreground *foreground = &stage->foreground;
	const struct rehearsal rehearsal = { foreground->launch, &stage->expected, &stage->account,
					     stage->n_launches };

	if (foreground->options->json_wanted) {
		struct json_object *report = rehearsal_json(&rehearsal);

		puts(json_object_to_json_string_ext(
			report, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
		(void)json_object_put(report);
	} else {
		rehearsal_print(&rehearsal);
	}
	return fflush(stdout) != 0 ? err_sys(err, "cannot write to standard output") : 0;
}

// There is something to show when the rehearsal came to a verdict, a negative one as well.
static int rehearse(struct stage *stage, struct err *err)
{
	struct err not_shown;

	if (prepare(stage, err) < 0)
		return -1;
	if (play_all(stage, err) == 0)
		return print(stage, err);
	if (stage->has_verdict && print(stage, &not_shown) < 0)
		*err = not_shown;
	return -1;
}

int command_rehearse(const struct options *options, struct client *client)
{
	AUTO(stage) struct stage stage = { .n_launches = 0 };
	struct err err = { 0 };
	int status = 0;

	foreground_init(&stage.foreground, options, client, options->events_fd);
	if (rehearse(&stage, &err) < 0)
		status = command_fail(&err);
	foreground_tell_exited(&stage.foreground, &err, status);
	return status;
}
