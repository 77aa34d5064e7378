/* SPDX-License-Identifier: Apache-2.0 */
/* Opens files, and judges the opened object, never its name. */
#ifndef SNPLAUNCH_LAUNCHER_FILES_H
#define SNPLAUNCH_LAUNCHER_FILES_H

#include <stdbool.h>

#include "base/err.h"
#include "launcher/host_policy.h"

/* On whose behalf files are opened. */
struct files {
	/* The command line that somebody with our privilege typed: what stands in it is meant. */
	char *const *argv;
	/* Never NULL. Binding when started with privilege; else whoever breaks it is told. */
	const struct host_policy *policy;
	/* The directory that snplaunch was started in. */
	int cwd_fd;
	/* True when we may open more than the user behind the front could. */
	bool privileged;
};

/* What a kind of file may be, and when it is opened. */
struct file_rule {
	const char *noun; /* for messages; NULL when there is no path */
	int access;	  /* O_RDONLY or O_RDWR */
	/* Whose values name such a path, up to a NULL; "" is any argument, "=" what follows the first one. */
	const char *const *options;
	/* With privilege: only a path that the command line names. */
	bool must_be_named;
	bool may_be_block_device;
	/* Must lie below the host policy's artifact_directories. */
	bool is_artifact;
	/* Must be executable, and with privilege one of the host policy's qemu or safely root's. */
	bool is_program;
	/* Instead of a path: a name in a directory of snplaunch's own, which runtime.h opens. */
	bool is_plain_name;
};

/*
 * Opens 'path', and checks that the object is of a type that the rule allows, before it is opened
 * for good. A symbolic link of the operator's is followed. Started with privilege, only what an
 * option of the rule names in the command line is opened with it, and what is only read and lies
 * where the host policy says; anything else with the rights of the front, which nobody's private
 * file gives way to. Owner of *out_fd: caller.
 * Errors: ERR_INPUT, ERR_HOST for a program, ERR_REFUSED, ERR_BUSY.
 */
int files_open(const struct files *files, const struct file_rule *rule, const char *path,
	       int *out_fd, struct err *err) MUST_CHECK;

/*
 * Opens 'path' for writing, for root as for a user only when an option of the rule names it in the
 * command line. Makes the file when there is none, private; what one holds stays until it is written
 * over. A symbolic link is not followed. Owner of *out_fd: caller.
 * Errors: ERR_REFUSED, ERR_INPUT for anything but a regular file.
 */
int files_create(const struct files *files, const struct file_rule *rule, const char *path,
		 int *out_fd, struct err *err) MUST_CHECK;

/*
 * Opens the host policy: /etc/snplaunch/policy.json, for a user the one below XDG_CONFIG_HOME or
 * ~/.config if there is one. *out_fd is -1 when there is none. Owner of *out_fd: caller.
 * Errors: ERR_REFUSED when somebody else could have written it, or it is no regular file.
 */
int files_open_policy(int *out_fd, struct err *err) MUST_CHECK;

/*
 * The value behind "--option=" at this place of a command line, or that of "--option" in the next
 * argument; NULL for another option. "" and "=" as for a rule.
 */
const char *files_value_of(const char *option, char *const *at);

/*
 * True when a value that the rule's options take in the command line is 'path', or JSON that has it
 * as a whole string: --disk '{"path":"a.img"}'.
 */
bool files_is_named(const struct files *files, const struct file_rule *rule, const char *path);

/*
 * Opens another file of snplaunch's own, to execute it or to have it loaded: they always lie beside
 * this program. Errors: ERR_HOST.
 */
int files_open_beside(const char *name, int *out_fd, struct err *err) MUST_CHECK;

/* Opens /dev/kvm. Errors: ERR_HOST or ERR_REFUSED, with what to do. */
int files_open_kvm(int *out_fd, struct err *err) MUST_CHECK;

/*
 * Standard output, so that writing does not wait for a reader: a new description of a terminal or
 * a pipe, which is not blocking; a copy of anything else, and of what may not be opened again.
 */
int files_open_console(int *out_fd, struct err *err) MUST_CHECK;

#endif
