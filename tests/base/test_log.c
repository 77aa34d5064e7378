// SPDX-License-Identifier: Apache-2.0
// Log lines: one write each, and nothing in them that a terminal obeys.

#include "tests/unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/log.h"

// What one call of 'log' with this message writes to standard error.
static void capture(char *out, size_t size, void (*log)(const char *fmt, ...), const char *message)
{
	AUTO(fd) int saved = dup(STDERR_FILENO);
	int ends[2];
	ssize_t n;

	assert_return_code(pipe(ends), errno);
	assert_return_code(dup2(ends[1], STDERR_FILENO), errno);
	close_fd(&ends[1]);
	log("%s", message);
	assert_return_code(dup2(saved, STDERR_FILENO), errno);
	n = read(ends[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close_fd(&ends[0]);
}

static void assert_line(void (*log)(const char *fmt, ...), const char *message, const char *line)
{
	char written[4096];

	capture(written, sizeof(written), log, message);
	assert_string_equal(written, line);
}

static void names_the_program_and_warns(void **state)
{
	(void)state;
	log_init("snplaunch", false, false);
	assert_line(log_error, "it broke", "snplaunch: it broke\n");
	assert_line(log_warning, "it may break", "snplaunch: warning: it may break\n");
	assert_line(log_debug, "nobody asked", "");
}

static void gives_the_journal_its_levels(void **state)
{
	(void)state;
	log_init("snplaunch", true, true);
	assert_line(log_error, "it broke", "<3>it broke\n");
	assert_line(log_warning, "it may break", "<4>warning: it may break\n");
	assert_line(log_info, "it runs", "<6>it runs\n");
	assert_line(log_debug, "it ran", "<7>it ran\n");
	log_init("snplaunch", false, false);
}

static void ends_lines_for_a_raw_terminal(void **state)
{
	(void)state;
	log_set_raw_terminal(true);
	assert_line(log_error, "it broke", "snplaunch: it broke\r\n");
	log_set_raw_terminal(false);
}

static void shows_control_bytes_and_keeps_text(void **state)
{
	(void)state;
	assert_line(log_error, "a\033[31m\n\r\x7f", "snplaunch: a\\x1b[31m\\x0a\\x0d\\x7f\n");
	assert_line(log_error, "\xc3\xa4\xc2\x9bm", "snplaunch: \xc3\xa4\xc2\\x9bm\n");
}

static void cuts_long_messages_and_keeps_the_line_end(void **state)
{
	char message[5000];
	char written[8192];

	(void)state;
	memset(message, '\033', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	capture(written, sizeof(written), log_error, message);
	assert_true(strlen(written) <= 2048);
	assert_int_equal(written[strlen(written) - 1], '\n');
}

static void keeps_errno(void **state)
{
	char written[100];

	(void)state;
	errno = EXDEV;
	capture(written, sizeof(written), log_error, "it broke");
	errno = EXDEV;
	log_debug("nobody asked");
	assert_int_equal(errno, EXDEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_the_program_and_warns),
		cmocka_unit_test(gives_the_journal_its_levels),
		cmocka_unit_test(ends_lines_for_a_raw_terminal),
		cmocka_unit_test(shows_control_bytes_and_keeps_text),
		cmocka_unit_test(cuts_long_messages_and_keeps_the_line_end),
		cmocka_unit_test(keeps_errno),
	};

	return cmocka_run_group_tests_name("base/log", tests, NULL, NULL);
}
