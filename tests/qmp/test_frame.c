// SPDX-License-Identifier: Apache-2.0
// Lines from bytes: cutting, limits, ends, floods, descriptors.

#include "tests/qmp/peer.h"
#include "tests/qmp/stopped_clock.h"

#include <stdlib.h>

#include "base/mem.h"
#include "qmp/frame.h"

#define SMALL_LINE 100

struct fixture {
	struct qmp_frame frame;
	struct qmp_line line;
	struct err err;
	int peer;
};

static int set_up_line_max(void **state, size_t line_max)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));
	int ends[2];

	peer_pair(ends);
	fixture->peer = ends[1];
	*state = fixture;
	return qmp_frame_init(&fixture->frame, ends[0], line_max, &fixture->err);
}

static int set_up(void **state)
{
	return set_up_line_max(state, SMALL_LINE);
}

static int set_up_large(void **state)
{
	return set_up_line_max(state, qmp_limits_supervise.line_max);
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	clock_go_on();
	qmp_frame_release(&fixture->frame);
	close_fd(&fixture->peer);
	free(fixture);
	return 0;
}

static void expect_line(struct fixture *fixture, const char *text)
{
	assert_int_equal(qmp_frame_next(&fixture->frame, &fixture->line, &fixture->err), 0);
	assert_int_equal(fixture->line.kind, QMP_LINE_WHOLE);
	assert_int_equal(fixture->line.len, strlen(text));
	assert_memory_equal(fixture->line.bytes, text, strlen(text));
}

static void expect_kind(struct fixture *fixture, enum qmp_line_kind kind)
{
	assert_int_equal(qmp_frame_next(&fixture->frame, &fixture->line, &fixture->err), 0);
	assert_int_equal(fixture->line.kind, kind);
}

static void expect_error(struct fixture *fixture, const char *text)
{
	assert_int_equal(qmp_frame_next(&fixture->frame, &fixture->line, &fixture->err), -1);
	peer_expect_error(&fixture->err, ERR_PROTOCOL, text);
}

static void cuts_lines_at_both_line_ends(void **state)
{
	struct fixture *fixture = *state;

	peer_say(fixture->peer, "one\r\ntwo\n\nfo");
	expect_line(fixture, "one");
	expect_line(fixture, "two");
	expect_line(fixture, "");
	expect_kind(fixture, QMP_LINE_NONE);
	peer_say(fixture->peer, "ur\r\n");
	expect_line(fixture, "four");
	expect_kind(fixture, QMP_LINE_NONE);
}

static void joins_a_line_that_comes_byte_by_byte(void **state)
{
	struct fixture *fixture = *state;
	const char *text = "{\"a\": 1}";

	for (size_t i = 0; i < strlen(text); i++) {
		peer_say_bytes(fixture->peer, text + i, 1);
		expect_kind(fixture, QMP_LINE_NONE);
	}
	peer_say(fixture->peer, "\n");
	expect_line(fixture, text);
}

static void receives_once_between_two_polls(void **state)
{
	struct fixture *fixture = *state;
	static char lines[128 * 1024];

	memset(lines, '\n', sizeof(lines));
	peer_say_bytes(fixture->peer, lines, sizeof(lines));
	for (size_t total = 0; total < sizeof(lines);) {
		size_t n = 0;

		while (qmp_frame_next(&fixture->frame, &fixture->line, &fixture->err) == 0 &&
		       fixture->line.kind == QMP_LINE_WHOLE)
			n++;
		assert_in_range(n, 1, QMP_RECEIVE_MAX);
		total += n;
	}
	expect_kind(fixture, QMP_LINE_NONE);
}

static void accepts_the_longest_line(void **state)
{
	struct fixture *fixture = *state;
	char text[SMALL_LINE + 1] = "";

	memset(text, 'x', SMALL_LINE);
	peer_say(fixture->peer, text);
	expect_kind(fixture, QMP_LINE_NONE);
	peer_say(fixture->peer, "\r\n");
	expect_line(fixture, text);
}

static void refuses_a_line_that_is_one_byte_too_long(void **state)
{
	struct fixture *fixture = *state;
	char text[SMALL_LINE + 3] = "";

	memset(text, 'x', SMALL_LINE + 1);
	text[SMALL_LINE + 1] = '\n';
	peer_say(fixture->peer, text);
	expect_error(fixture, "QEMU sent a line of more than 100 bytes");
}

static void refuses_ten_megabytes_without_a_line_end(void **state)
{
	struct fixture *fixture = *state;
	static char chunk[32 * 1024];

	memset(chunk, 'x', sizeof(chunk));
	for (size_t sent = 0; sent < 10 * 1024 * 1024; sent += sizeof(chunk)) {
		peer_say_bytes(fixture->peer, chunk, sizeof(chunk));
		do {
			if (qmp_frame_next(&fixture->frame, &fixture->line, &fixture->err) < 0) {
				peer_expect_error(&fixture->err, ERR_PROTOCOL,
						  "QEMU sent a line of more than 262144 bytes");
				assert_in_range(fixture->frame.size, 1, 2 * 262144);
				return;
			}
		} while (recv(fixture->frame.fd, chunk, 1, MSG_PEEK | MSG_DONTWAIT) == 1);
	}
	fail_msg("10 MB were taken");
}

