/* SPDX-License-Identifier: Apache-2.0 */
/* The host's policy file: read for the command policy, and compiled for the launcher. */
#ifndef SNPLAUNCH_CLI_POLICY_FILE_H
#define SNPLAUNCH_CLI_POLICY_FILE_H

#include "base/err.h"
#include "policy/host_policy_file.h"

/* Where the policy of a launch by root is. */
#define POLICY_FILE_DEFAULT "/etc/snplaunch/policy.json"

/*
 * Reads 'fd' to its end into 'policy' (zeroed by the caller). All mistakes but the last are printed;
 * that one is in 'err'. Errors: ERR_INPUT; ERR_GUEST_FILE for a mistake in it.
 */
int policy_file_read(struct host_policy_file *policy, const char *name, int fd,
		     struct err *err) MUST_CHECK;

/*
 * The launcher reads no JSON: it starts this program once more, unprivileged, with its policy file
 * and a pipe. The first argument, "--compile-policy=FD_IN,FD_OUT", chooses this before any command.
 */
#define POLICY_COMPILE_OPTION "--compile-policy="
/* The second, if there is one: the file's name for messages; else it is the file's own path. */
#define POLICY_NAME_OPTION "--policy-name="

/*
 * Obeys these arguments: writes struct compiled_policy, all of it or nothing. Returns the exit status.
 * Must not: read the file before the front's filter is loaded, which this does.
 */
int policy_file_compile(char *const *arguments);

#endif
