// SPDX-License-Identifier: Apache-2.0
// Log lines: one write each, and nothing in them that a terminal obeys.

#include "tests/unit.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/log.h"

// What one line with this message writes to standard error.
static void capture(char *out, size_t size, enum log_level level, const char *message)
{
	AUTO(fd) int saved = dup(STDERR_FILENO);
	int ends[2];
	ssize_t n;

	assert_return_code(pipe(ends), errno);
	assert_return_code(dup2(ends[1], STDERR_FILENO), errno);
	close_fd(&ends[1]);
	log_line(level, "%s", message);
	assert_return_code(dup2(saved, STDERR_FILENO), errno);
	n = read(ends[0], out, size - 1);
	out[n > 0 ? n : 0] = '\0';
	close_fd(&ends[0]);
}

static void assert_line(enum log_level level, const char *message, const char *line)
{
	char written[4096];

	capture(written, sizeof(written), level, message);
	assert_string_equal(written, line);
}

static void names_the_program_and_warns(void **state)
{
	(void)state;
	assert_line(LOG_LEVEL_ERROR, "it broke", "snplaunch: it broke\n");
	assert_line(LOG_LEVEL_WARNING, "it may break", "snplaunch: warning: it may break\n");
	assert_line(LOG_LEVEL_DEBUG, "nobody asked", "");
}

static void gives_the_journal_its_levels(void **state)
{
	(void)state;
	log_settings.to_journal = log_settings.debug_wanted = true;
	assert_line(LOG_LEVEL_ERROR, "it broke", "<3>it broke\n");
	assert_line(LOG_LEVEL_WARNING, "it may break", "<4>warning: it may break\n");
	assert_line(LOG_LEVEL_INFO, "it runs", "<6>it runs\n");
	assert_line(LOG_LEVEL_DEBUG, "it ran", "<7>it ran\n");
	log_settings.to_journal = log_settings.debug_wanted = false;
}

static void ends_lines_for_a_raw_terminal(void **state)
{
	(void)state;
	log_settings.raw_terminal = true;
	assert_line(LOG_LEVEL_ERROR, "it broke", "snplaunch: it broke\r\n");
	log_settings.raw_terminal = false;
}

static void shows_control_bytes_and_keeps_text(void **state)
{
	(void)state;
	assert_line(LOG_LEVEL_ERROR, "a\033[31m\n\r\x7f", "snplaunch: a\\x1b[31m\\x0a\\x0d\\x7f\n");
	assert_line(LOG_LEVEL_ERROR, "\xc3\xa4\xc2\x9bm", "snplaunch: \xc3\xa4\xc2\\x9bm\n");
}

static void cuts_long_messages_and_keeps_the_line_end(void **state)
{
	char message[5000];
	char written[8192];

	(void)state;
	memset(message, '\033', sizeof(message) - 1);
	message[sizeof(message) - 1] = '\0';
	capture(written, sizeof(written), LOG_LEVEL_ERROR, message);
	assert_true(strlen(written) <= 2048);
	assert_int_equal(written[strlen(written) - 1], '\n');
}

static void keeps_errno(void **state)
{
	char written[100];

	(void)state;
	errno = EXDEV;
	capture(written, sizeof(written), LOG_LEVEL_ERROR, "it broke");
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
