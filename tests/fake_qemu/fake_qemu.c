// SPDX-License-Identifier: Apache-2.0
// Runs in QEMU's place and misbehaves as it is told by its own name:
//
//	-name fake[-MOMENT-ACT[.ARGUMENT]]...
//
// such as "fake-start-exit.127" or "fake-powerdown-ignore-quit-ignore". It finds its descriptors
// where QEMU does, in "-chardev socket,id=qmp,fd=N" and "-chardev socket,id=console,fd=N". Told
// nothing it is a QEMU whose guest runs until it is asked to power down. Like QEMU it lives on
// when QMP is closed.
//
// An act at 'start' comes instead of the greeting, at a command's moment instead of its reply, and
// at 'running' when the guest runs and its status was asked for. It lives under QEMU's own filter, so
// what runs beside QMP is a thread.

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/auto.h"
#include "tests/fake_qemu/fake.h"
#include "tests/fake_qemu/wrong_messages.h"

// --- Acts: endings ------------------------------------------------------------------------------

static void act_ignore(const char *argument)
{
	(void)argument;
	tell("ignored");
}

// Makes a call that no QEMU needs.
static void act_forbidden(const char *argument)
{
	(void)getppid();
	act_ignore(argument);
}

static void act_exit(const char *argument)
{
	_exit(atoi(argument));
}

static void act_kill(const char *argument)
{
	(void)raise(atoi(argument));
}

static void act_stop(const char *argument)
{
	(void)argument;
	tell("stopped");
	(void)raise(SIGSTOP);
}

static void act_shutdown(const char *argument)
{
	say_shutdown(argument);
	_exit(0);
}

static void act_panic(const char *argument)
{
	(void)argument;
	(void)say("{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, "
		  "\"event\": \"GUEST_PANICKED\", \"data\": {\"action\": \"poweroff\"}}\r\n");
	act_shutdown("guest-panic");
}

static void act_close(const char *argument)
{
	(void)argument;
	close_fd(&fake.qmp_fd);
	tell("closed");
	sleep_forever();
}

// Dies with a command unread, which its sender sees as a reset connection.
static void act_reset(const char *argument)
{
	struct pollfd command = { .fd = fake.qmp_fd, .events = POLLIN };

	(void)argument;
	(void)say(fake.message);
	(void)poll(&command, 1, -1);
	_exit(1);
}

// --- Acts: the console and standard error -------------------------------------------------------

// Runs beside the one that answers QMP.
static void run_beside(void *(*act)(void *argument), const char *argument)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, act, (void *)argument) != 0)
		abort();
}

// KiB of numbered lines of 64 bytes (0: without end), as the test guest prints them.
static void *flood(void *argument)
{
	int n = atoi(argument) * 16;
	char line[65];

	for (int i = 1; n == 0 || i <= n; i++) {
		(void)snprintf(line, sizeof(line), "FLOOD %08d %048d\n", i % 100000000, 0);
		if (!say_bytes(fake.console_fd, line, strlen(line)))
			break;
	}
	if (n != 0)
		(void)say_bytes(fake.console_fd, "FLOOD END\n", 10);
	return NULL;
}

static void act_flood(const char *argument)
{
	run_beside(flood, argument);
}

// Lines of bytes that nobody should print.
static void *print_binary(void *unused)
{
	char line[1024];

	(void)unused;
	memset(line, 0x01, sizeof(line));
	line[sizeof(line) - 1] = '\n';
	while (say_bytes(fake.console_fd, line, sizeof(line)))
		;
	return NULL;
}

static void act_binary(const char *argument)
{
	run_beside(print_binary, argument);
}

static void act_controls(const char *argument)
{
	static const char text[] = "one\x1b[31mtwo\x1b]0;title\x07three\x08\x07\x7f"
				   "four\x1bP1;2q\x1b\\five\x9b\r\n";

	(void)argument;
	(void)say_bytes(fake.console_fd, text, sizeof(text) - 1);
}

// What edk2 says when the kernel is not the one that was measured.
static void act_blob(const char *argument)
{
	static const char text[] = "\r\nVerifyBlob: Hash comparison failed for kernel\r\n";

	(void)argument;
	(void)say_bytes(fake.console_fd, text, sizeof(text) - 1);
}

