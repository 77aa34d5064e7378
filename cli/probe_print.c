// SPDX-License-Identifier: Apache-2.0
// Prints the verdict on each level first, then what is wrong with its remedy, then the rest.

#include "cli/probe_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text_escape.h"
#include "cli/result.h"
#include "qmp/json.h"

// --- Text ----------------------------------------------------------------------------------------

static bool is_asked_about(const struct probe_page *page, const struct probe_check *check)
{
	return check->levels == 0 || (check->levels & page->levels) != 0;
}

static void print_levels(const struct probe_page *page)
{
	for (enum host_level level = 0; level < HOST_LEVELS; level++) {
		const struct probe_result *why = NULL;
		enum probe_verdict verdict = probe_level(page->probe, level, &why);

		if ((page->levels & 1U << level) == 0)
			continue;
		printf("%-8s %-8s", host_level_word(level), probe_verdict_word(verdict));
		if (why != NULL)
			printf(" %s: %s", why->check->name, why->value);
		putchar('\n');
	}
}

static void print_result(const struct probe_result *result)
{
	const struct probe_check *check = result->check;

	printf("%-8s %-24s %s\n", probe_status_word(result->status), check->name, result->value);
	if (result->status != PROBE_FAIL && result->status != PROBE_WARN)
		return;
	printf("%-8s %-24s %s\n", "", "why", check->why);
	if (result->remedy[0] != '\0')
		printf("%-8s %-24s %s\n", "", "remedy", result->remedy);
}

static size_t print_results(const struct probe_page *page, enum probe_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < page->probe->n; i++) {
		const struct probe_result *result = &page->probe->results[i];

		if (result->status != status || !is_asked_about(page, result->check))
			continue;
		n++;
		if (status != PROBE_SKIP)
			print_result(result);
	}
	return n;
}

static void print_log(const struct probe_log *log)
{
	if (!log->is_read)
		return;
	printf("\nkernel log%s\n", log->n == 0 ? ": nothing in it is known" : "");
	for (size_t i = 0; i < log->n; i++) {
		const struct failure *failure = log->items[i].failure;

		printf("\n%-12s %s\n%-12s %s\n%-12s %s\n", "line", log->items[i].line, "cause",
		       failure->cause, "remedy", failure->remedy);
		if (log->items[i].times > 1)
			printf("%-12s %" PRIu64 " times\n", "said", log->items[i].times);
	}
}

// What the same command would find out if root gave it.
static bool root_would_add(const struct host_readings *readings)
{
	return !readings->by_root &&
	       (readings->sev.state == READING_DENIED || readings->kvm.state == READING_DENIED);
}

void probe_print_text(const struct probe_page *page)
{
	static const enum probe_status order[] = { PROBE_FAIL, PROBE_WARN, PROBE_UNKNOWN,
						   PROBE_PASS };
	size_t n_skipped;

	print_levels(page);
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		if (i == 0 || order[i] == PROBE_PASS)
			putchar('\n');
		(void)print_results(page, order[i]);
	}
	n_skipped = print_results(page, PROBE_SKIP);
	if (n_skipped > 0)
		printf("%-8s %zu checks that rest on others, or say nothing here (--json lists "
		       "them)\n",
		       probe_status_word(PROBE_SKIP), n_skipped);
	print_log(page->log);
	if (root_would_add(page->readings))
		puts("\nStarted by root, probe could also ask the AMD-SP: versions, state, TCB.");
}

// --- JSON ----------------------------------------------------------------------------------------

static struct json_object *level_words(uint32_t levels)
{
	struct json_object *list = json_object_new_array();

	for (enum host_level level = 0; level < HOST_LEVELS; level++)
		if ((levels & 1U << level) != 0)
			(void)json_object_array_add(list,
						    json_object_new_string(host_level_word(level)));
	return list;
}

static struct json_object *levels_json(const struct probe_page *page)
{
	struct json_object *list = json_object_new_array();

	for (enum host_level level = 0; level < HOST_LEVELS; level++) {
		struct json_object *row = json_object_new_object();
		const struct probe_result *why = NULL;
		enum probe_verdict verdict = probe_level(page->probe, level, &why);

		if ((page->levels & 1U << level) != 0) {
			result_add(row, "level", host_level_word(level));
			result_add(row, "works", probe_verdict_word(verdict));
			if (why != NULL)
				result_add(row, "because", why->check->name);
			(void)json_object_array_add(list, row);
		} else {
			(void)json_object_put(row);
		}
	}
	return list;
}

static struct json_object *check_json(const struct probe_result *result)
{
	struct json_object *row = json_object_new_object();

