/* SPDX-License-Identifier: Apache-2.0 */
/* What the owner of a SEV or SEV-ES guest does, on a machine of the owner's. */
#ifndef SNPLAUNCH_CLI_SEV_OWNER_H
#define SNPLAUNCH_CLI_SEV_OWNER_H

#include <json-c/json.h>
#include <stdint.h>

#include "cli/command.h"
#include "cli/text_file.h"
#include "measure/sev_owner_keys.h"
#include "measure/sha.h"

#define SEV_OWNER_HEX_SIZE (2 * SHA256_BYTES + 1)

/* Makes the session of a launch and its keys. */
int sev_owner_session(const struct options *options, struct client *client,
		      struct err *err) MUST_CHECK;

/* Verifies the measurement of a launch. */
int sev_owner_verify(const struct options *options, struct client *client,
		     struct err *err) MUST_CHECK;

/* Verifies it, and seals a secret for that launch. */
int sev_owner_secret(const struct options *options, struct client *client,
		     struct err *err) MUST_CHECK;

/* Reads the input that an option names, of at most 'len_max' bytes and one to see that it is more. */
int sev_owner_read_file(struct text_file *file, const char *path, size_t len_max,
			struct client *client, struct err *err) MUST_CHECK;

/* Reads a file of an owner's keys. */
int sev_owner_read_keys(struct sev_owner_keys *keys, const char *path, struct client *client,
			struct err *err) MUST_CHECK;

/* Reads the SHA-256 that the option of that name, which is given, has as its value. */
int sev_owner_read_digest(uint8_t digest[static SHA256_BYTES], const struct options *options,
			  const char *option, struct err *err) MUST_CHECK;

/* Reads the number that the option of that name, which is given, has as its value. */
int sev_owner_read_number(uint32_t *number, const struct options *options, const char *option,
			  uint32_t max, struct err *err) MUST_CHECK;

char *sev_owner_hex(char out[static SEV_OWNER_HEX_SIZE], const uint8_t digest[static SHA256_BYTES]);

/* Adds a member, of which the object becomes the owner. */
void sev_owner_add(struct json_object *object, const char *key, struct json_object *value);

/* A policy as text: "0x5". */
#define SEV_OWNER_POLICY_SIZE 11
char *sev_owner_policy_text(char out[static SEV_OWNER_POLICY_SIZE], uint32_t policy);

void sev_owner_print_json(struct json_object *object);

/* A text_file that is wiped at its end. */
void sev_owner_secret_file_release(struct text_file *file);
DEFINE_AUTO(secret_file, struct text_file, sev_owner_secret_file_release);

#endif