// Says what it is told.
static void *echo(void *unused)
{
	char bytes[256];
	ssize_t n;

	(void)unused;
	(void)say_bytes(fake.console_fd, "ECHO READY\n", 11);
	while ((n = read(fake.console_fd, bytes, sizeof(bytes))) > 0)
		(void)say_bytes(fake.console_fd, bytes, (size_t)n);
	return NULL;
}

static void act_echo(const char *argument)
{
	run_beside(echo, argument);
}

// As many long lines as asked for, then one that nobody should print as it is.
static void act_words(const char *argument)
{
	char line[5001];

	memset(line, 'w', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	for (int i = 0; i < atoi(argument); i++)
		(void)say_bytes(STDERR_FILENO, line, sizeof(line));
	(void)say_bytes(STDERR_FILENO, "fake: \x1b[31mlast\x07 words\n", 23);
	(void)say(fake.message);
}

// What QEMU says when the AMD-SP refuses, and ends with.
static void act_refused(const char *argument)
{
	char text[300];

	(void)snprintf(text, sizeof(text),
		       "qemu: SNP_LAUNCH_FINISH ret=-5 fw_error=%s ''\n"
		       "qemu: -accel kvm: failed to initialize kvm: Operation not permitted\n",
		       argument);
	(void)say_bytes(STDERR_FILENO, text, strlen(text));
	_exit(1);
}

// --- The table ----------------------------------------------------------------------------------

static const struct {
	const char *word;
	act_function *act;
} acts[] = {
	{ "again", act_again },
	{ "binary", act_binary },
	{ "blob", act_blob },
	{ "brackets", act_brackets },
	{ "close", act_close },
	{ "controls", act_controls },
	{ "cut", act_cut },
	{ "descriptors", act_descriptors },
	{ "duplicate", act_duplicate },
	{ "early", act_early },
	{ "echo", act_echo },
	{ "enabled", act_enabled },
	{ "event", act_event },
	{ "events", act_events },
	{ "exit", act_exit },
	{ "flood", act_flood },
	{ "flood_events", act_flood_events },
	{ "forbidden", act_forbidden },
	{ "garbage", act_garbage },
	{ "ignore", act_ignore },
	{ "kill", act_kill },
	{ "long", act_long },
	{ "no_id", act_no_id },
	{ "panic", act_panic },
	{ "refuse", act_refuse },
	{ "refused", act_refused },
	{ "reply", act_reply },
	{ "reset", act_reset },
	{ "shutdown", act_shutdown },
	{ "slow", act_slow },
	{ "state", act_state },
	{ "stop", act_stop },
	{ "twins", act_twins },
	{ "words", act_words },
	{ "wrong_id", act_wrong_id },
};

static NORETURN void give_up(const char *what, const char *word)
{
	(void)fprintf(stderr, "fake_qemu: %s '%s'\n", what, word);
	_exit(2);
}

static act_function *find_act(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (strcmp(acts[i].word, word) == 0)
			return acts[i].act;
	give_up("no such act", word);
}

// An underscore in an argument stands for a dash, which would end it.
static const char *read_argument(char *word)
{
	char *argument = word + strcspn(word, ".");

	if (*argument == '.')
		*argument++ = '\0';
	for (char *at = strchr(argument, '_'); at != NULL; at = strchr(at, '_'))
		*at = '-';
	return argument;
}

static void read_name(char *name)
{
	char *rest = name;
	char *moment;

	(void)strsep(&rest, "-");
	while ((moment = strsep(&rest, "-")) != NULL) {
		char *word = strsep(&rest, "-");

		if (word == NULL || fake.n_steps == STEPS_MAX)
			give_up("no act or no room for it at", moment);
		fake.steps[fake.n_steps].moment = moment;
		fake.steps[fake.n_steps].argument = read_argument(word);
		fake.steps[fake.n_steps++].act = find_act(word);
	}
}

static int descriptor_of(const char *option, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(option, prefix, len) == 0 ? atoi(option + len) : -1;
}

static void read_arguments(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++) {
		if (strcmp(argv[i], "-name") == 0)
			// A copy: the command line stays as it was, for who looks at it.
			read_name(strdup(argv[i + 1]));
		if (strcmp(argv[i], "-chardev") != 0)
			continue;
		if (fake.qmp_fd < 0)
			fake.qmp_fd = descriptor_of(argv[i + 1], "socket,id=qmp,fd=");
		if (fake.console_fd < 0)
			fake.console_fd = descriptor_of(argv[i + 1], "socket,id=console,fd=");
	}
	if (fake.qmp_fd < 0)
		give_up("no QMP descriptor in the command line of", argv[0]);
}