	result_add(row, "name", result->check->name);
	result_add(row, "status", probe_status_word(result->status));
	result_add(row, "value", result->value);
	result_add_object(row, "levels", level_words(result->check->levels));
	result_add(row, "why", result->check->why);
	result_add(row, "remedy", result->remedy);
	return row;
}

static struct json_object *log_json(const struct probe_log *log)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < log->n; i++) {
		struct json_object *row = json_object_new_object();

		result_add(row, "name", log->items[i].failure->name);
		result_add(row, "text", log->items[i].line);
		result_add_number(row, "times", log->items[i].times);
		result_add(row, "cause", log->items[i].failure->cause);
		result_add(row, "remedy", log->items[i].failure->remedy);
		(void)json_object_array_add(list, row);
	}
	return list;
}

void probe_print_json(const struct probe_page *page)
{
	AUTO(json) struct json_object *top = json_object_new_object();
	struct json_object *checks = json_object_new_array();

	for (size_t i = 0; i < page->probe->n; i++)
		if (is_asked_about(page, page->probe->results[i].check))
			(void)json_object_array_add(checks, check_json(&page->probe->results[i]));
	result_add_object(top, "levels", levels_json(page));
	result_add_object(top, "checks", checks);
	if (page->log->is_read)
		result_add_object(top, "kernel_log", log_json(page->log));
	result_print_json(top);
}

// --- Traits --------------------------------------------------------------------------------------

// Two kinds of inventory: SEV-SNP uses the ASIDs of SEV-ES.
static const struct trait_row {
	enum host_level level;
	const char *trait;
} trait_rows[] = {
	{ HOST_LEVEL_SEV, "HW_CPU_X86_AMD_SEV" },
	{ HOST_LEVEL_SEV_ES, "HW_CPU_X86_AMD_SEV_ES" },
	{ HOST_LEVEL_SEV_SNP, "HW_CPU_X86_AMD_SEV_SNP" },
};
#define STATELESS_TRAIT "COMPUTE_SECURITY_STATELESS_FIRMWARE" // there is no other here
#define ASID_RESOURCE "MEM_ENCRYPTION_CONTEXT"

static bool works(const struct probe_page *page, enum host_level level)
{
	const struct probe_result *why;

	return (page->levels & 1U << level) != 0 &&
	       probe_level(page->probe, level, &why) == PROBE_WORKS;
}

static struct json_object *asids_json(const struct probe_page *page, bool encrypted_state)
{
	struct probe_asids asids = probe_asids(page->readings, encrypted_state);
	struct json_object *row = json_object_new_object();

	result_add(row, "type", encrypted_state ? "sev_es" : "sev");
	result_add_number(row, "total", asids.known ? asids.total : 0);
	if (asids.used_known)
		result_add_number(row, "used", asids.used);
	return row;
}

static struct json_object *traits_json(const struct probe_page *page)
{
	struct json_object *top = json_object_new_object();
	struct json_object *traits = json_object_new_array();
	struct json_object *inventory = json_object_new_array();

	for (size_t i = 0; i < ARRAY_LEN(trait_rows); i++)
		if (works(page, trait_rows[i].level))
			(void)json_object_array_add(traits,
						    json_object_new_string(trait_rows[i].trait));
	(void)json_object_array_add(traits, json_object_new_string(STATELESS_TRAIT));
	if (works(page, HOST_LEVEL_SEV))
		(void)json_object_array_add(inventory, asids_json(page, false));
	if (works(page, HOST_LEVEL_SEV_ES) || works(page, HOST_LEVEL_SEV_SNP))
		(void)json_object_array_add(inventory, asids_json(page, true));
	result_add_object(top, "traits", traits);
	result_add_object(top, ASID_RESOURCE, inventory);
	return top;
}

static void print_inventory(struct json_object *row)
{
	struct json_object *used = json_object_object_get(row, "used");

	printf(ASID_RESOURCE " %s total %s used %s\n",
	       json_object_get_string(json_object_object_get(row, "type")),
	       json_object_get_string(json_object_object_get(row, "total")),
	       used != NULL ? json_object_get_string(used) : "unknown");
}

void probe_print_traits(const struct probe_page *page, bool json_wanted)
{
	AUTO(json) struct json_object *top = traits_json(page);
	struct json_object *traits = json_object_object_get(top, "traits");
	struct json_object *inventory = json_object_object_get(top, ASID_RESOURCE);

	if (json_wanted) {
		result_print_json(top);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(traits); i++)
		puts(json_object_get_string(json_object_array_get_idx(traits, i)));
	for (size_t i = 0; i < json_object_array_length(inventory); i++)
		print_inventory(json_object_array_get_idx(inventory, i));
}
