// SPDX-License-Identifier: Apache-2.0
// Stands in for the front, under its name and beside a real launcher, and asks what no honest front
// asks. Its arguments are what it does, in order, each "VERB[:ARGUMENT...]"; it prints a line for
// each answer. What the launcher should make of each is in tests/e2e/test_hostile_front.sh.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/auto.h"
#include "base/err_kind.h"
#include "base/wire.h"
#include "plan/plan.h"
#include "launcher/request.h"
#include "tests/attack/bad_plans.h"

#define LAUNCHER_FD_OPTION "--launcher-fds="
#define REAL_SUFFIX "-real"
#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define ARTIFACT_BYTES 4096

static int wire_fd = -1;
static struct wire_message message;

static NORETURN void give_up(const char *what)
{
	perror(what);
	exit(99);
}

static NORETURN void hang(void)
{
	for (;;)
		(void)pause();
}

// --- Messages -----------------------------------------------------------------------------------

static void print_failure(void)
{
	struct err err;

	memcpy(&err, message.payload, sizeof(err));
	if (message.len != sizeof(err) || !err_is_valid(&err))
		printf("malformed failure of %zu bytes\n", message.len);
	else
		printf("failed %s: %s\n", err_kind_word(err.kind), err.text);
}

static void print_gone(void)
{
	struct notice_gone gone;

	memcpy(&gone, message.payload, sizeof(gone));
	printf("gone %d %d\n", gone.code, gone.status);
}

// Receives one message, prints it, closes what came with it and returns its type.
static uint32_t hear(void)
{
	struct err err;

	if (wire_receive(wire_fd, &message, &err) < 0) {
		printf("unreadable: %s\n", err.text);
		exit(98);
	}
	switch (message.type) {
	case WIRE_CLOSED:
		printf("closed\n");
		hang(); // the launcher ends us
	case REPLY_DONE:
		printf("done, %zu bytes, %zu descriptors\n", message.len, message.n_fds);
		break;
	case REPLY_FAILED:
		print_failure();
		break;
	case NOTICE_GONE:
		print_gone();
		break;
	default:
		printf("message of type %u\n", message.type);
	}
	wire_message_release(&message);
	return message.type;
}

static void hear_answer(void)
{
	uint32_t type;

	do
		type = hear();
	while (type != REPLY_DONE && type != REPLY_FAILED);
}

static void send_packet(const struct msghdr *packet)
{
	if (sendmsg(wire_fd, packet, MSG_NOSIGNAL) < 0)
		printf("cannot send: %s\n", strerror(errno));
}

// Sends 'len' bytes behind the type, and 'n_fds' descriptors, as many as one likes.
static void send_raw(uint32_t type, const void *payload, size_t len, const int *fds, size_t n_fds)
{
	static char control[CMSG_SPACE(64 * sizeof(int))];
	struct iovec parts[] = {
		{ &type, sizeof(type) },
		{ (void *)(uintptr_t)payload, len },
	};
	struct msghdr packet = { .msg_iov = parts, .msg_iovlen = 2 };
	struct cmsghdr *rights = (struct cmsghdr *)(void *)control;

	if (n_fds > 0) {
		packet.msg_control = control;
		packet.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(rights), fds, n_fds * sizeof(int));
	}
	send_packet(&packet);
}

// --- Arguments ----------------------------------------------------------------------------------

static char *next_word(char **rest)
{
	char *word = strsep(rest, ":");

	return word == NULL ? (char *)"" : word;
}

static size_t next_number(char **rest)
{
	return strtoul(next_word(rest), NULL, 0);
}

static const struct {
	const char *word;
	size_t size;
} sizes[] = {
	[REQUEST_OPEN] = { "OPEN", sizeof(struct request_open) },
	[REQUEST_PROBE] = { "PROBE", sizeof(struct plan_needs) },
	[REQUEST_CACHE] = { "CACHE", sizeof(struct request_cache) },
	[REQUEST_START] = { "START", sizeof(struct plan_needs) },
	[REQUEST_STOP] = { "STOP", 0 },
};

// A request's name, or a number.
static uint32_t next_type(char **rest)
{
	const char *word = next_word(rest);

	for (uint32_t i = 1; i < ARRAY_LEN(sizes); i++)
		if (strcmp(sizes[i].word, word) == 0)
			return i;
	return (uint32_t)strtoul(word, NULL, 0);
}

// --- Verbs: raw messages ------------------------------------------------------------------------

// send:TYPE:LEN:FDS; LEN is a number, or "+1", "-1", "+0" from the right size.
static void do_send(char *rest)
{
	static const uint8_t zeros[32 * WIRE_PAYLOAD_MAX];
	uint32_t type = next_type(&rest);
	const char *len_word = next_word(&rest);
	size_t len = strtoul(len_word, NULL, 0);
	size_t n_fds = next_number(&rest);
	int fds[64];

	if (len_word[0] == '+' || len_word[0] == '-')
		len = sizes[type].size + (size_t)strtol(len_word, NULL, 0);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++)
		fds[i] = STDERR_FILENO;
	send_raw(type, zeros, len, fds, n_fds);
	hear_answer();
}

