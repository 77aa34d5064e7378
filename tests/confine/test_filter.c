// SPDX-License-Identifier: Apache-2.0
// The filters in the kernel: that it takes them, and answers as the interpreter of the other test
// does. Each call is made by a child; those that a filter may let through do nothing.

#include "tests/confine/bpf.h"

#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/psp-sev.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "tests/base/process.h"

#define NO_FD UINT64_MAX
#define NO_PROCESS 0x7fffffff

struct call {
	int number;
	uint64_t args[6];
};

// What became of a child.
struct outcome {
	int signal_number; /* 0: it came to its end, with these */
	long result;
	int errnum;
};

#define CALL(name, ...) \
	{ \
		SYS_##name, \
		{ \
			__VA_ARGS__ \
		} \
	}

// Without a filter, each of these fails or does nothing.
static const struct call harmless[] = {
	CALL(read, NO_FD),
	CALL(write, NO_FD),
	CALL(close, NO_FD),
	CALL(fstat, NO_FD),
	CALL(fcntl, NO_FD, F_GETFL),
	CALL(fcntl, NO_FD, F_ADD_SEALS),
	CALL(fcntl, NO_FD, F_GETFL | 1ULL << 32),
	CALL(ioctl, NO_FD, KVM_CHECK_EXTENSION),
	CALL(ioctl, NO_FD, KVM_RUN),
	CALL(ioctl, NO_FD, KVM_RUN | 1ULL << 63),
	CALL(ioctl, NO_FD, TIOCSTI),
	CALL(ioctl, NO_FD, SEV_ISSUE_CMD),
	CALL(ioctl, NO_FD, SEV_ISSUE_CMD | 1ULL << 32),
	CALL(kill, NO_PROCESS, SIGKILL),
	CALL(kill, NO_PROCESS, SIGTERM),
	CALL(openat, NO_FD, 0),
	CALL(execve, 0),
	CALL(execveat, NO_FD, 0),
	CALL(execveat, NO_FD, 0, 0, 0, AT_EMPTY_PATH),
	CALL(socket, 9999),
	CALL(connect, NO_FD),
	CALL(clone3, 0, 0),
	CALL(clone, CLONE_THREAD),
	CALL(prlimit64, 0, NO_FD, 0, 0),
	CALL(prlimit64, 0, NO_FD, 1ULL << 32, 0),
	CALL(mount, 0, 0, 0),
	CALL(memfd_create, 0, NO_FD),
	CALL(io_uring_setup, 0, 0),
	CALL(bpf, NO_FD, 0, 0),
	CALL(ptrace, NO_FD, NO_PROCESS),
	CALL(getsid, NO_PROCESS),
	CALL(keyctl, NO_FD),
	CALL(waitid, NO_FD),
	CALL(seccomp, NO_FD, 0, 0),
	{ FILTER_NEWEST_CALL + 1, { NO_FD, NO_FD, NO_FD, NO_FD, NO_FD, NO_FD } },
	{ 600, { 0 } },
};

static void load_or_exit(const enum filter *filters, size_t n)
{
	struct err err;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(1);
	for (size_t i = 0; i < n; i++)
		if (filter_load(filters[i], &err) < 0)
			_exit(1);
}

// Runs 'act' under filters in a child of its own.
static struct outcome run_under(const enum filter *filters, size_t n,
				void (*act)(struct outcome *outcome, const struct call *call),
				const struct call *call)
{
	struct outcome *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct outcome outcome;
	pid_t pid;
	int status;

	assert_ptr_not_equal(shared, MAP_FAILED);
	pid = fork();
	if (pid == 0) {
		load_or_exit(filters, n);
		act(shared, call);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	outcome = *shared;
	(void)munmap(shared, sizeof(*shared));
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) != 0);
	outcome.signal_number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	return outcome;
}

static void make_call(struct outcome *outcome, const struct call *call)
{
	const uint64_t *args = call->args;

	errno = 0;
	outcome->result =
		syscall(call->number, args[0], args[1], args[2], args[3], args[4], args[5]);
	outcome->errnum = errno;
}

static struct outcome call_under(enum filter which, const struct call *call)
{
	return run_under(&which, 1, make_call, call);
}

static void expect_predicted(enum filter which, const struct call *call)
{
	struct seccomp_data data = { .nr = call->number, .arch = AUDIT_ARCH_X86_64 };
	struct outcome unfiltered = run_under(NULL, 0, make_call, call);
	struct outcome outcome = call_under(which, call);
	uint32_t answer;

	memcpy(data.args, call->args, sizeof(data.args));
	answer = bpf_run(which, &data);
	switch (answer & SECCOMP_RET_ACTION_FULL) {
	case SECCOMP_RET_KILL_PROCESS:
		assert_int_equal(outcome.signal_number, SIGSYS);
		break;
	case SECCOMP_RET_ERRNO:
		assert_int_equal(outcome.signal_number, 0);
		assert_int_equal(outcome.errnum, answer & SECCOMP_RET_DATA);
		assert_int_equal(outcome.result, (answer & SECCOMP_RET_DATA) == 0 ? 0 : -1);
		break;
	default:
		assert_int_equal(outcome.signal_number, unfiltered.signal_number);
		assert_int_equal(outcome.errnum, unfiltered.errnum);
	}
}

static void kernel_answers_as_predicted(void **state)
{
	(void)state;
	for (enum filter which = 0; which < FILTERS; which++)
		for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
			expect_predicted(which, &harmless[i]);
}

