// SPDX-License-Identifier: Apache-2.0
// Part of stage 4 of a launch: the firmware that is named, or the best of the usual ones.

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "cli/firmware.h"
#include "cli/firmware_installed.h"
#include "cli/launch.h"
#include "policy/json_file.h"

// An image, and what the launch would measure with it.
struct candidate {
	const char *path; // NULL: none. Borrowed
	struct artifact image;
	struct measurement measurement;
};

static void candidate_release(struct candidate *candidate)
{
	artifact_release(&candidate->image);
	*candidate = (struct candidate){ .image.fd = -1 };
}

DEFINE_AUTO(candidate, struct candidate, candidate_release);

static int open_image(struct artifact *image, const struct launch *launch, const char *path,
		      struct client *client, struct err *err)
{
	AUTO(fd) int fd = -1;

	if (client_open(client, OPEN_FIRMWARE, path, &fd, err) < 0)
		return err_context(err, "firmware");
	if (artifact_copy(image, fd, "firmware", FIRMWARE_BYTES_MAX, err) < 0)
		return err_context(err, "'%s'", path);
	if (firmware_check(image, (enum firmware_mapping)launch->plan.firmware_mapping, err) < 0)
		return err_context(err, "firmware '%s'", path);
	return 0;
}

static int check_smm(struct json_object *installed, const char *path, struct err *err)
{
	return firmware_check_smm(installed, path, err) < 0 ?
		       err_context(err, "firmware '%s'", path) :
		       0;
}

// Descriptors are about what distributions install. Where root's policy lists directories, that list
// says which images are for guests.
static void warn_of_smm(const char *path, struct client *client)
{
	AUTO(json) struct json_object *installed = NULL;
	struct err err;

	if (strncmp(path, "/usr/", strlen("/usr/")) != 0 ||
	    client->policy.n_artifact_directories > 0)
		return;
	installed = firmware_installed(client);
	if (check_smm(installed, path, &err) < 0)
		log_warning("%s", err.text);
}

static int take_named(struct launch *launch, struct client *client, struct err *err)
{
	AUTO(mem) char *path = launch_path(launch, &launch->guest.firmware);

	memcpy(launch->firmware_path, path, strnlen(path, sizeof(launch->firmware_path) - 1));
	if (open_image(&launch->artifacts[LAUNCH_FIRMWARE], launch, path, client, err) < 0)
		return -1;
	warn_of_smm(path, client);
	return 0;
}

static int try_image(struct candidate *candidate, const struct launch *launch, const char *path,
		     struct client *client, struct err *err)
{
	candidate->path = path;
	if (open_image(&candidate->image, launch, path, client, err) < 0)
		return -1;
	if (launch_measure_firmware(&candidate->measurement, launch, &candidate->image, err) < 0)
		return err->kind == ERR_INPUT ? err_context(err, "firmware '%s'", path) : -1;
	return 0;
}

static bool is_best(const struct candidate *candidate)
{
	return !candidate->measurement.hashes_kernel ||
	       candidate->measurement.verifier.verdict == BLOB_VERIFIER_ENFORCED;
}

static void take_candidate(struct launch *launch, struct candidate *candidate)
{
	memcpy(launch->firmware_path, candidate->path, strlen(candidate->path) + 1);
	launch->artifacts[LAUNCH_FIRMWARE] = candidate->image;
	launch->measurement = candidate->measurement;
	candidate->image.fd = -1; // the launch's now
}

static int fail_without(const struct launch *launch, const char *first, const struct err *last,
			struct err *err)
{
	const char *level = level_word(launch->guest.level);

	if (last->kind == ERR_NONE)
		return err_set(
			err, ERR_INPUT,
			"there is no firmware for level '%s' at '%s' or the other usual places: "
			"install ovmf, or name an image with --firmware",
			level, first);
	*err = *last;
	return err_context(err,
			   "no firmware at the usual places fits level '%s'%s, so name one "
			   "with --firmware",
			   level, launch->plan.sev.kernel_hashes ? " with kernel hashes" : "");
}

// A mistake that another image could not mend, unlike one that is missing or does not fit.
static bool is_fatal(const struct err *err)
{
	return err->kind != ERR_INPUT && err->kind != ERR_REFUSED;
}

static int open_again(const struct launch *launch, struct client *client, struct err *err)
{
	AUTO(fd) int fd = -1;

	return client_open(client, OPEN_FIRMWARE, launch->firmware_path, &fd, err) < 0 ?
		       err_context(err, "firmware") :
		       0;
}

static int take_preset(struct launch *launch, struct client *client, struct err *err)
{
	const char *const *paths =
		firmware_candidates(launch->plan.firmware_mapping, launch->plan.sev.kernel_hashes);
	AUTO(candidate) struct candidate second = { .image.fd = -1 };
	AUTO(json) struct json_object *installed = firmware_installed(client);
	struct err last = { 0 }; // why the last of those that are there does not fit

	for (size_t i = 0; paths[i] != NULL; i++) {
		AUTO(candidate) struct candidate candidate = { .image.fd = -1 };

		if (try_image(&candidate, launch, paths[i], client, err) < 0 ||
		    check_smm(installed, paths[i], err) < 0) {
			if (is_fatal(err))
				return -1;
			log_debug("%s", err->text);
			if (err->errnum != ENOENT && err->errnum != ENOTDIR)
				last = *err;
			continue;
		}
		if (is_best(&candidate)) {
			take_candidate(launch, &candidate);
			return 0;
		}
		if (second.path == NULL) {
			second = candidate;
			candidate.image.fd = -1;
		}
	}
	if (second.path == NULL)
		return fail_without(launch, paths[0], &last, err);
	take_candidate(launch, &second);
	// The launcher has kept another one, which its judge would compare with this.
	return open_again(launch, client, err);
}

int launch_take_firmware(struct launch *launch, struct client *client, struct err *err)
{
	return launch->guest.firmware.text[0] != '\0' ? take_named(launch, client, err) :
							take_preset(launch, client, err);
}

int launch_open_firmware(struct launch *launch, enum firmware_mapping mapping,
			 struct client *client, int *out_fd, struct err *err)
{
	const char *const *paths = firmware_candidates(mapping, launch->plan.sev.kernel_hashes);
	struct err nothing = { 0 };

	if (launch->guest.firmware.text[0] != '\0') {
		AUTO(mem) char *path = launch_path(launch, &launch->guest.firmware);

		memcpy(launch->firmware_path, path,
		       strnlen(path, sizeof(launch->firmware_path) - 1));
		return client_open(client, OPEN_ARTIFACT, path, out_fd, err);
	}
	for (size_t i = 0; paths[i] != NULL; i++) {
		if (client_open(client, OPEN_ARTIFACT, paths[i], out_fd, err) == 0) {
			memcpy(launch->firmware_path, paths[i], strlen(paths[i]) + 1);
			return 0;
		}
		if (err->kind == ERR_BUG)
			return -1;
	}
	return fail_without(launch, paths[0], &nothing, err);
}
