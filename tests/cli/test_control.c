// SPDX-License-Identifier: Apache-2.0
// The control socket under peers that stop half way, say too much, do not read, or are many.

#include "tests/base/process.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "base/clock.h"
#include "base/mem.h"
#include "cli/control.h"

#define MANY (2 * CONTROL_PEERS_MAX + 1)

struct fixture {
	struct control control;
	struct sockaddr_un name; /* abstract */
	socklen_t name_len;
	int peers[MANY];
	size_t n_answers;
	bool later;	   /* answers come from control_answer_later() */
	size_t answer_len; /* bytes of text in an answer */
	char heard[CONTROL_REQUEST_MAX + 1];
	size_t n_fds;
};

static struct json_object *give(void *context, const char *request, size_t len)
{
	struct fixture *fixture = context;
	AUTO(mem) char *text = mem_zeroed(fixture->answer_len + 1, 1);
	struct json_object *answer;

	fixture->n_answers++;
	memcpy(fixture->heard, request, len);
	fixture->heard[len] = '\0';
	if (fixture->later)
		return NULL;
	answer = json_object_new_object();
	memset(text, 'a', fixture->answer_len);
	(void)json_object_object_add(answer, "return", json_object_new_string(text));
	return answer;
}

static int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	fixture->n_fds = count_fds();
	fixture->name.sun_family = AF_UNIX;
	fixture->name_len = sizeof(fixture->name);
	control_init(&fixture->control);
	fixture->control.answer = give;
	fixture->control.context = fixture;
	fixture->control.listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	// A name of the family's length alone is one that the kernel chooses.
	assert_int_equal(bind(fixture->control.listen_fd, (struct sockaddr *)&fixture->name,
			      sizeof(sa_family_t)),
			 0);
	assert_int_equal(getsockname(fixture->control.listen_fd, (struct sockaddr *)&fixture->name,
				     &fixture->name_len),
			 0);
	assert_int_equal(listen(fixture->control.listen_fd, MANY), 0);
	for (size_t i = 0; i < MANY; i++)
		fixture->peers[i] = -1;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	for (size_t i = 0; i < MANY; i++)
		close_fd(&fixture->peers[i]);
	control_release(&fixture->control);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

// --- The loop and its peers ----------------------------------------------------------------------

// Until there is nothing left to do.
static void turn(struct fixture *fixture)
{
	struct pollfd fds[CONTROL_FDS];

	for (;;) {
		control_watch(&fixture->control, fds);
		if (poll(fds, CONTROL_FDS, 0) == 0)
			break;
		control_serve(&fixture->control, fds);
	}
	control_serve(&fixture->control, fds);
}

// The time of everybody who is connected is over.
static void run_out_of_time(struct fixture *fixture)
{
	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
		if (fixture->control.peers[i].fd >= 0)
			fixture->control.peers[i].deadline_ms = clock_now_ms();
	turn(fixture);
}

static void connect_peer(struct fixture *fixture, size_t which)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	fixture->peers[which] = fd;
	assert_int_equal(connect(fd, (struct sockaddr *)&fixture->name, fixture->name_len), 0);
}

