// SPDX-License-Identifier: Apache-2.0
// Makes the plan of a record once more, from the files that it names and this host's facts.

#include "cli/record_check.h"

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

struct check {
	struct json_object *record;
	struct json_object *rows;
	struct launch *launch;
	bool is_same;
};

static void tell(struct check *check, const char *what, bool same, const char *text)
{
	struct json_object *row = json_object_new_object();

	(void)json_object_object_add(row, "what", json_object_new_string(what));
	(void)json_object_object_add(row, "same", json_object_new_boolean(same));
	(void)json_object_object_add(row, "text", json_object_new_string(text));
	(void)json_object_array_add(check->rows, row);
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

static void check_file(struct check *check, const char *word, struct artifact *artifact,
		       struct client *client)
{
	char hex[2 * ARTIFACT_DIGEST_BYTES + 1];
	char way[WAY_SIZE];
	const char *path;
	const char *sha256;
	struct err err;
	bool same;

	(void)snprintf(way, sizeof(way), "inputs.%s.path", word);
	path = record_file_text(check->record, way);
	(void)snprintf(way, sizeof(way), "inputs.%s.sha256", word);
	sha256 = record_file_text(check->record, way);
	if (copy_again(artifact, path, client, &err) < 0) {
		tell(check, word, false, err.text);
		check->is_same = false;
		return;
	}
	report_write_hex(hex, artifact->sha256);
	same = sha256 != NULL && strcmp(hex, sha256) == 0;
	tell(check, word, same, path);
	check->is_same &= same;
}

static void check_files(struct check *check, struct client *client)
{
	static const char *const others[] = { "guest_file", "id_block", "id_auth" };
	char way[WAY_SIZE];

	for (enum launch_artifact i = 0; i < LAUNCH_ARTIFACTS; i++) {
		(void)snprintf(way, sizeof(way), "inputs.%s", launch_artifact_word(i));
		if (record_file_find(check->record, way) != NULL)
			check_file(check, launch_artifact_word(i), &check->launch->artifacts[i],
				   client);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		AUTO(artifact) struct artifact other;

		artifact_init(&other);
		(void)snprintf(way, sizeof(way), "inputs.%s", others[i]);
		if (record_file_find(check->record, way) != NULL)
			check_file(check, others[i], &other, client);
	}
}

// --- The host ------------------------------------------------------------------------------------

static void compare(struct check *check, const char *what, const char *way, const char *now)
{
	const char *before = record_file_text(check->record, way);

	tell(check, what, before != NULL && strcmp(before, now) == 0, now);
}

static bool check_host(struct check *check)
{
	const struct host_facts *facts = &check->launch->facts;
	char kernel[HOST_IDENTITY_SIZE];
	char version[40];
	struct err err;

	(void)snprintf(version, sizeof(version), "%u.%u.%u", facts->qemu.major, facts->qemu.minor,
		       facts->qemu.micro);
	compare(check, "QEMU", "plan.qemu_version", version);
	if (host_identity_kernel(kernel, facts->identity))
		compare(check, "host kernel", "kernel", kernel);
	if (launch_plan(check->launch, &err) == 0)
		return true;
	tell(check, "host", false, err.text);
	return false;
}

static void check_digest(struct check *check)
{
	const char *before = record_file_text(check->record, "plan.measurement.digest");
	struct launch *launch = check->launch;
	char hex[MEASUREMENT_HEX_SIZE];
	struct err err;
	bool same;

	if (launch->guest.level == LEVEL_OFF || launch->artifacts[LAUNCH_FIRMWARE].fd < 0 ||
	    (launch->plan.has_kernel && launch->artifacts[LAUNCH_KERNEL].fd < 0))
		return;
	if (launch_measure_firmware(&launch->measurement, launch,
				    &launch->artifacts[LAUNCH_FIRMWARE], &err) < 0) {
		tell(check, "digest", false, err.text);
		check->is_same = false;
		return;
	}
	measurement_hex(hex, &launch->measurement);
	same = before != NULL && strcmp(before, hex) == 0;
	tell(check, "digest", same, hex);
	check->is_same &= same;
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
	if (check_host(&check))
		check_digest(&check);
	else
		check.is_same = false;
	*rows = told;
	told = NULL;
	*is_same = check.is_same;
	return 0;
}
