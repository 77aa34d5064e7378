// SPDX-License-Identifier: Apache-2.0
// The stages of a launch in the foreground that run and rehearse go through alike.

#include "cli/foreground.h"

#include "base/auto.h"
#include "base/err_kind.h"
#include "cli/output_file.h"
#include "cli/record_file.h"
#include "cli/report.h"
#include "cli/supervise.h"

#define LAST_EVENT_TIMEOUT_MS 1000

void foreground_init(struct foreground *foreground, const struct options *options,
		     struct client *client, int events_fd)
{
	*foreground = (struct foreground){ .options = options, .client = client };
	foreground->launch = launch_new();
	console_init(&foreground->console);
	console_init(&foreground->firmware_log);
	control_init(&foreground->control);
	events_init(&foreground->events, events_fd);
	record_init(&foreground->record);
	foreground->events.listener = (struct events_listener){ record_hear, &foreground->record };
}

void foreground_release(struct foreground *foreground)
{
	console_release(&foreground->console);
	console_release(&foreground->firmware_log);
	control_release(&foreground->control);
	record_release(&foreground->record);
	argv_release(&foreground->argv);
	events_release(&foreground->events);
	launch_free(foreground->launch);
}

static void tell_planned(struct foreground *foreground)
{
	const struct plan *plan = &foreground->launch->plan;
	struct json_object *fields = json_object_new_object();

	(void)json_object_object_add(fields, "name", json_object_new_string(plan->name));
	(void)json_object_object_add(fields, "level",
				     json_object_new_string(level_word((enum level)plan->level)));
	(void)json_object_object_add(fields, "machine", json_object_new_string(plan->machine));
	(void)json_object_object_add(fields, "cpu", json_object_new_string(plan->cpu_model));
	events_tell(&foreground->events, "planned", fields);
}

// Only now, so that a launch that is refused leaves the record of the one before alone.
static int begin_record(struct foreground *foreground, struct err *err)
{
	AUTO(output_file)
	struct output_file file = {
		.path = options_value(foreground->options, "--record"),
		.becomes = "a launch record",
		.is_one = record_file_is_one,
		.len_max = RECORD_BYTES_MAX,
		.fd = -1,
	};

	if (file.path == NULL)
		return 0;
	if (output_file_look(&file, foreground->client, err) < 0 ||
	    output_file_open(&file, foreground->client, err) < 0)
		return -1;
	if (record_begin(&foreground->record, foreground->launch, take_fd(&file.fd), err) < 0)
		return err_context(err, "record '%s'", file.path);
	return 0;
}

int foreground_prepare(struct foreground *foreground, struct err *err)
{
	struct launch *launch = foreground->launch;
	struct client *client = foreground->client;

	if (launch_facts(launch, foreground->options, true, client, err) < 0 ||
	    launch_plan(launch, err) < 0 ||
	    launch_take_test_keys(launch, options_value(foreground->options, "--test-owner-keys"),
				  client, err) < 0)
		return -1;
	tell_planned(foreground);
	// The name first: two launches of one name must not both hash for seconds.
	if (client_open(client, OPEN_NAME, launch->plan.name, &foreground->control.listen_fd, err) <
		    0 ||
	    launch_artifacts(launch, client, err) < 0)
		return -1;
	events_tell(&foreground->events, "artifacts", report_artifacts(launch));
	if (launch_measure(launch, err) < 0 || launch_check_enforced(launch, err) < 0 ||
	    launch_check_signed(launch, err) < 0)
		return -1;
	if (launch->measurement.type != 0)
		events_tell(&foreground->events, "digest",
			    measurement_json(&launch->measurement, &launch->plan));
	if (begin_record(foreground, err) < 0 || launch_argv(launch, &foreground->argv, err) < 0 ||
	    launch_write_plan(launch, err) < 0)
		return -1;
	return 0;
}

int foreground_supervise(struct foreground *foreground, bool *stop_wished, struct err *err)
{
	struct supervision supervision = {
		.launch = foreground->launch,
		.client = foreground->client,
		.events = &foreground->events,
		.console = &foreground->console,
		.firmware_log = &foreground->firmware_log,
		.argv = &foreground->argv,
		.control = &foreground->control,
	};
	int result = supervise(&supervision, err);

	*stop_wished = supervision.stop_wished;
	foreground->why[SAID_BY_QEMU] = supervision.why;
	return result;
}

static struct json_object *causes_json(const struct foreground *foreground)
{
	static const char *const sources[] = {
		[SAID_BY_QEMU] = "qemu", [SAID_ON_CONSOLE] = "console"
	};
	struct json_object *causes = json_object_new_array();

	for (size_t i = 0; i < FOREGROUND_SOURCES; i++) {
		const struct failure *failure = foreground->why[i].failure;
		struct json_object *cause;

		if (failure == NULL)
			continue;
		cause = json_object_new_object();
		(void)json_object_object_add(cause, "source", json_object_new_string(sources[i]));
		(void)json_object_object_add(cause, "name", json_object_new_string(failure->name));
		(void)json_object_object_add(cause, "cause",
					     json_object_new_string(failure->cause));
		(void)json_object_object_add(cause, "remedy",
					     json_object_new_string(failure->remedy));
		(void)json_object_array_add(causes, cause);
	}
	return causes;
}

void foreground_tell_exited(struct foreground *foreground, const struct err *err, int status)
{
	struct json_object *fields = json_object_new_object();

	(void)json_object_object_add(fields, "status", json_object_new_int(status));
	if (status != 0) {
		(void)json_object_object_add(fields, "kind",
					     json_object_new_string(err_kind_word(err->kind)));
		(void)json_object_object_add(fields, "error", json_object_new_string(err->text));
		(void)json_object_object_add(fields, "causes", causes_json(foreground));
	}
	events_wait(&foreground->events, LAST_EVENT_TIMEOUT_MS);
	events_tell(&foreground->events, "exited", fields);
}
