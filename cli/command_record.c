// SPDX-License-Identifier: Apache-2.0
// snplaunch record: shows launch records, compares them with each other and with this host, and
// finds the launch behind a digest.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"
#include "cli/command.h"
#include "cli/record_check.h"
#include "cli/record_diff.h"
#include "cli/record_file.h"
#include "cli/record_match.h"
#include "qmp/json.h"

static void print_json(struct json_object *object)
{
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
}

// A path, escaped, and two digests.
#define ROW_TEXT_SIZE 8192

// --- show ----------------------------------------------------------------------------------------

static const struct {
	const char *label;
	const char *way;
} shown[] = {
	{ "state", "state" },
	{ "rehearsal", "rehearsal.machine" },
	{ "caused", "rehearsal.caused" },
	{ "name", "plan.name" },
	{ "level", "plan.level" },
	{ "accel", "plan.accel" },
	{ "qemu", "plan.qemu_version" },
	{ "machine", "plan.machine" },
	{ "host kernel", "kernel" },
	{ "snplaunch", "snplaunch" },
	{ "cpu", "plan.cpu" },
	{ "vcpus", "plan.vcpus" },
	{ "memory mib", "plan.memory_mib" },
	{ "cmdline", "plan.cmdline" },
	{ "guest policy", "plan.guest_policy" },
	{ "digest", "plan.measurement.digest" },
	{ "type", "plan.measurement.type" },
	{ "signature", "plan.measurement.cpu_signature" },
	{ "features", "plan.measurement.vmsa_features" },
	{ "enforced", "plan.measurement.enforced" },
	{ "confirmed by", "plan.measurement.confirmed_by" },
	{ "proof", "proof" },
	{ "owner's", "owner_measurement" },
};

static void print_inputs(struct json_object *record)
{
	json_object_object_foreach (record_file_find(record, "inputs"), word, input) {
		const char *path = record_file_text(input, "path");
		const char *bytes = record_file_text(input, "bytes");
		const char *sha256 = record_file_text(input, "sha256");

		printf("%-12s %s, %s bytes\n", TEXT_SHOW(word), TEXT_SHOW(path ?: "?"),
		       TEXT_SHOW(bytes ?: "?"));
		printf("%-12s sha256 %s\n", "", TEXT_SHOW(sha256 ?: "?"));
	}
}

static void print_states(struct json_object *record)
{
	struct json_object *states = record_file_find(record, "states");
	int64_t first_ms = 0;

	for (size_t i = 0; i < json_object_array_length(states); i++) {
		struct json_object *row = json_object_array_get_idx(states, i);
		const char *state = record_file_text(row, "state");
		int64_t ms = json_object_get_int64(record_file_find(row, "monotonic_ms"));

		if (i == 0)
			first_ms = ms;
		printf("%-12s %s after %" PRId64 " ms\n", i == 0 ? "states" : "",
		       TEXT_SHOW(state ?: "?"), ms < first_ms ? 0 : ms - first_ms);
	}
}

static void print_record(struct json_object *record)
{
	const char *error = record_file_text(record, "exit.error");
	const char *status = record_file_text(record, "exit.status");

	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		const char *text = record_file_text(record, shown[i].way);

		if (text != NULL)
			printf("%-12s %s\n", shown[i].label, TEXT_SHOW(text));
	}
	print_inputs(record);
	print_states(record);
	if (status != NULL)
		printf("%-12s %s%s%s\n", "exit", TEXT_SHOW(status), error != NULL ? ": " : "",
		       TEXT_SHOW(error ?: ""));
}

static int do_show(const struct options *options, struct client *client, struct err *err)
{
	AUTO(json) struct json_object *record = NULL;

	if (record_file_read(&record, options->arguments[1], client, err) < 0)
		return -1;
	if (options->json_wanted)
		print_json(record);
	else
		print_record(record);
	return 0;
}

// --- diff, check ---------------------------------------------------------------------------------

