// SPDX-License-Identifier: Apache-2.0
// The transitions of a launch. For a state and an event the table gives an action; the action does
// one thing and enters the next state. A pair that is not in the table is a mistake of QEMU's, and
// ends it.

#include "cli/transitions.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/answers.h"
#include "cli/sev_check.h"
#include "cli/tell.h"

#define COMMAND_TIMEOUT_MS 10000 /* for one QMP command */
#define QUIT_TIMEOUT_MS 5000	 /* from "quit" to QEMU's end */
#define KILL_TIMEOUT_MS 5000	 /* from SIGKILL to the launcher's notice */
#define ENDING_TIMEOUT_MS 10000	 /* from SHUTDOWN or a closed QMP to QEMU's end */

typedef void run_action(struct supervisor *s);

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

static bool is_as_planned(struct supervisor *s, enum qmp_sev_state state)
{
	const struct sev_wanted wanted = { &s->launch->plan, &s->launch->readings.sev, state };
	struct err err;

	if (sev_check(&s->message.reply.sev, &wanted, &err) == 0)
		return true;
	keep_failure(s, &err);
	do_kill(s);
	return false;
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

// SNP's launch is finished by cont, so until then it is still being updated.
static bool is_launched_as_planned(struct supervisor *s)
{
	return is_as_planned(s, s->launch->plan.level == LEVEL_SEV_SNP ?
					QMP_SEV_STATE_LAUNCH_UPDATE :
					QMP_SEV_STATE_LAUNCH_SECRET);
}

static void check_sev(struct supervisor *s)
{
	if (is_launched_as_planned(s))
		do_cont(s);
}

static void ask_measure(struct supervisor *s)
{
	if (!is_launched_as_planned(s))
		return;
	s->sev = s->message.reply.sev;
	send_command(s, QMP_QUERY_SEV_LAUNCH_MEASURE, RUN_MEASURE);
}

// An owner takes the time that an owner takes.
static void await_owner(struct supervisor *s)
{
	enter(s, RUN_OWNER, 0);
	events_tell(s->events, "paused", NULL);
	log_info("the guest waits for its owner: snplaunch continue %s", s->launch->plan.name);
}

// Nobody here can tell, unless a test has the owner's keys.
static bool is_measured_as_computed(struct supervisor *s)
{
	const struct sev_firmware_version version = { s->sev.api_major, s->sev.api_minor,
						      s->sev.build_id };
	struct err err;

	if (launch_verify_measurement(s->launch, s->measurement, &version, &err) == 0)
		return true;
	keep_failure(s, &err);
	do_kill(s);
	return false;
}

static void take_measure(struct supervisor *s)
{
	text_base64_encode(s->measurement, s->message.reply.launch_measure,
			   QMP_LAUNCH_MEASURE_BYTES);
	tell_measured(s);
	if (!is_measured_as_computed(s))
		return;
	if (s->launch->guest.sev_session.pause_for_owner == ON_OFF_ON)
		await_owner(s);
	else
		do_cont(s);
}

static void take_go(struct supervisor *s)
{
	answers_finish(s, NULL);
	do_cont(s);
}

static void inject_secret(struct supervisor *s)
{
	const struct qmp_command command = {
		.name = QMP_SEV_INJECT_LAUNCH_SECRET,
		.packet_header = s->packet.header,
		.secret = s->packet.payload,
		.has_gpa = s->packet.has_gpa,
		.gpa = s->packet.gpa,
	};
	struct err err;

	if (qmp_session_send(&s->session, &command, COMMAND_TIMEOUT_MS, &err) < 0) {
		keep_failure(s, &err);
		do_kill(s);
	}
	secret_packet_release(&s->packet);
}

static void take_continue(struct supervisor *s)
{
	enter(s, RUN_INJECT, (int)s->launch->guest.launch_timeout_ms);
	if (s->packet.header == NULL)
		take_go(s);
	else
		inject_secret(s);
}

// Of a packet that is not the owner's, or not for this launch, nothing has become the guest's.
static void refuse_packet(struct supervisor *s)
{
	struct err err;

	(void)err_set(&err, ERR_HOST, "QEMU refused the secret: %s", s->message.refusal.desc);
	log_warning("%s", err.text);
	answers_finish(s, &err);
	await_owner(s);
}

static void take_cont(struct supervisor *s)
{
	bool encrypted = s->launch->plan.level > LEVEL_OFF;

	s->ran = true;
	events_tell(s->events, "running", NULL);
	send_command(s, encrypted ? QMP_QUERY_SEV : QMP_QUERY_STATUS, RUN_CONFIRM);
}

static void ask_powerdown(struct supervisor *s);

// The launch was all that there is to see.
static void end_rehearsal(struct supervisor *s)
{
	enter(s, RUN_QUIT, QUIT_TIMEOUT_MS);
	send_command(s, QMP_QUIT, RUN_QUIT);
}

static void take_confirmation(struct supervisor *s)
{
	const struct qmp_reply *reply = &s->message.reply;

	if (reply->command == QMP_QUERY_SEV && !is_as_planned(s, QMP_SEV_STATE_RUNNING))
		return;
	// A short-lived guest may be down again already; what else it may be, events tell.
	enter(s, RUN_RUNNING, 0);
	if (s->launch->plan.rehearses)
		end_rehearsal(s);
	else if (s->stop_wished)
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

	(void)err_set(
		&err, ERR_DEADLINE,
		"the launch did not finish within %u ms (it was in '%s'): " TRANSITIONS_LONGER,
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
#define LAUNCHING(state) { state, ON_REFUSAL, fail_refused }, BEFORE_RUN(state)
#define BEFORE_RUN(state) \
	{ state, ON_NEWS, tell_news }, { state, ON_SHUTDOWN, tell_shutdown }, \
		{ state, ON_STOP_WISH, abandon }, { state, ON_KILL_WISH, do_kill }, \
		{ state, ON_DEADLINE, fail_deadline }, { state, ON_PROTOCOL, do_kill }, \
		{ state, ON_CLOSED, await_end }, \
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
	{ RUN_OWNER, ON_CONTINUE, take_continue },
	BEFORE_RUN(RUN_OWNER),
	{ RUN_INJECT, ON_REPLY, take_go },
	{ RUN_INJECT, ON_REFUSAL, refuse_packet },
	BEFORE_RUN(RUN_INJECT),
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
