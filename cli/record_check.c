// SPDX-License-Identifier: Apache-2.0
// Makes the plan of a record once more, from the files that it names and this host's facts.

#include "cli/record_check.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/text_escape.h"
#include "cli/launch.h"
#include "cli/record_file.h"
#include "cli/report.h"
#include "host/facts_cache.h"
#include "qmp/json.h"

#define FILE_BYTES_MAX ((uint64_t)2048 * 1024 * 1024)
#define WAY_SIZE 64
#define TEXT_SIZE (GUEST_PATH_SIZE + ERR_TEXT_MAX)

struct check {
	struct json_object *record;
	struct json_object *rows;
	struct launch *launch;
	bool is_same; // the files and the digest are, and the host could launch them
};

enum verdict { SAME, DIFFERS, NOT_FOUND, CANNOT_OPEN, NOT_ASKED, NOT_COMPUTED, VERDICTS };

static const char *const verdict_words[] = {
	[SAME] = "same",	   [DIFFERS] = "differs",
	[NOT_FOUND] = "not found", [CANNOT_OPEN] = "cannot open",
	[NOT_ASKED] = "not asked", [NOT_COMPUTED] = "not computed",
};
static_assert(ARRAY_LEN(verdict_words) == VERDICTS, "each verdict has a word");

static struct json_object *tell(struct check *check, const char *what, enum verdict verdict,
				const char *text)
{
	struct json_object *row = json_object_new_object();

	(void)json_object_object_add(row, "what", json_object_new_string(what));
	(void)json_object_object_add(row, "same", json_object_new_boolean(verdict == SAME));
	(void)json_object_object_add(row, "verdict",
				     json_object_new_string(verdict_words[verdict]));
	(void)json_object_object_add(row, "text", json_object_new_string(text));
	(void)json_object_array_add(check->rows, row);
	return row;
}

// Compares a value that is recorded with the present one, and shows both where they differ. 'of' is
// said in front of them: a path, or nothing.
static bool compare(struct check *check, const char *what, const char *of, const char *recorded,
		    const char *now)
{
	char text[TEXT_SIZE];
	struct json_object *row;

	if (strcmp(recorded, now) == 0) {
		(void)tell(check, what, SAME, of[0] != '\0' ? of : now);
		return true;
	}
	(void)snprintf(text, sizeof(text), "%s%srecorded %s, now %s", of, of[0] != '\0' ? ": " : "",
		       recorded, now);
	row = tell(check, what, DIFFERS, text);
	(void)json_object_object_add(row, "recorded", json_object_new_string(recorded));
	(void)json_object_object_add(row, "now", json_object_new_string(now));
	return false;
}

// --- What was asked for --------------------------------------------------------------------------

static enum level level_of(const char *word)
{
	for (enum level level = LEVEL_OFF; level < LEVELS; level++)
		if (word != NULL && strcmp(level_word(level), word) == 0)
			return level;
	return LEVEL_UNSET;
}

static int take_text(char *field, size_t size, struct json_object *record, const char *way,
		     struct err *err)
{
	const char *text = record_file_text(record, way);

	if (text == NULL || text_copy_field(field, size, text) < 0)
		return err_set(err, ERR_INPUT, "member '%s' is missing or too long", way);
	return 0;
}

static uint32_t number_at(struct json_object *record, const char *way)
{
	int64_t number = json_object_get_int64(record_file_find(record, way));

	return number < 0 || number > UINT32_MAX ? 0 : (uint32_t)number;
}

static int take_cpu(struct guest *guest, struct json_object *record, struct err *err)
{
	const char *features = record_file_text(record, "plan.measurement.vmsa_features");
	uint64_t given = 0;

	guest->cpu.n = 1;
	guest->vcpus = number_at(record, "plan.vcpus");
	guest->memory_mib = number_at(record, "plan.memory_mib");
	if (take_text(guest->cpu.names[0], sizeof(guest->cpu.names[0]), record, "plan.cpu", err) <
	    0)
		return -1;
	if (features == NULL)
		return 0;
	if (guest_set_option(guest, "vmsa-features", features, &given, err) < 0 ||
	    guest_set_option(guest, "cpu-signature",
			     record_file_text(record, "plan.measurement.cpu_signature") ?: "",
			     &given, err) < 0) {
		err->kind = ERR_INPUT;
		return -1;
	}
	return 0;
}

