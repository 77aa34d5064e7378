// SPDX-License-Identifier: Apache-2.0
// Starting children while calls fail: the first, the second, the third ... call of each process on
// the way. Whatever fails, the caller hears of it, nothing is executed that should not be, and
// neither a descriptor nor a process is left.
//
// The linker sends the calls of the launcher's objects to the __wrap functions below.

#include "tests/launcher/spawns.h"

#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "base/mem.h"
#include "launcher/init.h"

// Which process makes a call: the launcher, QEMU's init, QEMU until it is executed; the front is
// what the launcher's own child is.
enum place { IN_LAUNCHER, IN_INIT, IN_QEMU, PLACES };

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

WRAP(int, pipe2, (int ends[2], int flags), (ends, flags), flags)
WRAP(int, fcntl, (int fd, int command, long value), (fd, command, value), command)
WRAP(int, dup2, (int from, int to), (from, to), to)
WRAP(int, chdir, (const char *path), (path), 0)
WRAP(int, poll, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout), timeout)
WRAP(int, setgroups, (size_t n, const gid_t *groups), (n, groups), 0)
WRAP(int, setresgid, (gid_t r, gid_t e, gid_t s), (r, e, s), 0)
WRAP(int, setresuid, (uid_t r, uid_t e, uid_t s), (r, e, s), 0)
WRAP(int, capng_apply, (int select), (select), select)
WRAP(int, prctl, (int option, long a, long b, long c, long d), (option, a, b, c, d), option)

pid_t __real_fork(void);
pid_t __wrap_fork(void);
pid_t __wrap_fork(void)
{
	pid_t pid = fails("fork", 0) ? -1 : __real_fork();

	if (pid == 0) {
		here = IN_QEMU;
		n_calls = 0;
	}
	return pid;
}

long __real_syscall(long number, long a, long b, long c, long d, long e);
long __wrap_syscall(long number, long a, long b, long c, long d, long e);
long __wrap_syscall(long number, long a, long b, long c, long d, long e)
{
	long result = fails("syscall", number) ? -1 : __real_syscall(number, a, b, c, d, e);

	if (number == SYS_clone3 && result == 0) {
		here = IN_INIT;
		n_calls = 0;
	}
	return result;
}

// --- What may fail without harm ------------------------------------------------------------------

static bool is_harmless(void)
{
	// Asking about the capability behind the last one fails by itself, and ends the loop. A
	// second look at the bounding set finds what a first one that ended early has left.
	if (strcmp(injected->call, "prctl") == 0)
		return injected->argument == PR_CAPBSET_READ ||
		       injected->argument == PR_CAP_AMBIENT; // IS_SET, after it was cleared
	if (strcmp(injected->call, "syscall") != 0)
		return false;
	// Not every signal can be reset. The init lives on with descriptors that its end closes.
	return injected->argument == SYS_rt_sigaction ||
	       (injected->argument == SYS_close_range && fault.place == IN_INIT);
}

