// SPDX-License-Identifier: Apache-2.0
// Describes a launch from its plan and artifacts.

#include "cli/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text_escape.h"
#include "cli/plan_make.h"
#include "cli/report_openstack.h"

// What is said of each input: at which levels the launch digest covers it.
struct covered_row {
	const char *what;
	bool (*is_there)(const struct plan *plan);
	bool (*is_measured)(const struct plan *plan);
};

static bool always(const struct plan *plan)
{
	(void)plan;
	return true;
}

static bool never(const struct plan *plan)
{
	(void)plan;
	return false;
}

static bool has_kernel(const struct plan *plan)
{
	return plan->has_kernel;
}

static bool has_initrd(const struct plan *plan)
{
	return plan->has_initrd;
}

static bool has_cmdline(const struct plan *plan)
{
	return plan->has_cmdline;
}

static bool has_disks(const struct plan *plan)
{
	return plan->n_disks > 0;
}

static bool has_networks(const struct plan *plan)
{
	return plan->n_networks > 0;
}

static bool is_encrypted(const struct plan *plan)
{
	return plan->level > LEVEL_OFF;
}

static bool has_encrypted_registers(const struct plan *plan)
{
	return plan->level == LEVEL_SEV_ES || plan->level == LEVEL_SEV_SNP;
}

static bool hashes_kernel(const struct plan *plan)
{
	return plan->sev.kernel_hashes;
}

static bool has_host_data(const struct plan *plan)
{
	return plan->sev.has_host_data;
}

static const struct covered_row covered_rows[] = {
	{ "firmware", always, is_encrypted },
	{ "kernel", has_kernel, hashes_kernel },
	{ "initrd", has_initrd, hashes_kernel },
	{ "kernel command line", has_cmdline, hashes_kernel },
	{ "number of vCPUs", always, has_encrypted_registers },
	{ "CPU model's signature", always, has_encrypted_registers },
	{ "memory size", always, never },
	{ "disks", has_disks, never },
	{ "networks", has_networks, never },
	{ "host data (in the report, not in the digest)", has_host_data, never },
};

static void print_covered(const struct plan *plan, bool measured)
{
	const char *separator = "";

	for (size_t i = 0; i < ARRAY_LEN(covered_rows); i++) {
		const struct covered_row *row = &covered_rows[i];

		if (!row->is_there(plan) || row->is_measured(plan) != measured)
			continue;
		printf("%s%s", separator, row->what);
		separator = ", ";
	}
	puts(separator[0] == '\0' ? "nothing" : "");
}

static struct json_object *covered_json(const struct plan *plan, bool measured)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < ARRAY_LEN(covered_rows); i++)
		if (covered_rows[i].is_there(plan) && covered_rows[i].is_measured(plan) == measured)
			(void)json_object_array_add(list,
						    json_object_new_string(covered_rows[i].what));
	return list;
}

void report_print_covered(const struct plan *plan)
{
	printf("%-12s ", "measured");
	print_covered(plan, true);
	printf("%-12s ", "not measured");
	print_covered(plan, false);
}

void report_add_covered(struct json_object *object, const struct plan *plan)
{
	(void)json_object_object_add(object, "measured", covered_json(plan, true));
	(void)json_object_object_add(object, "not_measured", covered_json(plan, false));
}

