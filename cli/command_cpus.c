// SPDX-License-Identifier: Apache-2.0
// snplaunch cpus: the CPU models of a QEMU, and what each is good for.

#include <stdio.h>

#include "base/text.h"
#include "base/text_escape.h"
#include "cli/command.h"
#include "cli/launch.h"
#include "cli/measurement.h"
#include "measure/cpu_signatures.h"
#include "qmp/json.h"

const struct command_option cpus_options[] = {
	{ "--qemu", "PATH", "QEMU binary, one that the host policy lists" },
	{ NULL, NULL, NULL },
};

static bool is_for_sev(const struct host_cpu_model *model)
{
	const struct cpu_model *known = cpu_model_find(model->name);

	return known != NULL && cpu_model_is_epyc(known);
}

static void print_model(const struct host_cpu_model *model)
{
	char signature[MEASUREMENT_SIGNATURE_SIZE];

	measurement_write_signature(signature, model->name);
	printf("%-28s %-11s %-4s %s%s", TEXT_SHOW(model->name),
	       signature[0] != '\0' ? signature : "-", is_for_sev(model) ? "yes" : "no",
	       model->runnable ? "runs" : "lacks ", TEXT_SHOW(model->unavailable));
	if (model->alias_of[0] != '\0')
		printf("; alias of %s", TEXT_SHOW(model->alias_of));
	puts(model->deprecated ? "; deprecated" : "");
}

static void print_models(const struct launch *launch)
{
	const struct host_qemu *qemu = &launch->facts.qemu;

	printf("QEMU %u.%u.%u, %s%s\n\n", qemu->major, qemu->minor, qemu->micro,
	       qemu->kvm_usable ? "with KVM" : "with TCG, because KVM is not usable",
	       launch->is_for_other_host ? ", on another machine" : "");
	printf("%-28s %-11s %-4s %s\n", "model", "signature", "sev", "here");
	for (size_t i = 0; i < qemu->n_cpu_models; i++)
		print_model(&qemu->cpu_models[i]);
}

static void add_text(struct json_object *object, const char *key, const char *text)
{
	(void)json_object_object_add(object, key,
				     text[0] != '\0' ? json_object_new_string(text) : NULL);
}

static struct json_object *model_json(const struct host_cpu_model *model)
{
	struct json_object *row = json_object_new_object();
	char signature[MEASUREMENT_SIGNATURE_SIZE];

	measurement_write_signature(signature, model->name);
	add_text(row, "name", model->name);
	add_text(row, "alias_of", model->alias_of);
	add_text(row, "signature", signature);
	(void)json_object_object_add(row, "sev", json_object_new_boolean(is_for_sev(model)));
	(void)json_object_object_add(row, "runs", json_object_new_boolean(model->runnable));
	add_text(row, "unavailable", model->unavailable);
	(void)json_object_object_add(row, "deprecated", json_object_new_boolean(model->deprecated));
	return row;
}

static void print_json(const struct launch *launch)
{
	const struct host_qemu *qemu = &launch->facts.qemu;
	AUTO(json) struct json_object *object = json_object_new_object();
	struct json_object *models = json_object_new_array();
	char version[40];

	(void)snprintf(version, sizeof(version), "%u.%u.%u", qemu->major, qemu->minor, qemu->micro);
	for (size_t i = 0; i < qemu->n_cpu_models; i++)
		(void)json_object_array_add(models, model_json(&qemu->cpu_models[i]));
	add_text(object, "qemu_version", version);
	add_text(object, "accel", qemu->kvm_usable ? "kvm" : "tcg");
	(void)json_object_object_add(object, "for_other_host",
				     json_object_new_boolean(launch->is_for_other_host));
	(void)json_object_object_add(object, "models", models);
	puts(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PRETTY |
							    JSON_C_TO_STRING_NOSLASHESCAPE));
}

static int read_facts(struct launch *launch, const struct options *options, struct client *client,
		      struct err *err)
{
	const char *qemu = options_value(options, "--qemu");

	if (qemu != NULL &&
	    text_copy_field(launch->guest.qemu.text, sizeof(launch->guest.qemu.text), qemu) < 0)
		return err_set(err, ERR_USAGE, "option '--qemu': the path has more than %zu bytes",
			       sizeof(launch->guest.qemu.text) - 1);
	return launch_facts(launch, options, false, client, err);
}

int command_cpus(const struct options *options, struct client *client)
{
	AUTO(launch) struct launch *launch = launch_new();
	struct err err;

	if (read_facts(launch, options, client, &err) < 0)
		return command_fail(&err);
	if (options->json_wanted)
		print_json(launch);
	else
		print_models(launch);
	if (fflush(stdout) != 0) {
		(void)err_sys(&err, "cannot write to standard output");
		return command_fail(&err);
	}
	return 0;
}
