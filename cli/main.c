// SPDX-License-Identifier: Apache-2.0
// The unprivileged program. What a user starts is the launcher, which starts this as the front with
// a socket to ask for privileged things.

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/signals.h"
#include "base/text_escape.h"
#include "cli/command.h"
#include "cli/front_confine.h"
#include "cli/host_ask.h"
#include "cli/judge.h"
#include "cli/policy_file.h"
#include "config.h"

#define LAUNCHER_FDS_OPTION "--launcher-fds="

// What the launcher has left us; -1: nothing.
struct inherited {
	int wire_fd; // -1 when somebody else started this program
	int policy_fd;
};

// The launcher hears them and tells us; a broken pipe is seen where it is written to.
static void leave_signals_to_launcher(void)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE };

	signals_reset();
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
}

// Takes the launcher's own argument, which names the descriptors, if it is there.
static void take_inherited(struct inherited *inherited, char *const **arguments)
{
	const size_t len = strlen(LAUNCHER_FDS_OPTION);
	const char *argument = (*arguments)[0];
	char *next;

	if (argument == NULL || strncmp(argument, LAUNCHER_FDS_OPTION, len) != 0)
		return;
	inherited->wire_fd = (int)strtol(argument + len, &next, 10);
	inherited->policy_fd = *next == ',' ? (int)strtol(next + 1, NULL, 10) : -1;
	++*arguments;
}

static int fail_unknown(const char *name)
{
	struct err err;

	if (name == NULL)
		(void)err_set(&err, ERR_USAGE, "no command: see snplaunch help");
	else
		(void)err_set(&err, ERR_USAGE, "unknown command '%s': see snplaunch help",
			      TEXT_SHOW(name));
	return command_fail(&err);
}

static int run_front(const struct command *command, const struct options *options,
		     const struct inherited *inherited)
{
	AUTO(mem) struct client *client = mem_zeroed(1, sizeof(*client));
	struct err err;

	client_init(client, inherited->wire_fd);
	host_ask_open(client, options);
	if (front_confine(&err) < 0 || client_read_policy(client, inherited->policy_fd, &err) < 0)
		return command_fail(&err);
	return command->run(options, client);
}

// A descriptor that was not inherited could be one of our own by now.
static int check_events_fd(const struct options *options, const struct inherited *inherited,
			   struct err *err)
{
	int fd = options->events_fd;

	if (fd < 0 ||
	    (fd != inherited->wire_fd && fd != inherited->policy_fd && fcntl(fd, F_GETFD) >= 0))
		return 0;
	return err_set(err, ERR_USAGE, "option '--events-fd': descriptor %d is not open", fd);
}

static int run_command(char *const *arguments, const struct inherited *inherited)
{
	const struct command *command = arguments[0] != NULL ? command_find(arguments[0]) : NULL;
	struct options options;
	struct err err;
	int status;

	if (command == NULL)
		return fail_unknown(arguments[0]);
	if (options_read(&options, command, arguments + 1, &err) < 0 ||
	    check_events_fd(&options, inherited, &err) < 0) {
		options_release(&options);
		return command_fail(&err);
	}
	if (options.help_wanted) {
		options_print_help(command);
		status = 0;
	} else if (!command->needs_launcher) {
		status = command->run(&options, NULL);
	} else if (inherited->wire_fd >= 0) {
		status = run_front(command, &options, inherited);
	} else {
		(void)err_set(&err, ERR_USAGE, "'%s' needs the launcher: start snplaunch-launcher",
			      command->name);
		status = command_fail(&err);
	}
	options_release(&options);
	return status;
}

static int run_compiler(char *const *arguments)
{
	leave_signals_to_launcher();
	return policy_file_compile(arguments);
}

static int run_judge(char *const *arguments)
{
	leave_signals_to_launcher();
	return judge_run(arguments[0]);
}

static bool begins_with(const char *word, const char *beginning)
{
	return word != NULL && strncmp(word, beginning, strlen(beginning)) == 0;
}

static bool is_one_of(const char *word, const char *one, const char *other)
{
	return word != NULL && (strcmp(word, one) == 0 || strcmp(word, other) == 0);
}

int main(int argc, char **argv)
{
	char *const *arguments = argv + (argc == 0 ? 0 : 1);
	struct inherited inherited = { -1, -1 };

	log_settings.to_journal = getenv("JOURNAL_STREAM") != NULL;
	log_settings.debug_wanted = getenv("SNPLAUNCH_DEBUG") != NULL;
	take_inherited(&inherited, &arguments);
	if (inherited.wire_fd >= 0)
		leave_signals_to_launcher();
	if (inherited.wire_fd < 0 && begins_with(arguments[0], POLICY_COMPILE_OPTION))
		return run_compiler(arguments);
	if (inherited.wire_fd < 0 && begins_with(arguments[0], JUDGE_OPTION))
		return run_judge(arguments);
	if (is_one_of(arguments[0], "help", "--help")) {
		options_print_help(NULL);
		return 0;
	}
	if (is_one_of(arguments[0], "version", "--version")) {
		printf("snplaunch %s\n", SNPLAUNCH_VERSION);
		return 0;
	}
	return run_command(arguments, &inherited);
}
