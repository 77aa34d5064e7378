// SPDX-License-Identifier: Apache-2.0
// Starting children while calls fail: the first, the second, the third ... call of the launcher and of
// its child until that has executed its program; test_spawn_refused.c goes on from there. Whatever fails, the caller hears of it, nothing is executed that should not be, and
// neither a descriptor nor a process is left.
//
// The linker sends the calls of the launcher's objects to the __wrap functions below.

#include "tests/launcher/spawns.h"

#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "config.h"

enum place { IN_LAUNCHER, IN_CHILD };

// No call gives this error by itself.
#define INJECTED_ERRNO ENOMEDIUM
#define CALLS_MAX 2000

// One plan for all processes; each counts its own calls.
static struct {
	bool armed;
	enum place place;
	unsigned int nth;
} fault;

// Set by the process that the fault hit, whichever it is.
static struct injected {
	char call[24];
	long argument;
} * injected;

static enum place here;
static unsigned int n_calls;

static bool fails(const char *call, long argument)
{
	if (!fault.armed || here != fault.place || ++n_calls != fault.nth)
		return false;
	(void)snprintf(injected->call, sizeof(injected->call), "%s", call);
	injected->argument = argument;
	errno = INJECTED_ERRNO;
	return true;
}

// --- The calls -----------------------------------------------------------------------------------

#define WRAP(type, name, parameters, arguments, argument) \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters \
	{ \
		return fails(#name, (long)(argument)) ? (type)-1 : __real_##name arguments; \
	}

WRAP(int, socketpair, (int domain, int type, int protocol, int ends[2]),
     (domain, type, protocol, ends), type)
WRAP(int, fcntl, (int fd, int command, long value), (fd, command, value), command)
WRAP(int, prlimit, (pid_t pid, int resource, const struct rlimit *to, struct rlimit *from),
     (pid, resource, to, from), resource)
WRAP(int, dup2, (int from, int to), (from, to), to)
WRAP(int, poll, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout), timeout)
WRAP(int, setgroups, (size_t n, const gid_t *groups), (n, groups), 0)
WRAP(int, setresgid, (gid_t r, gid_t e, gid_t s), (r, e, s), 0)
WRAP(int, setresuid, (uid_t r, uid_t e, uid_t s), (r, e, s), 0)
WRAP(int, capng_apply, (int select), (select), select)
WRAP(int, prctl, (int option, long a, long b, long c, long d), (option, a, b, c, d), option)

long __real_syscall(long number, long a, long b, long c, long d, long e);
long __wrap_syscall(long number, long a, long b, long c, long d, long e);
long __wrap_syscall(long number, long a, long b, long c, long d, long e)
{
	long result = fails("syscall", number) ? -1 : __real_syscall(number, a, b, c, d, e);

	if (number == SYS_clone3 && result == 0) {
		here = IN_CHILD;
		n_calls = 0;
	}
	return result;
}

// --- What a failure may look like ----------------------------------------------------------------

static bool is_call(const char *call, long argument)
{
	return strcmp(injected->call, call) == 0 && injected->argument == argument;
}

static bool is_harmless(void)
{
	// Asking about the capability behind the last one fails by itself, and ends the loop. A
	// second look at the bounding set finds what a first one that ended early has left.
	return is_call("prctl", PR_CAPBSET_READ) ||
	       is_call("prctl", PR_CAP_AMBIENT) || // IS_SET, after it was cleared
	       is_call("syscall",
		       SYS_keyctl) || // the jail program tries again; the front's other layers do
	       is_call("syscall", SYS_capget); // may the bounding set be cleared; it was
}

// Without the pipe to tell it through, a failure shows as an early end.
static bool is_silent(void)
{
	return is_call("fcntl", F_SETFD);
}

static void arm(enum place place, unsigned int nth)
{
	fault.armed = true;
	fault.place = place;
	fault.nth = nth;
	n_calls = 0;
	here = IN_LAUNCHER;
	memset(injected, 0, sizeof(*injected));
}

// Each failure says what failed. Those whose errno is another's are named here.
static void expect_reason(const struct err *err, const char *prefix)
{
	static const struct {
		const char *call;
		const char *text;
	} rows[] = {
		{ "poll", "a child did not start within 10000 ms" },
		{ "poll", "the parent of a child ended while it started" },
		{ "dup2", "the parent of a child ended while it started" },
		{ "prctl", "is left after dropping it" },
		{ "syscall", "is left after dropping it" }, // what cannot be read may be there
		{ "fcntl", "cannot find out where QEMU lies: No such file or directory" },
		{ "fcntl", "cannot execute QEMU: Permission denied" }, // another has the number
		{ "fcntl", "cannot move a descriptor: Bad file descriptor" },
		{ "fcntl", "START: the plan cannot be read" },
		{ "fcntl", "is not a sealed memfd" },
	};

	assert_memory_equal(err->text, prefix, strlen(prefix));
	if (strstr(err->text, strerror(INJECTED_ERRNO)) != NULL) {
		assert_true(err->kind == ERR_SYSTEM || err->kind == ERR_HOST ||
			    err->kind == ERR_BUSY || err->kind == ERR_REFUSED);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strcmp(injected->call, rows[i].call) == 0 &&
		    strstr(err->text, rows[i].text) != NULL)
			return;
	fail_msg("%s %ld: %s", injected->call, injected->argument, err->text);
}

