// SPDX-License-Identifier: Apache-2.0
// The transitions of a launch. For a state and an event the table gives an action; the action does
// one thing and enters the next state. A pair that is not in the table is a mistake of QEMU's, and
// ends it.

#include "cli/transitions.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text_base64.h"

#define COMMAND_TIMEOUT_MS 10000 /* for one QMP command */
#define QUIT_TIMEOUT_MS 5000	 /* from "quit" to QEMU's end */
#define KILL_TIMEOUT_MS 5000	 /* from SIGKILL to the launcher's notice */
#define ENDING_TIMEOUT_MS 10000	 /* from SHUTDOWN or a closed QMP to QEMU's end */

typedef void run_action(struct supervisor *s);

static const char *const state_words[] = {
	[RUN_GREETING] = "greeting",   [RUN_CAPABILITIES] = "capabilities",
	[RUN_STATUS] = "status",       [RUN_SEV] = "sev",
	[RUN_MEASURE] = "measure",     [RUN_CONT] = "cont",
	[RUN_CONFIRM] = "confirm",     [RUN_RUNNING] = "running",
	[RUN_POWERDOWN] = "powerdown", [RUN_QUIT] = "quit",
	[RUN_ENDING] = "ending",       [RUN_KILLED] = "killed",
	[RUN_GONE] = "gone",
};
static_assert(ARRAY_LEN(state_words) == RUN_STATES, "each state has a word");

static const char *const event_words[] = {
	[ON_GREETING] = "greeting",
	[ON_REPLY] = "reply",
	[ON_REPLY_SECRET] = "reply (launch-secret)",
	[ON_REFUSAL] = "refusal",
	[ON_SHUTDOWN] = "SHUTDOWN",
	[ON_NEWS] = "event",
	[ON_STOP_WISH] = "signal",
	[ON_KILL_WISH] = "kill",
	[ON_DEADLINE] = "deadline",
	[ON_PROTOCOL] = "protocol error",
	[ON_CLOSED] = "end of QMP",
	[ON_GONE] = "end of QEMU",
};
static_assert(ARRAY_LEN(event_words) == RUN_EVENTS, "each event has a word");

const char *run_state_word(enum run_state state)
{
	return state_words[state];
}

const char *run_event_word(enum run_event event)
{
	return event_words[event];
}

// --- Actions ------------------------------------------------------------------------------------

static void enter(struct supervisor *s, enum run_state state, int timeout_ms)
{
	s->state = state;
	s->deadline_ms = timeout_ms == 0 ? 0 : clock_now_ms() + timeout_ms;
}

void keep_failure(struct supervisor *s, const struct err *err)
{
	if (s->failure.kind == ERR_NONE)
		s->failure = *err;
}

static void do_kill(struct supervisor *s)
{
	struct err err;

	if (s->state == RUN_KILLED)
		return;
	s->forced = true;
	enter(s, RUN_KILLED, KILL_TIMEOUT_MS);
	if (client_stop(s->client, &err) < 0)
		keep_failure(s, &err);
}

// Sends a command for the state that awaits its reply. While launching, the deadline of the whole
// launch goes on.
static void send_command(struct supervisor *s, enum qmp_command_name name, enum run_state next)
{
	struct qmp_command command = { .name = name };
	struct err err;

	if (qmp_session_send(&s->session, &command, COMMAND_TIMEOUT_MS, &err) < 0) {
		keep_failure(s, &err);
		do_kill(s);
		return;
	}
	s->state = next;
}

static void refuse_launch(struct supervisor *s, const char *fmt, const char *is, const char *must)
{
	struct err err;

	(void)err_set(&err, ERR_PROTOCOL, "launch: %s is '%s', must be '%s'", fmt, is, must);
	keep_failure(s, &err);
	do_kill(s);
}

static void ask_capabilities(struct supervisor *s)
{
	send_command(s, QMP_CAPABILITIES, RUN_CAPABILITIES);
}

static void ask_status(struct supervisor *s)
{
	send_command(s, QMP_QUERY_STATUS, RUN_STATUS);
}

static void check_prelaunch(struct supervisor *s)
{
	enum qmp_run_state state = s->message.reply.status.state;

	if (state != QMP_RUN_STATE_PRELAUNCH) {
		refuse_launch(s, "QEMU's run state", qmp_run_state_word(state),
			      qmp_run_state_word(QMP_RUN_STATE_PRELAUNCH));
		return;
	}
	events_tell(s->events, "up", NULL);
	send_command(s, QMP_QUERY_SEV, RUN_SEV);
}

