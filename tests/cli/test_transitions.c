// SPDX-License-Identifier: Apache-2.0
// Properties of the transition table: every state meets every event, and none is stuck or crashes.

#include "tests/base/process.h"
#include "tests/qmp/peer.h"

#include <signal.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "base/wire.h"
#include "cli/transitions.h"
#include "tests/base/wire_say.h"

struct fixture {
	struct supervisor s;
	struct client client;
	struct launch *launch;
	struct events events;
	struct console console;
	struct control control;
	int launcher; /* the other end of the client's wire */
	int qemu;     /* the other end of QMP */
	struct capture capture;
	size_t n_fds;
	struct err err;
	char text[2000];
};

static int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));
	int ends[2];

	*state = fixture;
	fixture->n_fds = count_fds();
	fixture->qemu = -1;
	fixture->s.session = (struct qmp_session)QMP_SESSION_EMPTY;
	assert_int_equal(wire_pair(ends, &fixture->err), 0);
	client_init(&fixture->client, ends[0]);
	fixture->launcher = ends[1];
	fixture->launch = launch_new();
	fixture->launch->plan.level = LEVEL_OFF;
	fixture->launch->guest.launch_timeout_ms = 60000;
	fixture->launch->guest.shutdown_timeout_ms = 30000;
	events_init(&fixture->events, -1);
	console_init(&fixture->console);
	control_init(&fixture->control);
	fixture->capture = capture_begin();
	return 0;
}

// Puts the supervisor into a state, with a QEMU that awaits a command and a launcher that will
// answer one STOP.
static void enter_state(struct fixture *fixture, enum run_state state)
{
	struct supervisor *s = &fixture->s;

	*s = (struct supervisor){ .launch = fixture->launch,
				  .client = &fixture->client,
				  .events = &fixture->events,
				  .console = &fixture->console,
				  .firmware_log = &fixture->console,
				  .control = &fixture->control,
				  .stderr_fd = -1,
				  .state = state,
				  .ran = state >= RUN_CONFIRM,
				  .signal_number = SIGTERM };
	if (state == RUN_GREETING) {
		peer_start(&s->session, &fixture->qemu, 0);
		peer_say(fixture->qemu, PEER_GREETING);
		assert_int_equal(qmp_session_read(&s->session, &s->message, &fixture->err), 0);
		assert_int_equal(s->message.kind, QMP_GREETING);
	} else {
		peer_start_ready(&s->session, &fixture->qemu);
	}
	expect_success(wire_say(fixture->launcher, REPLY_DONE, NULL, 0, &fixture->err),
		       &fixture->err);
}

static void leave_state(struct fixture *fixture)
{
	struct wire_message *message = &fixture->client.message;
	int fds[] = { fixture->launcher, fixture->client.fd };

	qmp_session_release(&fixture->s.session);
	close_fd(&fixture->qemu);
	// Whatever was said and not heard, for the next state.
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		struct pollfd waiting = { .fd = fds[i], .events = POLLIN };

		while (poll(&waiting, 1, 0) == 1)
			expect_success(wire_receive(fds[i], message, &fixture->err), &fixture->err);
	}
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	(void)capture_end(&fixture->capture, fixture->text, sizeof(fixture->text));
	qmp_session_release(&fixture->s.session);
	close_fd(&fixture->qemu);
	close_fd(&fixture->client.fd);
	close_fd(&fixture->launcher);
	launch_free(fixture->launch);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

// As the loop does it: what a message says is there when its event happens.
static void prepare_message(struct fixture *fixture, enum run_event event)
{
	struct qmp_message *message = &fixture->s.message;

	memset(message, 0, sizeof(*message));
	if (event == ON_SHUTDOWN)
		message->event.shutdown.reason = QMP_REASON_GUEST_SHUTDOWN;
	if (event == ON_REFUSAL)
		(void)strcpy(message->refusal.desc, "no");
	if (event == ON_REPLY && fixture->s.state == RUN_STATUS)
		message->reply.status.state = QMP_RUN_STATE_PRELAUNCH;
}

static bool is_unexpected(const struct supervisor *s)
{
	return strncmp(s->failure.text, "unexpected ", 11) == 0;
}

// --- Properties ----------------------------------------------------------------------------------

