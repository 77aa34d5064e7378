// SPDX-License-Identifier: Apache-2.0
// snplaunch status: what a guest that runs is, and what its processes may do.

#include <inttypes.h>
#include <stdio.h>

#include "base/auto.h"
#include "base/text_escape.h"
#include "cli/command.h"
#include "cli/confinement.h"
#include "cli/remote.h"
#include "qmp/json.h"

#define SECONDS_A_DAY 86400

// Days since 1970 as year, month, day. The C library's function reads /etc/localtime, which the
// front may not; this is Howard Hinnant's civil_from_days(), whose year begins in March.
static void print_date(int64_t days)
{
	int64_t shifted = days + 719468;
	int64_t era = shifted / 146097;
	int64_t day_of_era = shifted % 146097;
	int64_t year =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day = day_of_era - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * day + 2) / 153;

	printf("%04" PRId64 "-%02" PRId64 "-%02" PRId64, era * 400 + year + (month >= 10),
	       month < 10 ? month + 3 : month - 9, day - (153 * month + 2) / 5 + 1);
}

static void print_since(struct json_object *status)
{
	int64_t since = json_object_get_int64(json_object_object_get(status, "since"));
	int64_t age = json_object_get_int64(json_object_object_get(status, "age_ms")) / 1000;

	if (since < 0 || since / SECONDS_A_DAY > 1000000)
		since = 0; // who says that has no date
	printf("%-12s ", "since");
	print_date(since / SECONDS_A_DAY);
	since %= SECONDS_A_DAY;
	printf(" %02d:%02d:%02d UTC, %" PRId64 " s ago\n", (int)(since / 3600),
	       (int)(since / 60 % 60), (int)(since % 60), age);
}

static void print_status(struct json_object *status, bool all_calls)
{
	static const struct {
		const char *label;
		const char *key;
	} rows[] = {
		{ "name", "name" },
		{ "level", "level" },
		{ "accel", "accel" },
		{ "cpu", "cpu" },
		{ "signature", "cpu_signature" },
		{ "vcpus", "vcpus" },
		{ "state", "state" },
	};
	struct json_object *digest =
		json_object_object_get(json_object_object_get(status, "digest"), "digest");

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *text =
			json_object_get_string(json_object_object_get(status, rows[i].key));

		printf("%-12s %s\n", rows[i].label, TEXT_SHOW(text == NULL ? "-" : text));
	}
	if (digest != NULL)
		printf("%-12s %s\n", "digest", TEXT_SHOW(json_object_get_string(digest)));
	print_since(status);
	putchar('\n');
	confinement_print(json_object_object_get(status, "confinement"), all_calls);
}

static int ask(const char *name, struct client *client, struct json_object **status,
	       struct err *err)
{
	AUTO(fd) int fd = -1;

	if (name == NULL)
		return err_set(err, ERR_USAGE,
			       "the name of a guest is missing: see snplaunch "
			       "status --help");
	if (remote_connect(client, name, &fd, err) < 0)
		return -1;
	if (remote_ask(fd, "status", status, err) < 0)
		return err_context(err, "guest '%s'", name);
	return 0;
}

int command_status(const struct options *options, struct client *client)
{
	AUTO(json) struct json_object *status = NULL;
	struct err err;

	if (ask(options->arguments[0], client, &status, &err) < 0)
		return command_fail(&err);
	if (options->json_wanted)
		puts(json_object_to_json_string_ext(
			status, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	else
		print_status(status, options->all_calls_wanted);
	if (fflush(stdout) != 0) {
		(void)err_sys(&err, "cannot write to standard output");
		return command_fail(&err);
	}
	return 0;
}