// short:N: a packet of N bytes, which is no message below four.
static void do_short(char *rest)
{
	struct iovec part = { (void *)(uintptr_t) "abc", next_number(&rest) };
	const struct msghdr packet = { .msg_iov = &part, .msg_iovlen = 1 };

	send_packet(&packet);
	hear_answer();
}

// deaf:N: requests without ever listening for an answer.
static void do_deaf(char *rest)
{
	size_t n = next_number(&rest);

	printf("deaf\n");
	while (n-- > 0)
		send_raw(REQUEST_STOP, NULL, 0, NULL, 0);
	printf("deaf after all\n");
	hang();
}

// --- Verbs: requests of the right shape ---------------------------------------------------------

// open:ROLE:PATH
static void do_open(char *rest)
{
	static struct request_open request;

	memset(&request, 0, sizeof(request));
	request.role = (uint32_t)next_number(&rest);
	if (rest != NULL)
		memcpy(request.path, rest, strnlen(rest, sizeof(request.path)));
	send_raw(REQUEST_OPEN, &request, sizeof(request), NULL, 0);
	hear_answer();
}

// endless:ROLE: a path without its NUL.
static void do_endless(char *rest)
{
	static struct request_open request;

	request.role = (uint32_t)next_number(&rest);
	memset(request.path, 'a', sizeof(request.path));
	send_raw(REQUEST_OPEN, &request, sizeof(request), NULL, 0);
	hear_answer();
}

// dirty:ROLE:PATH: something behind the path's NUL.
static void do_dirty(char *rest)
{
	static struct request_open request;

	request.role = (uint32_t)next_number(&rest);
	memcpy(request.path, rest, strlen(rest));
	request.path[sizeof(request.path) - 2] = 'x';
	send_raw(REQUEST_OPEN, &request, sizeof(request), NULL, 0);
	hear_answer();
}

static int make_memfd(const char *text, size_t len, int seals)
{
	int fd = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write(fd, text, len) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0)
		give_up("memfd");
	return fd;
}

static int make_pipe(void)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		give_up("pipe");
	return ends[0];
}

// cache:NAME[:pipe]: 4 bytes of text, or what one could wait for.
static void do_cache(char *rest)
{
	struct request_cache request = { 0 };
	const char *name = next_word(&rest);
	int fd = strcmp(next_word(&rest), "pipe") == 0 ? make_pipe() : make_memfd("text", 4, 0);

	memcpy(request.name, name, strnlen(name, sizeof(request.name)));
	send_raw(REQUEST_CACHE, &request, sizeof(request), &fd, 1);
	hear_answer();
}

// A socket for QMP, whose other end stays open here.
static int make_qmp(void)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		give_up("socketpair");
	return ends[1];
}

// probe:ACCEL[:LEVEL]
static void do_probe(char *rest)
{
	struct plan_needs needs;
	const int fds[] = { STDERR_FILENO, make_qmp() };

	memset(&needs, 0, sizeof(needs));
	needs.accel = (uint32_t)next_number(&rest);
	needs.level = (uint32_t)next_number(&rest);
	send_raw(REQUEST_PROBE, &needs, sizeof(needs), fds, ARRAY_LEN(fds));
	hear_answer();
}

// --- Verbs: plans -------------------------------------------------------------------------------

static int reopen(int fd, int flags)
{
	char path[32];
	int reopened;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	reopened = open(path, flags | O_CLOEXEC);
	if (reopened < 0)
		give_up(path);
	return reopened;
}

// Firmware, kernel and disk of the good plan; what is wrong with one of them is a word.
static size_t make_fds(int fds[static 4], const char *wrong)
{
	static const char zeros[ARTIFACT_BYTES];
	const int all = SEALS | F_SEAL_SEAL;

	fds[0] = make_memfd(zeros, sizeof(zeros),
			    strcmp(wrong, "unsealed") == 0 ? 0 :
			    strcmp(wrong, "partly") == 0   ? SEALS :
			    strcmp(wrong, "growing") == 0  ? all & ~F_SEAL_GROW :
							     all);
	fds[1] = make_memfd(zeros, sizeof(zeros), all);
	fds[2] = reopen(make_memfd(zeros, sizeof(zeros), 0),
			strcmp(wrong, "writable") == 0 ? O_RDWR : O_RDONLY);
	fds[3] = fds[1];
	if (strcmp(wrong, "pipe") == 0)
		fds[0] = make_pipe();
	if (strcmp(wrong, "pipe_disk") == 0)
		fds[2] = make_pipe();
	if (strcmp(wrong, "wire") == 0)
		fds[2] = wire_fd;
	if (strcmp(wrong, "program") == 0)
		fds[0] = reopen(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), O_RDONLY);
	if (strcmp(wrong, "directory") == 0)
		fds[2] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (strcmp(wrong, "path") == 0)
		fds[2] = open("/dev/null", O_PATH | O_CLOEXEC);
	return strcmp(wrong, "few") == 0 ? 2 : strcmp(wrong, "many") == 0 ? 4 : 3;
}

