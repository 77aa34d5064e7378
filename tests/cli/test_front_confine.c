// SPDX-License-Identifier: Apache-2.0
// The front's layers: their order, what an older kernel may lack, and what may not fail. The calls
// are recorded instead of made.

#include "tests/unit.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/front_confine.h"
#include "confine/filter.h"
#include "tests/base/process.h"

#define MDWE 65
#define PRCTLS 1000 /* so that prctl()s have numbers of their own */
#define STEPS_MAX 8
#define LANDLOCK_FD 1000000

static struct {
	long steps[STEPS_MAX];
	size_t n_steps;
	long failing; /* the step that fails, with 'errnum' */
	int errnum;
	int landlock_abi;
	uint64_t handled[3]; /* files, network, scopes */
	const struct sock_filter *filter;
} recorded;

int __wrap_prctl(int option, ...);
long __wrap_syscall(long number, ...);

static long record(long step, long result)
{
	assert_true(recorded.n_steps < STEPS_MAX);
	recorded.steps[recorded.n_steps++] = step;
	if (step != recorded.failing)
		return result;
	errno = recorded.errnum;
	return -1;
}

int __wrap_prctl(int option, ...)
{
	return (int)record(PRCTLS + option, 0);
}

static long make_ruleset(const void *attributes, size_t size)
{
	if (attributes == NULL)
		return record(SYS_landlock_create_ruleset, recorded.landlock_abi);
	assert_int_equal(size, sizeof(recorded.handled));
	memcpy(recorded.handled, attributes, sizeof(recorded.handled));
	return LANDLOCK_FD;
}

long __wrap_syscall(long number, ...)
{
	va_list args;
	long result = 0;

	va_start(args, number);
	if (number == SYS_landlock_create_ruleset) {
		const void *attributes = va_arg(args, const void *);

		result = make_ruleset(attributes, va_arg(args, size_t));
	} else if (number == SYS_seccomp) {
		(void)va_arg(args, unsigned int);
		(void)va_arg(args, unsigned int);
		recorded.filter = va_arg(args, const struct sock_fprog *)->filter;
		result = record(number, 0);
	} else {
		assert_int_equal(number, SYS_landlock_restrict_self);
		assert_int_equal(va_arg(args, int), LANDLOCK_FD);
		result = record(number, 0);
	}
	va_end(args);
	return result;
}

static void begin(long failing, int errnum, int landlock_abi)
{
	memset(&recorded, 0, sizeof(recorded));
	recorded.failing = failing;
	recorded.errnum = errnum;
	recorded.landlock_abi = landlock_abi;
}

static void expect_steps(const long *steps, size_t n)
{
	assert_int_equal(recorded.n_steps, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(recorded.steps[i], steps[i]);
}

static const long all_steps[] = {
	PRCTLS + PR_SET_DUMPABLE,   PRCTLS + MDWE, SYS_landlock_create_ruleset,
	SYS_landlock_restrict_self, SYS_seccomp,
};

static void every_layer_in_order_and_the_filter_last(void **state)
{
	struct err err;

	(void)state;
	begin(0, 0, 6);
	expect_success(front_confine(&err), &err);
	expect_steps(all_steps, ARRAY_LEN(all_steps));
	assert_ptr_equal(recorded.filter, filter_programs[FILTER_FRONT_PLANNING].steps);
}

static void handles_what_the_kernel_knows(void **state)
{
	static const struct {
		int abi;
		uint64_t handled[3];
	} versions[] = {
		{ 1, { 0x1fff, 0, 0 } }, { 2, { 0x3fff, 0, 0 } }, { 3, { 0x7fff, 0, 0 } },
		{ 4, { 0x7fff, 3, 0 } }, { 5, { 0xffff, 3, 0 } }, { 6, { 0xffff, 3, 3 } },
		{ 9, { 0xffff, 3, 3 } },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
		begin(0, 0, versions[i].abi);
		expect_success(front_confine(&err), &err);
		assert_memory_equal(recorded.handled, versions[i].handled,
				    sizeof(recorded.handled));
	}
}

static void goes_on_without_landlock(void **state)
{
	static const int absences[] = { ENOSYS, EOPNOTSUPP };
	static const long steps[] = { PRCTLS + PR_SET_DUMPABLE, PRCTLS + MDWE,
				      SYS_landlock_create_ruleset, SYS_seccomp };
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(absences); i++) {
		begin(SYS_landlock_create_ruleset, absences[i], 0);
		expect_success(front_confine(&err), &err);
		expect_steps(steps, ARRAY_LEN(steps));
	}
}

static void goes_on_without_mdwe(void **state)
{
	struct err err;

	(void)state;
	begin(PRCTLS + MDWE, EINVAL, 6);
	expect_success(front_confine(&err), &err);
	expect_steps(all_steps, ARRAY_LEN(all_steps));
}

static void any_other_failure_ends_it(void **state)
{
	static const struct {
		long step;
		const char *text;
	} failures[] = {
		{ PRCTLS + PR_SET_DUMPABLE,
		  "cannot hide the front's memory: Operation not permitted" },
		{ PRCTLS + MDWE, "cannot refuse new code in the front: Operation not permitted" },
		{ SYS_landlock_restrict_self,
		  "cannot confine the front with Landlock: Operation not permitted" },
		{ SYS_seccomp, "cannot load a seccomp filter: Operation not permitted" },
	};
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
		begin(failures[i].step, EPERM, 6);
		assert_int_equal(front_confine(&err), -1);
		expect_error(&err, ERR_SYSTEM, failures[i].text);
		assert_int_equal(recorded.steps[recorded.n_steps - 1], failures[i].step);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_layer_in_order_and_the_filter_last),
		cmocka_unit_test(handles_what_the_kernel_knows),
		cmocka_unit_test(goes_on_without_landlock),
		cmocka_unit_test(goes_on_without_mdwe),
		cmocka_unit_test(any_other_failure_ends_it),
	};

	return cmocka_run_group_tests_name("cli/front_confine", tests, NULL, NULL);
}
