// SPDX-License-Identifier: Apache-2.0
// Error objects: their texts, their kinds' exit statuses, and those that another process sent.

#include "tests/base/process.h"

static void sets_kind_and_text(void **state)
{
	struct err err = { .errnum = EIO, .text = "what was here before" };

	(void)state;
	assert_int_equal(err_set(&err, ERR_INPUT, "no file '%s'", "a"), -1);
	expect_error(&err, ERR_INPUT, "no file 'a'");
	assert_int_equal(err.errnum, 0);
}

static void adds_the_text_of_errno_and_keeps_its_number(void **state)
{
	struct err err;

	(void)state;
	errno = ENOENT;
	assert_int_equal(err_sys(&err, "cannot open '%s'", "a"), -1);
	expect_error(&err, ERR_SYSTEM, "cannot open 'a': No such file or directory");
	assert_int_equal(err.errnum, ENOENT);
	errno = EACCES;
	assert_int_equal(err_sys_kind(&err, ERR_REFUSED, "cannot open '%s'", "b"), -1);
	expect_error(&err, ERR_REFUSED, "cannot open 'b': Permission denied");
	assert_int_equal(err.errnum, EACCES);
}

static void puts_context_in_front(void **state)
{
	struct err err;

	(void)state;
	errno = EIO;
	(void)err_sys(&err, "cannot read it");
	assert_int_equal(err_context(&err, "file '%s'", "a"), -1);
	assert_int_equal(err_context(&err, "guest %d", 7), -1);
	expect_error(&err, ERR_SYSTEM, "guest 7: file 'a': cannot read it: Input/output error");
	assert_int_equal(err.errnum, EIO);
}

// The text is cut at its end, and always terminated.
static void cuts_what_is_too_long(void **state)
{
	char text[3 * ERR_TEXT_MAX];
	struct err err;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	(void)err_set(&err, ERR_BUG, "%s", text);
	assert_int_equal(strnlen(err.text, sizeof(err.text)), ERR_TEXT_MAX - 1);
	errno = EIO;
	(void)err_sys(&err, "%s", text);
	assert_int_equal(strnlen(err.text, sizeof(err.text)), ERR_TEXT_MAX - 1);
	assert_int_equal(err.errnum, EIO);
	(void)err_set(&err, ERR_BUG, "inner");
	(void)err_context(&err, "%s", text);
	assert_int_equal(strnlen(err.text, sizeof(err.text)), ERR_TEXT_MAX - 1);
	assert_null(strstr(err.text, "inner"));
	(void)err_set(&err, ERR_BUG, "%s", text);
	(void)err_context(&err, "outer");
	assert_memory_equal(err.text, "outer: xxx", 10);
	assert_int_equal(strnlen(err.text, sizeof(err.text)), ERR_TEXT_MAX - 1);
}

static void gives_each_kind_the_exit_status_of_the_manual(void **state)
{
	static const int statuses[] = {
		[ERR_NONE] = 0,	    [ERR_VERDICT] = 1,	   [ERR_USAGE] = 64,
		[ERR_INPUT] = 66,   [ERR_HOST] = 69,	   [ERR_SYSTEM] = 69,
		[ERR_BUG] = 70,	    [ERR_BUSY] = 75,	   [ERR_PROTOCOL] = 76,
		[ERR_REFUSED] = 77, [ERR_GUEST_FILE] = 78, [ERR_DEADLINE] = 124,
		[ERR_CRASH] = 125,  [ERR_RESET] = 133,	   [ERR_SIGNAL] = 128,
	};

	(void)state;
	assert_int_equal(ARRAY_LEN(statuses), ERR_KINDS);
	for (unsigned int kind = 0; kind < ERR_KINDS; kind++) {
		struct err err = { .kind = (enum err_kind)kind };

		assert_int_equal(err_exit_status(&err), statuses[kind]);
	}
}

static void adds_the_signal_to_its_exit_status(void **state)
{
	struct err err = { .kind = ERR_SIGNAL, .errnum = SIGTERM };

	(void)state;
	assert_int_equal(err_exit_status(&err), 128 + SIGTERM);
}

static void has_a_word_of_its_own_for_each_kind(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ERR_KINDS; i++) {
		const char *word = err_kind_word((enum err_kind)i);

		assert_true(strlen(word) > 0);
		assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz-"), strlen(word));
		for (unsigned int other = 0; other < i; other++)
			assert_string_not_equal(word, err_kind_word((enum err_kind)other));
	}
	assert_string_equal(err_kind_word(ERR_GUEST_FILE), "guest-file");
	assert_string_equal(err_kind_word(ERR_KINDS), "unknown");
}

static void knows_a_well_formed_error_among_hostile_bytes(void **state)
{
	struct err err = { .kind = ERR_BUG, .text = "a" };

	(void)state;
	assert_true(err_is_valid(&err));
	err.text[0] = '\0';
	assert_true(err_is_valid(&err));
	memset(err.text, 'x', sizeof(err.text));
	assert_false(err_is_valid(&err));
	err.text[sizeof(err.text) - 1] = '\0';
	assert_true(err_is_valid(&err));
	err.kind = ERR_NONE;
	assert_false(err_is_valid(&err));
	for (unsigned int byte = 0; byte < 256; byte++) {
		memset(&err, (int)byte, sizeof(err));
		assert_false(err_is_valid(&err));
		memset(&err.kind, (int)byte, sizeof(err.kind));
		err.text[0] = '\0';
		assert_false(err_is_valid(&err));
	}
	err.kind = ERR_KINDS;
	assert_false(err_is_valid(&err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_kind_and_text),
		cmocka_unit_test(adds_the_text_of_errno_and_keeps_its_number),
		cmocka_unit_test(puts_context_in_front),
		cmocka_unit_test(cuts_what_is_too_long),
		cmocka_unit_test(gives_each_kind_the_exit_status_of_the_manual),
		cmocka_unit_test(adds_the_signal_to_its_exit_status),
		cmocka_unit_test(has_a_word_of_its_own_for_each_kind),
		cmocka_unit_test(knows_a_well_formed_error_among_hostile_bytes),
	};

	return cmocka_run_group_tests_name("base/err", tests, NULL, NULL);
}
