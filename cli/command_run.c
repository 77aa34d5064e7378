// SPDX-License-Identifier: Apache-2.0
// snplaunch run: launches a guest in the foreground and stays with it.

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/err_kind.h"
#include "base/log.h"
#include "base/mem.h"
#include "cli/command.h"
#include "cli/console.h"
#include "cli/control.h"
#include "cli/events.h"
#include "cli/launch.h"
#include "cli/record.h"
#include "cli/report.h"
#include "cli/supervise.h"
#include "confine/filter.h"

// A guest that resets at once is not started more often than this.
#define RELAUNCH_INTERVAL_MS 1000
#define LAST_EVENT_TIMEOUT_MS 1000

// What the stages of a run share.
struct run {
	const struct options *options;
	struct client *client;
	struct launch *launch;
	struct events events;
	struct console console;
	struct console firmware_log;
	struct lines console_lines;
	struct control control;
	struct record record;
	struct argv argv; // QEMU's
};

static void run_release(struct run *run)
{
	console_release(&run->console);
	console_release(&run->firmware_log);
	control_release(&run->control);
	record_release(&run->record);
	argv_release(&run->argv);
	events_release(&run->events);
	launch_free(run->launch);
}

DEFINE_AUTO(run, struct run, run_release);

static void tell_console_line(void *context, const char *line)
{
	struct run *run = context;
	struct json_object *fields = json_object_new_object();

	(void)json_object_object_add(fields, "text", json_object_new_string(line));
	events_tell(&run->events, "console", fields);
}

static void run_init(struct run *run, const struct options *options, struct client *client)
{
	*run = (struct run){ .options = options, .client = client, .launch = launch_new() };
	console_init(&run->console);
	console_init(&run->firmware_log);
	control_init(&run->control);
	events_init(&run->events, options->json_wanted ? STDOUT_FILENO : options->events_fd);
	record_init(&run->record);
	run->events.listener = (struct events_listener){ record_hear, &run->record };
	run->console_lines.take = tell_console_line;
	run->console_lines.context = run;
}

static void tell_planned(struct run *run)
{
	const struct plan *plan = &run->launch->plan;
	struct json_object *fields = json_object_new_object();

	(void)json_object_object_add(fields, "name", json_object_new_string(plan->name));
	(void)json_object_object_add(fields, "level",
				     json_object_new_string(level_word((enum level)plan->level)));
	(void)json_object_object_add(fields, "machine", json_object_new_string(plan->machine));
	(void)json_object_object_add(fields, "cpu", json_object_new_string(plan->cpu_model));
	events_tell(&run->events, "planned", fields);
}

// Standard output is the console's, unless it is for events.
static int choose_console(struct guest *guest, bool json_wanted, struct err *err)
{
	if (guest->console == CONSOLE_UNSET)
		guest->console = json_wanted ? CONSOLE_LOG : CONSOLE_STDIO;
	if (json_wanted && guest->console == CONSOLE_STDIO)
		return err_set(
			err, ERR_USAGE,
			"option '--json' needs standard output for events, and console 'stdio' "
			"does too: use --console log, or --events-fd");
	return 0;
}

// Only now, so that a launch that is refused leaves the record of the one before alone.
static int begin_record(struct run *run, struct err *err)
{
	const char *path = options_value(run->options, "--record");
	AUTO(fd) int fd = -1;

	if (path == NULL)
		return 0;
	if (client_open(run->client, OPEN_OUTPUT, path, &fd, err) < 0)
		return -1;
	if (record_begin(&run->record, run->launch, take_fd(&fd), err) < 0)
		return err_context(err, "record '%s'", path);
	return 0;
}

