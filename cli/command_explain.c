// SPDX-License-Identifier: Apache-2.0
// snplaunch explain: cause and remedy of what QEMU, the kernel, firmware or a guest said. However
// long the text is, only its first findings are kept.

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text_escape.h"
#include "cli/command.h"
#include "cli/explain_host.h"
#include "cli/lines.h"
#include "host/explain.h"
#include "host/failure_codes.h"
#include "qmp/json.h"

#define FINDINGS_MAX 256
#define READ_SIZE ((size_t)64 * 1024)

struct finding {
	struct explanation explanation;
	char *text;	/* the first such line, escaped. Owner: findings */
	uint64_t first; /* lines are counted from 1 */
	uint64_t last;
	uint64_t n;
};

struct findings {
	size_t n;
	size_t n_dropped; /* lines */
	uint64_t n_lines;
	uint64_t last_line; /* the last that is not blank */
	bool has_failure;   /* one that is no noise */
	struct finding items[FINDINGS_MAX];
	struct explain_host *host; /* NULL: nobody asked for it */
};

static void findings_release(struct findings **findings)
{
	for (size_t i = 0; i < (*findings)->n; i++)
		free((*findings)->items[i].text);
	explain_host_free((*findings)->host);
	free(*findings);
}

DEFINE_AUTO(findings, struct findings *, findings_release);

// --- Collecting ----------------------------------------------------------------------------------

static void keep_finding(struct findings *findings, const struct explanation *explanation,
			 const char *line)
{
	struct finding *finding = findings->items;
	char shown[LINES_SHOWN_SIZE];

	while (finding < findings->items + findings->n &&
	       !explanation_is_same(&finding->explanation, explanation))
		finding++;
	if (finding == findings->items + FINDINGS_MAX) {
		findings->n_dropped++;
		return;
	}
	if (finding == findings->items + findings->n) {
		findings->n++;
		finding->explanation = *explanation;
		finding->text =
			mem_must(strdup(text_escape(shown, sizeof(shown), line, strlen(line))));
		finding->first = findings->n_lines;
	}
	finding->last = findings->n_lines;
	finding->n++;
}

static void take_line(void *context, const char *line)
{
	struct findings *findings = context;
	struct explanation explanation;

	findings->n_lines++;
	if (line[strspn(line, " \t")] != '\0')
		findings->last_line = findings->n_lines;
	if (explain_line(&explanation, line))
		keep_finding(findings, &explanation, line);
}

// A terminal or a pipe may stay silent for as long as it likes, so a signal is heard meanwhile.
static int await_text(int fd, struct client *client, struct err *err)
{
	struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
				{ .fd = client->fd, .events = POLLIN } };
	int signal_number;

	if (poll(fds, ARRAY_LEN(fds), -1) < 0)
		return 0; // EINTR: read() waits instead
	if (fds[1].revents == 0)
		return 0;
	if (client_read_notice(client, err) < 0)
		return -1;
	signal_number = client_take_signal(client);
	if (signal_number == 0)
		return 0;
	(void)err_set(err, ERR_SIGNAL, "ended by signal %d (%s)", signal_number,
		      strsignal(signal_number));
	err->errnum = signal_number;
	return -1;
}

static int read_text(struct lines *lines, int fd, struct client *client, struct err *err)
{
	AUTO(mem) char *bytes = mem_zeroed(READ_SIZE, 1);

	for (;;) {
		ssize_t n;

		if (await_text(fd, client, err) < 0)
			return -1;
		n = read(fd, bytes, READ_SIZE);
		if (n < 0 && errno != EINTR)
			return err_sys_kind(err, ERR_INPUT, "cannot read the text");
		if (n == 0)
			return 0;
		if (n > 0)
			lines_add(lines, bytes, (size_t)n);
	}
}

static int read_source(struct lines *lines, const struct options *options, struct client *client,
		       struct err *err)
{
	const char *text = options->arguments[0];
	const char *path = options_value(options, "--file");
	AUTO(fd) int fd = -1;

	if (text != NULL && path != NULL)
		return err_set(err, ERR_USAGE, "text and option '--file' are both given");
	if (text != NULL) {
		lines_add(lines, text, strlen(text));
		return 0;
	}
	if (path == NULL)
		return read_text(lines, STDIN_FILENO, client, err);
	if (client_open(client, OPEN_INPUT, path, &fd, err) < 0)
		return -1;
	return read_text(lines, fd, client, err);
}

// --- What is shown -------------------------------------------------------------------------------

static bool is_in_force(const struct findings *findings, const struct finding *finding)
{
	return !finding->explanation.failure->only_last || finding->last == findings->last_line;
}

// Noise is shown when there is nothing else.
static bool is_shown(const struct findings *findings, const struct finding *finding)
{
	return is_in_force(findings, finding) &&
	       !(findings->has_failure && finding->explanation.failure->is_noise);
}

static void find_failure(struct findings *findings)
{
	for (size_t i = 0; i < findings->n; i++)
		if (is_in_force(findings, &findings->items[i]) &&
		    !findings->items[i].explanation.failure->is_noise)
			findings->has_failure = true;
}

