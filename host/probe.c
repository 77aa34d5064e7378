// SPDX-License-Identifier: Apache-2.0
// Makes the checks of all tables. A check says nothing when the one that it rests on has failed, so
// that a machine's first fault is not told in ten ways.

#include "host/probe.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"

static const struct probe_table *const tables[] = {
	&probe_cpu_checks,	&probe_kernel_checks,	&probe_module_checks,
	&probe_iommu_checks,	&probe_kvm_checks,	&probe_platform_checks,
	&probe_firmware_checks, &probe_resource_checks, &probe_qemu_checks,
};

const struct probe_check *probe_check_at(size_t i)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		if (i < tables[t]->n)
			return &tables[t]->rows[i];
		i -= tables[t]->n;
	}
	return NULL;
}

const char *probe_status_word(enum probe_status status)
{
	static const char *const words[] = {
		[PROBE_UNKNOWN] = "unknown", [PROBE_PASS] = "pass", [PROBE_WARN] = "warn",
		[PROBE_FAIL] = "fail",	     [PROBE_SKIP] = "skip",
	};

	static_assert(ARRAY_LEN(words) == PROBE_STATUSES, "each status has a word");
	return words[status];
}

const char *probe_verdict_word(enum probe_verdict verdict)
{
	static const char *const words[] = {
		[PROBE_NO] = "no",
		[PROBE_CANNOT_TELL] = "unknown",
		[PROBE_WORKS] = "yes",
	};

	return words[verdict];
}

const char *host_level_word(enum host_level level)
{
	static const char *const words[] = {
		[HOST_LEVEL_SEV] = "sev",
		[HOST_LEVEL_SEV_ES] = "sev-es",
		[HOST_LEVEL_SEV_SNP] = "sev-snp",
	};

	static_assert(ARRAY_LEN(words) == HOST_LEVELS, "each level has a word");
	return words[level];
}

// What was read of a machine may be a file that somebody made, so only printable ASCII comes out.
void probe_say(struct probe_result *result, enum probe_status status, const char *fmt, ...)
{
	va_list arguments;

	result->status = status;
	va_start(arguments, fmt);
	(void)vsnprintf(result->value, sizeof(result->value), fmt, arguments);
	va_end(arguments);
	for (char *byte = result->value; *byte != '\0'; byte++)
		if (*byte < ' ' || *byte > '~')
			*byte = ' ';
}

void probe_say_unread(struct probe_result *result, const char *what, enum reading_state state)
{
	static const char *const words[] = {
		[READING_NONE] = "was not read",
		[READING_DONE] = "is not as expected",
		[READING_ABSENT] = "is not there",
		[READING_DENIED] = "may not be read by this user",
		[READING_FAILED] = "cannot be read",
	};

	static_assert(ARRAY_LEN(words) == READING_STATES, "each state has words");
	probe_say(result, PROBE_UNKNOWN, "%s %s", what, words[state]);
}

bool probe_text_is_missing(struct probe_result *result, const struct host_readings *readings,
			   enum host_text which)
{
	enum reading_state state = readings->texts[which].state;

	if (state == READING_DONE)
		return false;
	probe_say_unread(result, reading_rows[which].key, state);
	return true;
}

const struct probe_result *probe_find(const struct probe *probe, const char *name)
{
	for (size_t i = 0; i < probe->n; i++)
		if (strcmp(probe->results[i].check->name, name) == 0)
			return &probe->results[i];
	return NULL;
}

const struct probe_result *probe_root(const struct probe_result *result)
{
	while (result->because != NULL)
		result = result->because;
	return result;
}

// A check that this one rests on, when it is no ground to stand on.
static const struct probe_result *find_gone(const struct probe *probe, const char *name)
{
	const struct probe_result *first = name == NULL ? NULL : probe_find(probe, name);

	assert(name == NULL || first != NULL);
	return first != NULL && (first->status == PROBE_FAIL || first->status == PROBE_SKIP) ?
		       first :
		       NULL;
}

// KVM itself says that it makes guests of the lowest of these levels.
static bool kvm_makes(const struct host_readings *readings, uint32_t levels)
{
	static const enum host_vm_type types[HOST_LEVELS] = {
		[HOST_LEVEL_SEV] = HOST_VM_SEV,
		[HOST_LEVEL_SEV_ES] = HOST_VM_SEV_ES,
		[HOST_LEVEL_SEV_SNP] = HOST_VM_SNP,
	};

	for (enum host_level level = 0; level < HOST_LEVELS; level++)
		if ((levels & 1U << level) != 0)
			return readings->kvm.state == READING_DONE &&
			       (readings->kvm.vm_types & 1U << types[level]) != 0;
	return false;
}

static void make_check(struct probe *probe, const struct probe_check *check,
		       const struct host_readings *readings)
{
	struct probe_result *result = &probe->results[probe->n];

	assert(probe->n < PROBE_CHECKS_MAX);
	*result = (struct probe_result){ .check = check, .remedy = check->remedy ?: "" };
	result->because = find_gone(probe, check->after) ?: find_gone(probe, check->also_after);
	if (result->because != NULL)
		probe_say(result, PROBE_SKIP, "see %s", result->because->check->name);
	else
		check->judge(result, readings);
	if (result->status == PROBE_FAIL && check->is_hint && kvm_makes(readings, check->levels))
		result->status = PROBE_WARN;
	if (result->status == PROBE_PASS || result->status == PROBE_SKIP)
		result->remedy = "";
	probe->n++;
}

void probe_make(struct probe *probe, const struct host_readings *readings)
{
	const struct probe_check *check;

	probe->n = 0;
	for (size_t i = 0; (check = probe_check_at(i)) != NULL; i++)
		make_check(probe, check, readings);
}

enum probe_verdict probe_level(const struct probe *probe, enum host_level level,
			       const struct probe_result **why)
{
	const struct probe_result *unknown = NULL;

	for (size_t i = 0; i < probe->n; i++) {
		const struct probe_result *result = &probe->results[i];

		if ((result->check->levels & 1U << level) == 0)
			continue;
		if (result->status == PROBE_FAIL) {
			*why = result;
			return PROBE_NO;
		}
		if (result->status == PROBE_UNKNOWN && result->check->decides && unknown == NULL)
			unknown = result;
	}
	*why = unknown;
	return unknown == NULL ? PROBE_WORKS : PROBE_CANNOT_TELL;
}

int probe_require(const struct host_readings *readings, enum host_level level, struct err *err)
{
	struct probe probe;
	const struct probe_result *why;

	probe_make(&probe, readings);
	if (probe_level(&probe, level, &why) != PROBE_NO)
		return 0;
	return err_set(err, why->check->is_temporary ? ERR_BUSY : ERR_HOST, "level '%s': %s%s%s",
		       host_level_word(level), why->value, why->remedy[0] != '\0' ? ": " : "",
		       why->remedy);
}
