// SPDX-License-Identifier: Apache-2.0
// snplaunch continue: lets a guest run whose owner has verified its measurement, with a secret or
// without.

#include <stdio.h>
#include <string.h>

#include "base/auto.h"
#include "base/text_base64.h"
#include "base/text_number.h"
#include "cli/command.h"
#include "cli/remote.h"
#include "cli/secret_packet.h"
#include "cli/text_file.h"
#include "qmp/json.h"

// One of the two files of a secret packet.
struct part {
	const char *option;
	const char *member;
	size_t len_max;
};

// In base64, with the end of a line instead of its NUL, of two bytes at most.
#define FILE_SIZE(bytes) (TEXT_BASE64_SIZE(bytes) + 1)

static const struct part parts[] = {
	{ "--secret-header", "secret_header", FILE_SIZE(SECRET_HEADER_BYTES) },
	{ "--secret-payload", "secret_payload", FILE_SIZE(SECRET_PAYLOAD_BYTES_MAX) },
};

// What is in the file only the guest's snplaunch judges, and then the AMD-SP.
static int add_part(struct json_object *request, const struct part *part, const char *path,
		    struct client *client, struct err *err)
{
	AUTO(text_file) struct text_file file = { 0 };
	AUTO(fd) int fd = -1;

	if (client_open(client, OPEN_INPUT, path, &fd, err) < 0 ||
	    text_file_read(&file, fd, part->len_max + 1, err) < 0)
		return err_context(err, "option '%s'", part->option);
	if (file.len > part->len_max)
		return err_set(err, ERR_INPUT, "'%s' has more than %zu bytes", path, part->len_max);
	while (file.len > 0 && strchr("\r\n", file.bytes[file.len - 1]) != NULL)
		file.bytes[--file.len] = '\0';
	if (strspn(file.bytes, text_base64_digits) + strspn(strchrnul(file.bytes, '='), "=") !=
	    file.len)
		return err_set(err, ERR_INPUT, "'%s' is not base64", path);
	(void)json_object_object_add(request, part->member, json_object_new_string(file.bytes));
	return 0;
}

static int check_options(const struct options *options, struct err *err)
{
	bool has_header = options_value(options, parts[0].option) != NULL;
	bool has_payload = options_value(options, parts[1].option) != NULL;

	if (options->arguments[0] == NULL)
		return err_set(err, ERR_USAGE,
			       "the name of a guest is missing: see snplaunch continue --help");
	if (has_header != has_payload)
		return err_set(err, ERR_USAGE, "option '%s' needs '%s'", parts[!has_header].option,
			       parts[has_header].option);
	if (!has_header && options_value(options, "--secret-gpa") != NULL)
		return err_set(err, ERR_USAGE, "option '--secret-gpa' needs '%s'", parts[0].option);
	return 0;
}

static int add_gpa(struct json_object *request, const char *text, struct err *err)
{
	uint64_t gpa;

	if (text == NULL)
		return 0;
	if (text_parse_u64(text, &gpa) < 0)
		return err_set(err, ERR_USAGE,
			       "option '--secret-gpa': must be an address in the guest's memory");
	(void)json_object_object_add(request, "secret_gpa", json_object_new_uint64(gpa));
	return 0;
}

static int make_request(struct json_object *request, const struct options *options,
			struct client *client, struct err *err)
{
	(void)json_object_object_add(request, "command", json_object_new_string("continue"));
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const char *path = options_value(options, parts[i].option);

		if (path != NULL && add_part(request, &parts[i], path, client, err) < 0)
			return -1;
	}
	return add_gpa(request, options_value(options, "--secret-gpa"), err);
}

static int ask(const struct options *options, struct client *client, struct json_object **answer,
	       struct err *err)
{
	AUTO(json) struct json_object *request = json_object_new_object();
	const char *name = options->arguments[0];
	AUTO(fd) int fd = -1;

	if (check_options(options, err) < 0 || make_request(request, options, client, err) < 0 ||
	    remote_connect(client, name, &fd, err) < 0)
		return -1;
	if (remote_request(fd, request, answer, err) < 0)
		return err_context(err, "guest '%s'", name);
	return 0;
}

int command_continue(const struct options *options, struct client *client)
{
	AUTO(json) struct json_object *answer = NULL;
	struct err err;

	if (ask(options, client, &answer, &err) < 0)
		return command_fail(&err);
	if (options->json_wanted)
		puts(json_object_to_json_string_ext(
			answer, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		printf("guest '%s' goes on\n", options->arguments[0]);
	if (fflush(stdout) != 0) {
		(void)err_sys(&err, "cannot write to standard output");
		return command_fail(&err);
	}
	return 0;
}