static int prepare(struct run *run, struct err *err)
{
	if (launch_read(run->launch, run->options, run->client, err) < 0 ||
	    choose_console(&run->launch->guest, run->options->json_wanted, err) < 0 ||
	    launch_facts(run->launch, run->options, true, run->client, err) < 0 ||
	    launch_plan(run->launch, err) < 0)
		return -1;
	tell_planned(run);
	// The name first: two launches of one name must not both hash for seconds.
	if (client_open(run->client, OPEN_NAME, run->launch->plan.name, &run->control.listen_fd,
			err) < 0 ||
	    launch_artifacts(run->launch, run->client, err) < 0)
		return -1;
	events_tell(&run->events, "artifacts", report_artifacts(run->launch));
	if (launch_measure(run->launch, err) < 0 || launch_check_enforced(run->launch, err) < 0)
		return -1;
	if (run->launch->measurement.type != 0)
		events_tell(&run->events, "digest",
			    measurement_json(&run->launch->measurement, &run->launch->plan));
	if (begin_record(run, err) < 0 || launch_argv(run->launch, &run->argv, err) < 0 ||
	    launch_write_plan(run->launch, err) < 0)
		return -1;
	return 0;
}

// Where the console's output goes: to our own standard output, a log, or nowhere.
static int open_console_output(struct run *run, int *out_fd, struct err *err)
{
	switch (run->launch->guest.console) {
	case CONSOLE_STDIO:
		return client_open(run->client, OPEN_CONSOLE, "", out_fd, err);
	case CONSOLE_LOG:
		return client_open(run->client, OPEN_LOG, "console.log", out_fd, err);
	default:
		return 0;
	}
}

static int open_outputs(struct run *run, struct err *err)
{
	AUTO(fd) int out_fd = -1;
	AUTO(fd) int log_fd = -1;

	if (open_console_output(run, &out_fd, err) < 0)
		return -1;
	if (run->options->console_events_wanted)
		run->console.lines = &run->console_lines;
	if (console_open(&run->console, run->launch->guest.console, -1, take_fd(&out_fd), err) < 0)
		return err_context(err, "console");
	if (!run->launch->plan.has_firmware_log)
		return 0;
	if (client_open(run->client, OPEN_LOG, "firmware.log", &log_fd, err) < 0)
		return -1;
	return console_open(&run->firmware_log, CONSOLE_LOG, -1, take_fd(&log_fd), err);
}

// Waits out the rest of the interval. A signal meanwhile ends the launch that follows.
static void wait_for_turn(int64_t started_ms)
{
	int64_t left_ms = started_ms + RELAUNCH_INTERVAL_MS - clock_now_ms();

	if (left_ms > 0)
		(void)usleep((useconds_t)left_ms * 1000);
}

static int supervise_all(struct run *run, struct err *err)
{
	struct supervision supervision = {
		.launch = run->launch,
		.client = run->client,
		.events = &run->events,
		.console = &run->console,
		.firmware_log = &run->firmware_log,
		.argv = &run->argv,
		.control = &run->control,
	};

	(void)malloc_trim(0); // what planning needed is not needed for the guest's whole life
	if (filter_load(FILTER_FRONT_SUPERVISING, err) < 0)
		return -1;
	for (;;) {
		int64_t started_ms = clock_now_ms();

		if (supervise(&supervision, err) == 0)
			return 0;
		if (err->kind != ERR_RESET || run->launch->guest.on_reset != RESET_RELAUNCH ||
		    supervision.stop_wished)
			return -1;
		log_info("the guest asked for a reset: starting it again");
		wait_for_turn(started_ms);
	}
}

static void tell_exited(struct run *run, const struct err *err, int status)
{
	struct json_object *fields = json_object_new_object();

	(void)json_object_object_add(fields, "status", json_object_new_int(status));
	if (status != 0) {
		(void)json_object_object_add(fields, "kind",
					     json_object_new_string(err_kind_word(err->kind)));
		(void)json_object_object_add(fields, "error", json_object_new_string(err->text));
	}
	events_wait(&run->events, LAST_EVENT_TIMEOUT_MS);
	events_tell(&run->events, "exited", fields);
}

int command_run(const struct options *options, struct client *client)
{
	AUTO(run) struct run run;
	struct err err = { 0 };
	int status = 0;

	run_init(&run, options, client);
	if (prepare(&run, &err) < 0 || open_outputs(&run, &err) < 0 ||
	    supervise_all(&run, &err) < 0)
		status = command_fail(&err);
	else if (run.console.is_raw)
		log_info("the guest powered off");
	lines_finish(&run.console_lines);
	tell_exited(&run, &err, status);
	return status;
}