static void say(struct fixture *fixture, size_t which, const char *text)
{
	assert_int_equal(send(fixture->peers[which], text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
	turn(fixture);
}

static size_t count_connected(const struct fixture *fixture)
{
	size_t n = 0;

	for (size_t i = 0; i < CONTROL_PEERS_MAX; i++)
		n += fixture->control.peers[i].fd >= 0;
	return n;
}

// Reads to the end; returns how many bytes, and the first of them in 'text'.
static size_t hear(struct fixture *fixture, size_t which, char text[static 64])
{
	char bytes[4096];
	size_t total = 0;
	ssize_t n;

	memset(text, 0, 64);
	while ((n = recv(fixture->peers[which], bytes, sizeof(bytes), 0)) > 0) {
		if (total == 0)
			memcpy(text, bytes, n < 63 ? (size_t)n : 63);
		total += (size_t)n;
		turn(fixture);
	}
	assert_int_equal(n, 0);
	return total;
}

static void expect_dropped(struct fixture *fixture, size_t which)
{
	char byte;

	assert_true(recv(fixture->peers[which], &byte, 1, 0) <= 0);
	assert_int_not_equal(errno, EAGAIN);
	errno = 0;
}

// --- Peers that behave ---------------------------------------------------------------------------

static void answers_one_line_and_closes(void **state)
{
	struct fixture *fixture = *state;
	char text[64];

	connect_peer(fixture, 0);
	say(fixture, 0, "{\"a\":1}\n");
	(void)hear(fixture, 0, text);
	assert_string_equal(text, "{\"return\":\"\"}");
	assert_string_equal(fixture->heard, "{\"a\":1}");
	assert_int_equal(count_connected(fixture), 0);
	assert_int_equal(control_deadline_ms(&fixture->control), 0);
}

static void waits_for_the_rest_of_a_line(void **state)
{
	struct fixture *fixture = *state;
	char text[64];

	connect_peer(fixture, 0);
	say(fixture, 0, "{\"a\"");
	assert_int_equal(fixture->n_answers, 0);
	assert_true(control_deadline_ms(&fixture->control) > clock_now_ms());
	say(fixture, 0, ":1}\n");
	(void)hear(fixture, 0, text);
	assert_string_equal(fixture->heard, "{\"a\":1}");
}

static void hears_nothing_behind_the_line(void **state)
{
	struct fixture *fixture = *state;

	connect_peer(fixture, 0);
	say(fixture, 0, "one\ntwo\nthree");
	assert_int_equal(fixture->n_answers, 1);
	assert_string_equal(fixture->heard, "one");
	assert_int_equal(count_connected(fixture), 0);
}

// --- Peers that do not ---------------------------------------------------------------------------

static void drops_a_line_without_an_end(void **state)
{
	struct fixture *fixture = *state;
	char text[CONTROL_REQUEST_MAX + 1] = "";

	memset(text, 'a', CONTROL_REQUEST_MAX);
	connect_peer(fixture, 0);
	say(fixture, 0, text);
	expect_dropped(fixture, 0);
	assert_int_equal(fixture->n_answers, 0);
}

static void takes_a_line_that_just_fits(void **state)
{
	struct fixture *fixture = *state;
	char text[CONTROL_REQUEST_MAX + 1] = "";

	memset(text, 'a', CONTROL_REQUEST_MAX - 1);
	text[CONTROL_REQUEST_MAX - 1] = '\n';
	connect_peer(fixture, 0);
	say(fixture, 0, text);
	assert_int_equal(fixture->n_answers, 1);
	assert_int_equal(strlen(fixture->heard), CONTROL_REQUEST_MAX - 1);
}

static void forgets_a_peer_that_goes_away(void **state)
{
	struct fixture *fixture = *state;

	connect_peer(fixture, 0);
	say(fixture, 0, "half");
	assert_int_equal(count_connected(fixture), 1);
	close_fd(&fixture->peers[0]);
	turn(fixture);
	assert_int_equal(count_connected(fixture), 0);
}

static void drops_a_silent_peer_in_the_end(void **state)
{
	struct fixture *fixture = *state;

	connect_peer(fixture, 0);
	turn(fixture);
	assert_int_equal(count_connected(fixture), 1);
	run_out_of_time(fixture);
	expect_dropped(fixture, 0);
}

static void drops_a_peer_that_does_not_read_in_the_end(void **state)
{
	struct fixture *fixture = *state;

	fixture->answer_len = 4 << 20;
	connect_peer(fixture, 0);
	say(fixture, 0, "a\n");
	assert_int_equal(count_connected(fixture), 1);
	run_out_of_time(fixture);
	assert_int_equal(count_connected(fixture), 0);
}

static void goes_on_for_a_slow_reader(void **state)
{
	struct fixture *fixture = *state;
	char text[64];

	fixture->answer_len = 4 << 20;
	connect_peer(fixture, 0);
	say(fixture, 0, "a\n");
	assert_int_equal(hear(fixture, 0, text), fixture->answer_len + strlen("{\"return\":\"\"}"));
}

static void lets_those_wait_for_whom_there_is_no_place(void **state)
{
	struct fixture *fixture = *state;
	char text[64];

	for (size_t i = 0; i < MANY; i++)
		connect_peer(fixture, i);
	turn(fixture);
	assert_int_equal(count_connected(fixture), CONTROL_PEERS_MAX);
	for (size_t i = 0; i < MANY / CONTROL_PEERS_MAX; i++) {
		run_out_of_time(fixture); // of those who are connected and say nothing
		turn(fixture);
	}
	say(fixture, MANY - 1, "a\n");
	(void)hear(fixture, MANY - 1, text);
	assert_string_equal(text, "{\"return\":\"\"}");
}

// --- Answers that come later --------------------------------------------------------------------

static void gives_an_answer_later(void **state)
{
	struct fixture *fixture = *state;
	char text[64];

	fixture->later = true;
	connect_peer(fixture, 0);
	say(fixture, 0, "a\n");
	assert_int_equal(fixture->n_answers, 1);
	assert_true(control_deadline_ms(&fixture->control) > clock_now_ms() + CONTROL_TIMEOUT_MS);
	fixture->later = false;
	connect_peer(fixture, 1);
	say(fixture, 1, "b\n"); // others are answered meanwhile
	(void)hear(fixture, 1, text);
	assert_string_equal(text, "{\"return\":\"\"}");
	control_answer_later(&fixture->control, json_object_new_object());
	(void)hear(fixture, 0, text);
	assert_string_equal(text, "{}");
	assert_int_equal(count_connected(fixture), 0);
}

static void forgets_who_does_not_wait_for_it(void **state)
{
	struct fixture *fixture = *state;

	fixture->later = true;
	connect_peer(fixture, 0);
	say(fixture, 0, "a\n");
	assert_int_equal(count_connected(fixture), 1);
	close_fd(&fixture->peers[0]);
	turn(fixture);
	assert_int_equal(count_connected(fixture), 0);
	control_answer_later(&fixture->control, json_object_new_object());
	connect_peer(fixture, 1);
	say(fixture, 1, "a\n");
	run_out_of_time(fixture);
	expect_dropped(fixture, 1);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(answers_one_line_and_closes),
		TEST(waits_for_the_rest_of_a_line),
		TEST(hears_nothing_behind_the_line),
		TEST(drops_a_line_without_an_end),
		TEST(takes_a_line_that_just_fits),
		TEST(forgets_a_peer_that_goes_away),
		TEST(drops_a_silent_peer_in_the_end),
		TEST(drops_a_peer_that_does_not_read_in_the_end),
		TEST(goes_on_for_a_slow_reader),
		TEST(lets_those_wait_for_whom_there_is_no_place),
		TEST(gives_an_answer_later),
		TEST(forgets_who_does_not_wait_for_it),
	};

	return cmocka_run_group_tests_name("cli/control", tests, NULL, NULL);
}