void report_write_hex(char out[static 2 * ARTIFACT_DIGEST_BYTES + 1],
		      const uint8_t bytes[static ARTIFACT_DIGEST_BYTES])
{
	for (size_t i = 0; i < ARTIFACT_DIGEST_BYTES; i++)
		(void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static const char *artifact_path(const struct launch *launch, enum launch_artifact which)
{
	const char *paths[LAUNCH_ARTIFACTS] = {
		[LAUNCH_FIRMWARE] = launch->firmware_path,
		[LAUNCH_KERNEL] = launch->guest.kernel.text,
		[LAUNCH_INITRD] = launch->guest.initrd.text,
		[LAUNCH_DH_CERT] = launch->guest.sev_session.dh_cert.text,
		[LAUNCH_SESSION] = launch->guest.sev_session.session.text,
	};

	return paths[which];
}

static const char *mapping_word(const struct plan *plan)
{
	return plan->firmware_mapping == FIRMWARE_BIOS ? "bios" : "pflash, read-only";
}

static void print_artifacts(const struct launch *launch)
{
	for (size_t i = 0; i < LAUNCH_ARTIFACTS; i++) {
		const struct artifact *artifact = &launch->artifacts[i];
		char hex[2 * ARTIFACT_DIGEST_BYTES + 1];

		if (artifact->fd < 0)
			continue;
		report_write_hex(hex, artifact->sha256);
		printf("%-12s %s%s%s, %" PRIu64 " bytes\n             sha256 %s\n",
		       launch_artifact_word((enum launch_artifact)i),
		       TEXT_SHOW(artifact_path(launch, (enum launch_artifact)i)),
		       i == LAUNCH_FIRMWARE ? ", " : "",
		       i == LAUNCH_FIRMWARE ? mapping_word(&launch->plan) : "", artifact->size,
		       hex);
	}
}

static void print_disks(const struct launch *launch)
{
	for (size_t i = 0; i < launch->plan.n_disks; i++) {
		const struct plan_disk *disk = &launch->plan.disks[i];

		printf("%-12s %s: %s, %s, %s\n", i == 0 ? "disks" : "", disk->serial,
		       TEXT_SHOW(launch->guest.disks[i].path.text),
		       disk_format_word((enum disk_format)disk->format),
		       disk->read_only ? "read-only" : "writable");
	}
}

static void print_cpu(const struct plan *plan)
{
	char signature[MEASUREMENT_SIGNATURE_SIZE];

	measurement_write_signature(signature, plan->cpu_model);
	printf("%-12s %s%s%s, %u vCPU%s\n", "cpu", plan->cpu_model,
	       signature[0] != '\0' ? ", signature " : "", signature, plan->vcpus,
	       plan->vcpus == 1 ? "" : "s");
}

static void print_policy(const struct plan *plan)
{
	char words[SNP_POLICY_WORDS_SIZE];

	printf("%-12s 0x%" PRIx64 ": %s\n", "guest policy", plan->sev.policy,
	       plan_policy_words(words, plan));
}

void report_print(const struct launch *launch)
{
	const struct plan *plan = &launch->plan;

	printf("%-12s %s\n", "name", plan->name);
	printf("%-12s %s\n", "level", level_word((enum level)plan->level));
	printf("%-12s %s\n", "accel", accel_word((enum accel)plan->accel));
	printf("%-12s %u.%u.%u, machine %s\n", "qemu", launch->facts.qemu.major,
	       launch->facts.qemu.minor, launch->facts.qemu.micro, plan->machine);
	print_cpu(plan);
	printf("%-12s %u MiB\n", "memory", plan->memory_mib);
	if (plan->level > LEVEL_OFF)
		print_policy(plan);
	report_openstack_print(&launch->openstack);
	print_artifacts(launch);
	print_disks(launch);
	report_print_covered(plan);
	measurement_print(&launch->measurement, plan);
	if (launch->measurement.hashes_kernel &&
	    launch->measurement.verifier.verdict == BLOB_VERIFIER_NOT_ENFORCED)
		printf("%-12s %s\n", "",
		       launch->guest.unenforced_kernel_hashes == HASHES_ACCEPT ?
			       "accepted by unenforced_kernel_hashes" :
			       "run refuses it, unless unenforced_kernel_hashes is accept");
	if (launch->is_for_other_host)
		printf("%-12s another machine, as its host facts describe it\n", "host");
}

struct json_object *report_artifacts(const struct launch *launch)
{
	struct json_object *artifacts = json_object_new_object();

	for (size_t i = 0; i < LAUNCH_ARTIFACTS; i++) {
		const struct artifact *artifact = &launch->artifacts[i];
		char hex[2 * ARTIFACT_DIGEST_BYTES + 1];
		struct json_object *row;

		if (artifact->fd < 0)
			continue;
		report_write_hex(hex, artifact->sha256);
		row = json_object_new_object();
		(void)json_object_object_add(
			row, "path",
			json_object_new_string(artifact_path(launch, (enum launch_artifact)i)));
		(void)json_object_object_add(row, "bytes", json_object_new_uint64(artifact->size));
		(void)json_object_object_add(row, "sha256", json_object_new_string(hex));
		(void)json_object_object_add(artifacts,
					     launch_artifact_word((enum launch_artifact)i), row);
	}
	return artifacts;
}

static void add_string(struct json_object *object, const char *key, const char *value)
{
	(void)json_object_object_add(object, key, json_object_new_string(value));
}

static void add_number(struct json_object *object, const char *key, uint64_t value)
{
	(void)json_object_object_add(object, key, json_object_new_uint64(value));
}

void report_add_cpu(struct json_object *object, const struct plan *plan)
{
	char signature[MEASUREMENT_SIGNATURE_SIZE];

	measurement_write_signature(signature, plan->cpu_model);
	add_string(object, "cpu", plan->cpu_model);
	if (signature[0] != '\0')
		add_string(object, "cpu_signature", signature);
	add_number(object, "vcpus", plan->vcpus);
}

static struct json_object *disks_json(const struct launch *launch)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < launch->plan.n_disks; i++) {
		const struct plan_disk *disk = &launch->plan.disks[i];
		struct json_object *row = json_object_new_object();

		add_string(row, "name", disk->serial);
		add_string(row, "path", launch->guest.disks[i].path.text);
		add_string(row, "format", disk_format_word((enum disk_format)disk->format));
		(void)json_object_object_add(row, "read_only",
					     json_object_new_boolean(disk->read_only));
		(void)json_object_array_add(list, row);
	}
	return list;
}

