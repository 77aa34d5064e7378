// SPDX-License-Identifier: Apache-2.0
// Reads a command's options: a small table of our own, and the keys of the guest file.

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text_escape.h"
#include "base/text_number.h"
#include "cli/command.h"

struct option_row {
	const char *name;
	unsigned int group;	 /* of enum option_group; 0: every command has it */
	const char *placeholder; /* NULL: takes no value */
	const char *help;
	int (*set)(struct options *options, const char *value, struct err *err);
};

static int set_help(struct options *options, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	options->help_wanted = true;
	return 0;
}

static int set_json(struct options *options, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	options->json_wanted = true;
	return 0;
}

static int set_console_events(struct options *options, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	options->console_events_wanted = true;
	return 0;
}

static int set_confinement(struct options *options, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	options->confinement_wanted = true;
	return 0;
}

static int set_all_calls(struct options *options, const char *value, struct err *err)
{
	(void)value;
	(void)err;
	options->all_calls_wanted = true;
	return 0;
}

static int set_events_fd(struct options *options, const char *value, struct err *err)
{
	uint64_t fd;

	if (text_parse_u64(value, &fd) < 0 || fd < 3 || fd > INT_MAX)
		return err_set(
			err, ERR_USAGE,
			"option '--events-fd': must be the number of an open descriptor above 2, not '%s'",
			TEXT_SHOW(value));
	options->events_fd = (int)fd;
	return 0;
}

static int set_host_facts(struct options *options, const char *value, struct err *err)
{
	(void)err;
	options->host_facts = value;
	return 0;
}

static int set_image_properties(struct options *options, const char *value, struct err *err)
{
	(void)err;
	options->openstack_files[OPENSTACK_IMAGE] = value;
	return 0;
}

static int set_flavor(struct options *options, const char *value, struct err *err)
{
	(void)err;
	options->openstack_files[OPENSTACK_FLAVOR] = value;
	return 0;
}

static int set_host_traits(struct options *options, const char *value, struct err *err)
{
	(void)err;
	options->host_traits = value;
	return 0;
}

static const struct option_row rows[] = {
	{ "--help", 0, NULL, "show this help", set_help },
	{ "--json", OPTIONS_JSON, NULL, "print JSON", set_json },
	{ "--json", OPTIONS_JSON_EVENTS, NULL,
	  "print events, one JSON object a line; the console is a log", set_json },
	{ "--events-fd", OPTIONS_EVENTS, "N",
	  "write events to descriptor N, one JSON object a line", set_events_fd },
	{ "--console-events", OPTIONS_CONSOLE, NULL, "have an event for each line of the console",
	  set_console_events },
	{ "--confinement", OPTIONS_CONFINEMENT, NULL,
	  "show what each process may do, instead of the plan", set_confinement },
	{ "--all-calls", OPTIONS_CONFINEMENT, NULL,
	  "with --confinement, list every system call of each filter", set_all_calls },
	{ "--all-calls", OPTIONS_CALLS, NULL, "list every system call of each filter",
	  set_all_calls },
	{ "--host-facts", OPTIONS_FACTS, "FILE",
	  "for the machine that FILE describes, not this one", set_host_facts },
	{ "--image-properties", OPTIONS_GUEST, "FILE",
	  "obey an OpenStack image, as 'openstack image show -f json' prints it",
	  set_image_properties },
	{ "--flavor", OPTIONS_GUEST, "FILE",
	  "obey an OpenStack flavor, as 'openstack flavor show -f json' prints it", set_flavor },
	{ "--host-traits", OPTIONS_GUEST, "LIST",
	  "OpenStack traits, and KEY=VALUE of aggregates, that this machine has", set_host_traits },
};

static const struct option_row *find_row(const struct command *command, const char *name,
					 size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (strlen(rows[i].name) == len && memcmp(rows[i].name, name, len) == 0 &&
		    (rows[i].group == 0 || (command->options & rows[i].group) != 0))
			return &rows[i];
	return NULL;
}

// The place of a command's own option in its table; -1: it has none of that name.
static int find_own(const struct command *command, const char *name, size_t len)
{
	for (int i = 0; command->own != NULL && command->own[i].name != NULL; i++)
		if (strlen(command->own[i].name) == len &&
		    memcmp(command->own[i].name, name, len) == 0)
			return i;
	return -1;
}

static void add_guest_option(struct options *options, const char *key, const char *text)
{
	struct guest_option *added;

	options->guest_options = mem_resize(options->guest_options, options->n_guest_options + 1,
					    sizeof(*options->guest_options));
	added = &options->guest_options[options->n_guest_options++];
	(void)snprintf(added->key, sizeof(added->key), "%s", key); // its caller's has this size
	added->text = text;
}

static int unknown_option(const struct command *command, const char *name, struct err *err)
{
	return err_set(err, ERR_USAGE, "unknown option '%s': see snplaunch %s --help",
		       TEXT_SHOW(name), command->name);
}

// An option and where its value is: behind '=' or in the next argument.
struct taken {
	const char *name; /* with its dashes, up to '=' or the end */
	size_t name_len;
	const char *value; /* NULL: none */
	bool value_is_next;
};

static struct taken take_option(char *const *argument)
{
	const char *equals = strchr(argument[0], '=');
	struct taken taken = { .name = argument[0], .name_len = strlen(argument[0]) };

	if (equals != NULL) {
		taken.name_len = (size_t)(equals - argument[0]);
		taken.value = equals + 1;
	} else {
		taken.value = argument[1];
		taken.value_is_next = true;
	}
	return taken;
}

