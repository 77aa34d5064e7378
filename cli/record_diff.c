// SPDX-License-Identifier: Apache-2.0
// Compares launch records along a table of what they have.

#include "cli/record_diff.h"

#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text_escape.h"
#include "cli/record_file.h"

// What of a launch the digest covers it in.
enum covered { NEVER, ALWAYS, WITH_HASHES, WITH_REGISTERS };

static const struct {
	const char *what;
	const char *way;
	enum covered covered;
} rows[] = {
	{ "level", "plan.level", ALWAYS },
	{ "type of digest", "plan.measurement.type", ALWAYS },
	{ "firmware", "inputs.firmware.sha256", ALWAYS },
	{ "kernel hashes", "plan.measurement.kernel_hashes", ALWAYS },
	{ "kernel", "inputs.kernel.sha256", WITH_HASHES },
	{ "initrd", "inputs.initrd.sha256", WITH_HASHES },
	{ "kernel command line", "plan.cmdline", WITH_HASHES },
	{ "number of vCPUs", "plan.vcpus", WITH_REGISTERS },
	{ "CPU signature", "plan.measurement.cpu_signature", WITH_REGISTERS },
	{ "SEV features", "plan.measurement.vmsa_features", WITH_REGISTERS },
	{ "CPU model", "plan.cpu", NEVER },
	{ "guest policy", "plan.guest_policy", NEVER },
	{ "ID block", "inputs.id_block.sha256", NEVER },
	{ "ID authentication", "inputs.id_auth.sha256", NEVER },
	{ "memory", "plan.memory_mib", NEVER },
	{ "disks", "plan.disks", NEVER },
	{ "machine type", "plan.machine", NEVER },
	{ "QEMU", "plan.qemu_version", NEVER },
	{ "host kernel", "kernel", NEVER },
	{ "snplaunch", "snplaunch", NEVER },
	{ "guest file", "inputs.guest_file.sha256", NEVER },
	{ "dh_cert", "inputs.dh_cert.sha256", NEVER },
	{ "session", "inputs.session.sha256", NEVER },
};
static_assert(ARRAY_LEN(rows) <= RECORD_CHANGES_MAX, "all can differ at once");

static bool is_covered(enum covered covered, struct json_object *record)
{
	const char *type = record_file_text(record, "plan.measurement.type");
	struct json_object *hashes = record_file_find(record, "plan.measurement.kernel_hashes");

	if (type == NULL || covered == NEVER)
		return false;
	if (covered == WITH_HASHES)
		return json_object_get_boolean(hashes);
	return covered == ALWAYS || strcmp(type, "sev") != 0;
}

static bool is_same(const char *one, const char *other)
{
	return one == NULL || other == NULL ? one == other : strcmp(one, other) == 0;
}

void record_diff_make(struct record_diff *diff, struct json_object *before,
		      struct json_object *after)
{
	bool cause_seen = false;

	*diff = (struct record_diff){
		.before = record_file_text(before, "plan.measurement.digest"),
		.after = record_file_text(after, "plan.measurement.digest"),
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct record_change change = {
			.what = rows[i].what,
			.before = record_file_text(before, rows[i].way),
			.after = record_file_text(after, rows[i].way),
			.is_measured = is_covered(rows[i].covered, before) ||
				       is_covered(rows[i].covered, after),
		};

		if (is_same(change.before, change.after))
			continue;
		cause_seen |= change.is_measured;
		diff->changes[diff->n++] = change;
	}
	diff->is_same = is_same(diff->before, diff->after);
	diff->explains = cause_seen != diff->is_same;
}

static const char *shown(char out[static RECORD_TEXT_SIZE], const char *text)
{
	return text == NULL ? "none" : text_escape(out, RECORD_TEXT_SIZE, text, strlen(text));
}

void record_diff_print(const struct record_diff *diff)
{
	static const char *const sentences[2][2] = {
		{ "differs, and nothing that is recorded explains why",
		  "differs, as what is measured does" },
		{ "is the same, although something that is measured differs",
		  "is the same, as all that is measured" },
	};
	char before[RECORD_TEXT_SIZE];
	char after[RECORD_TEXT_SIZE];

	for (size_t i = 0; i < diff->n; i++) {
		const struct record_change *change = &diff->changes[i];

		printf("%s (%s):\n  - %s\n  + %s\n", change->what,
		       change->is_measured ? "measured" : "not measured",
		       shown(before, change->before), shown(after, change->after));
	}
	printf("the launch digest %s\n", sentences[diff->is_same][diff->explains]);
	if (!diff->is_same)
		printf("  - %s\n  + %s\n", shown(before, diff->before), shown(after, diff->after));
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	(void)json_object_object_add(object, key,
				     text == NULL ? NULL : json_object_new_string(text));
}

struct json_object *record_diff_json(const struct record_diff *diff)
{
	struct json_object *object = json_object_new_object();
	struct json_object *changes = json_object_new_array();
	struct json_object *digest = json_object_new_object();

	for (size_t i = 0; i < diff->n; i++) {
		struct json_object *row = json_object_new_object();

		add_text(row, "what", diff->changes[i].what);
		add_text(row, "before", diff->changes[i].before);
		add_text(row, "after", diff->changes[i].after);
		(void)json_object_object_add(row, "measured",
					     json_object_new_boolean(diff->changes[i].is_measured));
		(void)json_object_array_add(changes, row);
	}
	add_text(digest, "before", diff->before);
	add_text(digest, "after", diff->after);
	(void)json_object_object_add(digest, "same", json_object_new_boolean(diff->is_same));
	(void)json_object_object_add(digest, "explained", json_object_new_boolean(diff->explains));
	(void)json_object_object_add(object, "changed", changes);
	(void)json_object_object_add(object, "digest", digest);
	return object;
}
