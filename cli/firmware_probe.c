// SPDX-License-Identifier: Apache-2.0
// Looks at the installed firmware images as the command 'firmware' does, and keeps the verdicts.

#include "cli/firmware_probe.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "cli/artifact.h"
#include "cli/firmware.h"
#include "cli/firmware_installed.h"
#include "cli/firmware_look.h"
#include "host/probe.h"
#include "qmp/json.h"

static const char *member(struct json_object *object, const char *key)
{
	return json_object_get_string(json_object_object_get(object, key)) ?: "";
}

// An image of which "unknown" is said counts as one that cannot.
static void take_levels(struct host_image *image, struct json_object *look)
{
	struct json_object *levels = json_object_object_get(look, "levels");

	for (size_t i = 0; i < json_object_array_length(levels); i++) {
		struct json_object *row = json_object_array_get_idx(levels, i);

		for (enum host_level level = 0; level < HOST_LEVELS; level++)
			if (strcmp(member(row, "level"), host_level_word(level)) == 0 &&
			    strcmp(member(row, "boots"), "yes") == 0)
				image->levels |= 1U << level;
	}
	image->kernel_hashes =
		strcmp(member(json_object_object_get(look, "kernel_hashes"), "verdict"),
		       "not measured") != 0;
}

static int look_at(struct host_image *image, const char *path, const char *unfit,
		   struct client *client, struct err *err)
{
	AUTO(artifact) struct artifact artifact;
	AUTO(json) struct json_object *look = json_object_new_object();
	AUTO(fd) int fd = -1;

	artifact_init(&artifact);
	if (text_copy_field(image->path, sizeof(image->path), path) < 0)
		return err_set(err, ERR_INPUT, "the path of a firmware image is too long");
	if (client_open(client, OPEN_ARTIFACT, path, &fd, err) < 0 ||
	    artifact_copy(&artifact, fd, "firmware", FIRMWARE_BYTES_MAX, err) < 0 ||
	    firmware_look(look, &artifact, unfit, err) < 0)
		return -1;
	take_levels(image, look);
	return 0;
}

void firmware_probe(struct host_readings *readings, struct client *client)
{
	AUTO(json) struct json_object *installed = firmware_installed(client);

	readings->images_read = true;
	json_object_object_foreach (installed, path, claims) {
		struct host_image image = { .levels = 0 };
		struct err unfit;
		struct err err;

		(void)claims;
		(void)firmware_check_smm(installed, path, &unfit); // its text is all
		if (readings->n_images == HOST_IMAGES_MAX)
			return;
		if (look_at(&image, path, unfit.text, client, &err) == 0)
			readings->images[readings->n_images++] = image;
		else
			log_debug("%s", err.text);
	}
}
