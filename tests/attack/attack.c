// SPDX-License-Identifier: Apache-2.0
// Runs in QEMU's place or in the front's, tries one thing that no honest program there tries, and
// reports how that went on standard error, as "attack: NAME VERDICT":
//
//	SUCCESS     it worked, and something was gained by it
//	anybody     likewise, but any process without privilege may; only in the front's place, where
//	            the filter that forbids it is the front's own and this program has none
//	nothing     it worked, and the table says why that gains nothing
//	errno NAME  it was refused
//
// A filter ends the process instead, and the launcher tells how; so does a front that hears QMP
// that it does not like. What is tried stands in the command line where the launcher puts it: in
// QEMU's place "-name attack-NAME", in the front's behind the word "attack", in both with dots for
// slashes. So does the name of a socket outside: "-append SOCKET", or behind NAME.
//
// usage: attack --list                  the table: name, tab, what is tried
//        attack --outside COMMAND...    runs a command with a secret in its keyring and environment
//        attack --listen NAME           listens on a socket in the abstract namespace

#include <errno.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/attack/attack.h"

#define GUEST_PREFIX "attack-"
#define FRONT_OPTION "--launcher-fds="
#define NAME_SIZE 64

static const struct action_list *const lists[] = {
	&file_actions,	   &mount_actions,  &socket_actions, &process_actions,
	&identity_actions, &kernel_actions, &memory_actions, &descriptor_actions,
};

struct place place = {
	.wire_fd = -1, .qmp_fd = -1, .sealed_fd = -1, .disk_fd = -1, .socket_name = ""
};

static NORETURN void give_up(const char *what)
{
	(void)fprintf(stderr, "attack: %s\n", what);
	_exit(64);
}

// --- The table ----------------------------------------------------------------------------------

static const struct action *find_action(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (size_t j = 0; j < lists[i]->n; j++)
			if (strcmp(lists[i]->actions[j].name, name) == 0)
				return &lists[i]->actions[j];
	give_up("there is no such action");
}

static void list_actions(void)
{
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		for (size_t j = 0; j < lists[i]->n; j++)
			(void)printf("%s\t%s\n", lists[i]->actions[j].name,
				     lists[i]->actions[j].what);
}

// --- One action ---------------------------------------------------------------------------------

const char *success_word(const struct action *action)
{
	if (action->nothing != NULL)
		return "nothing";
	return place.is_front && action->anybody ? "anybody" : "SUCCESS";
}

const char *report_line(const struct action *action, const char *verdict)
{
	static char line[256];

	(void)snprintf(line, sizeof(line), "attack: %s %s\n", action->name, verdict);
	return line;
}

static const char *verdict_of(const struct action *action, long result, int error)
{
	static char refused[64];

	if (result == NOTHING)
		return "nothing";
	if (result != -1 || (action->right_errno != 0 && error == action->right_errno))
		return success_word(action);
	(void)snprintf(refused, sizeof(refused), "errno %s", strerrorname_np(error));
	return refused;
}

// Only calls that every filter allows stand between the action and the report.
static NORETURN void try_action(const char *name)
{
	char plain[NAME_SIZE] = "";
	const struct action *action;
	const char *line;
	long result;

	(void)snprintf(plain, sizeof(plain), "%s", name);
	for (char *dot = strchr(plain, '.'); dot != NULL; dot = strchr(dot, '.'))
		*dot = '/';
	action = find_action(plain);
	errno = 0;
	result = action->act(action);
	line = report_line(action, verdict_of(action, result, errno));
	_exit(write(STDERR_FILENO, line, strlen(line)) < 0 ? 1 : 0);
}

// --- Where it is tried --------------------------------------------------------------------------

static void read_number(int *out, const char *text, const char *prefix)
{
	const char *at = strstr(text, prefix);

	if (at != NULL && *out < 0)
		*out = atoi(at + strlen(prefix));
}

static void read_option(const char *option, const char *value)
{
	if (strcmp(option, "-chardev") == 0)
		read_number(&place.qmp_fd, value, "id=qmp,fd=");
	if (strcmp(option, "-kernel") == 0)
		read_number(&place.sealed_fd, value, "/proc/self/fd/");
	if (strcmp(option, "-blockdev") == 0 && strstr(value, "\"disk0-file\"") != NULL)
		read_number(&place.disk_fd, value, "/dev/fdset/");
	if (strcmp(option, "-append") == 0)
		place.socket_name = value;
	if (strcmp(option, "-accel") == 0 && strcmp(value, "tcg") == 0)
		place.has_tcg = true;
}

static NORETURN void attack_as_qemu(int argc, char **argv)
{
	const char *name = NULL;

	for (int i = 1; i + 1 < argc; i++) {
		read_option(argv[i], argv[i + 1]);
		if (strcmp(argv[i], "-name") == 0 &&
		    strncmp(argv[i + 1], GUEST_PREFIX, strlen(GUEST_PREFIX)) == 0)
			name = argv[i + 1] + strlen(GUEST_PREFIX);
	}
	if (name == NULL || place.qmp_fd < 0)
		give_up("this is started by snplaunch, in QEMU's place or in the front's");
	try_action(name);
}

static NORETURN void attack_as_front(int argc, char **argv)
{
	if (argc != 5 || strcmp(argv[2], "attack") != 0)
		give_up("nothing is to be tried");
	place.is_front = true;
	place.socket_name = argv[4];
	place.wire_fd = atoi(argv[1] + strlen(FRONT_OPTION));
	try_action(argv[3]);
}

// --- The world outside --------------------------------------------------------------------------

// Until whoever started this ends.
static NORETURN void listen_outside(const char *name)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", name);
	if (fd < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 ||
	    bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 64) < 0)
		give_up("cannot listen");
	(void)puts("listening");
	(void)fflush(stdout);
	for (;;)
		(void)pause();
}

static NORETURN void run_outside(char **command)
{
	static const char secret[] = "secret";

	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		(void)syscall(SYS_add_key, "user", SECRET_NAME, secret, sizeof(secret) - 1,
			      KEY_SPEC_SESSION_KEYRING);
	if (setenv(SECRET_VARIABLE, secret, 1) < 0)
		give_up("cannot hide a secret");
	(void)execvp(command[0], command);
	give_up("cannot execute the command");
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		list_actions();
		return 0;
	}
	if (argc == 3 && strcmp(argv[1], "--say") == 0) // what execve() became
		return write(STDERR_FILENO, argv[2], strlen(argv[2])) < 0 ? 1 : 0;
	if (argc > 2 && strcmp(argv[1], "--outside") == 0)
		run_outside(argv + 2);
	if (argc == 3 && strcmp(argv[1], "--listen") == 0)
		listen_outside(argv[2]);
	if (argc > 1 && strncmp(argv[1], FRONT_OPTION, strlen(FRONT_OPTION)) == 0)
		attack_as_front(argc, argv);
	attack_as_qemu(argc, argv);
}