static int take_kernel(struct guest *guest, struct json_object *record, struct err *err)
{
	struct json_object *hashes = record_file_find(record, "plan.measurement.kernel_hashes");

	guest->kernel_hashes = json_object_get_boolean(hashes) ? ON_OFF_ON : ON_OFF_OFF;
	guest->has_cmdline = record_file_find(record, "plan.cmdline") != NULL;
	if (record_file_find(record, "inputs.kernel") != NULL &&
	    take_text(guest->kernel.text, sizeof(guest->kernel.text), record, "inputs.kernel.path",
		      err) < 0)
		return -1;
	if (guest->has_cmdline)
		return take_text(guest->cmdline, sizeof(guest->cmdline), record, "plan.cmdline",
				 err);
	return 0;
}

static int guest_of_record(struct guest *guest, struct json_object *record, struct err *err)
{
	const char *type = record_file_text(record, "plan.measurement.type");
	const char *accel = record_file_text(record, "plan.accel");

	guest->level = level_of(record_file_text(record, "plan.level"));
	if (guest->level == LEVEL_UNSET)
		return err_set(err, ERR_INPUT, "member 'plan.level' is no level");
	guest->accel = accel != NULL && strcmp(accel, "tcg") == 0 ? ACCEL_TCG : ACCEL_KVM;
	if (type != NULL && strcmp(type, "sev-es") == 0)
		guest->legacy_vm_type = ON_OFF_OFF;
	if (take_text(guest->name, sizeof(guest->name), record, "plan.name", err) < 0 ||
	    take_cpu(guest, record, err) < 0)
		return -1;
	return take_kernel(guest, record, err);
}

// --- Files ---------------------------------------------------------------------------------------

static int copy_again(struct artifact *artifact, const char *path, struct client *client,
		      struct err *err)
{
	AUTO(fd) int fd = -1;

	if (path == NULL)
		return err_set(err, ERR_INPUT, "the record has no path for it");
	if (client_open(client, OPEN_ARTIFACT, path, &fd, err) < 0)
		return -1;
	return artifact_copy(artifact, fd, "file", FILE_BYTES_MAX, err);
}

// What a file of the record is called there: 'member' is "path" or "sha256". NULL: it has none.
static const char *input_text(const struct check *check, const char *word, const char *member)
{
	char way[WAY_SIZE];

	(void)snprintf(way, sizeof(way), "inputs.%s.%s", word, member);
	return record_file_text(check->record, way);
}

static bool has_input(const struct check *check, const char *word)
{
	char way[WAY_SIZE];

	(void)snprintf(way, sizeof(way), "inputs.%s", word);
	return record_file_find(check->record, way) != NULL;
}

static void tell_unopened(struct check *check, const char *word, const char *path, struct err *err)
{
	static const char remedy[] =
		": the path is relative to where the launch was started: check from there";
	bool is_relative = path != NULL && path[0] != '/';
	char text[TEXT_SIZE];

	(void)snprintf(text, sizeof(text), "%s%s", err->text, is_relative ? remedy : "");
	(void)tell(check, word, err->errnum == ENOENT ? NOT_FOUND : CANNOT_OPEN, text);
	check->is_same = false;
}

static void check_file(struct check *check, const char *word, struct artifact *artifact,
		       struct client *client)
{
	const char *path = input_text(check, word, "path");
	const char *sha256 = input_text(check, word, "sha256");
	char hex[2 * ARTIFACT_DIGEST_BYTES + 1];
	struct err err;

	if (copy_again(artifact, path, client, &err) < 0) {
		tell_unopened(check, word, path, &err);
		return;
	}
	report_write_hex(hex, artifact->sha256);
	check->is_same &= compare(check, word, path, sha256 ?: "nothing", hex);
}

static void check_files(struct check *check, struct client *client)
{
	static const char *const others[] = { "guest_file", "id_block", "id_auth" };

	for (enum launch_artifact i = 0; i < LAUNCH_ARTIFACTS; i++)
		if (has_input(check, launch_artifact_word(i)))
			check_file(check, launch_artifact_word(i), &check->launch->artifacts[i],
				   client);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		AUTO(artifact) struct artifact other;

		artifact_init(&other);
		if (has_input(check, others[i]))
			check_file(check, others[i], &other, client);
	}
}

// --- The host ------------------------------------------------------------------------------------

// What is not recorded, such as the kernel of a machine that was played, is left out.
static void compare_recorded(struct check *check, const char *what, const char *way,
			     const char *now)
{
	const char *recorded = record_file_text(check->record, way);

	if (recorded != NULL)
		(void)compare(check, what, "", recorded, now);
}

