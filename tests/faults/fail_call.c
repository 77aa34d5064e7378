// SPDX-License-Identifier: Apache-2.0
// Runs a command, and has one system call of it or of its children fail with EPERM, as if the kernel
// refused it. What it does is not done then. Which one:
//
//	PROCESS  the command itself is 1, the next process that any of them makes is 2, and so on
//	INDEX    the process's first call is 1; 0: none fails
//
// With snplaunch and host facts, 1 is the launcher, 2 the front, 3 the jail program and 4 QEMU's
// process. The front and QEMU are watched until they are executed, the others until they end. The
// report, a file, gets these lines as they come:
//
//	failed NUMBER  the call has failed; NUMBER is which it was
//	executed       process 4 has executed QEMU
//	calls COUNT    the process made that many calls while it was watched
//
// Ends like the command, to which SIGTERM is passed on.
//
// usage: fail_call REPORT PROCESS INDEX COMMAND...

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"

#define PROCESSES_MAX 64
#define EXIT_FROM_SIGNAL 128
#define REGISTER(name) ((void *)offsetof(struct user_regs_struct, name))

enum { COMMAND, FRONT, JAIL, QEMU };

static struct {
	FILE *report;
	size_t process; // counted from 0
	long index;
	pid_t pids[PROCESSES_MAX];
	bool started[PROCESSES_MAX]; // has had the SIGSTOP that every new one begins with
	size_t n;
	long calls;
	bool is_failing; // between entry and exit of that call
} watch;

static NORETURN void give_up(const char *what)
{
	(void)fprintf(stderr, "fail_call: %s\n", what);
	exit(64);
}

static void say(const char *word, long number)
{
	(void)fprintf(watch.report, "%s %ld\n", word, number);
	(void)fflush(watch.report);
}

static void pass_on(int signal_number)
{
	(void)kill(watch.pids[COMMAND], signal_number);
}

// In the order in which the kernel tells of them, which is that in which they are made.
static size_t nth_of(pid_t pid)
{
	for (size_t i = 0; i < watch.n; i++)
		if (watch.pids[i] == pid)
			return i;
	if (watch.n == PROCESSES_MAX)
		give_up("too many processes");
	watch.pids[watch.n] = pid;
	return watch.n++;
}

// Every filter allows a write, and no descriptor is -1.
static void divert(pid_t pid)
{
	(void)ptrace(PTRACE_POKEUSER, pid, REGISTER(orig_rax), (void *)SYS_write);
	(void)ptrace(PTRACE_POKEUSER, pid, REGISTER(rdi), (void *)-1L);
}

static void see_call(pid_t pid)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY && ++watch.calls == watch.index) {
		if (info.entry.nr != SYS_close) // which closes in every case
			divert(pid);
		watch.is_failing = true;
		say("failed", (long)info.entry.nr);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && watch.is_failing) {
		(void)ptrace(PTRACE_POKEUSER, pid, REGISTER(rax), (void *)(long)-EPERM);
		watch.is_failing = false;
	}
}

// Returns whether the process is of no more interest.
static bool see_event(size_t nth, pid_t pid, int event)
{
	unsigned long child = 0;

	if (event == PTRACE_EVENT_EXEC && nth == QEMU)
		say("executed", 0);
	if (event == PTRACE_EVENT_EXEC)
		return nth == QEMU || nth == FRONT;
	if (ptrace(PTRACE_GETEVENTMSG, pid, 0, &child) == 0 && child != 0)
		(void)nth_of((pid_t)child);
	return false;
}

// Returns the signal that the process is to have.
static long see_stop(size_t nth, pid_t pid, int status)
{
	int signal_number = WSTOPSIG(status);

	if (signal_number == (SIGTRAP | 0x80)) {
		see_call(pid);
		return 0;
	}
	if (signal_number == SIGSTOP && !watch.started[nth] && nth != COMMAND) {
		watch.started[nth] = true;
		return 0;
	}
	return signal_number == SIGTRAP ? 0 : signal_number;
}

static void see(pid_t pid, int status)
{
	size_t nth = nth_of(pid);
	int event = status >> 16;
	long signal_number = 0;

	if (event != 0 && see_event(nth, pid, event)) {
		(void)ptrace(PTRACE_DETACH, pid, 0, 0);
		return;
	}
	if (event == 0)
		signal_number = see_stop(nth, pid, status);
	(void)ptrace(nth == watch.process ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0,
		     (void *)signal_number);
}

static int watch_all(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid > 0 && WIFSTOPPED(status)) {
			see(pid, status);
			continue;
		}
		if (pid != watch.pids[COMMAND])
			continue;
		say("calls", watch.calls);
		return WIFEXITED(status) ? WEXITSTATUS(status) :
					   EXIT_FROM_SIGNAL + WTERMSIG(status);
	}
	give_up("lost the command");
}

int main(int argc, char **argv)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int status;

	if (argc < 5 || (watch.report = fopen(argv[1], "we")) == NULL)
		give_up("usage: fail_call REPORT PROCESS INDEX COMMAND...");
	watch.process = (size_t)strtoul(argv[2], NULL, 10) - 1;
	watch.index = strtol(argv[3], NULL, 10);
	watch.pids[watch.n++] = fork();
	if (watch.pids[COMMAND] == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0)
			(void)execv(argv[4], argv + 4);
		give_up("cannot trace here");
	}
	(void)signal(SIGTERM, pass_on);
	if (waitpid(watch.pids[COMMAND], &status, 0) < 0 || !WIFSTOPPED(status))
		return 64;
	if (ptrace(PTRACE_SETOPTIONS, watch.pids[COMMAND], 0, options) < 0)
		give_up("cannot trace here");
	(void)ptrace(watch.process == COMMAND ? PTRACE_SYSCALL : PTRACE_CONT, watch.pids[COMMAND],
		     0, 0);
	return watch_all();
}