// --- The tests -----------------------------------------------------------------------------------

struct fixture {
	size_t n_fds; /* before the test */
};

static int set_up(void **state)
{
	struct fixture *fixture = mem_zeroed(1, sizeof(*fixture));

	*state = fixture;
	injected = mmap(NULL, sizeof(*injected), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	fixture->n_fds = count_fds();
	return injected == MAP_FAILED ? -1 : 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	size_t n_before = fixture->n_fds;

	(void)munmap(injected, sizeof(*injected));
	free(fixture);
	assert_int_equal(count_fds(), n_before);
	return 0;
}

// Returns false when the n-th call does not exist, so that all have been tried.
static bool try_qemu(enum place place, unsigned int nth, size_t n_fds)
{
	struct spawned spawned;
	char text[2000];

	spawned_init(&spawned, find_program(INMATE));
	spawned_tell(&spawned, "arguments", NULL);
	arm(place, nth);
	spawned_run(&spawned);
	fault.armed = false;
	if (spawned.result < 0) {
		assert_true(injected->call[0] != '\0');
		expect_reason(&spawned.err, "QEMU: ");
		assert_int_equal(spawned.init.pid, 0);
		assert_true(has_no_children());
	} else if (injected->call[0] != '\0' && !is_harmless() && !is_silent()) {
		fail_msg("started although %s %ld failed", injected->call, injected->argument);
	}
	// Ends only when no process has the pipe any more.
	(void)read_to_end(spawned.stderr_ends[0], text, sizeof(text));
	// When the launcher failed, QEMU may have been executed before it was killed.
	if (spawned.result < 0 && place == IN_CHILD)
		assert_string_equal(text, "");
	if (spawned.result == 0 && !is_silent())
		assert_non_null(strstr(text, "|-append|arguments\n|"));
	spawned_release(&spawned);
	assert_true(has_no_children());
	assert_int_equal(count_fds(), n_fds);
	return injected->call[0] != '\0';
}

static void try_all(bool (*try)(enum place place, unsigned int nth, size_t n_fds), size_t n_fds,
		    enum place place, unsigned int n_min)
{
	unsigned int n = 1;

	while (n < CALLS_MAX && try(place, n, n_fds))
		n++;
	assert_in_range(n, n_min, CALLS_MAX - 1);
}

static void survives_each_failure_in_the_launcher(void **state)
{
	struct fixture *fixture = *state;

	try_all(try_qemu, fixture->n_fds, IN_LAUNCHER, 4);
}

static void survives_each_failure_before_the_jail_is_executed(void **state)
{
	struct fixture *fixture = *state;

	try_all(try_qemu, fixture->n_fds, IN_CHILD, 12);
}

static bool try_front(enum place place, unsigned int nth, size_t n_fds)
{
	struct spawned spawned;
	char script[40];
	char *argv[] = { (char *)"sh", (char *)"-c", script, NULL };
	struct program program = { .noun = "front", .argv = argv, .n_kept = 1 };
	char text[200];
	int result;

	spawned_init(&spawned, "/bin/sh");
	(void)snprintf(script, sizeof(script), "echo executed >&%d", spawned.stderr_ends[1]);
	program.fd = spawned.exe_fd;
	program.kept_fds = &spawned.stderr_ends[1];
	arm(place, nth);
	result = spawn_front(&spawned.init, &program, SNPLAUNCH_FRONT_UID, &spawned.err);
	fault.armed = false;
	close_fd(&spawned.stderr_ends[1]);
	// Without its F_SETFD the front runs, and finds its descriptor closed.
	if (is_silent())
		result = -2;
	if (result == -1)
		expect_reason(&spawned.err, "front: ");
	else if (result == 0 && injected->call[0] != '\0' && !is_harmless())
		fail_msg("started although %s %ld failed", injected->call, injected->argument);
	if (result == -1)
		assert_true(has_no_children());
	(void)read_to_end(spawned.stderr_ends[0], text, sizeof(text));
	if (result < 0 && place == IN_CHILD)
		assert_string_equal(text, "");
	spawned_release(&spawned);
	assert_int_equal(count_fds(), n_fds);
	return injected->call[0] != '\0';
}

static void survives_each_failure_before_the_front_is_executed(void **state)
{
	struct fixture *fixture = *state;

	try_all(try_front, fixture->n_fds, IN_LAUNCHER, 3);
	try_all(try_front, fixture->n_fds, IN_CHILD, 12);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(survives_each_failure_in_the_launcher),
		TEST(survives_each_failure_before_the_jail_is_executed),
		TEST(survives_each_failure_before_the_front_is_executed),
	};

	if (geteuid() != 0) {
		print_message("[  SKIPPED ] launcher/spawn_faults: only root takes every path\n");
		return 0;
	}
	if (__real_syscall(SYS_close_range, 3, -1, CLOSE_RANGE_CLOEXEC, 0, 0) < 0)
		return 1;
	return cmocka_run_group_tests_name("launcher/spawn_faults", tests, NULL, NULL);
}
