// SPDX-License-Identifier: Apache-2.0
// A conversation with a scripted QEMU: order, deadlines, and everything a hostile one may say.

#include "tests/qmp/peer.h"
#include "tests/qmp/stopped_clock.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/auto.h"
#include "base/clock.h"
#include "base/mem.h"

struct fixture {
	struct qmp_session session;
	struct qmp_message message;
	struct err err;
	int peer;
};

static int set_up_silent(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	peer_start(&fixture->session, &fixture->peer, 0);
	return 0;
}

static int set_up_ready(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	peer_start_ready(&fixture->session, &fixture->peer);
	return 0;
}

// Awaits the reply to query-status.
static int set_up_asked(void **state)
{
	struct fixture *fixture;

	(void)set_up_ready(state);
	fixture = *state;
	return qmp_session_send(&fixture->session,
				&(struct qmp_command){ .name = QMP_QUERY_STATUS }, 0,
				&fixture->err);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	clock_go_on();
	qmp_message_release(&fixture->message);
	qmp_session_release(&fixture->session);
	close_fd(&fixture->peer);
	free(fixture);
	return 0;
}

// Reads over the ends of rounds, as a loop with poll() does.
static int read_next(struct fixture *fixture)
{
	qmp_message_release(&fixture->message);
	for (int rounds = 0; rounds < 3; rounds++) {
		if (qmp_session_read(&fixture->session, &fixture->message, &fixture->err) < 0)
			return -1;
		if (fixture->message.kind != QMP_NOTHING)
			return 0;
	}
	return 0;
}

static void expect_kind(struct fixture *fixture, enum qmp_message_kind kind)
{
	if (read_next(fixture) < 0)
		fail_msg("%s", fixture->err.text);
	assert_int_equal(fixture->message.kind, kind);
}

static void expect_error(struct fixture *fixture, const char *text)
{
	assert_int_equal(read_next(fixture), -1);
	peer_expect_error(&fixture->err, ERR_PROTOCOL, text);
	assert_int_equal(qmp_session_fd(&fixture->session), -1);
	expect_kind(fixture, QMP_CLOSED);
}

// --- A QEMU that behaves -------------------------------------------------------------------------

static void tells_the_greeting_then_replies_and_events(void **state)
{
	struct fixture *fixture = *state;
	char heard[256];

	expect_kind(fixture, QMP_NOTHING);
	peer_say(fixture->peer, PEER_GREETING);
	expect_kind(fixture, QMP_GREETING);
	assert_int_equal(fixture->message.greeting.major, 10);
	assert_string_equal(fixture->message.greeting.package, "Debian");
	assert_int_equal(qmp_session_send(&fixture->session,
					  &(struct qmp_command){ .name = QMP_CAPABILITIES }, 0,
					  &fixture->err),
			 0);
	assert_string_equal(peer_hear(fixture->peer, heard, sizeof(heard)),
			    "{\"execute\":\"qmp_capabilities\",\"id\":1,\"arguments\":{}}\n");
	peer_say(fixture->peer, "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, "
				"\"event\": \"RESUME\"}\r\n{\"return\": {}, \"id\": 1}\r\n");
	expect_kind(fixture, QMP_EVENT);
	assert_int_equal(fixture->message.event.name, QMP_EVENT_RESUME);
	expect_kind(fixture, QMP_REPLY);
	assert_int_equal(fixture->message.reply.command, QMP_CAPABILITIES);
	expect_kind(fixture, QMP_NOTHING);
}

static void tells_a_refusal_with_its_text_escaped(void **state)
{
	struct fixture *fixture = *state;

	peer_say(fixture->peer, "{\"error\": {\"class\": \"GenericError\", "
				"\"desc\": \"no\\u001b[31m\\n\"}, \"id\": 2}\n");
	expect_kind(fixture, QMP_REFUSAL);
	assert_int_equal(fixture->message.refusal.command, QMP_QUERY_STATUS);
	assert_string_equal(fixture->message.refusal.class, "GenericError");
	assert_string_equal(fixture->message.refusal.desc, "no\\x1b[31m\\n");
}

static void reads_a_reply_that_comes_byte_by_byte(void **state)
{
	struct fixture *fixture = *state;
	const char *reply = "{\"return\": {\"status\": \"running\", \"running\": true}, "
			    "\"id\": 2}\n";

	for (; reply[1] != '\0'; reply++) {
		peer_say_bytes(fixture->peer, reply, 1);
		expect_kind(fixture, QMP_NOTHING);
	}
	peer_say(fixture->peer, reply);
	expect_kind(fixture, QMP_REPLY);
	assert_int_equal(fixture->message.reply.status.state, QMP_RUN_STATE_RUNNING);
}