static void add_policy(struct json_object *report, const struct plan *plan)
{
	char words[SNP_POLICY_WORDS_SIZE];
	char number[24];

	(void)snprintf(number, sizeof(number), "0x%" PRIx64, plan->sev.policy);
	add_string(report, "guest_policy", number);
	add_string(report, "guest_policy_words", plan_policy_words(words, plan));
}

struct json_object *report_json(const struct launch *launch)
{
	const struct plan *plan = &launch->plan;
	struct json_object *report = json_object_new_object();
	char version[40];

	(void)snprintf(version, sizeof(version), "%u.%u.%u", launch->facts.qemu.major,
		       launch->facts.qemu.minor, launch->facts.qemu.micro);
	add_string(report, "name", plan->name);
	add_string(report, "level", level_word((enum level)plan->level));
	add_string(report, "accel", accel_word((enum accel)plan->accel));
	add_string(report, "qemu_version", version);
	add_string(report, "machine", plan->machine);
	report_add_cpu(report, plan);
	add_number(report, "memory_mib", plan->memory_mib);
	if (plan->has_cmdline)
		add_string(report, "cmdline", plan->cmdline);
	add_string(report, "firmware_mapping",
		   plan->firmware_mapping == FIRMWARE_BIOS ? "bios" : "pflash");
	if (plan->level > LEVEL_OFF)
		add_policy(report, plan);
	report_openstack_add(report, &launch->openstack);
	(void)json_object_object_add(report, "artifacts", report_artifacts(launch));
	(void)json_object_object_add(report, "disks", disks_json(launch));
	report_add_covered(report, plan);
	if (launch->measurement.type != 0)
		(void)json_object_object_add(report, "measurement",
					     measurement_json(&launch->measurement, plan));
	(void)json_object_object_add(report, "for_other_host",
				     json_object_new_boolean(launch->is_for_other_host));
	return report;
}