static bool check_sev_values(struct supervisor *s)
{
	const struct qmp_sev *sev = &s->message.reply.sev;
	const struct plan *plan = &s->launch->plan;
	// SNP's launch is finished by cont, so until then it is still being updated.
	enum qmp_sev_state wanted = plan->level == LEVEL_SEV_SNP ? QMP_SEV_STATE_LAUNCH_UPDATE :
								   QMP_SEV_STATE_LAUNCH_SECRET;
	struct err err;

	if (sev->enabled != (plan->level > LEVEL_OFF))
		return refuse_launch(s, "query-sev's 'enabled'", sev->enabled ? "true" : "false",
				     sev->enabled ? "false" : "true"),
		       false;
	if (!sev->enabled)
		return true;
	if (sev->is_snp != (plan->level == LEVEL_SEV_SNP))
		return refuse_launch(s, "query-sev's 'sev-type'", sev->is_snp ? "sev-snp" : "sev",
				     sev->is_snp ? "sev" : "sev-snp"),
		       false;
	if (sev->state != wanted)
		return refuse_launch(s, "query-sev's 'state'", qmp_sev_state_word(sev->state),
				     qmp_sev_state_word(wanted)),
		       false;
	if (sev->policy != plan->sev.policy) {
		(void)err_set(&err, ERR_PROTOCOL,
			      "launch: query-sev's policy is 0x%" PRIx64
			      ", the plan's is 0x%" PRIx64,
			      sev->policy, plan->sev.policy);
		keep_failure(s, &err);
		do_kill(s);
		return false;
	}
	return true;
}

static void do_cont(struct supervisor *s)
{
	struct qmp_command command = { .name = QMP_CONT };
	struct err err;

	// SNP's LAUNCH_FINISH happens in here, so it has the whole launch's time.
	if (qmp_session_send(&s->session, &command, s->launch->guest.launch_timeout_ms, &err) < 0) {
		keep_failure(s, &err);
		do_kill(s);
		return;
	}
	s->state = RUN_CONT;
}

static void check_sev(struct supervisor *s)
{
	if (check_sev_values(s))
		do_cont(s);
}

static void ask_measure(struct supervisor *s)
{
	if (check_sev_values(s))
		send_command(s, QMP_QUERY_SEV_LAUNCH_MEASURE, RUN_MEASURE);
}

static void take_measure(struct supervisor *s)
{
	char base64[TEXT_BASE64_SIZE(QMP_LAUNCH_MEASURE_BYTES)];
	struct json_object *fields = json_object_new_object();

	text_base64_encode(base64, s->message.reply.launch_measure, QMP_LAUNCH_MEASURE_BYTES);
	(void)json_object_object_add(fields, "measurement", json_object_new_string(base64));
	events_tell(s->events, "measured", fields);
	log_info("launch measurement: %s", base64);
	do_cont(s);
}

static void take_cont(struct supervisor *s)
{
	bool encrypted = s->launch->plan.level > LEVEL_OFF;

	s->ran = true;
	events_tell(s->events, "running", NULL);
	send_command(s, encrypted ? QMP_QUERY_SEV : QMP_QUERY_STATUS, RUN_CONFIRM);
}

static void ask_powerdown(struct supervisor *s);

static void take_confirmation(struct supervisor *s)
{
	const struct qmp_reply *reply = &s->message.reply;

	if (reply->command == QMP_QUERY_SEV && reply->sev.state != QMP_SEV_STATE_RUNNING) {
		refuse_launch(s, "query-sev's 'state'", qmp_sev_state_word(reply->sev.state),
			      qmp_sev_state_word(QMP_SEV_STATE_RUNNING));
		return;
	}
	// A short-lived guest may be down again already; what else it may be, events tell.
	enter(s, RUN_RUNNING, 0);
	if (s->stop_wished)
		ask_powerdown(s);
}

// The next reply is a moment away; the wish is fulfilled then.
static void keep_stop_wish(struct supervisor *s)
{
	s->stop_wished = true;
}

static void fail_refused(struct supervisor *s)
{
	const struct qmp_refusal *refusal = &s->message.refusal;
	struct err err;

	(void)err_set(&err, ERR_HOST, "QEMU refused '%s': %s", qmp_command_word(refusal->command),
		      refusal->desc);
	keep_failure(s, &err);
	do_kill(s);
}

static void fail_deadline(struct supervisor *s)
{
	struct err err;

	(void)err_set(&err, ERR_DEADLINE, "the launch did not finish within %u ms (it was in '%s')",
		      s->launch->guest.launch_timeout_ms, run_state_word(s->state));
	keep_failure(s, &err);
	do_kill(s);
}

