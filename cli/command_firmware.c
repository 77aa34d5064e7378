// SPDX-License-Identifier: Apache-2.0
// snplaunch firmware: what images can do, those named or those installed.

#include <stdio.h>

#include "base/log.h"
#include "base/text_escape.h"
#include "cli/artifact.h"
#include "cli/command.h"
#include "cli/firmware.h"
#include "cli/firmware_installed.h"
#include "cli/firmware_look.h"
#include "cli/result.h"
#include "policy/json_file.h"

// An image to look at, and all that descriptors say of images.
struct subject {
	const char *path;
	enum open_role role;
	struct json_object *installed;
};

static int look_at(struct json_object *images, const struct subject *subject, struct client *client,
		   struct err *err)
{
	AUTO(artifact) struct artifact image;
	AUTO(json) struct json_object *result = json_object_new_object();
	struct json_object *claims = json_object_object_get(subject->installed, subject->path);
	struct err unfit;
	AUTO(fd) int fd = -1;

	(void)firmware_check_smm(subject->installed, subject->path, &unfit); // its text is all
	artifact_init(&image);
	if (client_open(client, subject->role, subject->path, &fd, err) < 0)
		return -1;
	result_add(result, "path", subject->path);
	if (artifact_copy(&image, fd, "firmware", FIRMWARE_BYTES_MAX, err) < 0 ||
	    firmware_look(result, &image, unfit.text, err) < 0)
		return err_context(err, "'%s'", TEXT_SHOW(subject->path));
	if (claims != NULL && json_object_array_length(claims) > 0)
		result_add_object(result, "descriptors", json_object_get(claims));
	(void)json_object_array_add(images, take_ptr(&result));
	return 0;
}

// One image that cannot be read keeps nobody from the others.
static int look_at_named(struct json_object *images, const struct options *options,
			 struct client *client, struct err *err)
{
	AUTO(json) struct json_object *installed = firmware_installed(client);
	size_t n_failed = 0;

	for (size_t i = 0; i < options->n_arguments; i++) {
		const struct subject subject = { options->arguments[i], OPEN_INPUT, installed };

		if (look_at(images, &subject, client, err) == 0)
			continue;
		n_failed++;
		if (options->n_arguments > 1)
			log_error("%s", err->text);
	}
	if (n_failed > 0 && options->n_arguments > 1)
		return err_set(err, err->kind, "%zu of %zu images could not be looked at", n_failed,
			       options->n_arguments);
	return n_failed > 0 ? -1 : 0;
}

// What is not there is left out.
static int look_at_installed(struct json_object *images, struct client *client, struct err *err)
{
	AUTO(json) struct json_object *installed = firmware_installed(client);

	json_object_object_foreach (installed, path, claims) {
		const struct subject subject = { path, OPEN_ARTIFACT, installed };
		struct err why;

		if (look_at(images, &subject, client, &why) < 0 && why.errnum != ENOENT)
			log_warning("%s", why.text);
	}
	if (json_object_array_length(images) == 0)
		return err_set(err, ERR_INPUT,
			       "no firmware is installed where it is looked for: install OVMF (in "
			       "Debian the package ovmf), or name a file");
	return 0;
}

static void print(struct json_object *images, bool json_wanted)
{
	if (json_wanted) {
		result_print_json(images);
		return;
	}
	for (size_t i = 0; i < json_object_array_length(images); i++) {
		fputs(i == 0 ? "" : "\n", stdout);
		result_print_text(json_object_array_get_idx(images, i));
	}
}

int command_firmware(const struct options *options, struct client *client)
{
	AUTO(json) struct json_object *images = json_object_new_array();
	struct err err;
	struct err print_err;
	int done = options->n_arguments > 0 ? look_at_named(images, options, client, &err) :
					      look_at_installed(images, client, &err);

	if (json_object_array_length(images) > 0)
		print(images, options->json_wanted);
	if (result_flush(&print_err) < 0)
		return command_fail(&print_err);
	return done < 0 ? command_fail(&err) : 0;
}