// --- QMP ----------------------------------------------------------------------------------------

// Does what was asked for at this moment. Returns false when that is nothing.
static bool act_at(const char *moment)
{
	bool acted = false;

	for (size_t i = 0; i < fake.n_steps; i++) {
		if (strcmp(fake.steps[i].moment, moment) != 0)
			continue;
		fake.steps[i].act(fake.steps[i].argument);
		acted = true;
	}
	return acted;
}

// One byte at a time, so that what is behind the line stays in the socket.
static void hear_line(char line[static LINE_MAX_BYTES])
{
	size_t len = 0;

	while (len < LINE_MAX_BYTES - 1 && read(fake.qmp_fd, line + len, 1) == 1 &&
	       line[len] != '\n')
		len++;
	line[len] = '\0';
	if (len == 0)
		sleep_forever();
}

// What stands behind '"key":' up to 'end'; "" when there is no such key.
static void find_value(char *out, size_t size, const char *line, const char *key, const char *end)
{
	const char *at = strstr(line, key);
	size_t len = at == NULL ? 0 : strcspn(at + strlen(key), end);

	(void)snprintf(out, size, "%.*s", (int)len, at == NULL ? "" : at + strlen(key));
}

static void reply_status(void)
{
	prepare("{\"return\": {\"status\": \"%s\", \"running\": %s}, \"id\": %s}\r\n",
		fake.is_running ? "running" : "prelaunch", fake.is_running ? "true" : "false",
		fake.id);
	if (!act_at(fake.is_running ? "confirm" : "status"))
		(void)say(fake.message);
	if (fake.is_running)
		(void)act_at("running");
}

static void reply_sev(void)
{
	prepare("{\"return\": {\"enabled\": false, \"api-major\": 0, \"api-minor\": 0, "
		"\"build-id\": 0, \"state\": \"uninit\", \"sev-type\": \"sev\", \"policy\": 0, "
		"\"handle\": 0}, \"id\": %s}\r\n",
		fake.id);
	if (!act_at("sev"))
		(void)say(fake.message);
}

static bool reply_empty(const char *moment)
{
	prepare("{\"return\": {}, \"id\": %s}\r\n", fake.id);
	if (act_at(moment))
		return false;
	(void)say(fake.message);
	return true;
}

static void reply_capabilities(void)
{
	(void)reply_empty("capabilities");
}

static void reply_cont(void)
{
	fake.is_running = true;
	(void)reply_empty("cont");
}

static void reply_powerdown(void)
{
	if (reply_empty("powerdown"))
		act_shutdown("guest-shutdown");
}

static void reply_quit(void)
{
	if (reply_empty("quit"))
		act_shutdown("host-qmp-quit");
}

static const struct {
	const char *command;
	void (*reply)(void);
} commands[] = {
	{ "qmp_capabilities", reply_capabilities },
	{ "query-status", reply_status },
	{ "query-sev", reply_sev },
	{ "cont", reply_cont },
	{ "system_powerdown", reply_powerdown },
	{ "quit", reply_quit },
};

static void answer(const char *line)
{
	char command[64];

	find_value(command, sizeof(command), line, "\"execute\":\"", "\"");
	find_value(fake.id, sizeof(fake.id), line, "\"id\":", ",}");
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].command, command) == 0) {
			commands[i].reply();
			return;
		}
	give_up("unexpected command", command);
}

int main(int argc, char **argv)
{
	char line[LINE_MAX_BYTES];

	(void)signal(SIGPIPE, SIG_IGN);
	read_arguments(argc, argv);
	prepare("{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 2, \"minor\": 0, \"major\": 10}, "
		"\"package\": \"fake\"}, \"capabilities\": []}}\r\n");
	if (!act_at("start"))
		(void)say(fake.message);
	for (;;) {
		hear_line(line);
		answer(line);
	}
}
