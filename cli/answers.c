// SPDX-License-Identifier: Apache-2.0
// Answers requests of the control socket, one row a command.

#include "cli/answers.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err_kind.h"
#include "base/text_escape.h"
#include "cli/confinement.h"
#include "cli/report.h"
#include "cli/transitions.h"
#include "qmp/json.h"

#define VALUES_MAX 16

static const struct json_limits limits = {
	.bytes_max = CONTROL_REQUEST_MAX,
	.depth_max = 2,
	.keys_max = VALUES_MAX,
	.kind = ERR_USAGE,
};

static void add_string(struct json_object *object, const char *key, const char *value)
{
	(void)json_object_object_add(object, key, json_object_new_string(value));
}

static void add_number(struct json_object *object, const char *key, int64_t value)
{
	(void)json_object_object_add(object, key, json_object_new_int64(value));
}

// Each of the two that follow returns the answer. NULL: an error, or (ERR_NONE) it comes later.
static struct json_object *answer_status(struct supervisor *s, struct json_object *request,
					 struct err *err)
{
	const struct plan *plan = &s->launch->plan;
	const struct confinement_found found = {
		.missing_layers = s->facts.missing_layers,
		.launcher_pid = getppid(),
		.front_pid = getpid(),
		.jail_pid = s->facts.jail_pid,
	};
	struct json_object *digest = measurement_json(&s->launch->measurement, plan);
	struct json_object *status = json_object_new_object();
	int64_t age_ms = clock_now_ms() - s->started_ms;
	struct timespec now = { 0 };

	(void)request;
	(void)err;
	(void)clock_gettime(CLOCK_REALTIME, &now); // cannot fail for this clock
	add_string(status, "name", plan->name);
	add_string(status, "level", level_word((enum level)plan->level));
	add_string(status, "accel", accel_word((enum accel)plan->accel));
	report_add_cpu(status, plan);
	if (digest != NULL)
		(void)json_object_object_add(status, "digest", digest);
	add_string(status, "state", run_state_word(s->state));
	add_number(status, "since", now.tv_sec - age_ms / 1000);
	add_number(status, "age_ms", age_ms);
	if (s->measurement[0] != '\0')
		add_string(status, "measurement", s->measurement);
	(void)json_object_object_add(status, "confinement",
				     confinement_json(plan, s->argv, s->client, &found));
	return status;
}

static struct json_object *answer_continue(struct supervisor *s, struct json_object *request,
					   struct err *err)
{
	if (s->state != RUN_OWNER)
		return err_set(err, s->state < RUN_OWNER ? ERR_BUSY : ERR_USAGE,
			       "it does not wait for its owner: its state is '%s'",
			       run_state_word(s->state)),
		       NULL;
	if (secret_packet_read(&s->packet, request, &s->launch->secret_area, err) < 0)
		return NULL;
	err->kind = ERR_NONE;
	happen(s, ON_CONTINUE);
	return NULL;
}

static const struct {
	const char *command;
	bool takes_more; // members beside the command
	struct json_object *(*answer)(struct supervisor *s, struct json_object *request,
				      struct err *err);
} answers[] = {
	{ "status", false, answer_status },
	{ "continue", true, answer_continue },
};

static struct json_object *find_answer(struct supervisor *s, struct json_object *request,
				       struct err *err)
{
	struct json_object *command;

	if (qmp_member_find(&command, request, "command", json_type_string, ERR_USAGE, err) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		if (strcmp(json_object_get_string(command), answers[i].command) != 0)
			continue;
		if (!answers[i].takes_more && json_object_object_length(request) != 1)
			return err_set(err, ERR_USAGE, "only member 'command' is known"), NULL;
		return answers[i].answer(s, request, err);
	}
	return err_set(err, ERR_USAGE, "unknown command '%s'",
		       TEXT_SHOW(json_object_get_string(command))),
	       NULL;
}

static struct json_object *error_json(const struct err *err)
{
	struct json_object *error = json_object_new_object();

	add_string(error, "kind", err_kind_word(err->kind));
	add_string(error, "text", err->text);
	return error;
}

static struct json_object *answer_json(const char *key, struct json_object *value)
{
	struct json_object *answer = json_object_new_object();

	(void)json_object_object_add(answer, key, value);
	return answer;
}

struct json_object *answers_give(void *supervisor, const char *request, size_t len)
{
	AUTO(json) struct json_object *read = NULL;
	struct json_object *value = NULL;
	struct err err;

	if (qmp_json_read(&read, request, len, &limits, VALUES_MAX, &err) == 0)
		value = find_answer(supervisor, read, &err);
	if (value != NULL)
		return answer_json("return", value);
	return err.kind == ERR_NONE ? NULL : answer_json("error", error_json(&err));
}

void answers_finish(struct supervisor *s, const struct err *refusal)
{
	struct json_object *done;

	if (refusal != NULL) {
		control_answer_later(s->control, answer_json("error", error_json(refusal)));
		return;
	}
	done = json_object_new_object();
	add_string(done, "name", s->launch->plan.name);
	control_answer_later(s->control, answer_json("return", done));
}