static void check_host(struct check *check)
{
	struct launch *launch = check->launch;
	const struct host_facts *facts = &launch->facts;
	char kernel[HOST_IDENTITY_SIZE];
	char version[40];
	struct err err;

	(void)snprintf(version, sizeof(version), "%u.%u.%u", facts->qemu.major, facts->qemu.minor,
		       facts->qemu.micro);
	compare_recorded(check, "QEMU", "plan.qemu_version", version);
	if (host_identity_kernel(kernel, facts->identity))
		compare_recorded(check, "host kernel", "kernel", kernel);
	if (!launch->is_for_other_host && record_file_find(check->record, "rehearsal") != NULL) {
		(void)tell(check, "host", NOT_ASKED,
			   "the record is of a rehearsal, which needs no such host: --host-facts "
			   "describes one to ask");
		return;
	}
	if (launch_plan(launch, &err) == 0)
		return;
	(void)tell(check, "host", DIFFERS, err.text);
	check->is_same = false;
}

// --- The digest ----------------------------------------------------------------------------------

// What the digest depends on is all in the record, so a host that cannot launch it matters not.
static int plan_of_guest(struct plan *plan, const struct guest *guest, struct err *err)
{
	memset(plan, 0, sizeof(*plan));
	plan->level = guest->level;
	plan->vcpus = guest->vcpus;
	plan->sev.legacy_vm_type = guest->legacy_vm_type;
	plan->sev.kernel_hashes = guest->kernel_hashes == ON_OFF_ON;
	plan->has_cmdline = guest->has_cmdline;
	if (text_copy_field(plan->cpu_model, sizeof(plan->cpu_model), guest->cpu.names[0]) < 0 ||
	    text_copy_field(plan->cmdline, sizeof(plan->cmdline), guest->cmdline) < 0)
		return err_set(err, ERR_INPUT, "the record has a name that is too long");
	return 0;
}

// The first of the measured files that could not be read; NULL: all are there.
static const char *missing_file(const struct check *check)
{
	const struct launch *launch = check->launch;

	for (enum launch_artifact i = LAUNCH_FIRMWARE; i <= LAUNCH_INITRD; i++) {
		bool is_measured =
			i == LAUNCH_FIRMWARE || (launch->guest.kernel_hashes == ON_OFF_ON &&
						 has_input(check, launch_artifact_word(i)));

		if (is_measured && launch->artifacts[i].fd < 0)
			return launch_artifact_word(i);
	}
	return NULL;
}

static int compute_digest(char hex[static MEASUREMENT_HEX_SIZE], const struct check *check,
			  struct err *err)
{
	struct launch *launch = check->launch;
	const char *missing = missing_file(check);

	if (missing != NULL)
		return err_set(err, ERR_INPUT, "the %s could not be read", missing);
	if (plan_of_guest(&launch->plan, &launch->guest, err) < 0 ||
	    launch_measure_firmware(&launch->measurement, launch,
				    &launch->artifacts[LAUNCH_FIRMWARE], err) < 0)
		return -1;
	measurement_hex(hex, &launch->measurement);
	return 0;
}

static void check_digest(struct check *check)
{
	const char *recorded = record_file_text(check->record, "plan.measurement.digest");
	char hex[MEASUREMENT_HEX_SIZE];
	struct err err;

	if (check->launch->guest.level == LEVEL_OFF)
		return;
	if (compute_digest(hex, check, &err) < 0) {
		(void)tell(check, "digest", NOT_COMPUTED, err.text);
		check->is_same = false;
		return;
	}
	check->is_same &= compare(check, "digest", "", recorded ?: "nothing", hex);
}

int record_check(struct json_object **rows, bool *is_same, struct json_object *record,
		 const struct options *options, struct client *client, struct err *err)
{
	AUTO(launch) struct launch *launch = launch_new();
	AUTO(json) struct json_object *told = json_object_new_array();
	struct check check = { .record = record, .rows = told, .launch = launch, .is_same = true };

	if (guest_of_record(&launch->guest, record, err) < 0)
		return err_context(err, "the record");
	if (launch_facts(launch, options, false, client, err) < 0)
		return -1;
	check_files(&check, client);
	check_host(&check);
	check_digest(&check);
	*rows = told;
	told = NULL;
	*is_same = check.is_same;
	return 0;
}
