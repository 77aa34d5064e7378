/* SPDX-License-Identifier: Apache-2.0 */
/* The commands, and the options that they take beside the keys of a guest file. */
#ifndef SNPLAUNCH_CLI_COMMAND_H
#define SNPLAUNCH_CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/client.h"
#include "policy/guest.h"
#include "policy/openstack.h"

#define OPTION_KEY_SIZE 64
/* What one command may take. */
#define COMMAND_OPTIONS_MAX 24
#define COMMAND_ARGUMENTS_MAX 64

/* What the options of a command line said. */
struct options {
	bool help_wanted;
	bool json_wanted;
	bool console_events_wanted;
	bool confinement_wanted;
	bool all_calls_wanted;
	int events_fd;		/* -1: none */
	const char *host_facts; /* a path; NULL: ask this host. Borrowed from argv */
	/* Paths of what OpenStack says of an image and a flavor; NULL: none. Likewise. */
	const char *openstack_files[OPENSTACK_SIDES];
	const char *host_traits; /* what the operator says of the host; NULL: nothing. Likewise */
	const char *guest_file;	 /* the argument of run and plan; NULL: options only. Borrowed */
	size_t n_arguments;	 /* of other commands; likewise */
	const char *arguments[COMMAND_ARGUMENTS_MAX];
	/* One for each of the command's own options, NULL where it is not given; a flag's is its name. */
	const char *values[COMMAND_OPTIONS_MAX];
	const struct command *command;
	size_t n_guest_options;
	/* Keys of the guest file and their texts, in order. Owner: the options. */
	struct guest_option {
		char key[OPTION_KEY_SIZE];
		const char *text; /* borrowed from argv */
	} * guest_options;
};

/* Which options a command takes: a set of these bits. */
enum option_group {
	OPTIONS_JSON = 1,
	OPTIONS_GUEST = 2,	   /* the keys of a guest file, and OpenStack's options */
	OPTIONS_EVENTS = 4,	   /* --events-fd */
	OPTIONS_CONFINEMENT = 8,   /* --confinement, and --all-calls with it */
	OPTIONS_CALLS = 16,	   /* --all-calls alone */
	OPTIONS_FACTS = 32,	   /* --host-facts */
	OPTIONS_CONSOLE = 64,	   /* --console-events */
	OPTIONS_JSON_EVENTS = 128, /* --json, which prints events */
};

/* Which files of this machine a command looks at: they are opened before the front is confined. */
enum host_files {
	HOST_FILES_NONE,
	HOST_FILES_LAUNCH,  /* those that a launch needs, where it needs any */
	HOST_FILES_PROBE,   /* all, unless an argument names a capture */
	HOST_FILES_EXPLAIN, /* all, with --host */
};

/* An option of one command alone, given at most once. It goes before a guest file's key of that name. */
struct command_option {
	const char *name;	 /* with its dashes; NULL ends a table */
	const char *placeholder; /* NULL: a flag */
	const char *help;
};

struct command {
	const char *name;
	/* Returns the exit status; 'client' is NULL without needs_launcher. */
	int (*run)(const struct options *options, struct client *client);
	const char *argument; /* for usage: "[GUEST]"; NULL: takes none */
	const char *help;     /* one line */
	unsigned int options; /* set of enum option_group */
	bool needs_launcher;
	size_t arguments_max;		  /* where it is not a guest file */
	const struct command_option *own; /* at most COMMAND_OPTIONS_MAX; NULL: none */
	enum host_files host_files;
};

/* The command of that name, NULL when there is none. */
const struct command *command_find(const char *name);

/* The table's rows in order, NULL behind the last. */
const struct command *command_at(size_t i);

int command_run(const struct options *options, struct client *client);
int command_plan(const struct options *options, struct client *client);
int command_rehearse(const struct options *options, struct client *client);
int command_continue(const struct options *options, struct client *client);
int command_measure(const struct options *options, struct client *client);
int command_cpus(const struct options *options, struct client *client);
int command_status(const struct options *options, struct client *client);
int command_policy(const struct options *options, struct client *client);
int command_record(const struct options *options, struct client *client);
int command_probe(const struct options *options, struct client *client);
int command_explain(const struct options *options, struct client *client);
int command_schema(const struct options *options, struct client *client);
int command_sev_owner(const struct options *options, struct client *client);

extern const struct command_option command_sev_owner_options[];

/* The options that these commands have for themselves. */
extern const struct command_option measure_options[];
extern const struct command_option cpus_options[];
extern const struct command_option probe_options[];
int command_firmware(const struct options *options, struct client *client);
int command_id_block(const struct options *options, struct client *client);
int command_report(const struct options *options, struct client *client);

/* The options of commands that have their own, for the commands' table. */
extern const struct command_option id_block_options[];
extern const struct command_option report_options[];

/*
 * Makes the mistakes of a file, of which there is one at least, a single error: all but the last
 * are printed here, that one goes the way of every error. Returns -1.
 */
int command_take_mistakes(const struct err_list *mistakes, struct err *err);

/* Reports an error to stderr and returns its exit status. */
int command_fail(const struct err *err);

/*
 * Reads the arguments behind a command's name. "--key value" and "--key=value" are the same.
 * Errors: ERR_USAGE. Owner: caller, options_release().
 */
int options_read(struct options *options, const struct command *command, char *const *argv,
		 struct err *err) MUST_CHECK;
void options_release(struct options *options);

/* What the command's own option says; NULL when it is not given. Borrowed from argv. */
const char *options_value(const struct options *options, const char *name);

/* Prints what a command takes to standard output; of all commands for NULL. */
void options_print_help(const struct command *command);

#endif