static void shrinks_after_a_long_line(void **state)
{
	struct fixture *fixture = *state;
	static char text[150 * 1024];

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\n';
	peer_say_bytes(fixture->peer, text, sizeof(text));
	do
		assert_int_equal(qmp_frame_next(&fixture->frame, &fixture->line, &fixture->err), 0);
	while (fixture->line.kind == QMP_LINE_NONE);
	assert_int_equal(fixture->line.len, sizeof(text) - 1);
	assert_in_range(fixture->frame.size, sizeof(text), 2 * 262144);
	expect_kind(fixture, QMP_LINE_NONE);
	peer_say(fixture->peer, "short\n");
	expect_line(fixture, "short");
	assert_in_range(fixture->frame.size, 1, 4096);
}

static void tells_the_end_again_and_again(void **state)
{
	struct fixture *fixture = *state;

	peer_say(fixture->peer, "last\n");
	close_fd(&fixture->peer);
	expect_line(fixture, "last");
	expect_kind(fixture, QMP_LINE_NONE);
	expect_kind(fixture, QMP_LINE_CLOSED);
	expect_kind(fixture, QMP_LINE_CLOSED);
}

static void takes_a_half_close_for_the_end(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(shutdown(fixture->peer, SHUT_WR), 0);
	expect_kind(fixture, QMP_LINE_CLOSED);
}

static void takes_a_reset_for_the_end(void **state)
{
	struct fixture *fixture = *state;

	// A peer that closes with bytes unread resets the connection.
	assert_int_equal(send(fixture->frame.fd, "x", 1, MSG_NOSIGNAL), 1);
	peer_say(fixture->peer, "last\n");
	close_fd(&fixture->peer);
	expect_line(fixture, "last");
	expect_kind(fixture, QMP_LINE_NONE);
	expect_kind(fixture, QMP_LINE_CLOSED);
}

static void refuses_an_end_inside_of_a_line(void **state)
{
	struct fixture *fixture = *state;

	peer_say(fixture->peer, "{\"ret");
	close_fd(&fixture->peer);
	expect_kind(fixture, QMP_LINE_NONE);
	expect_error(fixture, "QEMU closed its QMP socket in the middle of a line, after 5 bytes "
			      "of it");
}

static void refuses_and_closes_descriptors(void **state)
{
	struct fixture *fixture = *state;
	size_t n_fds = count_fds();

	peer_send_fd(fixture->peer, STDERR_FILENO);
	expect_error(fixture, "QEMU sent descriptors over QMP");
	assert_int_equal(count_fds(), n_fds);
}

static void refuses_a_flood(void **state)
{
	struct fixture *fixture = *state;
	static char lines[64 * 1024];

	memset(lines, 'x', sizeof(lines));
	for (size_t i = 99; i < sizeof(lines); i += 100)
		lines[i] = '\n';
	lines[sizeof(lines) - 1] = '\n';
	clock_stop();
	for (size_t sent = 0; sent < 2 * QMP_BURST_BYTES; sent += sizeof(lines)) {
		peer_say_bytes(fixture->peer, lines, sizeof(lines));
		do {
			if (qmp_frame_next(&fixture->frame, &fixture->line, &fixture->err) < 0) {
				peer_expect_error(&fixture->err, ERR_PROTOCOL,
						  "QEMU floods its QMP socket with more than "
						  "16777216 bytes, and 4194304 a second");
				return;
			}
		} while (fixture->line.kind == QMP_LINE_WHOLE ||
			 recv(fixture->frame.fd, lines, 1, MSG_PEEK | MSG_DONTWAIT) == 1);
	}
	fail_msg("32 MiB were taken");
}

static void refuses_what_is_no_socket(void **state)
{
	struct qmp_frame frame;
	struct qmp_line line;
	struct err err;

	(void)state;
	assert_int_equal(qmp_frame_init(&frame, open("/dev/null", O_RDONLY | O_CLOEXEC), 10, &err),
			 0);
	assert_int_equal(qmp_frame_next(&frame, &line, &err), -1);
	peer_expect_error(&err, ERR_SYSTEM,
			  "cannot receive from QEMU's QMP socket: "
			  "Socket operation on non-socket");
	qmp_frame_release(&frame);
	qmp_frame_release(&frame);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(cuts_lines_at_both_line_ends, set_up, tear_down),
		cmocka_unit_test_setup_teardown(joins_a_line_that_comes_byte_by_byte, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(receives_once_between_two_polls, set_up, tear_down),
		cmocka_unit_test_setup_teardown(accepts_the_longest_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_a_line_that_is_one_byte_too_long, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(refuses_ten_megabytes_without_a_line_end,
						set_up_large, tear_down),
		cmocka_unit_test_setup_teardown(shrinks_after_a_long_line, set_up_large, tear_down),
		cmocka_unit_test_setup_teardown(tells_the_end_again_and_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_a_half_close_for_the_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(takes_a_reset_for_the_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_an_end_inside_of_a_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_and_closes_descriptors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(refuses_a_flood, set_up_large, tear_down),
		cmocka_unit_test(refuses_what_is_no_socket),
	};

	return cmocka_run_group_tests_name("qmp/frame", tests, NULL, NULL);
}
