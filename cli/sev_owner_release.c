// SPDX-License-Identifier: Apache-2.0
// snplaunch sev-owner verify and secret: while the launch waits, whether it is the owner's guest,
// and only then a secret for it.

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text_escape.h"
#include "base/text_number.h"
#include "cli/new_file.h"
#include "cli/sev_owner.h"
#include "measure/sev_measurement.h"
#include "measure/sev_secret.h"
#include "policy/json_file.h"

// What the host says of a launch, and what the owner knows.
struct claim {
	struct sev_owner_keys keys;
	struct sev_measurement measurement;
	struct sev_firmware_version version;
	uint8_t digest[SHA256_BYTES];
};

static void claim_release(struct claim *claim)
{
	sev_owner_keys_release(&claim->keys);
}
DEFINE_AUTO(claim, struct claim, claim_release);

// --- Reading -----------------------------------------------------------------------------------

int sev_owner_read_keys(struct sev_owner_keys *keys, const char *path, struct client *client,
			struct err *err)
{
	AUTO(secret_file) struct text_file file = { 0 };

	if (sev_owner_read_file(&file, path, SEV_OWNER_KEYS_TEXT_SIZE, client, err) < 0)
		return -1;
	if (sev_owner_keys_decode(keys, file.bytes, file.len, err) < 0)
		return err_context(err, "keys '%s'", TEXT_SHOW(path));
	return 0;
}

static int read_keys(struct sev_owner_keys *keys, const struct options *options,
		     struct client *client, struct err *err)
{
	const char *path = options_value(options, "--keys");
	uint32_t policy;

	if (sev_owner_read_keys(keys, path, client, err) < 0)
		return -1;
	if (options_value(options, "--policy") == NULL)
		return 0;
	if (sev_owner_read_number(&policy, options, "--policy", UINT32_MAX, err) < 0)
		return -1;
	if (policy != keys->policy)
		return err_set(err, ERR_USAGE,
			       "keys '%s': they are for policy 0x%" PRIx32 ", not 0x%" PRIx32,
			       TEXT_SHOW(path), keys->policy, policy);
	return 0;
}

// "1.55"
static int read_api(struct sev_firmware_version *version, const char *text, struct err *err)
{
	const char *point = strchr(text, '.');
	size_t major_len = point == NULL ? 0 : (size_t)(point - text);
	char major_text[4] = "";
	uint64_t major;
	uint64_t minor;

	if (major_len < sizeof(major_text))
		memcpy(major_text, text, major_len);
	if (point == NULL || text_parse_u64(major_text, &major) < 0 ||
	    text_parse_u64(point + 1, &minor) < 0 || major > UINT8_MAX || minor > UINT8_MAX)
		return err_set(err, ERR_USAGE,
			       "option '--api': must be two numbers such as 1.55, not '%s'",
			       TEXT_SHOW(text));
	version->api_major = (uint8_t)major;
	version->api_minor = (uint8_t)minor;
	return 0;
}

static int read_claim(struct claim *claim, const struct options *options, struct client *client,
		      struct err *err)
{
	uint32_t build;

	if (read_api(&claim->version, options_value(options, "--api"), err) < 0 ||
	    sev_owner_read_number(&build, options, "--build", UINT8_MAX, err) < 0 ||
	    sev_owner_read_digest(claim->digest, options, "--digest", err) < 0)
		return -1;
	claim->version.build = (uint8_t)build;
	if (sev_measurement_read(&claim->measurement, options_value(options, "--measurement"),
				 err) < 0)
		return err_context(err, "option '--measurement'");
	return read_keys(&claim->keys, options, client, err);
}

// --- Verifying ---------------------------------------------------------------------------------

static int verify(const struct claim *claim, struct err *err)
{
	return sev_measurement_verify(&claim->measurement, &claim->keys, &claim->version,
				      claim->digest, err);
}

static struct json_object *claim_json(const struct claim *claim, bool is_verified)
{
	struct json_object *object = json_object_new_object();
	char digest[SEV_OWNER_HEX_SIZE];
	char policy[SEV_OWNER_POLICY_SIZE];
	char version[12];

	(void)snprintf(version, sizeof(version), "%u.%u.%u", claim->version.api_major,
		       claim->version.api_minor, claim->version.build);
	sev_owner_add(object, "verified", json_object_new_boolean(is_verified));
	sev_owner_add(object, "digest",
		      json_object_new_string(sev_owner_hex(digest, claim->digest)));
	sev_owner_add(object, "policy",
		      json_object_new_string(sev_owner_policy_text(policy, claim->keys.policy)));
	sev_owner_add(object, "firmware", json_object_new_string(version));
	return object;
}

