/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware images of this machine, as far as it can be found without listing directories. */
#ifndef SNPLAUNCH_CLI_FIRMWARE_INSTALLED_H
#define SNPLAUNCH_CLI_FIRMWARE_INSTALLED_H

#include <json-c/json.h>

#include "cli/client.h"

/*
 * Reads the descriptors that distributions ship, and returns an object with a member for each image
 * that they, or snplaunch's own list, name: its key is the path, its value an array of what the
 * descriptors say of it (descriptor, device, features). Whether the image is there was not looked
 * at. Owner: caller, json_put().
 * Source of the format: QEMU docs/interop/firmware.json.
 */
struct json_object *firmware_installed(struct client *client);

/*
 * Refuses the image at 'path' if a descriptor among those that firmware_installed() returned says that
 * it requires SMM, which no guest of ours has. Errors: ERR_INPUT; 'err' is empty on success.
 */
int firmware_check_smm(struct json_object *installed, const char *path, struct err *err);

#endif
