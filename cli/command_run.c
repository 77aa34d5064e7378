// SPDX-License-Identifier: Apache-2.0
// snplaunch run: launches a guest in the foreground and stays with it.

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/log.h"
#include "cli/foreground.h"
#include "cli/tell.h"
#include "confine/filter.h"

// A guest that resets at once is not started more often than this.
#define RELAUNCH_INTERVAL_MS 1000

// What the stages of a run share.
struct run {
	struct foreground foreground;
	struct lines console_lines;
};

static void run_release(struct run *run)
{
	foreground_release(&run->foreground);
}

DEFINE_AUTO(run, struct run, run_release);

static void hear_console_line(void *context, const char *line)
{
	struct run *run = context;
	struct json_object *fields;

	explain_launch(&run->foreground.why[SAID_ON_CONSOLE], line);
	if (!run->foreground.options->console_events_wanted)
		return;
	fields = json_object_new_object();
	(void)json_object_object_add(fields, "text", json_object_new_string(line));
	events_tell(&run->foreground.events, "console", fields);
}

static void run_init(struct run *run, const struct options *options, struct client *client)
{
	*run = (struct run){ .console_lines = { .take = hear_console_line, .context = run } };
	foreground_init(&run->foreground, options, client,
			options->json_wanted ? STDOUT_FILENO : options->events_fd);
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

static int prepare(struct run *run, struct err *err)
{
	struct foreground *foreground = &run->foreground;
	struct launch *launch = foreground->launch;

	if (launch_read(launch, foreground->options, foreground->client, err) < 0 ||
	    choose_console(&launch->guest, foreground->options->json_wanted, err) < 0)
		return -1;
	return foreground_prepare(foreground, err);
}

// Where the console's output goes: to our own standard output, a log, or nowhere.
static int open_console_output(struct foreground *foreground, int *out_fd, struct err *err)
{
	switch (foreground->launch->guest.console) {
	case CONSOLE_STDIO:
		return client_open(foreground->client, OPEN_CONSOLE, "", out_fd, err);
	case CONSOLE_LOG:
		return client_open(foreground->client, OPEN_LOG, "console.log", out_fd, err);
	default:
		return 0;
	}
}

static int open_outputs(struct run *run, struct err *err)
{
	struct foreground *foreground = &run->foreground;
	struct console *console = &foreground->console;
	AUTO(fd) int out_fd = -1;
	AUTO(fd) int log_fd = -1;

	if (open_console_output(foreground, &out_fd, err) < 0)
		return -1;
	console->lines = &run->console_lines;
	if (console_open(console, foreground->launch->guest.console, -1, take_fd(&out_fd), err) < 0)
		return err_context(err, "console");
	if (!foreground->launch->plan.has_firmware_log)
		return 0;
	if (client_open(foreground->client, OPEN_LOG, "firmware.log", &log_fd, err) < 0)
		return -1;
	return console_open(&foreground->firmware_log, CONSOLE_LOG, -1, take_fd(&log_fd), err);
}

// Waits out the rest of the interval. A signal meanwhile ends the launch that follows.
static void wait_for_turn(int64_t started_ms)
{
	int64_t left_ms = started_ms + RELAUNCH_INTERVAL_MS - clock_now_ms();

	if (left_ms > 0)
		(void)usleep((useconds_t)left_ms * 1000);
}

// Code and constants: what is needed again comes back from the file.
static int forget_object(struct dl_phdr_info *object, size_t size, void *page_size)
{
	(void)size;
	for (size_t i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t begin = object->dlpi_addr + part->p_vaddr;
		size_t skew = begin % *(const size_t *)page_size;

		if (part->p_type == PT_LOAD && (part->p_flags & PF_W) == 0)
			(void)madvise((void *)(begin - skew), part->p_memsz + skew, MADV_DONTNEED);
	}
	return 0;
}

// What planning needed is not needed for the guest's whole life.
static void forget_planning(void)
{
	size_t page_size = (size_t)getpagesize();

	(void)malloc_trim(0);
	(void)dl_iterate_phdr(forget_object, &page_size);
}

static int supervise_all(struct foreground *foreground, struct err *err)
{
	forget_planning();
	if (filter_load(FILTER_FRONT_SUPERVISING, err) < 0)
		return -1;
	for (;;) {
		int64_t started_ms = clock_now_ms();
		bool stop_wished;

		if (foreground_supervise(foreground, &stop_wished, err) == 0)
			return 0;
		if (err->kind != ERR_RESET ||
		    foreground->launch->guest.on_reset != RESET_RELAUNCH || stop_wished)
			return -1;
		log_info("the guest asked for a reset: starting it again");
		wait_for_turn(started_ms);
	}
}

static int fail(const struct run *run, const struct err *err)
{
	tell_console_why(&run->foreground.why[SAID_ON_CONSOLE]);
	return command_fail(err);
}

int command_run(const struct options *options, struct client *client)
{
	AUTO(run) struct run run;
	struct err err = { 0 };
	int status = 0;
	int result;

	run_init(&run, options, client);
	result = prepare(&run, &err) < 0 || open_outputs(&run, &err) < 0 ?
			 -1 :
			 supervise_all(&run.foreground, &err);
	lines_finish(&run.console_lines);
	if (result < 0)
		status = fail(&run, &err);
	else if (run.foreground.console.is_raw)
		log_info("the guest powered off");
	foreground_tell_exited(&run.foreground, &err, status);
	return status;
}
