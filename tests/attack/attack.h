/* SPDX-License-Identifier: Apache-2.0 */
/* What the attacks have in common: how one is described, and where it is tried. */
#ifndef SNPLAUNCH_TESTS_ATTACK_ATTACK_H
#define SNPLAUNCH_TESTS_ATTACK_ATTACK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

/* An action did what it tried, but saw that this gains nothing here. */
#define NOTHING (-2L)

/* The secret that the world outside has in its session keyring and its environment. */
#define SECRET_NAME "snplaunch-attack"
#define SECRET_VARIABLE "SNPLAUNCH_ATTACK_SECRET"

/*
 * One thing that is tried. A failure is -1 and errno, as from a system call; anything else is a
 * success. Whatever succeeds must leave the machine as it was.
 */
struct action {
	const char *name; /* MECHANISM, or MECHANISM/VARIANT */
	const char *what;
	long (*act)(const struct action *action);
	const char *path;    /* for functions that several rows share */
	long number;	     /* likewise */
	int right_errno;     /* an error that only who has the right gets as far as */
	const char *nothing; /* why a success gains nothing; NULL: it is a gain */
	/* Every unprivileged process may do it, so that only a filter or a jail can refuse it. */
	bool anybody;
};

/* A row of a table; what is behind the function are further members, designated. */
#define ACTION(action_name, action_what, action_act, ...) \
	{ \
		.name = (action_name), .what = (action_what), .act = (action_act), ##__VA_ARGS__ \
	}

struct action_list {
	const struct action *actions;
	size_t n;
};

#define DEFINE_ACTIONS(list, table) \
	const struct action_list list = { .actions = (table), .n = ARRAY_LEN(table) }

extern const struct action_list file_actions;
extern const struct action_list mount_actions;
extern const struct action_list socket_actions;
extern const struct action_list process_actions;
extern const struct action_list identity_actions;
extern const struct action_list kernel_actions;
extern const struct action_list memory_actions;
extern const struct action_list descriptor_actions;

/* Where this process is, read from its command line; descriptors are -1 where there are none. */
struct place {
	bool is_front;
	int wire_fd;  /* the front's, to the launcher */
	bool has_tcg; /* code is made at run time, so memory may become code */
	int qmp_fd;
	int sealed_fd;		 /* the kernel, a sealed memfd */
	int disk_fd;		 /* a disk that is read-only */
	const char *socket_name; /* in the abstract namespace, of a program outside */
};

extern struct place place;

/* Of a process that clone() may have made: its child ends, and is waited for. Returns 'pid'. */
long end_child(long pid);

/* The word for a success of this action in this place. */
const char *success_word(const struct action *action);

/* The line that the test reads, "attack: NAME VERDICT", in a buffer of its own. */
const char *report_line(const struct action *action, const char *verdict);

#endif