// The init cannot tell any more how QEMU ends, so it ends it; by then QEMU was started.
static bool is_too_late(void)
{
	return strcmp(injected->call, "dup2") == 0 && fault.place == IN_INIT;
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

// Each failure says what failed. Those that have no errno are named here.
static void expect_reason(const struct err *err, const char *prefix)
{
	if (strcmp(injected->call, "pipe2") == 0) // before anything of it is there
		prefix = "cannot make a pipe";
	assert_memory_equal(err->text, prefix, strlen(prefix));
	if (err->errnum == INJECTED_ERRNO) {
		assert_non_null(strstr(err->text, strerror(INJECTED_ERRNO)));
		assert_true(err->kind == ERR_SYSTEM || err->kind == ERR_HOST);
		return;
	}
	if (strcmp(injected->call, "poll") == 0)
		assert_true(strstr(err->text, "a child did not start within 10000 ms") != NULL ||
			    strstr(err->text, "the parent of a child ended while it started"));
	else if (strcmp(injected->call, "capng_apply") == 0)
		assert_non_null(strstr(err->text, "cannot clear the capability sets"));
	else if (strcmp(injected->call, "prctl") == 0)
		assert_non_null(strstr(err->text, "is left after dropping it"));
	else
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
	char text[200];
	int kept[] = { STDIN_FILENO, STDIN_FILENO };

	spawned_init(&spawned, "/bin/echo");
	argv_push(&spawned.argv, "executed");
	spawned.start.fds = kept;
	spawned.start.n_fds = ARRAY_LEN(kept);
	arm(place, nth);
	spawned_run(&spawned);
	fault.armed = false;
	if (spawned.result < 0) {
		assert_true(injected->call[0] != '\0');
		expect_reason(&spawned.err, "QEMU: ");
		assert_int_equal(spawned.child.pid, 0);
		assert_true(has_no_children());
	} else if (injected->call[0] != '\0' && !is_harmless() && !is_too_late()) {
		fail_msg("started although %s %ld failed", injected->call, injected->argument);
	}
	// Ends only when no process has the pipe any more.
	(void)read_to_end(spawned.stderr_ends[0], text, sizeof(text));
	// When another process failed, QEMU may have been executed before it was killed.
	if (spawned.result < 0 && place == IN_QEMU)
		assert_string_equal(text, "");
	if (spawned.result == 0 && !is_too_late())
		assert_string_equal(text, "executed\n");
	spawned_release(&spawned);
	assert_true(has_no_children());
	assert_int_equal(count_fds(), n_fds);
	return injected->call[0] != '\0';
}

static void try_all(enum place place, size_t n_fds, unsigned int n_min)
{
	unsigned int n = 1;

	while (n < CALLS_MAX && try_qemu(place, n, n_fds))
		n++;
	assert_in_range(n, n_min, CALLS_MAX - 1);
}

static void survives_each_failure_in_the_launcher(void **state)
{
	struct fixture *fixture = *state;

	try_all(IN_LAUNCHER, fixture->n_fds, 5);
}

static void survives_each_failure_in_init(void **state)
{
	struct fixture *fixture = *state;

	try_all(IN_INIT, fixture->n_fds, 10);
}

static void survives_each_failure_in_qemu_before_it_is_executed(void **state)
{
	struct fixture *fixture = *state;

	try_all(IN_QEMU, fixture->n_fds, 15);
}

static bool try_front(enum place place, unsigned int nth, size_t n_fds)
{
	struct spawned spawned;
	char text[200];
	int result;

	spawned_init(&spawned, "/bin/sh");
	argv_push(&spawned.argv, "-c");
	argv_pushf(&spawned.argv, "echo executed >&%d", spawned.stderr_ends[1]);
	arm(place, nth);
	result = spawn_front(&spawned.child, spawned.exe_fd, spawned.argv.items,
			     &spawned.stderr_ends[1], 1, &spawned.err);
	fault.armed = false;
	close_fd(&spawned.stderr_ends[1]);
	// Without its F_SETFD the front runs, and finds its descriptor closed.
	if (strcmp(injected->call, "fcntl") == 0)
		result = -2;
	if (result == -1)
		expect_reason(&spawned.err, "front: ");
	else if (result == 0 && injected->call[0] != '\0' && !is_harmless())
		fail_msg("started although %s %ld failed", injected->call, injected->argument);
	if (result == -1)
		assert_true(has_no_children());
	(void)read_to_end(spawned.stderr_ends[0], text, sizeof(text));
	if (result < 0 && place == IN_INIT)
		assert_string_equal(text, "");
	spawned_release(&spawned);
	assert_int_equal(count_fds(), n_fds);
	return injected->call[0] != '\0';
}

static void survives_each_failure_before_the_front_is_executed(void **state)
{
	struct fixture *fixture = *state;

	for (enum place place = IN_LAUNCHER; place <= IN_INIT; place++) {
		unsigned int n = 1;

		while (n < CALLS_MAX && try_front(place, n, fixture->n_fds))
			n++;
		assert_in_range(n, 3, CALLS_MAX - 1);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(survives_each_failure_in_the_launcher),
		TEST(survives_each_failure_in_init),
		TEST(survives_each_failure_in_qemu_before_it_is_executed),
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