static int do_diff(const struct options *options, struct client *client, struct err *err)
{
	AUTO(json) struct json_object *before = NULL;
	AUTO(json) struct json_object *after = NULL;
	AUTO(json) struct json_object *object = NULL;
	struct record_diff diff;

	if (record_file_read(&before, options->arguments[1], client, err) < 0 ||
	    record_file_read(&after, options->arguments[2], client, err) < 0)
		return -1;
	record_diff_make(&diff, before, after);
	if (options->json_wanted) {
		object = record_diff_json(&diff);
		print_json(object);
	} else {
		record_diff_print(&diff);
	}
	return diff.is_same ? 0 : err_set(err, ERR_VERDICT, "the launch digests differ");
}

static void print_rows(struct json_object *rows)
{
	char shown_text[ROW_TEXT_SIZE];

	for (size_t i = 0; i < json_object_array_length(rows); i++) {
		struct json_object *row = json_object_array_get_idx(rows, i);

		const char *text = record_file_text(row, "text");

		printf("%-12s %-12s %s\n", record_file_text(row, "what"),
		       record_file_text(row, "verdict"),
		       text_escape(shown_text, sizeof(shown_text), text, strlen(text)));
	}
}

static int do_check(const struct options *options, struct client *client, struct err *err)
{
	AUTO(json) struct json_object *record = NULL;
	AUTO(json) struct json_object *rows = NULL;
	bool is_same;

	if (record_file_read(&record, options->arguments[1], client, err) < 0)
		return -1;
	if (record_check(&rows, &is_same, record, options, client, err) < 0)
		return err_context(err, "record '%s'", options->arguments[1]);
	if (options->json_wanted)
		print_json(rows);
	else
		print_rows(rows);
	return is_same ? 0 :
			 err_set(err, ERR_VERDICT,
				 "this host and these files would not give the recorded launch");
}

// --- match ---------------------------------------------------------------------------------------

static int do_match(const struct options *options, struct client *client, struct err *err)
{
	AUTO(json) struct json_object *result = NULL;

	if (record_match(&result, options, client, err) < 0)
		return -1;
	if (options->json_wanted)
		print_json(result);
	else
		record_match_print(result);
	if (!json_object_get_boolean(record_file_find(result, "found")))
		return err_set(err, ERR_VERDICT, "no launch that was tried has this digest");
	return 0;
}

// --- The table -----------------------------------------------------------------------------------

static const struct {
	const char *word;
	size_t arguments_min; // with the word
	size_t arguments_max;
	const char *usage;
	int (*run)(const struct options *options, struct client *client, struct err *err);
} actions[] = {
	{ "show", 2, 2, "show FILE", do_show },
	{ "diff", 3, 3, "diff FILE FILE", do_diff },
	{ "check", 2, 2, "check FILE", do_check },
	{ "match", 2, 3, "match DIGEST [GUEST]", do_match },
};

static int act(const struct options *options, struct client *client, struct err *err)
{
	for (size_t i = 0; options->n_arguments > 0 && i < ARRAY_LEN(actions); i++) {
		bool is_match = actions[i].run == do_match;

		if (strcmp(options->arguments[0], actions[i].word) != 0)
			continue;
		if (options->n_arguments < actions[i].arguments_min ||
		    options->n_arguments > actions[i].arguments_max)
			return err_set(err, ERR_USAGE, "usage: snplaunch record %s",
				       actions[i].usage);
		if (!is_match &&
		    (options->n_guest_options > 0 || options_value(options, "--vcpus-max") != NULL))
			return err_set(err, ERR_USAGE,
				       "record %s takes no option of a guest: only match does",
				       actions[i].word);
		return actions[i].run(options, client, err);
	}
	return err_set(err, ERR_USAGE,
		       "record takes show, diff, check or match: see snplaunch record --help");
}

int command_record(const struct options *options, struct client *client)
{
	struct err err;
	int result = act(options, client, &err);

	if (fflush(stdout) != 0)
		result = err_sys(&err, "cannot write to standard output");
	return result < 0 ? command_fail(&err) : 0;
}