static void has_a_word_for_each_state_and_event(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < RUN_STATES; i++)
		for (unsigned int other = 0; other < i; other++)
			assert_string_not_equal(run_state_word((enum run_state)i),
						run_state_word((enum run_state)other));
	for (unsigned int i = 0; i < RUN_EVENTS; i++)
		assert_true(strlen(run_event_word((enum run_event)i)) > 0);
	assert_string_equal(run_state_word(RUN_GREETING), "greeting");
	assert_string_equal(run_event_word(ON_GONE), "end of QEMU");
}

static void ends_when_qemu_has_ended_from_every_state(void **state)
{
	struct fixture *fixture = *state;

	for (enum run_state from = RUN_GREETING; from < RUN_GONE; from++) {
		enter_state(fixture, from);
		happen(&fixture->s, ON_GONE);
		assert_int_equal(fixture->s.state, RUN_GONE);
		assert_int_equal(fixture->s.failure.kind, ERR_NONE);
		assert_int_equal(fixture->s.deadline_ms, 0);
		leave_state(fixture);
	}
}

static void kills_a_qemu_that_breaks_the_protocol_in_every_state(void **state)
{
	struct fixture *fixture = *state;

	for (enum run_state from = RUN_GREETING; from < RUN_GONE; from++) {
		enter_state(fixture, from);
		(void)err_set(&fixture->err, ERR_PROTOCOL, "broken");
		keep_failure(&fixture->s, &fixture->err);
		happen(&fixture->s, ON_PROTOCOL);
		assert_int_equal(fixture->s.state, RUN_KILLED);
		expect_error(&fixture->s.failure, ERR_PROTOCOL, "broken");
		leave_state(fixture);
	}
}

// No wish of its user's and no news may find a state without an answer.
static void expects_what_may_happen_at_any_time(void **state)
{
	static const enum run_event always[] = { ON_NEWS,   ON_SHUTDOWN, ON_STOP_WISH, ON_KILL_WISH,
						 ON_CLOSED, ON_GONE,	 ON_PROTOCOL };
	struct fixture *fixture = *state;

	for (enum run_state from = RUN_GREETING; from < RUN_GONE; from++) {
		for (size_t i = 0; i < ARRAY_LEN(always); i++) {
			enter_state(fixture, from);
			prepare_message(fixture, always[i]);
			happen(&fixture->s, always[i]);
			assert_false(is_unexpected(&fixture->s));
			leave_state(fixture);
		}
	}
}

// But one: a guest that runs may do so for ever.
static void has_an_answer_to_every_deadline(void **state)
{
	struct fixture *fixture = *state;

	for (enum run_state from = RUN_GREETING; from < RUN_GONE; from++) {
		enter_state(fixture, from);
		happen(&fixture->s, ON_DEADLINE);
		assert_int_equal(is_unexpected(&fixture->s), from == RUN_RUNNING);
		if (from == RUN_KILLED)
			assert_int_equal(fixture->s.state, RUN_GONE);
		else if (from == RUN_POWERDOWN)
			assert_int_equal(fixture->s.state, RUN_QUIT);
		else
			assert_int_equal(fixture->s.state, RUN_KILLED);
		leave_state(fixture);
	}
}

// Any pair does one of three things: it goes on, it ends QEMU, or all is over.
static void meets_every_event_in_every_state(void **state)
{
	struct fixture *fixture = *state;
	size_t n_unexpected = 0;

	for (enum run_state from = RUN_GREETING; from < RUN_GONE; from++) {
		for (enum run_event event = ON_GREETING; event < RUN_EVENTS; event++) {
			char text[200];

			enter_state(fixture, from);
			prepare_message(fixture, event);
			happen(&fixture->s, event);
			assert_in_range(fixture->s.state, RUN_GREETING, RUN_GONE);
			(void)snprintf(text, sizeof(text), "unexpected %s from QEMU in state '%s'",
				       run_event_word(event), run_state_word(from));
			if (is_unexpected(&fixture->s)) {
				n_unexpected++;
				expect_error(&fixture->s.failure, ERR_PROTOCOL, text);
				assert_int_equal(fixture->s.state, RUN_KILLED);
			}
			if (fixture->s.state == RUN_KILLED && from != RUN_KILLED)
				assert_true(fixture->s.deadline_ms > 0);
			leave_state(fixture);
		}
	}
	assert_in_range(n_unexpected, 20, 50);
}