// START with the needs of one plan and the bytes of another.
static void send_start(const struct plan *told, const struct plan *plan, const char *wrong)
{
	int fds[3 + 4] = { STDERR_FILENO, -1, make_qmp() };
	size_t n = make_fds(fds + 3, wrong);
	struct plan_needs needs;

	fds[START_FD_PLAN] =
		strcmp(wrong, "no_plan") == 0 ?
			make_pipe() :
			make_memfd((const char *)plan, sizeof(*plan),
				   strcmp(wrong, "open_plan") == 0 ? 0 : SEALS | F_SEAL_SEAL);
	plan_needs(&needs, told);
	send_raw(REQUEST_START, &needs, sizeof(needs), fds, 3 + n);
	for (size_t i = 1; i < 3 + n; i++)
		if (fds[i] != wire_fd)
			(void)close(fds[i]);
	hear_answer();
}

// start[:WRONG[:NAME]]
static void do_start(char *rest)
{
	struct plan plan = good_plan;
	const char *wrong = next_word(&rest);

	if (rest != NULL) {
		memset(plan.name, 0, sizeof(plan.name));
		memcpy(plan.name, rest, strnlen(rest, sizeof(plan.name) - 1));
	}
	if (strcmp(wrong, "played") == 0) { // as if nothing took any of the machine
		struct plan told = plan;

		told.rehearses = 1;
		send_start(&told, &plan, wrong);
		return;
	}
	if (strcmp(wrong, "read_only") == 0)
		plan.disks[0].read_only = 0;		 // its descriptor is
	plan.may_relaunch = strcmp(wrong, "again") == 0; // the one that is right
	send_start(strcmp(wrong, "other") == 0 ? &good_plan : &plan, &plan, wrong);
}

// Every bad plan behind needs that are right, and behind its own; each line begins with the member
// that it is about.
static void do_bad_plans(char *rest)
{
	(void)rest;
	for (size_t i = 0; i < ARRAY_LEN(bad_bytes); i++) {
		struct plan plan = good_plan;

		memset((char *)&plan + bad_bytes[i].offset, bad_bytes[i].byte, bad_bytes[i].len);
		printf("%s hidden: ", bad_bytes[i].name);
		send_start(&good_plan, &plan, "");
		printf("%s told: ", bad_bytes[i].name);
		send_start(&plan, &plan, "");
	}
}

// --- Verbs: endings -----------------------------------------------------------------------------

static void do_gone(char *rest)
{
	(void)rest;
	while (hear() != NOTICE_GONE)
		;
}

static void do_exit(char *rest)
{
	_exit((int)next_number(&rest));
}

static void do_die(char *rest)
{
	(void)rest;
	(void)raise(SIGKILL);
}

static void do_hang(char *rest)
{
	(void)rest;
	printf("hanging\n");
	hang();
}

static void do_close(char *rest)
{
	(void)rest;
	close_fd(&wire_fd);
	printf("closed it\n");
	hang();
}

static const struct {
	const char *word;
	void (*act)(char *rest);
} verbs[] = {
	{ "bad_plans", do_bad_plans }, { "cache", do_cache }, { "close", do_close },
	{ "deaf", do_deaf },	       { "die", do_die },     { "dirty", do_dirty },
	{ "endless", do_endless },     { "exit", do_exit },   { "gone", do_gone },
	{ "hang", do_hang },	       { "open", do_open },   { "probe", do_probe },
	{ "send", do_send },	       { "short", do_short }, { "start", do_start },
};

// What is no verb is there to be named in the command line.
static void do_word(char *rest)
{
	const char *verb = next_word(&rest);

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].word, verb) == 0)
			verbs[i].act(rest);
}

// The compiler of policies and the judge are no front: whoever takes one over does not have them. They
// are those of the real program, which lies beside this one.
static NORETURN void be_honest(char **argv)
{
	char path[4096];
	ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - sizeof(REAL_SUFFIX));
	int fd;

	if (len < 0)
		give_up("readlink");
	memcpy(path + len, REAL_SUFFIX, sizeof(REAL_SUFFIX));
	fd = open(path, O_PATH | O_CLOEXEC);
	(void)execveat(fd, "", argv, environ, AT_EMPTY_PATH);
	give_up(path);
}

int main(int argc, char **argv)
{
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc > 1 && (strncmp(argv[1], "--compile-policy=", 17) == 0 ||
			 strncmp(argv[1], "--judge=", 8) == 0))
		be_honest(argv);
	if (argc < 2 || strncmp(argv[1], LAUNCHER_FD_OPTION, strlen(LAUNCHER_FD_OPTION)) != 0) {
		(void)fputs("this is started by snplaunch-launcher, in the front's place\n",
			    stderr);
		return 64;
	}
	wire_fd = atoi(argv[1] + strlen(LAUNCHER_FD_OPTION));
	for (int i = 2; i < argc; i++)
		do_word(argv[i]);
	return 0;
}