static void tells_that_qemu_is_gone_after_its_last_words(void **state)
{
	struct fixture *fixture = *state;

	peer_say(fixture->peer, "{\"event\": \"STOP\"}\n");
	close_fd(&fixture->peer);
	assert_int_equal(qmp_session_send(&fixture->session,
					  &(struct qmp_command){ .name = QMP_QUIT }, 0,
					  &fixture->err),
			 0);
	expect_kind(fixture, QMP_EVENT);
	expect_kind(fixture, QMP_CLOSED);
	expect_kind(fixture, QMP_CLOSED);
	assert_int_equal(qmp_session_fd(&fixture->session), -1);
}

static void takes_a_reset_for_the_end(void **state)
{
	struct fixture *fixture = *state;

	close_fd(&fixture->peer); // with our query-status unread
	expect_kind(fixture, QMP_CLOSED);
}

// --- Deadlines -----------------------------------------------------------------------------------

static void misses_a_greeting(void **state)
{
	AUTO(qmp_session) struct qmp_session session = QMP_SESSION_EMPTY;
	AUTO(fd) int peer = -1;
	struct qmp_message message;
	struct err err;

	(void)state;
	peer_start(&session, &peer, 1);
	assert_int_equal(qmp_session_call(&session,
					  &(struct qmp_command){ .name = QMP_CAPABILITIES }, 0,
					  &message, &err),
			 -1);
	peer_expect_error(&err, ERR_DEADLINE, "QEMU did not greet over QMP within 1 ms");
}

static void misses_a_reply_after_the_greeting(void **state)
{
	struct fixture *fixture = *state;

	peer_say(fixture->peer, PEER_GREETING);
	assert_int_equal(qmp_session_call(&fixture->session,
					  &(struct qmp_command){ .name = QMP_CAPABILITIES }, 1,
					  &fixture->message, &fixture->err),
			 -1);
	peer_expect_error(&fixture->err, ERR_DEADLINE,
			  "QEMU did not reply to 'qmp_capabilities' within 1 ms");
}

static void has_a_deadline_only_while_it_waits(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(qmp_session_deadline_ms(&fixture->session), 0);
	assert_int_equal(qmp_session_send(&fixture->session,
					  &(struct qmp_command){ .name = QMP_CONT }, 60000,
					  &fixture->err),
			 0);
	assert_in_range(qmp_session_deadline_ms(&fixture->session), clock_now_ms() + 50000,
			clock_now_ms() + 60000);
	assert_int_equal(qmp_session_check_deadline(&fixture->session, &fixture->err), 0);
	peer_say(fixture->peer, "{\"return\": {}, \"id\": 2}\n");
	expect_kind(fixture, QMP_REPLY);
	assert_int_equal(qmp_session_deadline_ms(&fixture->session), 0);
}

// --- One mistake each ----------------------------------------------------------------------------

struct mistake {
	const char *said;
	const char *error;
};