// Each kill is the last: nothing revives what was killed, and the launcher is asked once.
static void stays_killed_until_qemu_is_gone(void **state)
{
	struct fixture *fixture = *state;

	for (enum run_event event = ON_GREETING; event < RUN_EVENTS; event++) {
		struct pollfd waiting = { .fd = fixture->launcher, .events = POLLIN };

		if (event == ON_GONE || event == ON_DEADLINE)
			continue;
		enter_state(fixture, RUN_KILLED);
		prepare_message(fixture, event);
		happen(&fixture->s, event);
		assert_int_equal(fixture->s.state, RUN_KILLED);
		assert_int_equal(poll(&waiting, 1, 0), 0);
		leave_state(fixture);
	}
}

static void keeps_the_first_failure(void **state)
{
	struct fixture *fixture = *state;

	enter_state(fixture, RUN_STATUS);
	(void)err_set(&fixture->err, ERR_HOST, "first");
	keep_failure(&fixture->s, &fixture->err);
	(void)err_set(&fixture->err, ERR_BUG, "second");
	keep_failure(&fixture->s, &fixture->err);
	happen(&fixture->s, ON_DEADLINE);
	expect_error(&fixture->s.failure, ERR_HOST, "first");
	leave_state(fixture);
}

// --- What is sent --------------------------------------------------------------------------------

static void expect_command(struct fixture *fixture, enum run_state from, enum run_event event,
			   const char *command)
{
	char text[300];

	enter_state(fixture, from);
	prepare_message(fixture, event);
	happen(&fixture->s, event);
	assert_non_null(strstr(peer_hear(fixture->qemu, text, sizeof(text)), command));
	assert_int_equal(fixture->s.failure.kind, ERR_NONE);
	leave_state(fixture);
}

static void waits_for_the_owner_without_limit(void **state)
{
	struct fixture *fixture = *state;
	struct supervisor *s = &fixture->s;
	char text[300];

	fixture->launch->guest.sev_session.pause_for_owner = ON_OFF_ON;
	enter_state(fixture, RUN_MEASURE);
	happen(s, ON_REPLY);
	assert_int_equal(s->state, RUN_OWNER);
	assert_int_equal(s->deadline_ms, 0);
	assert_int_equal(strlen(s->measurement), 64);
	happen(s, ON_CONTINUE);
	assert_int_equal(s->state, RUN_CONT);
	assert_true(s->deadline_ms > 0);
	assert_non_null(strstr(peer_hear(fixture->qemu, text, sizeof(text)), "\"cont\""));
	leave_state(fixture);
	fixture->launch->guest.sev_session.pause_for_owner = ON_OFF_UNSET;
}

static void gives_the_owners_secret_to_qemu(void **state)
{
	struct fixture *fixture = *state;
	struct supervisor *s = &fixture->s;
	char text[300];

	enter_state(fixture, RUN_OWNER);
	s->packet.header = strdup("AA==");
	s->packet.payload = strdup("BB==");
	happen(s, ON_CONTINUE);
	assert_int_equal(s->state, RUN_INJECT);
	assert_null(s->packet.header);
	assert_non_null(strstr(peer_hear(fixture->qemu, text, sizeof(text)),
			       "{\"packet-header\":\"AA==\",\"secret\":\"BB==\"}"));
	prepare_message(fixture, ON_REFUSAL);
	happen(s, ON_REFUSAL);
	assert_int_equal(s->state, RUN_OWNER);
	assert_int_equal(s->deadline_ms, 0);
	assert_int_equal(s->failure.kind, ERR_NONE);
	leave_state(fixture);
	expect_command(fixture, RUN_INJECT, ON_REPLY, "\"cont\"");
}

static void ends_a_rehearsal_where_the_guest_would_run(void **state)
{
	struct fixture *fixture = *state;

	fixture->launch->plan.rehearses = 1;
	expect_command(fixture, RUN_CONFIRM, ON_REPLY, "\"quit\"");
	fixture->launch->plan.rehearses = 0;
}

