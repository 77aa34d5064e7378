// SPDX-License-Identifier: Apache-2.0
// Times launches of snplaunch against a peer, in turn: the same command line of QEMU driven by the
// least program that can. Prints medians in milliseconds.
//
// Usage: launch COUNT ARGV_FILE QEMU FIRMWARE KERNEL INITRD -- SNPLAUNCH RUN-ARGUMENT...
// ARGV_FILE holds QEMU's arguments, each with its NUL, for descriptors 3 (QMP), 4 (firmware), 5
// (kernel) and 6 (initrd). "--events-fd N" is added to snplaunch's arguments.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/attributes.h"

#define COUNT_MAX 200
#define FILES 3
#define FIRST_FD 3

struct samples {
	double ms[COUNT_MAX];
	size_t n;
};

static NORETURN void fail(const char *what)
{
	perror(what);
	exit(1);
}

static double now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *left, const void *right)
{
	double a = *(const double *)left;
	double b = *(const double *)right;

	return (a > b) - (a < b);
}

static double median(struct samples *samples)
{
	qsort(samples->ms, samples->n, sizeof(samples->ms[0]), compare);
	return samples->ms[samples->n / 2];
}

static void add(struct samples *samples, double ms)
{
	samples->ms[samples->n++] = ms;
}

// Reads up to and with the line that holds 'wanted', and returns it in 'line'.
static void read_until(FILE *from, const char *wanted, char *line, int size)
{
	while (fgets(line, size, from) != NULL)
		if (strstr(line, wanted) != NULL)
			return;
	fprintf(stderr, "the launch ended before '%s'\n", wanted);
	exit(1);
}

static double member_ms(const char *line)
{
	const char *at = strstr(line, "\"monotonic_ms\":");

	return at == NULL ? 0 : strtod(at + strlen("\"monotonic_ms\":"), NULL);
}

static void end_child(pid_t pid)
{
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

// One launch by snplaunch: to the reply to "cont", and what of it was hashing and copying.
static void time_ours(char **command, struct samples *total, struct samples *hashing)
{
	char number[16];
	char *argv[64];
	char line[8192];
	double start_ms;
	double planned_ms;
	int ends[2];
	size_t n = 0;
	FILE *events;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		fail("pipe");
	while (command[n] != NULL && n < 60) {
		argv[n] = command[n];
		n++;
	}
	(void)snprintf(number, sizeof(number), "%d", ends[1]);
	argv[n++] = (char *)"--events-fd";
	argv[n++] = number;
	argv[n] = NULL;
	start_ms = now_ms();
	pid = fork();
	if (pid == 0) {
		(void)fcntl(ends[1], F_SETFD, 0);
		execv(argv[0], argv);
		_exit(127);
	}
	(void)close(ends[1]);
	events = fdopen(ends[0], "r");
	if (pid < 0 || events == NULL)
		fail("fork");
	read_until(events, "\"planned\"", line, sizeof(line));
	planned_ms = member_ms(line);
	read_until(events, "\"artifacts\"", line, sizeof(line));
	add(hashing, member_ms(line) - planned_ms);
	read_until(events, "\"running\"", line, sizeof(line));
	add(total, now_ms() - start_ms);
	end_child(pid);
	(void)fclose(events);
}

static NORETURN void become_qemu(const char *qemu, char **argv, const int *fds)
{
	int parked[FILES + 1];

	for (int i = 0; i <= FILES; i++)
		parked[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 100);
	for (int i = 0; i <= FILES; i++)
		if (dup2(parked[i], FIRST_FD + i) < 0)
			_exit(126);
	execv(qemu, argv);
	_exit(127);
}

static void command(FILE *qmp, int fd, const char *text, char *line, int size)
{
	if (write(fd, text, strlen(text)) < 0)
		fail("write");
	read_until(qmp, "\"return\"", line, size);
}

// The same launch by the least client: greeting, capabilities, the same questions, cont.
static void time_peer(const char *qemu, char **argv, const int files[static FILES],
		      struct samples *total)
{
	char line[8192];
	int ends[2];
	int fds[FILES + 1];
	double start_ms;
	FILE *qmp;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		fail("socketpair");
	fds[0] = ends[1];
	memcpy(fds + 1, files, FILES * sizeof(int));
	start_ms = now_ms();
	pid = fork();
	if (pid == 0)
		become_qemu(qemu, argv, fds);
	(void)close(ends[1]);
	qmp = fdopen(ends[0], "r");
	if (pid < 0 || qmp == NULL)
		fail("fork");
	read_until(qmp, "\"QMP\"", line, sizeof(line));
	command(qmp, ends[0], "{\"execute\":\"qmp_capabilities\"}\n", line, sizeof(line));
	command(qmp, ends[0], "{\"execute\":\"query-status\"}\n", line, sizeof(line));
	command(qmp, ends[0], "{\"execute\":\"query-sev\"}\n", line, sizeof(line));
	command(qmp, ends[0], "{\"execute\":\"cont\"}\n", line, sizeof(line));
	add(total, now_ms() - start_ms);
	end_child(pid);
	(void)fclose(qmp);
}

static int copy_to_memfd(const char *path)
{
	static char bytes[1 << 20];
	char name[64];
	int from = open(path, O_RDONLY | O_CLOEXEC);
	int to = memfd_create("bench", MFD_CLOEXEC);
	ssize_t n;

	if (from < 0 || to < 0)
		fail(path);
	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)n) != n)
			fail("write");
	(void)close(from);
	(void)snprintf(name, sizeof(name), "/proc/self/fd/%d", to);
	return open(name, O_RDONLY | O_CLOEXEC); // as flash wants it
}

static void read_argv(const char *path, struct argv *argv)
{
	char *item = NULL;
	size_t size = 0;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		fail(path);
	while (getdelim(&item, &size, '\0', file) > 0)
		argv_push(argv, item);
	free(item);
	(void)fclose(file);
}

int main(int argc, char **argv)
{
	static struct samples ours;
	static struct samples hashing;
	static struct samples peer;
	AUTO(argv) struct argv qemu_argv = { 0 };
	int files[FILES];
	int count;

	if (argc < 9 || strcmp(argv[7], "--") != 0)
		return 64;
	count = atoi(argv[1]);
	if (count < 1 || count > COUNT_MAX - 1)
		return 64;
	read_argv(argv[2], &qemu_argv);
	for (int i = 0; i < FILES; i++)
		files[i] = copy_to_memfd(argv[4 + i]);
	for (int i = -1; i < count; i++) {
		time_ours(argv + 8, &ours, &hashing);
		time_peer(argv[3], qemu_argv.items, files, &peer);
		if (i < 0)
			ours.n = hashing.n = peer.n = 0; // to warm up
	}
	printf("snplaunch to cont   %8.2f ms (median of %d)\n", median(&ours), count);
	printf("  hashing, copying  %8.2f ms\n", median(&hashing));
	printf("peer to cont        %8.2f ms\n", median(&peer));
	printf("overhead            %8.2f ms besides hashing and copying (ratio %.2f)\n",
	       median(&ours) - median(&hashing) - median(&peer),
	       (median(&ours) - median(&hashing)) / median(&peer));
	return 0;
}