static void refuses_what_is_no_greeting(void **state)
{
	static const struct mistake mistakes[] = {
		{ "hello\n", "instead of QEMU's greeting: expected a value, found 'h'" },
		{ "\n", "instead of QEMU's greeting: empty text" },
		{ "{\"return\": {}, \"id\": 1}\n",
		  "instead of QEMU's greeting: a reply that nobody asked for" },
		{ "{\"event\": \"STOP\"}\n", "instead of QEMU's greeting: an event" },
		{ "{\"QMP\": 1}\n",
		  "instead of QEMU's greeting: greeting: member 'QMP' must be an object" },
		{ "{\"QMP\": {\"version\": {\"qemu\": {\"major\": -1}}}}\n",
		  "instead of QEMU's greeting: greeting: member 'major' must be 0 to 4294967295, "
		  "not -1" },
		{ "{}\n", "instead of QEMU's greeting: a message that is no greeting, reply, error "
			  "or event" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct fixture *fixture;

		(void)set_up_silent((void **)&fixture);
		peer_say(fixture->peer, mistakes[i].said);
		expect_error(fixture, mistakes[i].error);
		(void)tear_down((void **)&fixture);
	}
}

static void refuses_wrong_replies(void **state)
{
#define TO_STATUS "QEMU's reply to 'query-status': "
	static const struct mistake mistakes[] = {
		{ "{\"return\": {}, \"id\": 3}\n", TO_STATUS "member 'id' must be 2, not 3" },
		{ "{\"return\": {}, \"id\": \"2\"}\n", TO_STATUS "member 'id' must be an integer" },
		{ "{\"return\": {}}\n", TO_STATUS "member 'id' is missing" },
		{ "{\"error\": {\"class\": \"GenericError\", \"desc\": \"JSON\\n\"}}\n",
		  TO_STATUS "error 'JSON\\n': member 'id' is missing" },
		{ "{\"error\": {\"class\": \"GenericError\"}, \"id\": 2}\n",
		  TO_STATUS "member 'desc' is missing" },
		{ "{\"error\": \"no\", \"id\": 2}\n",
		  TO_STATUS "member 'error' must be an object" },
		{ "{\"return\": [], \"id\": 2}\n", TO_STATUS "'return' must be an object" },
		{ "{\"return\": null, \"id\": 2}\n", TO_STATUS "'return' must be an object" },
		{ "{\"return\": {\"status\": \"running\", \"running\": 1}, \"id\": 2}\n",
		  TO_STATUS "member 'running' must be true or false" },
		{ "{\"return\": {}, \"error\": {}, \"id\": 2}\n",
		  TO_STATUS "a message with both 'return' and 'error'" },
		{ "{\"return\": {}, \"id\": 2, \"id\": 2}\n", TO_STATUS "key 'id' appears twice" },
		{ "{\"return\": {}, \"id\": 2} {\"event\": \"STOP\"}\n",
		  TO_STATUS "expected the end of the text, found '{'" },
		{ "[1]\n", TO_STATUS "not a JSON object" },
		{ PEER_GREETING, TO_STATUS "a second greeting" },
		{ "{\"event\": 1}\n", TO_STATUS "member 'event' must be a string" },
		{ "{\"event\": \"SHUTDOWN\", \"data\": {\"guest\": 1}}\n",
		  TO_STATUS "event 'SHUTDOWN': member 'guest' must be true or false" },
		{ "{\"return\": {\"status\": \"a\\u0000b\", \"running\": true}, \"id\": 2}\n",
		  TO_STATUS "\\u0000 in a string" },
	};
#undef TO_STATUS

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(mistakes); i++) {
		struct fixture *fixture;

		(void)set_up_asked((void **)&fixture);
		peer_say(fixture->peer, mistakes[i].said);
		expect_error(fixture, mistakes[i].error);
		(void)tear_down((void **)&fixture);
	}
}

static void refuses_a_reply_that_nobody_asked_for(void **state)
{
	struct fixture *fixture = *state;

	peer_say(fixture->peer, "{\"return\": {}, \"id\": 1}\n");
	expect_error(fixture, "QMP: a reply that nobody asked for");
}

static void refuses_a_second_reply(void **state)
{
	struct fixture *fixture = *state;
	const char *reply = "{\"return\": {\"status\": \"paused\", \"running\": false}, "
			    "\"id\": 2}\n";

	peer_say(fixture->peer, reply);
	peer_say(fixture->peer, reply);
	expect_kind(fixture, QMP_REPLY);
	expect_error(fixture, "QMP: a reply that nobody asked for");
}

static void refuses_a_million_brackets(void **state)
{
	struct fixture *fixture = *state;
	static char brackets[100000];

	memset(brackets, '[', sizeof(brackets) - 1);
	brackets[sizeof(brackets) - 1] = '\n';
	peer_say_bytes(fixture->peer, brackets, sizeof(brackets));
	while (read_next(fixture) == 0)
		assert_int_equal(fixture->message.kind, QMP_NOTHING);
	peer_expect_error(&fixture->err, ERR_PROTOCOL,
			  "QEMU's reply to 'query-status': "
			  "more than 4096 values in one JSON text");
}

static void refuses_deep_nesting(void **state)
{
	struct fixture *fixture = *state;

	peer_say(fixture->peer, "{\"a\":[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]}\n");
	expect_error(fixture, "QEMU's reply to 'query-status': nested deeper than 16 levels");
}

static void accepts_nesting_up_to_the_limit(void **state)
{
	struct fixture *fixture = *state;

	peer_say(fixture->peer, "{\"event\":\"X\",\"a\":[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]}\n");
	expect_kind(fixture, QMP_EVENT);
	assert_string_equal(fixture->message.event.text, "X");
}

static void refuses_an_end_inside_of_a_reply(void **state)
{
	struct fixture *fixture = *state;
	char heard[256];

	(void)peer_hear(fixture->peer, heard, sizeof(heard));
	peer_say(fixture->peer, "{\"return\": {");
	close_fd(&fixture->peer);
	expect_error(fixture, "QEMU's reply to 'query-status': QEMU closed its QMP socket in the "
			      "middle of a line, after 12 bytes of it");
}

