// SPDX-License-Identifier: Apache-2.0
// Messages of the launcher that nobody asked for, between those that somebody did.

#include "tests/base/process.h"

#include <poll.h>
#include <sys/wait.h>

#include "base/mem.h"
#include "base/wire.h"
#include "cli/client.h"
#include "launcher/request.h"

static struct client *client;
static struct err err;
static int launcher_end;

static int set_up(void **state)
{
	int ends[2];

	(void)state;
	if (wire_pair(ends, &err) < 0)
		return -1;
	launcher_end = ends[0];
	client = mem_zeroed(1, sizeof(*client));
	client_init(client, ends[1]);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close_fd(&launcher_end);
	close_fd(&client->fd);
	free(client);
	return 0;
}

static void say(enum message_type type, const void *payload, size_t len)
{
	static struct wire_message message;

	wire_fill(&message, type, payload, len);
	expect_success(wire_send(launcher_end, &message, &err), &err);
}

static bool is_readable(void)
{
	struct pollfd waiting = { .fd = client->fd, .events = POLLIN };

	return poll(&waiting, 1, 0) > 0;
}

// poll() said that there is a notice, but a request that waited for its reply has read it.
static void waits_for_no_notice_that_a_request_has_read(void **state)
{
	const struct notice_gone gone = { CLD_KILLED, SIGKILL };

	(void)state;
	say(NOTICE_GONE, &gone, sizeof(gone));
	assert_true(is_readable());
	say(REPLY_DONE, NULL, 0);
	expect_success(client_stop(client, &err), &err);
	assert_true(client->gone_told);
	(void)alarm(20); // or wait for ever
	expect_success(client_read_notice(client, &err), &err);
	(void)alarm(0);
}

static void takes_a_notice_by_itself(void **state)
{
	const uint32_t number = SIGTERM;

	(void)state;
	say(NOTICE_SIGNAL, &number, sizeof(number));
	expect_success(client_read_notice(client, &err), &err);
	assert_int_equal(client_take_signal(client), SIGTERM);
	assert_int_equal(client_take_signal(client), 0);
}

static void notices_that_the_launcher_is_gone(void **state)
{
	(void)state;
	close_fd(&launcher_end);
	assert_int_equal(client_read_notice(client, &err), -1);
	expect_error(&err, ERR_BUG, "the launcher is gone");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(waits_for_no_notice_that_a_request_has_read),
		TEST(takes_a_notice_by_itself),
		TEST(notices_that_the_launcher_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
