// SPDX-License-Identifier: Apache-2.0
// Argument lists.

#include "tests/base/process.h"

#include "base/argv.h"

static void is_terminated_after_every_push(void **state)
{
	AUTO(argv) struct argv argv = { 0 };

	(void)state;
	for (size_t i = 0; i < 50; i++) {
		argv_pushf(&argv, "item %zu", i);
		assert_int_equal(argv.n, i + 1);
		assert_null(argv.items[argv.n]);
	}
	assert_string_equal(argv.items[0], "item 0");
	assert_string_equal(argv.items[49], "item 49");
}

static void copies_what_is_pushed(void **state)
{
	AUTO(argv) struct argv argv = { 0 };
	char item[] = "abc";

	(void)state;
	argv_push(&argv, item);
	item[0] = 'x';
	assert_string_equal(argv.items[0], "abc");
}

static void pushes_what_looks_like_a_format_as_it_is(void **state)
{
	AUTO(argv) struct argv argv = { 0 };

	(void)state;
	argv_push(&argv, "%s%n%%");
	assert_string_equal(argv.items[0], "%s%n%%");
}

static void is_empty_again_after_release(void **state)
{
	struct argv argv = { 0 };

	(void)state;
	argv_release(&argv);
	argv_push(&argv, "a");
	argv_release(&argv);
	assert_null(argv.items);
	assert_int_equal(argv.n, 0);
	argv_release(&argv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_terminated_after_every_push),
		cmocka_unit_test(copies_what_is_pushed),
		cmocka_unit_test(pushes_what_looks_like_a_format_as_it_is),
		cmocka_unit_test(is_empty_again_after_release),
	};

	return cmocka_run_group_tests_name("base/argv", tests, NULL, NULL);
}
