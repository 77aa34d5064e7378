// SPDX-License-Identifier: Apache-2.0
// Compares the digest that QEMU caused with the one that was computed, and shows both.

#include "cli/rehearsal_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"

static bool is_finished(const struct rehearsal *rehearsal)
{
	return rehearsal->account->caused.digest[0] != '\0';
}

static bool is_equal(const struct rehearsal *rehearsal)
{
	return strcmp(rehearsal->account->caused.digest, rehearsal->expected->digest) == 0;
}

static const struct trace_range *range_at(const struct trace *trace, size_t i)
{
	return i < trace->n ? &trace->ranges[i] : NULL;
}

static size_t count_ranges(const struct rehearsal *rehearsal)
{
	size_t one = rehearsal->expected->n;
	size_t other = rehearsal->account->caused.n;

	return one > other ? one : other;
}

static void write_failure(char *out, size_t size, const struct account_failure *failure)
{
	int n = snprintf(out, size, "%s: %s", failure->call, strerror((int)failure->errnum));

	if (failure->fw_error != 0)
		(void)snprintf(out + n, size - (size_t)n, ", fw_error %u (%s)", failure->fw_error,
			       failure->fw_error_name);
}

// --- Text ----------------------------------------------------------------------------------------

static void print_range(const char *who, const struct trace_range *range)
{
	if (range == NULL) {
		printf("  %-9s nothing\n", who);
		return;
	}
	printf("  %-9s %s", who, range->what);
	if (range->is_vmsa)
		printf(" of vCPU %u", range->vcpu);
	if (range->has_gpa)
		printf(" at 0x%" PRIx64, range->gpa);
	if (range->len > 0)
		printf(", %" PRIu64 " bytes", range->len);
	printf("\n            %s\n", range->digest);
}

// A digest depends on all ranges before, so that behind the first difference all are different.
static void print_difference(const struct rehearsal *rehearsal)
{
	const struct trace *caused = &rehearsal->account->caused;
	long at = trace_parts_at(rehearsal->expected, caused);

	for (size_t i = at < 0 ? SIZE_MAX : (size_t)at; i < count_ranges(rehearsal); i++) {
		printf("range %zu\n", i + 1);
		print_range("expected", range_at(rehearsal->expected, i));
		print_range("caused", range_at(caused, i));
	}
}

void rehearsal_print(const struct rehearsal *rehearsal)
{
	const struct account_platform *platform = &rehearsal->account->platform;
	const struct account_failure *failure = &rehearsal->account->failure;
	const struct plan *plan = &rehearsal->launch->plan;
	char text[200];

	printf("%-12s %s\n", "name", plan->name);
	printf("%-12s %s\n", "level", level_word((enum level)plan->level));
	printf("%-12s %s, SEV firmware %u.%u.%u: played by software, no silicon was involved\n",
	       "platform", platform->name, platform->api_major, platform->api_minor,
	       platform->build);
	printf("%-12s %s%s\n", "guest",
	       is_finished(rehearsal) ? "launched, but it never ran an instruction" :
					"not launched",
	       rehearsal->n_launches > 1 ? "; again, as after a reset" : "");
	printf("%-12s %s\n", "expected", rehearsal->expected->digest);
	if (is_finished(rehearsal)) {
		printf("%-12s %s\n", "caused", rehearsal->account->caused.digest);
		printf("%-12s %s\n", "digests", is_equal(rehearsal) ? "equal" : "different");
	} else {
		write_failure(text, sizeof(text), failure);
		printf("%-12s %s\n", "refused", text);
	}
	if (is_finished(rehearsal) && !is_equal(rehearsal))
		print_difference(rehearsal);
}

// --- JSON ----------------------------------------------------------------------------------------

static void add_string(struct json_object *object, const char *key, const char *value)
{
	(void)json_object_object_add(object, key, json_object_new_string(value));
}

static struct json_object *range_json(const struct trace_range *range)
{
	struct json_object *object;
	char gpa[24];