static void fail_kill(struct supervisor *s)
{
	struct err err;

	(void)err_set(&err, ERR_SYSTEM, "QEMU could not be killed within %d ms", KILL_TIMEOUT_MS);
	keep_failure(s, &err);
	enter(s, RUN_GONE, 0);
}

// A signal before the guest ran ends the launch there and then.
static void abandon(struct supervisor *s)
{
	struct err err;

	(void)err_set(&err, ERR_SIGNAL, "ended by signal %d (%s) before the guest ran",
		      s->signal_number, strsignal(s->signal_number));
	err.errnum = s->signal_number;
	keep_failure(s, &err);
	do_kill(s);
}

static void ask_quit(struct supervisor *s)
{
	s->forced = true;
	if (qmp_session_fd(&s->session) < 0 || s->session.awaited != QMP_AWAITS_NOTHING) {
		do_kill(s);
		return;
	}
	enter(s, RUN_QUIT, QUIT_TIMEOUT_MS);
	send_command(s, QMP_QUIT, RUN_QUIT);
}

static void ask_powerdown(struct supervisor *s)
{
	if (s->session.awaited != QMP_AWAITS_NOTHING) {
		ask_quit(s);
		return;
	}
	log_info("asking the guest to power down; a second signal ends it");
	enter(s, RUN_POWERDOWN, (int)s->launch->guest.shutdown_timeout_ms);
	send_command(s, QMP_SYSTEM_POWERDOWN, RUN_POWERDOWN);
}

static void fail_powerdown(struct supervisor *s)
{
	struct err err;

	(void)err_set(&err, ERR_DEADLINE, "the guest did not power down within %u ms and was ended",
		      s->launch->guest.shutdown_timeout_ms);
	keep_failure(s, &err);
	ask_quit(s);
}

static void hurry(struct supervisor *s)
{
	struct err err;

	(void)err_set(&err, ERR_CRASH, "the guest was ended at once, as a second signal asked for");
	keep_failure(s, &err);
	ask_quit(s);
}

static void tell_shutdown(struct supervisor *s)
{
	const struct qmp_shutdown *shutdown = &s->message.event.shutdown;
	struct json_object *fields = json_object_new_object();

	s->has_shutdown = true;
	s->shutdown = *shutdown;
	(void)json_object_object_add(fields, "guest", json_object_new_boolean(shutdown->guest));
	(void)json_object_object_add(
		fields, "reason",
		json_object_new_string(qmp_shutdown_reason_word(shutdown->reason)));
	events_tell(s->events, "shutdown", fields);
}

static void take_shutdown(struct supervisor *s)
{
	tell_shutdown(s);
	enter(s, RUN_ENDING, ENDING_TIMEOUT_MS);
}

static void tell_news(struct supervisor *s)
{
	const struct qmp_event *event = &s->message.event;
	struct json_object *fields = json_object_new_object();

	(void)json_object_object_add(fields, "name", json_object_new_string(event->text));
	if (event->name == QMP_EVENT_BLOCK_IO_ERROR) {
		const struct qmp_block_io_error *io = &event->block_io_error;

		log_warning("disk '%s': %s failed: %s%s",
			    io->node_name[0] != '\0' ? io->node_name : io->device, io->operation,
			    io->reason,
			    strcmp(io->action, "stop") == 0 ? "; the guest is paused" : "");
		(void)json_object_object_add(fields, "reason", json_object_new_string(io->reason));
	} else if (event->name == QMP_EVENT_GUEST_PANICKED) {
		log_warning("the guest panicked %s", event->guest_panicked.info);
	}
	events_tell(s->events, "qemu", fields);
}

static void await_end(struct supervisor *s)
{
	enter(s, RUN_ENDING, ENDING_TIMEOUT_MS);
}

// A guest that is going down needs no help, unless for a second wish; without QMP there is no guest
// to ask.
static void hurry_end(struct supervisor *s)
{
	if (s->stop_wished || !s->has_shutdown)
		do_kill(s);
	s->stop_wished = true;
}

static void fail_ending(struct supervisor *s)
{
	struct err err;

	(void)err_set(&err, ERR_PROTOCOL, "QEMU %s but did not end within %d ms",
		      s->has_shutdown ? "reported the guest's end" : "closed its QMP socket",
		      ENDING_TIMEOUT_MS);
	keep_failure(s, &err);
	do_kill(s);
}

static void finish(struct supervisor *s)
{
	enter(s, RUN_GONE, 0);
}

static void nothing(struct supervisor *s)
{
	(void)s;
}

// --- The table ----------------------------------------------------------------------------------