static void print_verified(const struct claim *claim)
{
	char digest[SEV_OWNER_HEX_SIZE];
	char policy[SEV_OWNER_POLICY_SIZE];

	printf("%-12s %s\n", "measurement", "verified");
	printf("%-12s %s\n", "digest", sev_owner_hex(digest, claim->digest));
	printf("%-12s %s\n", "policy", sev_owner_policy_text(policy, claim->keys.policy));
	printf("%-12s %u.%u.%u\n", "firmware", claim->version.api_major, claim->version.api_minor,
	       claim->version.build);
}

int sev_owner_verify(const struct options *options, struct client *client, struct err *err)
{
	AUTO(claim) struct claim claim = { 0 };
	int verdict;

	if (read_claim(&claim, options, client, err) < 0)
		return -1;
	verdict = verify(&claim, err);
	if (verdict < 0 && err->kind != ERR_VERDICT)
		return -1;
	if (options->json_wanted) {
		AUTO(json) struct json_object *object = claim_json(&claim, verdict == 0);

		sev_owner_print_json(object);
	} else if (verdict == 0) {
		print_verified(&claim);
	}
	return verdict;
}

// --- Secrets -----------------------------------------------------------------------------------

static int read_secret(struct sev_secret *secret, const struct options *options,
		       struct client *client, struct err *err)
{
	AUTO(secret_file) struct text_file file = { 0 };
	const char *path = options_value(options, "--secret");
	const char *guid_text = options_value(options, "--guid");
	bool is_raw = options_value(options, "--raw") != NULL;
	struct efi_guid guid;
	int status;

	if (is_raw && guid_text != NULL)
		return err_set(err, ERR_USAGE,
			       "options '--raw' and '--guid' contradict each other");
	if (sev_secret_guid_read(&guid, guid_text != NULL ? guid_text : SEV_SECRET_DISK_KEY, err) <
	    0)
		return err_context(err, "option '--guid'");
	if (sev_owner_read_file(&file, path, SEV_SECRET_BYTES_MAX, client, err) < 0)
		return -1;
	status = is_raw ? sev_secret_raw(secret, file.bytes, file.len, err) :
			  sev_secret_table(secret, &guid, file.bytes, file.len, err);
	return status < 0 ? err_context(err, "secret '%s'", TEXT_SHOW(path)) : 0;
}

static int write_packet(const struct sev_secret_packet *packet, const struct options *options,
			struct client *client, struct err *err)
{
	AUTO(new_file)
	struct new_file header = { options_value(options, "--header-output"), false, -1 };
	AUTO(new_file)
	struct new_file payload = { options_value(options, "--payload-output"), false, -1 };

	if (new_file_open(&header, client, err) < 0 || new_file_open(&payload, client, err) < 0 ||
	    new_file_write_base64(&header, packet->header, sizeof(packet->header), err) < 0)
		return -1;
	return new_file_write_base64(&payload, packet->payload, packet->len, err);
}

static void print_packet(const struct claim *claim, const struct sev_secret_packet *packet,
			 const struct options *options)
{
	if (options->json_wanted) {
		AUTO(json) struct json_object *object = claim_json(claim, true);

		sev_owner_add(object, "payload_bytes", json_object_new_uint64(packet->len));
		sev_owner_print_json(object);
		return;
	}
	print_verified(claim);
	printf("%-12s %s\n", "header", TEXT_SHOW(options_value(options, "--header-output")));
	printf("%-12s %s, %zu bytes for the guest\n", "payload",
	       TEXT_SHOW(options_value(options, "--payload-output")), packet->len);
}

int sev_owner_secret(const struct options *options, struct client *client, struct err *err)
{
	AUTO(mem) struct sev_secret_packet *packet = mem_zeroed(1, sizeof(*packet));
	AUTO(sev_secret) struct sev_secret secret = { 0 };
	AUTO(claim) struct claim claim = { 0 };

	if (read_claim(&claim, options, client, err) < 0)
		return -1;
	if (verify(&claim, err) < 0)
		return err_context(err, "no secret is sealed");
	if (read_secret(&secret, options, client, err) < 0 ||
	    sev_secret_seal(packet, &secret, &claim.keys, &claim.measurement, err) < 0 ||
	    write_packet(packet, options, client, err) < 0)
		return -1;
	print_packet(&claim, packet, options);
	return 0;
}