static void a_call_made_to_succeed_does_nothing(void **state)
{
	static const struct call issue = CALL(ioctl, NO_FD, SEV_ISSUE_CMD);
	struct outcome outcome = call_under(FILTER_SEV_FAKE, &issue);

	(void)state;
	assert_int_equal(outcome.signal_number, 0);
	assert_int_equal(outcome.result, 0);
}

// getpid() of the table of 32-bit programs.
static void make_old_call(struct outcome *outcome, const struct call *call)
{
	(void)call;
	__asm__ volatile("int $0x80"
			 : "=a"(outcome->result)
			 : "a"(20L)
			 : "memory", "r8", "r9", "r10", "r11");
}

static void calls_by_interrupt_end_the_process(void **state)
{
	(void)state;
	if (run_under(NULL, 0, make_old_call, NULL).signal_number != 0)
		skip(); // this kernel runs no 32-bit programs
	for (enum filter which = 0; which < FILTERS; which++)
		assert_int_equal(run_under(&which, 1, make_old_call, NULL).signal_number, SIGSYS);
}

static void x32_calls_end_the_process(void **state)
{
	static const struct call x32_getpid = { 0x40000000 | SYS_getpid, { 0 } };

	(void)state;
	for (enum filter which = 0; which < FILTERS; which++)
		assert_int_equal(call_under(which, &x32_getpid).signal_number, SIGSYS);
}

static void abort_now(struct outcome *outcome, const struct call *call)
{
	(void)outcome;
	(void)call;
	abort();
}

static const enum filter of_front[] = { FILTER_FRONT_PLANNING, FILTER_FRONT_SUPERVISING };
static const enum filter of_launcher[] = { FILTER_LAUNCHER, FILTER_LAUNCHER_WAITING };

static void an_abort_is_seen_as_one(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 2; n++) {
		assert_int_equal(run_under(of_front, n, abort_now, NULL).signal_number, SIGABRT);
		assert_int_equal(run_under(of_launcher, n, abort_now, NULL).signal_number, SIGABRT);
	}
}

static void the_later_filter_takes_away(void **state)
{
	static const struct call artifact = CALL(memfd_create, 0, NO_FD);
	static const struct call unlink_nothing = CALL(unlinkat, NO_FD, 0);
	static const struct call start = CALL(clone3, 0, 0);

	(void)state;
	assert_int_equal(run_under(of_front, 1, make_call, &artifact).signal_number, 0);
	assert_int_equal(run_under(of_front, 2, make_call, &artifact).signal_number, SIGSYS);
	assert_int_equal(run_under(of_launcher, 1, make_call, &start).signal_number, 0);
	assert_int_equal(run_under(of_launcher, 2, make_call, &start).signal_number, SIGSYS);
	assert_int_equal(run_under(of_launcher, 2, make_call, &unlink_nothing).signal_number, 0);
}

// All that stands above QEMU, in the order of a launch.
static void qemu_has_what_it_needs_under_all(void **state)
{
	static const enum filter all[] = { FILTER_LAUNCHER, FILTER_SEV_FAKE, FILTER_QEMU };
	static const struct call run_vcpu = CALL(ioctl, NO_FD, KVM_RUN);
	static const struct call issue = CALL(ioctl, NO_FD, SEV_ISSUE_CMD);
	static const struct call process = CALL(clone3, 0, 0);
	struct outcome outcome;

	(void)state;
	outcome = run_under(all, ARRAY_LEN(all), make_call, &run_vcpu);
	assert_int_equal(outcome.signal_number, 0);
	assert_int_equal(outcome.errnum, EBADF);
	outcome = run_under(all, ARRAY_LEN(all), make_call, &issue);
	assert_int_equal(outcome.signal_number, 0);
	assert_int_equal(outcome.result, 0);
	outcome = run_under(all, ARRAY_LEN(all), make_call, &process);
	assert_int_equal(outcome.signal_number, 0);
	assert_int_equal(outcome.errnum, ENOSYS);
}

static void nothing_ends_qemu_where_its_calls_are_logged(void **state)
{
	static const enum filter all[] = { FILTER_LAUNCHER_LOG, FILTER_QEMU_LOG };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(harmless); i++)
		assert_int_equal(
			run_under(all, ARRAY_LEN(all), make_call, &harmless[i]).signal_number, 0);
}

static NORETURN void load_without_privilege(void)
{
	struct err err = { 0 };

	if (geteuid() == 0 && setresuid(ORDINARY_ID, ORDINARY_ID, ORDINARY_ID) < 0)
		_exit(1);
	if (filter_load(FILTER_INIT, &err) == 0 || err.kind != ERR_SYSTEM)
		_exit(1);
	_exit(strcmp(err.text, "cannot load a seccomp filter: Permission denied") != 0);
}

static void a_filter_that_the_kernel_refuses_is_an_error(void **state)
{
	pid_t pid;

	(void)state;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		skip(); // then it refuses none
	pid = fork();
	if (pid == 0)
		load_without_privilege();
	assert_int_equal(wait_for_exit(pid), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_answers_as_predicted),
		cmocka_unit_test(a_call_made_to_succeed_does_nothing),
		cmocka_unit_test(calls_by_interrupt_end_the_process),
		cmocka_unit_test(x32_calls_end_the_process),
		cmocka_unit_test(an_abort_is_seen_as_one),
		cmocka_unit_test(the_later_filter_takes_away),
		cmocka_unit_test(qemu_has_what_it_needs_under_all),
		cmocka_unit_test(nothing_ends_qemu_where_its_calls_are_logged),
		cmocka_unit_test(a_filter_that_the_kernel_refuses_is_an_error),
	};

	return cmocka_run_group_tests_name("confine/filter", tests, NULL, NULL);
}
