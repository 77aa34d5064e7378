// SPDX-License-Identifier: Apache-2.0
// Runs in QEMU's place, in the jail, and does what the guest's kernel command line says, line by line,
// each an act with an argument: "link=/bin", "read=/usr/bin/env", "exit=7". It prints what it sees, so that a test
// can judge it. Built without sanitizers, which do not live under QEMU's filter.

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"

static char **arguments;

static void print_result(const char *what, int result)
{
	(void)printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done");
}

// --- What it sees --------------------------------------------------------------------------------

static void show_arguments(const char *unused)
{
	(void)unused;
	for (char **argument = arguments; *argument != NULL; argument++)
		(void)printf("%s|", *argument);
}

static void show_environment(const char *unused)
{
	(void)unused;
	for (char **variable = environ; *variable != NULL; variable++)
		(void)puts(*variable);
}

static void show_pid(const char *unused)
{
	(void)unused;
	(void)printf("%d\n", getpid());
}

static void show_limit(const char *number)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)atoi(number), &limit) == 0)
		(void)printf("%lld %lld\n", (long long)limit.rlim_cur, (long long)limit.rlim_max);
}

// Each as "number:target", without listing a folder, which it may not open.
static void show_descriptors(const char *unused)
{
	(void)unused;
	for (int fd = 0; fd < 200; fd++) {
		char link[40];
		char target[200];
		ssize_t len;

		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
		len = readlink(link, target, sizeof(target));
		if (len >= 0)
			(void)printf("%d:%.*s\n", fd, (int)len, target);
	}
}

static void show_link(const char *path)
{
	char target[200];
	ssize_t len = readlink(path, target, sizeof(target) - 1);

	if (len < 0)
		print_result(path, -1);
	else
		(void)printf("%.*s\n", (int)len, target);
}

static void show_node(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		print_result(path, -1);
	else
		(void)printf("%s: %o %u\n", path, st.st_mode, st.st_uid);
}

// --- What it may do ------------------------------------------------------------------------------

static void try_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0600);

	print_result(path, fd);
	if (fd >= 0)
		(void)close(fd);
}

static void try_read(const char *path)
{
	try_open(path, O_RDONLY);
}

static void try_write(const char *path)
{
	try_open(path, O_RDWR);
}

static void try_make(const char *path)
{
	try_open(path, O_WRONLY | O_CREAT);
}

static void try_code(const char *unused)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)unused;
	print_result("code", mprotect(page, 4096, PROT_READ | PROT_EXEC));
}

// --- How it goes on and ends ---------------------------------------------------------------------

// Calls that QEMU's filter allows only when it merely logs.
static void make_children(const char *unused)
{
	(void)unused;
	(void)fflush(stdout);
	for (int status = 1; status <= 2; status++)
		if (fork() == 0)
			_exit(status);
	if (fork() == 0)
		(void)poll(NULL, 0, -1);
}

static void ask_for_parent(const char *unused)
{
	(void)unused;
	(void)fflush(stdout);
	(void)printf("%d\n", getppid());
}

static void ignore_signals(const char *unused)
{
	static const int asking[] = { SIGTERM, SIGINT, SIGHUP };

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(asking); i++)
		(void)signal(asking[i], SIG_IGN);
}

static void wait_forever(const char *unused)
{
	(void)unused;
	(void)fflush(stdout);
	for (;;)
		(void)poll(NULL, 0, -1);
}

static void end(const char *status)
{
	(void)fflush(stdout);
	_exit(atoi(status));
}

static void end_by_signal(const char *number)
{
	(void)fflush(stdout);
	(void)raise(atoi(number));
}

static const struct {
	const char *word;
	void (*act)(const char *argument);
} acts[] = {
	{ "arguments", show_arguments },
	{ "code", try_code },
	{ "descriptors", show_descriptors },
	{ "environment", show_environment },
	{ "exit", end },
	{ "fork", make_children },
	{ "ignore", ignore_signals },
	{ "limit", show_limit },
	{ "link", show_link },
	{ "make", try_make },
	{ "node", show_node },
	{ "parent", ask_for_parent },
	{ "pid", show_pid },
	{ "raise", end_by_signal },
	{ "read", try_read },
	{ "wait", wait_forever },
	{ "write", try_write },
};

static void act(const char *argument)
{
	size_t len = strcspn(argument, "=");

	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (strlen(acts[i].word) == len && strncmp(acts[i].word, argument, len) == 0)
			acts[i].act(argument + len + (argument[len] == '='));
}

// Without one: a byte in its QMP socket makes it exit with that status.
static NORETURN void be_qemu(void)
{
	char status = 0;

	(void)!write(STDERR_FILENO, "up\n", 3);
	if (read(3, &status, 1) != 1)
		(void)poll(NULL, 0, -1);
	_exit(status);
}

int main(int argc, char **argv)
{
	char *acts_left = NULL;

	arguments = argv;
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "-append") == 0)
			acts_left = strdup(argv[i + 1]);
	if (acts_left == NULL)
		be_qemu();
	for (char *line = strtok(acts_left, "\n"); line != NULL; line = strtok(NULL, "\n"))
		act(line);
	return 0;
}
