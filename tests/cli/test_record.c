// SPDX-License-Identifier: Apache-2.0
// What a record says after each event of a launch, and what is left of it in the file.

#include "tests/base/process.h"

#include "base/mem.h"
#include "cli/record.h"

struct fixture {
	struct launch *launch;
	struct record record;
	int fd; // of the same file
	char text[65536];
	struct err err;
};

static int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	fixture->launch = launch_new();
	fixture->launch->plan.level = LEVEL_SEV_ES;
	fixture->launch->plan.accel = ACCEL_KVM;
	fixture->fd = memfd_create("record", MFD_CLOEXEC);
	record_init(&fixture->record);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	record_release(&fixture->record);
	launch_free(fixture->launch);
	close_fd(&fixture->fd);
	free(fixture);
	return 0;
}

static void begin(struct fixture *fixture)
{
	expect_success(
		record_begin(&fixture->record, fixture->launch, dup(fixture->fd), &fixture->err),
		&fixture->err);
}

// The file is one JSON object with this text in it.
static void expect_text(struct fixture *fixture, const char *text)
{
	ssize_t len = pread(fixture->fd, fixture->text, sizeof(fixture->text) - 1, 0);
	struct json_object *parsed;

	assert_true(len > 0);
	fixture->text[len] = '\0';
	parsed = json_tokener_parse(fixture->text);
	assert_non_null(parsed);
	(void)json_object_put(parsed);
	if (strstr(fixture->text, text) == NULL)
		fail_msg("'%s' is not in %s", text, fixture->text);
}

static void hear(struct fixture *fixture, const char *event, const char *key, const char *value)
{
	struct json_object *fields = json_object_new_object();

	if (key != NULL)
		(void)json_object_object_add(fields, key, json_object_new_string(value));
	record_hear(&fixture->record, event, fields);
	(void)json_object_put(fields);
}

static void begins_with_what_is_planned(void **state)
{
	struct fixture *fixture = *state;

	hear(fixture, "planned", NULL, NULL);
	begin(fixture);
	expect_text(fixture, "\"state\":\"planned\"");
	expect_text(fixture, "\"level\":\"sev-es\"");
}

static void keeps_the_owners_measurement(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	hear(fixture, "measured", "measurement", "QUJD");
	expect_text(fixture, "\"owner_measurement\":\"QUJD\"");
	expect_text(fixture, "\"state\":\"measured\"");
}

static void keeps_how_it_ended(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	hear(fixture, "running", NULL, NULL);
	expect_text(fixture, "\"state\":\"running\"");
	hear(fixture, "exited", "error", "the guest crashed");
	expect_text(fixture, "\"error\":\"the guest crashed\"");
	expect_text(fixture, "\"state\":\"ended\"");
}

static void leaves_out_what_has_no_time(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	hear(fixture, "console", "text", "chatter");
	hear(fixture, "running", NULL, NULL);
	expect_text(fixture, "running");
	assert_null(strstr(fixture->text, "console"));
}

static void leaves_nothing_of_a_longer_record(void **state)
{
	struct fixture *fixture = *state;
	char *rest = mem_zeroed(40000, 1);

	memset(rest, 'x', 40000);
	assert_int_equal(write(fixture->fd, rest, 40000), 40000);
	free(rest);
	begin(fixture);
	expect_text(fixture, "\"record\":1");
	assert_null(strstr(fixture->text, "xx"));
}

static void stays_small_when_the_guest_starts_again_and_again(void **state)
{
	struct fixture *fixture = *state;

	begin(fixture);
	for (int i = 0; i < 10 * RECORD_STATES_MAX; i++)
		hear(fixture, i == 0 ? "planned" : "running", NULL, NULL);
	hear(fixture, "exited", NULL, NULL);
	assert_int_equal(json_object_array_length(fixture->record.states), RECORD_STATES_MAX);
	expect_text(fixture, "\"state\":\"exited\"");
}

static void writes_nothing_unless_asked(void **state)
{
	struct fixture *fixture = *state;

	hear(fixture, "running", NULL, NULL);
	assert_int_equal(lseek(fixture->fd, 0, SEEK_END), 0);
}

static void fails_where_it_cannot_write(void **state)
{
	struct fixture *fixture = *state;
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close_fd(&ends[0]);
	assert_int_equal(record_begin(&fixture->record, fixture->launch, ends[1], &fixture->err),
			 -1);
	expect_error(&fixture->err, ERR_SYSTEM, "cannot write the record: Illegal seek");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(begins_with_what_is_planned),
		TEST(keeps_the_owners_measurement),
		TEST(keeps_how_it_ended),
		TEST(leaves_out_what_has_no_time),
		TEST(leaves_nothing_of_a_longer_record),
		TEST(stays_small_when_the_guest_starts_again_and_again),
		TEST(writes_nothing_unless_asked),
		TEST(fails_where_it_cannot_write),
	};

	return cmocka_run_group_tests_name("cli/record", tests, NULL, NULL);
}
