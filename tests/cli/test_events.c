// SPDX-License-Identifier: Apache-2.0
// Event lines: whole JSON objects for whoever reads them, and nobody waits for who does not.

#include "tests/base/process.h"

#include <signal.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "cli/events.h"

struct fixture {
	struct events events;
	int reader;
	int writer;
	size_t n_fds;
	char text[300000];
};

static void init(struct fixture *fixture, int reader, int writer)
{
	fixture->reader = reader;
	fixture->writer = writer;
	events_init(&fixture->events, writer);
}

static int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));
	int ends[2];

	*state = fixture;
	fixture->n_fds = count_fds();
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0); // blocking, as a shell makes them
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 8192), 8192);
	init(fixture, ends[0], ends[1]);
	return 0;
}

static int set_up_socket(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));
	int ends[2];

	*state = fixture;
	fixture->n_fds = count_fds();
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	init(fixture, ends[0], ends[1]);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	events_release(&fixture->events);
	close_fd(&fixture->reader);
	close_fd(&fixture->writer);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

static struct json_object *text_of_bytes(size_t len)
{
	AUTO(mem) char *text = mem_zeroed(len + 1, 1);
	struct json_object *fields = json_object_new_object();

	memset(text, 'x', len);
	(void)json_object_object_add(fields, "text", json_object_new_string(text));
	return fields;
}

// Reads what is there now, behind what was read before.
static void take(struct fixture *fixture)
{
	size_t used = strlen(fixture->text);
	struct pollfd waiting = { .fd = fixture->reader, .events = POLLIN };

	while (poll(&waiting, 1, 0) == 1 && (waiting.revents & POLLIN) != 0) {
		ssize_t n = read(fixture->reader, fixture->text + used,
				 sizeof(fixture->text) - 1 - used);

		assert_true(n > 0);
		used += (size_t)n;
	}
	fixture->text[used] = '\0';
}

// Takes the first line off what was read: an object with this name. Owner: caller.
static struct json_object *next_line(struct fixture *fixture, const char *name)
{
	char *end = strchr(fixture->text, '\n');
	struct json_object *line;

	if (end == NULL)
		fail_msg("there is no whole line: %.200s", fixture->text);
	*end = '\0';
	line = json_tokener_parse(fixture->text);
	memmove(fixture->text, end + 1, strlen(end + 1) + 1);
	assert_non_null(line);
	assert_string_equal(json_object_get_string(json_object_object_get(line, "event")), name);
	assert_true(json_object_get_double(json_object_object_get(line, "monotonic_ms")) > 0);
	return line;
}

static void expect_line(struct fixture *fixture, const char *name, int missed)
{
	struct json_object *line = next_line(fixture, name);
	struct json_object *member = json_object_object_get(line, "missed");

	assert_int_equal(json_object_get_int(member), missed);
	assert_true((member == NULL) == (missed == 0));
	(void)json_object_put(line);
}

static void tells_name_time_and_fields(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *fields = json_object_new_object();
	struct json_object *line;

	(void)json_object_object_add(fields, "a/b", json_object_new_string("line\nend \"quoted\""));
	events_tell(&fixture->events, "one", fields);
	events_tell(&fixture->events, "two", NULL);
	take(fixture);
	assert_null(strstr(fixture->text, "\\/"));
	line = next_line(fixture, "one");
	assert_string_equal(json_object_get_string(json_object_object_get(line, "a/b")),
			    "line\nend \"quoted\"");
	(void)json_object_put(line);
	expect_line(fixture, "two", 0);
	assert_string_equal(fixture->text, "");
}

static void tells_nobody(void **state)
{
	struct fixture *fixture = *state;

	events_release(&fixture->events);
	events_tell(&fixture->events, "one", text_of_bytes(10)); // which is released all the same
	assert_int_equal(fixture->events.n_missed, 0);
}

static void counts_exactly_what_a_stopped_reader_misses(void **state)
{
	struct fixture *fixture = *state;
	int told = 0;

	(void)alarm(PATIENCE_MS / 1000); // a wait for ever ends the test program
	for (int i = 0; i < 100; i++)
		events_tell(&fixture->events, "filling", text_of_bytes(500));
	(void)alarm(0);
	assert_true(fixture->events.n_missed > 0);
	take(fixture);
	while (fixture->text[0] != '\0' && strchr(fixture->text, '\n') != NULL) {
		expect_line(fixture, "filling", 0);
		told++;
	}
	events_tell(&fixture->events, "again", NULL);
	events_tell(&fixture->events, "and on", NULL);
	take(fixture);
	if (strstr(fixture->text, "filling") != NULL ||
	    strncmp(fixture->text, "{\"event\":\"again\"", 16) != 0) {
		expect_line(fixture, "filling", 0); // the one that was cut
		told++;
	}
	expect_line(fixture, "again", 100 - told);
	expect_line(fixture, "and on", 0);
	assert_string_equal(fixture->text, "");
}

// A line that is longer than what the pipe has left for it must neither wait nor stay cut.
static void finishes_a_long_line_when_there_is_room_again(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *line;

	(void)alarm(PATIENCE_MS / 1000);
	events_tell(&fixture->events, "long", text_of_bytes(20000));
	(void)alarm(0);
	events_tell(&fixture->events, "missed", NULL);
	events_tell(&fixture->events, "missed too", NULL);
	for (int i = 0; i < 5 && strchr(fixture->text, '\n') == NULL; i++) {
		take(fixture);
		events_tell(&fixture->events, "later", NULL);
	}
	take(fixture);
	line = next_line(fixture, "long");
	assert_int_equal(json_object_get_string_len(json_object_object_get(line, "text")), 20000);
	(void)json_object_put(line);
	line = next_line(fixture, "later");
	assert_in_range(json_object_get_int(json_object_object_get(line, "missed")), 2, 7);
	(void)json_object_put(line);
}

static void survives_a_reader_that_is_gone(void **state)
{
	struct fixture *fixture = *state;

	close_fd(&fixture->reader);
	events_tell(&fixture->events, "one", NULL);
	events_tell(&fixture->events, "two", text_of_bytes(20000));
	assert_int_equal(fixture->events.n_missed, 2);
}

static void writes_into_a_file(void **state)
{
	struct fixture *fixture = *state;

	close_fd(&fixture->reader);
	close_fd(&fixture->writer);
	init(fixture, -1, memfd_create("events", MFD_CLOEXEC));
	events_tell(&fixture->events, "long", text_of_bytes(20000));
	events_tell(&fixture->events, "short", NULL);
	assert_true(pread(fixture->writer, fixture->text, sizeof(fixture->text) - 1, 0) > 20000);
	expect_line(fixture, "long", 0);
	expect_line(fixture, "short", 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define SOCKET_TEST(name) \
	{ \
#name "_over_a_socket", name, set_up_socket, tear_down, NULL \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_name_time_and_fields),
		TEST(tells_nobody),
		TEST(counts_exactly_what_a_stopped_reader_misses),
		TEST(finishes_a_long_line_when_there_is_room_again),
		TEST(survives_a_reader_that_is_gone),
		TEST(writes_into_a_file),
		SOCKET_TEST(tells_name_time_and_fields),
		SOCKET_TEST(survives_a_reader_that_is_gone),
	};

	(void)signal(SIGPIPE, SIG_IGN); // as in the front
	return cmocka_run_group_tests_name("cli/events", tests, NULL, NULL);
}