struct transition {
	enum run_state from;
	enum run_event on;
	run_action *action;
};

// What every state of a launch that does not run yet has in common.
#define LAUNCHING(state) \
	{ state, ON_REFUSAL, fail_refused }, { state, ON_NEWS, tell_news }, \
		{ state, ON_SHUTDOWN, tell_shutdown }, { state, ON_STOP_WISH, abandon }, \
		{ state, ON_KILL_WISH, do_kill }, { state, ON_DEADLINE, fail_deadline }, \
		{ state, ON_PROTOCOL, do_kill }, { state, ON_CLOSED, await_end }, \
	{ \
		state, ON_GONE, finish \
	}

// And those in which the guest has run.
#define STARTED(state) \
	{ state, ON_NEWS, tell_news }, { state, ON_SHUTDOWN, take_shutdown }, \
		{ state, ON_KILL_WISH, do_kill }, { state, ON_PROTOCOL, do_kill }, \
		{ state, ON_CLOSED, await_end }, \
	{ \
		state, ON_GONE, finish \
	}

static const struct transition transitions[] = {
	{ RUN_GREETING, ON_GREETING, ask_capabilities },
	LAUNCHING(RUN_GREETING),
	{ RUN_CAPABILITIES, ON_REPLY, ask_status },
	LAUNCHING(RUN_CAPABILITIES),
	{ RUN_STATUS, ON_REPLY, check_prelaunch },
	LAUNCHING(RUN_STATUS),
	{ RUN_SEV, ON_REPLY, check_sev },
	{ RUN_SEV, ON_REPLY_SECRET, ask_measure },
	LAUNCHING(RUN_SEV),
	{ RUN_MEASURE, ON_REPLY, take_measure },
	LAUNCHING(RUN_MEASURE),
	{ RUN_CONT, ON_REPLY, take_cont },
	LAUNCHING(RUN_CONT),

	{ RUN_CONFIRM, ON_REPLY, take_confirmation },
	{ RUN_CONFIRM, ON_REFUSAL, fail_refused },
	{ RUN_CONFIRM, ON_STOP_WISH, keep_stop_wish },
	{ RUN_CONFIRM, ON_DEADLINE, fail_deadline },
	STARTED(RUN_CONFIRM),
	{ RUN_RUNNING, ON_STOP_WISH, ask_powerdown },
	STARTED(RUN_RUNNING),
	{ RUN_POWERDOWN, ON_REPLY, nothing },
	{ RUN_POWERDOWN, ON_REFUSAL, ask_quit },
	{ RUN_POWERDOWN, ON_STOP_WISH, hurry },
	{ RUN_POWERDOWN, ON_DEADLINE, fail_powerdown },
	STARTED(RUN_POWERDOWN),
	{ RUN_QUIT, ON_REPLY, nothing },
	{ RUN_QUIT, ON_REFUSAL, do_kill },
	{ RUN_QUIT, ON_STOP_WISH, do_kill },
	{ RUN_QUIT, ON_DEADLINE, do_kill },
	STARTED(RUN_QUIT),
	{ RUN_ENDING, ON_REPLY, nothing },
	{ RUN_ENDING, ON_REFUSAL, nothing },
	{ RUN_ENDING, ON_STOP_WISH, hurry_end },
	{ RUN_ENDING, ON_DEADLINE, fail_ending },
	STARTED(RUN_ENDING),

	{ RUN_KILLED, ON_REPLY, nothing },
	{ RUN_KILLED, ON_REFUSAL, nothing },
	{ RUN_KILLED, ON_GREETING, nothing },
	{ RUN_KILLED, ON_NEWS, nothing },
	{ RUN_KILLED, ON_SHUTDOWN, tell_shutdown },
	{ RUN_KILLED, ON_STOP_WISH, nothing },
	{ RUN_KILLED, ON_KILL_WISH, nothing },
	{ RUN_KILLED, ON_DEADLINE, fail_kill },
	{ RUN_KILLED, ON_PROTOCOL, nothing },
	{ RUN_KILLED, ON_CLOSED, nothing },
	{ RUN_KILLED, ON_GONE, finish },
};

void happen(struct supervisor *s, enum run_event event)
{
	struct err err;

	for (size_t i = 0; i < ARRAY_LEN(transitions); i++) {
		if (transitions[i].from != s->state || transitions[i].on != event)
			continue;
		transitions[i].action(s);
		return;
	}
	(void)err_set(&err, ERR_PROTOCOL, "unexpected %s from QEMU in state '%s'",
		      run_event_word(event), run_state_word(s->state));
	keep_failure(s, &err);
	do_kill(s);
}
