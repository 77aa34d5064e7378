// SPDX-License-Identifier: Apache-2.0
// Reads a policy file from a descriptor, and makes of it the plain bytes that the launcher obeys.

#include "cli/policy_file.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mem.h"
#include "base/text_escape.h"
#include "base/text_number.h"
#include "cli/command.h"
#include "cli/front_confine.h"
#include "cli/text_file.h"
#include "policy/json_file.h"

int policy_file_read(struct host_policy_file *policy, const char *name, int fd, struct err *err)
{
	AUTO(mem) struct err_list *mistakes = mem_zeroed(1, sizeof(*mistakes));
	AUTO(text_file) struct text_file text = { 0 };

	// One byte more than there may be, so that the reader refuses what is longer.
	if (text_file_read(&text, fd, JSON_FILE_BYTES_MAX + 1, err) < 0)
		return err_context(err, "policy file '%s'", TEXT_SHOW(name));
	if (host_policy_read(policy, name, text.bytes, text.len, mistakes) < 0)
		return command_take_mistakes(mistakes, err);
	return 0;
}

struct compile {
	char name[PATH_MAX];
	int in_fd;
	int out_fd;
};

static bool parse_fd(const char *text, int *out)
{
	uint64_t fd;

	if (text_parse_u64(text, &fd) < 0 || fd > INT_MAX)
		return false;
	*out = (int)fd;
	return true;
}

static int read_fds(struct compile *compile, const char *value, struct err *err)
{
	const char *comma = strchr(value, ',');
	char first[16];

	(void)snprintf(first, sizeof(first), "%.*s", (int)strcspn(value, ","), value);
	if (comma != NULL && parse_fd(first, &compile->in_fd) &&
	    parse_fd(comma + 1, &compile->out_fd))
		return 0;
	return err_set(err, ERR_USAGE,
		       "option '--compile-policy': must be two descriptors such as 3,4, not '%s'",
		       TEXT_SHOW(value));
}

// The file's own path, if it is one. The filter forbids to ask for it later.
static void find_name(struct compile *compile)
{
	char link[32];
	char path[PATH_MAX];
	ssize_t len;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", compile->in_fd);
	len = readlink(link, path, sizeof(path) - 1);
	if (len <= 0 || path[0] != '/')
		return;
	path[len] = '\0';
	memcpy(compile->name, path, sizeof(path));
}

static int read_arguments(struct compile *compile, char *const *arguments, struct err *err)
{
	if (read_fds(compile, arguments[0] + strlen(POLICY_COMPILE_OPTION), err) < 0)
		return -1;
	find_name(compile);
	if (arguments[1] == NULL)
		return 0;
	if (strncmp(arguments[1], POLICY_NAME_OPTION, strlen(POLICY_NAME_OPTION)) != 0)
		return err_set(err, ERR_USAGE, "unexpected argument '%s'", TEXT_SHOW(arguments[1]));
	(void)snprintf(compile->name, sizeof(compile->name), "%s",
		       arguments[1] + strlen(POLICY_NAME_OPTION));
	return 0;
}

static int compile_file(const struct compile *compile, struct err *err)
{
	AUTO(mem) struct host_policy_file *file = mem_zeroed(1, sizeof(*file));
	AUTO(mem) struct compiled_policy *policy = mem_zeroed(1, sizeof(*policy));

	if (policy_file_read(file, compile->name, compile->in_fd, err) < 0)
		return -1;
	host_policy_compile(&policy->host, file);
	host_policy_compile_rules(&policy->rules, file);
	// One that is too long is cut: it is for messages only.
	(void)snprintf(policy->host.file, sizeof(policy->host.file), "%s",
		       TEXT_SHOW(compile->name));
	return fd_write_all(compile->out_fd, policy, sizeof(*policy), err);
}

int policy_file_compile(char *const *arguments)
{
	struct compile compile = { .name = POLICY_FILE_DEFAULT, .in_fd = -1, .out_fd = -1 };
	struct err err;

	if (read_arguments(&compile, arguments, &err) < 0 || front_confine(&err) < 0 ||
	    compile_file(&compile, &err) < 0)
		return command_fail(&err);
	return 0;
}
