// SPDX-License-Identifier: Apache-2.0
// Looks for firmware by name: the front lists no directories, and what it could open for that would
// be worth more to an attacker than a descriptor of an unknown name is to its user.

#include "cli/firmware_installed.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "cli/firmware.h"
#include "cli/result.h"
#include "cli/text_file.h"
#include "policy/json_file.h"

#define DESCRIPTOR_PATH_SIZE 256

static const char *const directories[] = { "/etc/qemu/firmware", "/usr/share/qemu/firmware" };

// Of Debian and Ubuntu, Fedora and its kin, Arch, and QEMU itself.
static const char *const names[] = {
	"60-edk2-x86_64-amdsev.json",
	"60-edk2-ovmf-x64-amdsev.json",
	"61-edk2-ovmf-x64-amdsev.json",
	"60-edk2-x86_64.json",
	"50-edk2-x86_64-secure.json",
	"40-edk2-x86_64-secure-enrolled.json",
	"60-edk2-ovmf-x64.json",
	"50-edk2-ovmf-x64-nosb.json",
	"51-edk2-ovmf-2m-raw-x64-nosb.json",
	"50-edk2-ovmf-4m-qcow2-x64-nosb.json",
	"50-edk2-ovmf-x64-sb.json",
	"40-edk2-ovmf-x64-sb.json",
	"41-edk2-ovmf-2m-raw-x64-sb.json",
	"40-edk2-ovmf-4m-qcow2-x64-sb.json",
	"60-edk2-ovmf-x86_64-4m.json",
	"50-edk2-ovmf-x86_64-secure-4m.json",
};

// A member that is a string, or NULL.
static const char *string_member(struct json_object *object, const char *key)
{
	struct json_object *member = json_object_object_get(object, key);

	return json_object_is_type(member, json_type_string) ? json_object_get_string(member) :
							       NULL;
}

// Flash has the code in a file of its own beside that of the variables.
static const char *image_path(struct json_object *mapping)
{
	struct json_object *executable = json_object_object_get(mapping, "executable");

	return string_member(mapping, "filename") ?: string_member(executable, "filename");
}

// The strings of its list; what is no string there says nothing.
static struct json_object *features_of(struct json_object *descriptor)
{
	struct json_object *features = json_object_object_get(descriptor, "features");
	struct json_object *list = json_object_new_array();
	size_t n = json_object_is_type(features, json_type_array) ?
			   json_object_array_length(features) :
			   0;

	for (size_t i = 0; i < n; i++) {
		struct json_object *feature = json_object_array_get_idx(features, i);

		if (json_object_is_type(feature, json_type_string))
			(void)json_object_array_add(list, json_object_get(feature));
	}
	return list;
}

// The array of an image; made when the image is new.
static struct json_object *claims_of(struct json_object *images, const char *path)
{
	struct json_object *claims;

	if (json_object_object_get_ex(images, path, &claims))
		return claims;
	claims = json_object_new_array();
	result_add_object(images, path, claims);
	return claims;
}

static void take_descriptor(struct json_object *images, const char *path,
			    struct json_object *descriptor)
{
	struct json_object *mapping = json_object_object_get(descriptor, "mapping");
	const char *image = image_path(mapping);
	struct json_object *claim;

	if (image == NULL) {
		log_warning("firmware descriptor '%s': names no image", path);
		return;
	}
	claim = json_object_new_object();
	result_add(claim, "descriptor", path);
	result_add(claim, "device", string_member(mapping, "device") ?: "unknown");
	result_add_object(claim, "features", features_of(descriptor));
	(void)json_object_array_add(claims_of(images, image), claim);
}

static void read_descriptor(struct json_object *images, const char *path, struct client *client)
{
	AUTO(text_file) struct text_file text = { 0 };
	AUTO(json) struct json_object *descriptor = NULL;
	AUTO(fd) int fd = -1;
	struct err err;

	if (client_open(client, OPEN_ARTIFACT, path, &fd, &err) < 0) {
		if (err.errnum != ENOENT)
			log_warning("%s", err.text);
		return;
	}
	if (text_file_read(&text, fd, JSON_FILE_BYTES_MAX + 1, &err) < 0 ||
	    json_file_parse(text.bytes, text.len, &json_file_limits, &descriptor, NULL, &err) < 0)
		log_warning("firmware descriptor '%s': %s", path, err.text);
	else
		take_descriptor(images, path, descriptor);
}

static void add_candidates(struct json_object *images, enum firmware_mapping mapping)
{
	for (const char *const *path = firmware_candidates(mapping, false); *path != NULL; path++)
		(void)claims_of(images, *path);
}

struct json_object *firmware_installed(struct client *client)
{
	struct json_object *images = json_object_new_object();
	char path[DESCRIPTOR_PATH_SIZE];

	add_candidates(images, FIRMWARE_BIOS);
	add_candidates(images, FIRMWARE_PFLASH);
	for (size_t i = 0; i < ARRAY_LEN(directories); i++)
		for (size_t j = 0; j < ARRAY_LEN(names); j++) {
			(void)snprintf(path, sizeof(path), "%s/%s", directories[i], names[j]);
			read_descriptor(images, path, client);
		}
	return images;
}

static bool has_feature(struct json_object *claim, const char *name)
{
	struct json_object *features = json_object_object_get(claim, "features");

	for (size_t i = 0; i < json_object_array_length(features); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(features, i)), name) ==
		    0)
			return true;
	return false;
}

int firmware_check_smm(struct json_object *installed, const char *path, struct err *err)
{
	struct json_object *claims = json_object_object_get(installed, path);
	size_t n = claims == NULL ? 0 : json_object_array_length(claims);

	*err = (struct err){ 0 };
	for (size_t i = 0; i < n; i++) {
		struct json_object *claim = json_object_array_get_idx(claims, i);

		if (has_feature(claim, "requires-smm"))
			return err_set(err, ERR_INPUT,
				       "it requires SMM, which guests do not have here, and hangs "
				       "without a word: its descriptor '%s' says so",
				       string_member(claim, "descriptor"));
	}
	return 0;
}