static void asks_one_thing_after_the_other(void **state)
{
	struct fixture *fixture = *state;

	expect_command(fixture, RUN_GREETING, ON_GREETING, "\"qmp_capabilities\"");
	expect_command(fixture, RUN_CAPABILITIES, ON_REPLY, "\"query-status\"");
	expect_command(fixture, RUN_STATUS, ON_REPLY, "\"query-sev\"");
	expect_command(fixture, RUN_SEV, ON_REPLY, "\"cont\"");
	expect_command(fixture, RUN_MEASURE, ON_REPLY, "\"cont\"");
	expect_command(fixture, RUN_CONT, ON_REPLY, "\"query-status\"");
	expect_command(fixture, RUN_RUNNING, ON_STOP_WISH, "\"system_powerdown\"");
	expect_command(fixture, RUN_POWERDOWN, ON_REFUSAL, "\"quit\"");
}

static void does_not_run_a_guest_whose_sev_is_not_the_plans(void **state)
{
	static const struct {
		enum level level;
		struct qmp_sev sev;
		const char *text;
	} rows[] = {
		{ LEVEL_OFF,
		  { .enabled = true },
		  "launch: query-sev's 'enabled' is 'true', must be 'false'" },
		{ LEVEL_SEV,
		  { .enabled = false },
		  "launch: query-sev's 'enabled' is 'false', must be 'true'" },
		{ LEVEL_SEV_SNP,
		  { .enabled = true, .state = QMP_SEV_STATE_LAUNCH_UPDATE, .policy = 5 },
		  "launch: query-sev's 'sev-type' is 'sev', must be 'sev-snp'" },
		{ LEVEL_SEV_ES,
		  { .enabled = true,
		    .is_snp = true,
		    .state = QMP_SEV_STATE_LAUNCH_SECRET,
		    .policy = 5 },
		  "launch: query-sev's 'sev-type' is 'sev-snp', must be 'sev'" },
		{ LEVEL_SEV_ES,
		  { .enabled = true, .state = QMP_SEV_STATE_LAUNCH_SECRET, .policy = 4 },
		  "launch: query-sev's policy is 0x4, the plan's is 0x5" },
		{ LEVEL_SEV_ES,
		  { .enabled = true, .state = QMP_SEV_STATE_RUNNING, .policy = 5 },
		  "launch: query-sev's 'state' is 'running', must be 'launch-secret'" },
		{ LEVEL_SEV_SNP,
		  { .enabled = true, .is_snp = true, .state = QMP_SEV_STATE_UNINIT, .policy = 5 },
		  "launch: query-sev's 'state' is 'uninit', must be 'launch-update'" },
	};
	static const enum run_event events[] = { ON_REPLY, ON_REPLY_SECRET };
	struct fixture *fixture = *state;

	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		char text[300];

		fixture->launch->plan.level = rows[i / 2].level;
		fixture->launch->plan.sev.policy = rows[i / 2].level == LEVEL_OFF ? 0 : 5;
		enter_state(fixture, RUN_SEV);
		prepare_message(fixture, ON_REPLY);
		fixture->s.message.reply.sev = rows[i / 2].sev;
		happen(&fixture->s, events[i % 2]);
		assert_int_equal(fixture->s.state, RUN_KILLED);
		expect_error(&fixture->s.failure, ERR_PROTOCOL, rows[i / 2].text);
		assert_int_equal(recv(fixture->qemu, text, sizeof(text), MSG_DONTWAIT), -1);
		leave_state(fixture);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(has_a_word_for_each_state_and_event),
		TEST(ends_when_qemu_has_ended_from_every_state),
		TEST(kills_a_qemu_that_breaks_the_protocol_in_every_state),
		TEST(expects_what_may_happen_at_any_time),
		TEST(has_an_answer_to_every_deadline),
		TEST(meets_every_event_in_every_state),
		TEST(stays_killed_until_qemu_is_gone),
		TEST(keeps_the_first_failure),
		TEST(asks_one_thing_after_the_other),
		TEST(waits_for_the_owner_without_limit),
		TEST(gives_the_owners_secret_to_qemu),
		TEST(ends_a_rehearsal_where_the_guest_would_run),
		TEST(does_not_run_a_guest_whose_sev_is_not_the_plans),
	};

	return cmocka_run_group_tests_name("cli/transitions", tests, NULL, NULL);
}