static int check_value(const struct taken *taken, bool value_wanted, struct err *err)
{
	if (value_wanted && taken->value == NULL)
		return err_set(err, ERR_USAGE, "option '%.*s' needs a value", (int)taken->name_len,
			       taken->name);
	if (!value_wanted && !taken->value_is_next)
		return err_set(err, ERR_USAGE, "option '%.*s' takes no value", (int)taken->name_len,
			       taken->name);
	return 0;
}

// The two that follow return how many arguments were used, or -1.
static int read_own_option(struct options *options, const struct command *command, int place,
			   const struct taken *taken, struct err *err)
{
	const struct command_option *own = &command->own[place];
	bool value_wanted = own->placeholder != NULL;

	if (check_value(taken, value_wanted, err) < 0)
		return -1;
	if (options->values[place] != NULL)
		return err_set(err, ERR_USAGE, "option '%s' is given twice", own->name);
	options->values[place] = value_wanted ? taken->value : own->name;
	return value_wanted && taken->value_is_next ? 2 : 1;
}

static int read_option(struct options *options, const struct command *command,
		       char *const *argument, struct err *err)
{
	struct taken taken = take_option(argument);
	const struct option_row *row = find_row(command, taken.name, taken.name_len);
	int own = find_own(command, taken.name, taken.name_len);
	char key[OPTION_KEY_SIZE];

	if (own >= 0)
		return read_own_option(options, command, own, &taken, err);
	if (row != NULL) {
		bool value_wanted = row->placeholder != NULL;

		if (check_value(&taken, value_wanted, err) < 0 ||
		    row->set(options, taken.value, err) < 0)
			return -1;
		return value_wanted && taken.value_is_next ? 2 : 1;
	}
	if (taken.name_len - 2 >= sizeof(key) || (command->options & OPTIONS_GUEST) == 0)
		return unknown_option(command, taken.name, err);
	(void)snprintf(key, sizeof(key), "%.*s", (int)taken.name_len - 2, taken.name + 2);
	if (!guest_has_key(key))
		return unknown_option(command, taken.name, err);
	if (check_value(&taken, true, err) < 0)
		return -1;
	add_guest_option(options, key, taken.value);
	return taken.value_is_next ? 2 : 1;
}

static int read_argument(struct options *options, const struct command *command, const char *text,
			 struct err *err)
{
	bool takes_guest = (command->options & OPTIONS_GUEST) != 0 && command->arguments_max == 0;

	if (text[0] == '-' && text[1] != '\0')
		return unknown_option(command, text, err);
	if (takes_guest ? options->guest_file != NULL :
			  options->n_arguments == command->arguments_max)
		return err_set(err, ERR_USAGE, "unexpected argument '%s': see snplaunch %s --help",
			       TEXT_SHOW(text), command->name);
	if (takes_guest)
		options->guest_file = text;
	else
		options->arguments[options->n_arguments++] = text;
	return 0;
}

int options_read(struct options *options, const struct command *command, char *const *argv,
		 struct err *err)
{
	*options = (struct options){ .events_fd = -1, .command = command };
	while (*argv != NULL) {
		int used = 1;

		if (strncmp(*argv, "--", 2) == 0 && (*argv)[2] != '\0')
			used = read_option(options, command, argv, err);
		else if (read_argument(options, command, *argv, err) < 0)
			return -1;
		if (used < 0)
			return -1;
		argv += used;
	}
	return 0;
}

void options_release(struct options *options)
{
	free(options->guest_options);
	options->guest_options = NULL;
	options->n_guest_options = 0;
}

const char *options_value(const struct options *options, const char *name)
{
	int place = find_own(options->command, name, strlen(name));

	assert(place >= 0);
	return options->values[place];
}

static void print_commands(void)
{
	printf("usage: snplaunch COMMAND [OPTION...]\n\n"
	       "Launches AMD SEV, SEV-ES and SEV-SNP guests on QEMU.\n\ncommands:\n");
	for (size_t i = 0; command_at(i) != NULL; i++)
		printf("  %-10s %s\n", command_at(i)->name, command_at(i)->help);
	printf("  %-10s %s\n\nsnplaunch COMMAND --help lists a command's options.\n", "help",
	       "show this help; --version shows the version");
}

// The keys of a guest file, but for those that the command has an option of its own for.
static void print_keys(const struct command *command)
{
	AUTO(mem) char *keys = guest_options_help();
	char *rest = keys;
	char *line;

	printf("\nkeys of a guest file, each an option too (options win):\n");
	while ((line = strsep(&rest, "\n")) != NULL) {
		const char *name = line + strspn(line, " ");

		if (name[0] != '\0' && find_own(command, name, strcspn(name, " ")) < 0)
			puts(line);
	}
}

static void print_option(const char *name, const char *placeholder, const char *help)
{
	char left[60];

	(void)snprintf(left, sizeof(left), "%s %s", name, placeholder != NULL ? placeholder : "");
	printf("  %-26s %s\n", left, help);
}

void options_print_help(const struct command *command)
{
	if (command == NULL) {
		print_commands();
		return;
	}
	printf("usage: snplaunch %s [OPTION...] %s\n\n%s\n\noptions:\n", command->name,
	       command->argument != NULL ? command->argument : "", command->help);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].group == 0 || (command->options & rows[i].group) != 0)
			print_option(rows[i].name, rows[i].placeholder, rows[i].help);
	for (size_t i = 0; command->own != NULL && command->own[i].name != NULL; i++)
		print_option(command->own[i].name, command->own[i].placeholder,
			     command->own[i].help);
	if ((command->options & OPTIONS_GUEST) != 0)
		print_keys(command);
}
