/* SPDX-License-Identifier: Apache-2.0 */
/* One launch with a scripted launcher and QEMU at the other ends, and what came of it. */
#ifndef SNPLAUNCH_TESTS_CLI_SUPERVISE_FIXTURE_H
#define SNPLAUNCH_TESTS_CLI_SUPERVISE_FIXTURE_H

#include "tests/cli/actor.h"

struct fixture {
	struct launch *launch;
	struct client client;
	struct events events;
	struct console console;
	struct console firmware_log;
	struct argv argv;
	struct control control;
	struct supervision supervision;
	size_t n_fds;
	struct err err;
	char printed[200000]; /* on standard error */
	char told[4000];      /* events */
};

static inline int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	fixture->n_fds = count_fds();
	fixture->launch = launch_new();
	fixture->launch->plan.level = LEVEL_OFF;
	fixture->launch->guest.launch_timeout_ms = PATIENCE_MS;
	fixture->launch->guest.shutdown_timeout_ms = PATIENCE_MS;
	fixture->launch->artifacts[LAUNCH_FIRMWARE].fd = memfd_create("firmware", MFD_CLOEXEC);
	events_init(&fixture->events, memfd_create("events", MFD_CLOEXEC));
	console_init(&fixture->console);
	console_init(&fixture->firmware_log);
	control_init(&fixture->control);
	assert_int_equal(console_open(&fixture->console, CONSOLE_LOG, -1,
				      memfd_create("console", MFD_CLOEXEC), &fixture->err),
			 0);
	fixture->supervision = (struct supervision){
		.launch = fixture->launch,
		.client = &fixture->client,
		.events = &fixture->events,
		.console = &fixture->console,
		.firmware_log = &fixture->firmware_log,
		.argv = &fixture->argv,
		.control = &fixture->control,
	};
	return 0;
}

static inline int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	close_fd(&fixture->events.fd);
	events_release(&fixture->events);
	console_release(&fixture->console);
	console_release(&fixture->firmware_log);
	control_release(&fixture->control);
	launch_free(fixture->launch);
	close_fd(&fixture->client.fd);
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	assert_true(has_no_children());
	return 0;
}

// --- One launch ----------------------------------------------------------------------------------

static inline int launch(struct fixture *fixture, const struct step *steps, size_t n)
{
	int ends[2];
	int result;
	struct capture capture;
	pid_t actor;
	ssize_t len;

	assert_int_equal(wire_pair(ends, &fixture->err), 0);
	fixture->launch->plan.has_console = 1;
	if (fixture->launch->plan_fd < 0)
		expect_success(launch_write_plan(fixture->launch, &fixture->err), &fixture->err);
	actor = fork();
	assert_true(actor >= 0);
	if (actor == 0) {
		close_fd(&ends[0]);
		act(ends[1], steps, n);
	}
	close_fd(&ends[1]);
	client_init(&fixture->client, ends[0]);
	capture = capture_begin();
	result = supervise(&fixture->supervision, &fixture->err);
	(void)capture_end(&capture, fixture->printed, sizeof(fixture->printed));
	close_fd(&fixture->client.fd);
	assert_int_equal(wait_for_exit(actor), 0);
	len = pread(fixture->events.fd, fixture->told, sizeof(fixture->told) - 1, 0);
	assert_true(len >= 0);
	fixture->told[len] = '\0';
	return result;
}

#define LAUNCH(...) \
	static const struct step steps[] = { __VA_ARGS__ }; \
	struct fixture *fixture = *state; \
	int result = launch(fixture, steps, ARRAY_LEN(steps))

static inline void expect_outcome(struct fixture *fixture, int result, enum err_kind kind,
				  const char *text)
{
	assert_int_equal(result, -1);
	expect_error(&fixture->err, kind, text);
}

static inline void expect_told(const struct fixture *fixture, const char *const *names, size_t n)
{
	const char *at = fixture->told;

	for (size_t i = 0; i < n; i++) {
		char event[60];

		(void)snprintf(event, sizeof(event), "{\"event\":\"%s\"", names[i]);
		at = strstr(at, event);
		if (at == NULL)
			fail_msg("'%s' was not told: %s", names[i], fixture->told);
		at++;
	}
}

#define EXPECT_TOLD(...) \
	expect_told(fixture, (const char *const[]){ __VA_ARGS__ }, \
		    sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

#endif