static void refuses_and_closes_descriptors(void **state)
{
	struct fixture *fixture = *state;
	size_t n_fds = count_fds();

	peer_send_fd(fixture->peer, STDERR_FILENO);
	expect_error(fixture, "QEMU's reply to 'query-status': QEMU sent descriptors over QMP");
	assert_int_equal(count_fds(), n_fds - 1); // less the session's own
}

static void refuses_an_event_flood_within_bounded_memory(void **state)
{
	struct fixture *fixture = *state;
	static const char event[] = "{\"event\": \"BLOCK_IO_ERROR\", \"data\": {\"device\": \"d\", "
				    "\"operation\": \"write\", \"action\": \"report\", "
				    "\"reason\": \"No space left on device\"}}\n";
	static char events[100 * sizeof(event)];
	struct rusage before, after;
	size_t sent = 0;
	int result = 0;

	for (size_t i = 0; i < 100; i++)
		memcpy(events + i * (sizeof(event) - 1), event, sizeof(event));
	(void)getrusage(RUSAGE_SELF, &before);
	clock_stop();
	for (; result == 0 && sent < 2 * QMP_BURST_BYTES; sent += strlen(events)) {
		peer_say(fixture->peer, events);
		do
			result = read_next(fixture);
		while (result == 0 && fixture->message.kind == QMP_EVENT);
	}
	(void)getrusage(RUSAGE_SELF, &after);
	assert_int_equal(result, -1);
	peer_expect_error(&fixture->err, ERR_PROTOCOL,
			  "QMP: QEMU floods its QMP socket with more "
			  "than 16777216 bytes, and 4194304 a second");
#ifndef __SANITIZE_ADDRESS__
	assert_in_range(after.ru_maxrss - before.ru_maxrss, 0, 8 * 1024);
#endif
}

static void says_when_qemu_does_not_read(void **state)
{
	struct fixture *fixture = *state;
	char junk[4096] = { 0 };

	while (send(fixture->session.frame.fd, junk, sizeof(junk), MSG_NOSIGNAL) > 0)
		;
	assert_int_equal(qmp_session_send(&fixture->session,
					  &(struct qmp_command){ .name = QMP_QUIT }, 0,
					  &fixture->err),
			 -1);
	peer_expect_error(&fixture->err, ERR_PROTOCOL,
			  "command 'quit': QEMU does not read from its QMP socket");
}

static void says_when_qemu_closes_instead_of_replying(void **state)
{
	struct fixture *fixture = *state;

	peer_say(fixture->peer, PEER_GREETING);
	assert_int_equal(shutdown(fixture->peer, SHUT_WR), 0);
	assert_int_equal(qmp_session_call(&fixture->session,
					  &(struct qmp_command){ .name = QMP_CAPABILITIES }, 0,
					  &fixture->message, &fixture->err),
			 -1);
	peer_expect_error(&fixture->err, ERR_PROTOCOL,
			  "QEMU's reply to 'qmp_capabilities': QEMU closed its QMP socket");
}

#define TEST(function, set_up) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_the_greeting_then_replies_and_events, set_up_silent),
		TEST(tells_a_refusal_with_its_text_escaped, set_up_asked),
		TEST(reads_a_reply_that_comes_byte_by_byte, set_up_asked),
		TEST(tells_that_qemu_is_gone_after_its_last_words, set_up_ready),
		TEST(takes_a_reset_for_the_end, set_up_asked),
		cmocka_unit_test(misses_a_greeting),
		TEST(misses_a_reply_after_the_greeting, set_up_silent),
		TEST(has_a_deadline_only_while_it_waits, set_up_ready),
		cmocka_unit_test(refuses_what_is_no_greeting),
		cmocka_unit_test(refuses_wrong_replies),
		TEST(refuses_a_reply_that_nobody_asked_for, set_up_ready),
		TEST(refuses_a_second_reply, set_up_asked),
		TEST(refuses_a_million_brackets, set_up_asked),
		TEST(refuses_deep_nesting, set_up_asked),
		TEST(accepts_nesting_up_to_the_limit, set_up_asked),
		TEST(refuses_an_end_inside_of_a_reply, set_up_asked),
		TEST(refuses_and_closes_descriptors, set_up_asked),
		TEST(refuses_an_event_flood_within_bounded_memory, set_up_ready),
		TEST(says_when_qemu_does_not_read, set_up_ready),
		TEST(says_when_qemu_closes_instead_of_replying, set_up_silent),
	};

	return cmocka_run_group_tests_name("qmp/session", tests, NULL, NULL);
}
