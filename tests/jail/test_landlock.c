// SPDX-License-Identifier: Apache-2.0
// Landlock's rules, on this kernel in processes made for it, and what is asked of older kernels.

#include "tests/base/process.h"

#include <linux/landlock.h>
#include <stdarg.h>
#include <sys/syscall.h>

#include "jail/landlock.h"

#define REFUSED 1000 // no call gives this error by itself

// What the wrapped calls do and have seen; of the process that asks.
static struct {
	long abi;	     // 0: this kernel's own
	long refused;	     // the call that fails
	uint64_t handled[3]; // files, network, scopes
} calls;

long __real_syscall(long number, long a, long b, long c, long d);
long __wrap_syscall(long number, long a, long b, long c, long d);

long __wrap_syscall(long number, long a, long b, long c, long d)
{
	if (number == calls.refused) {
		errno = REFUSED;
		return -1;
	}
	if (number != SYS_landlock_create_ruleset)
		return __real_syscall(number, a, b, c, d);
	if (a == 0)
		return calls.abi != 0 ? calls.abi : __real_syscall(number, a, b, c, d);
	memcpy(calls.handled, (const void *)a, sizeof(calls.handled));
	return __real_syscall(number, a, b, c, d);
}

// What a restricted process may do; plain bytes, because it comes through a pipe.
struct attempt {
	char folder[40];
	bool with_prefix;
	long abi;
	long refused;
	int result;
	struct err err;
	uint64_t handled[3];
	int read_usr; // each an errno, or 0
	int read_etc;
	int write_null;
	int write_folder;
	int read_folder;
};

static int try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);
	int errnum = fd < 0 ? errno : 0;

	close_fd(&fd);
	return errnum;
}

static void restrict_itself(void *result)
{
	struct attempt *attempt = result;
	AUTO(fd) int exe_fd = open("/usr/bin/env", O_RDONLY | O_CLOEXEC);
	char path[60];

	calls.abi = attempt->abi;
	calls.refused = attempt->refused;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		abort();
	attempt->result = landlock_restrict(exe_fd, -1, attempt->with_prefix ? attempt->folder : "",
					    &attempt->err);
	memcpy(attempt->handled, calls.handled, sizeof(attempt->handled));
	(void)snprintf(path, sizeof(path), "%s/file", attempt->folder);
	attempt->read_usr = try_open("/usr/bin/env", O_RDONLY);
	attempt->read_etc = try_open("/etc/passwd", O_RDONLY);
	attempt->write_null = try_open("/dev/null", O_RDWR);
	attempt->read_folder = try_open(path, O_RDONLY);
	attempt->write_folder = try_open(path, O_WRONLY);
}

static void run(struct attempt *attempt)
{
	make_folder(attempt->folder);
	assert_int_equal(chmod(attempt->folder, 0755), 0);
	make_file(attempt->folder, "file", "", 0666);
	run_as_user(restrict_itself, attempt, sizeof(*attempt));
	remove_folder(attempt->folder);
}

static void opens_what_the_table_has_and_no_more(void **state)
{
	struct attempt attempt = { 0 };

	(void)state;
	run(&attempt);
	expect_success(attempt.result, &attempt.err);
	assert_int_equal(attempt.read_usr, 0);
	assert_int_equal(attempt.write_null, 0);
	assert_int_equal(attempt.read_etc, EACCES);
	assert_int_equal(attempt.read_folder, EACCES);
	assert_int_equal(attempt.write_folder, EACCES);
}

static void opens_below_the_prefix_for_reading(void **state)
{
	struct attempt attempt = { .with_prefix = true };

	(void)state;
	run(&attempt);
	expect_success(attempt.result, &attempt.err);
	assert_int_equal(attempt.read_folder, 0);
	assert_int_equal(attempt.write_folder, EACCES);
	assert_int_equal(attempt.read_etc, EACCES);
}

// Each ABI adds; of a newer one that we do not know nothing is asked.
static void asks_a_kernel_for_what_it_knows(void **state)
{
	static const struct {
		long abi;
		uint64_t handled[3];
	} rows[] = {
		{ 1, { 0x1fff, 0, 0 } }, { 2, { 0x3fff, 0, 0 } }, { 3, { 0x7fff, 0, 0 } },
		{ 4, { 0x7fff, 3, 0 } }, { 5, { 0xffff, 3, 0 } }, { 6, { 0xffff, 3, 3 } },
		{ 9, { 0xffff, 3, 3 } },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct attempt attempt = { .abi = rows[i].abi };

		run(&attempt);
		assert_memory_equal(attempt.handled, rows[i].handled, sizeof(rows[i].handled));
	}
}

static void tells_which_call_was_refused(void **state)
{
	static const struct {
		long call;
		const char *text;
	} rows[] = {
		{ SYS_landlock_create_ruleset, "cannot use Landlock: Unknown error 1000" },
		{ SYS_landlock_add_rule, "cannot use Landlock: Unknown error 1000" },
		{ SYS_landlock_restrict_self, "cannot restrict itself: Unknown error 1000" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct attempt attempt = { .refused = rows[i].call };

		run(&attempt);
		assert_int_equal(attempt.result, -1);
		expect_error(&attempt.err, ERR_SYSTEM, rows[i].text);
		assert_int_equal(attempt.read_etc, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_what_the_table_has_and_no_more),
		cmocka_unit_test(opens_below_the_prefix_for_reading),
		cmocka_unit_test(asks_a_kernel_for_what_it_knows),
		cmocka_unit_test(tells_which_call_was_refused),
	};

	if (__real_syscall(SYS_landlock_create_ruleset, 0, 0, LANDLOCK_CREATE_RULESET_VERSION, 0) <
	    6) {
		print_message("[  SKIPPED ] jail/landlock: this kernel's is too old or off\n");
		return 0;
	}
	return cmocka_run_group_tests_name("jail/landlock", tests, NULL, NULL);
}