static const struct finding *next_shown(const struct findings *findings, size_t *at)
{
	while (*at < findings->n) {
		const struct finding *finding = &findings->items[(*at)++];

		if (is_shown(findings, finding))
			return finding;
	}
	return NULL;
}

// A plain number needs no words: it is in the line.
static void print_code(const struct failure_value *value)
{
	const struct failure_code *code = failure_code_find(value);
	char number[40];

	if (value->kind == FAILURE_VALUE_PLAIN)
		return;
	printf("%-12s %s %s: ", "code", failure_value_word(value->kind),
	       failure_value_text(number, sizeof(number), value));
	if (code != NULL)
		printf("%s, %s\n", code->name, code->meaning);
	else
		puts("not known");
}

static void print_finding(const struct findings *findings, const struct finding *finding)
{
	const struct failure *failure = finding->explanation.failure;
	char where[40];

	(void)snprintf(where, sizeof(where), "line %" PRIu64, finding->first);
	printf("%-12s %s\n", where, finding->text);
	for (size_t i = 0; i < finding->explanation.values.n; i++)
		print_code(&finding->explanation.values.items[i]);
	printf("%-12s %s\n", "cause", failure->cause);
	printf("%-12s %s\n", "remedy", failure->remedy);
	printf("%-12s %s (%s)\n", "evidence", failure->evidence,
	       failure_proof_word(failure->proof));
	if (findings->host != NULL)
		explain_host_print(findings->host, failure);
	if (finding->n > 1)
		printf("%-12s %" PRIu64 " times, last in line %" PRIu64 "\n", "said", finding->n,
		       finding->last);
}

static void print_text(const struct findings *findings)
{
	const char *separator = "";
	const struct finding *finding;

	for (size_t at = 0; (finding = next_shown(findings, &at)) != NULL; separator = "\n") {
		fputs(separator, stdout);
		print_finding(findings, finding);
	}
	if (findings->n_dropped > 0)
		printf("\n%zu more lines are not shown\n", findings->n_dropped);
}

static void add_string(struct json_object *object, const char *key, const char *string)
{
	(void)json_object_object_add(object, key, json_object_new_string(string));
}

static void add_number(struct json_object *object, const char *key, uint64_t number)
{
	(void)json_object_object_add(object, key, json_object_new_uint64(number));
}

static struct json_object *code_json(const struct failure_value *value)
{
	const struct failure_code *code = failure_code_find(value);
	struct json_object *object = json_object_new_object();
	char number[40];

	add_string(object, "kind", failure_value_word(value->kind));
	add_string(object, "value", failure_value_text(number, sizeof(number), value));
	if (code != NULL) {
		add_string(object, "name", code->name);
		add_string(object, "meaning", code->meaning);
	}
	return object;
}

static struct json_object *codes_json(const struct failure_values *values)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < values->n; i++)
		(void)json_object_array_add(list, code_json(&values->items[i]));
	return list;
}

static struct json_object *finding_json(const struct findings *findings,
					const struct finding *finding)
{
	const struct failure *failure = finding->explanation.failure;
	struct json_object *object = json_object_new_object();

	add_string(object, "name", failure->name);
	add_string(object, "area", failure_area_word(failure->area));
	add_string(object, "text", finding->text);
	add_number(object, "line", finding->first);
	add_number(object, "last_line", finding->last);
	add_number(object, "times", finding->n);
	(void)json_object_object_add(object, "codes", codes_json(&finding->explanation.values));
	add_string(object, "cause", failure->cause);
	add_string(object, "remedy", failure->remedy);
	add_string(object, "evidence", failure->evidence);
	add_string(object, "proof", failure_proof_word(failure->proof));
	(void)json_object_object_add(object, "harmless",
				     json_object_new_boolean(failure->is_harmless));
	if (findings->host != NULL)
		(void)json_object_object_add(object, "host",
					     explain_host_json(findings->host, failure));
	return object;
}

static void print_json(const struct findings *findings)
{
	AUTO(json) struct json_object *report = json_object_new_object();
	struct json_object *list = json_object_new_array();
	const struct finding *finding;

	for (size_t at = 0; (finding = next_shown(findings, &at)) != NULL;)
		(void)json_object_array_add(list, finding_json(findings, finding));
	add_number(report, "lines", findings->n_lines);
	add_number(report, "dropped", findings->n_dropped);
	(void)json_object_object_add(report, "findings", list);
	puts(json_object_to_json_string_ext(report, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
}

int command_explain(const struct options *options, struct client *client)
{
	AUTO(findings) struct findings *findings = mem_zeroed(1, sizeof(*findings));
	struct lines lines = { .take = take_line, .context = findings, .raw = true };
	size_t first = 0;
	struct err err;

	if (read_source(&lines, options, client, &err) < 0)
		return command_fail(&err);
	lines_finish(&lines);
	find_failure(findings);
	if (options_value(options, "--host") != NULL)
		findings->host = explain_host_ask(client);
	if (options->json_wanted)
		print_json(findings);
	else
		print_text(findings);
	if (fflush(stdout) != 0) {
		(void)err_sys(&err, "cannot write to standard output");
		return command_fail(&err);
	}
	if (next_shown(findings, &first) != NULL)
		return 0;
	(void)err_set(&err, ERR_VERDICT, "nothing in this text is known");
	return command_fail(&err);
}