	if (range == NULL)
		return NULL;
	object = json_object_new_object();
	add_string(object, "what", range->what);
	if (range->is_vmsa)
		(void)json_object_object_add(object, "vcpu", json_object_new_int64(range->vcpu));
	(void)snprintf(gpa, sizeof(gpa), "0x%" PRIx64, range->gpa);
	if (range->has_gpa)
		add_string(object, "gpa", gpa);
	if (range->len > 0)
		(void)json_object_object_add(object, "len", json_object_new_uint64(range->len));
	add_string(object, "digest", range->digest);
	return object;
}

static struct json_object *ranges_json(const struct rehearsal *rehearsal)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < count_ranges(rehearsal); i++) {
		struct json_object *row = json_object_new_object();

		(void)json_object_object_add(row, "expected",
					     range_json(range_at(rehearsal->expected, i)));
		(void)json_object_object_add(row, "caused",
					     range_json(range_at(&rehearsal->account->caused, i)));
		(void)json_object_array_add(list, row);
	}
	return list;
}

static struct json_object *platform_json(const struct account_platform *platform)
{
	struct json_object *object = json_object_new_object();
	char version[16];

	(void)snprintf(version, sizeof(version), "%u.%u.%u", platform->api_major,
		       platform->api_minor, platform->build);
	add_string(object, "name", platform->name);
	add_string(object, "sev_firmware", version);
	return object;
}

static struct json_object *failure_json(const struct account_failure *failure)
{
	struct json_object *object = json_object_new_object();

	add_string(object, "call", failure->call);
	(void)json_object_object_add(object, "errno", json_object_new_int64(failure->errnum));
	(void)json_object_object_add(object, "fw_error", json_object_new_int64(failure->fw_error));
	add_string(object, "fw_error_name", failure->fw_error_name);
	return object;
}

static void add_outcome(struct json_object *report, const struct rehearsal *rehearsal)
{
	const struct rehearsal_account *account = rehearsal->account;
	bool finished = is_finished(rehearsal);
	bool refused = !finished && account->failure.call[0] != '\0';

	(void)json_object_object_add(report, "platform", platform_json(&account->platform));
	(void)json_object_object_add(report, "silicon", json_object_new_boolean(false));
	(void)json_object_object_add(report, "guest_ran", json_object_new_boolean(false));
	(void)json_object_object_add(report, "launches",
				     json_object_new_int(rehearsal->n_launches));
	(void)json_object_object_add(
		report, "caused", finished ? json_object_new_string(account->caused.digest) : NULL);
	(void)json_object_object_add(report, "equal", json_object_new_boolean(is_equal(rehearsal)));
	(void)json_object_object_add(report, "refused",
				     refused ? failure_json(&account->failure) : NULL);
}

struct json_object *rehearsal_outcome_json(const struct rehearsal *rehearsal)
{
	struct json_object *outcome = json_object_new_object();

	add_outcome(outcome, rehearsal);
	return outcome;
}

struct json_object *rehearsal_json(const struct rehearsal *rehearsal)
{
	const struct plan *plan = &rehearsal->launch->plan;
	struct json_object *report = json_object_new_object();

	add_string(report, "name", plan->name);
	add_string(report, "level", level_word((enum level)plan->level));
	add_string(report, "expected", rehearsal->expected->digest);
	add_outcome(report, rehearsal);
	(void)json_object_object_add(report, "ranges", ranges_json(rehearsal));
	return report;
}

// --- The verdict ---------------------------------------------------------------------------------

bool rehearsal_judge(const struct rehearsal *rehearsal, struct err *verdict)
{
	const struct account_failure *failure = &rehearsal->account->failure;
	char text[200];

	*verdict = (struct err){ 0 };
	if (is_finished(rehearsal)) {
		if (!is_equal(rehearsal))
			(void)err_set(
				verdict, ERR_VERDICT,
				"the digest that QEMU caused is not the expected one: they "
				"part at range %ld",
				trace_parts_at(rehearsal->expected, &rehearsal->account->caused) +
					1);
		return true;
	}
	if (failure->call[0] == '\0')
		return false;
	write_failure(text, sizeof(text), failure);
	(void)err_set(verdict, ERR_VERDICT, "the launch was refused: %s", text);
	return true;
}
