// SPDX-License-Identifier: Apache-2.0
// Opens what a digest may be of, and tells of the search.

#include "cli/record_match.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/text_escape.h"
#include "base/text_number.h"
#include "cli/digest_search.h"
#include "cli/firmware.h"
#include "cli/launch.h"
#include "cli/record_file.h"

#define FILES_MAX (3 * DIGEST_SEARCH_CHOICES_MAX)
#define FILE_BYTES_MAX ((uint64_t)2048 * 1024 * 1024)

// The files behind the choices.
struct match {
	struct launch *launch;
	struct options options; // with the level that the digest implies
	struct digest_search search;
	size_t n_files;
	char *paths[FILES_MAX];
	struct artifact files[FILES_MAX];
	struct artifact_bytes images[DIGEST_SEARCH_CHOICES_MAX];
};

static void match_release(struct match **match)
{
	for (size_t i = 0; i < DIGEST_SEARCH_CHOICES_MAX; i++)
		artifact_unmap(&(*match)->images[i]);
	for (size_t i = 0; i < (*match)->n_files; i++) {
		artifact_release(&(*match)->files[i]);
		free((*match)->paths[i]);
	}
	launch_free((*match)->launch);
	free((*match)->options.guest_options);
	free(*match);
}

DEFINE_AUTO(match, struct match *, match_release);

// --- The command line ----------------------------------------------------------------------------

static uint8_t digit_value(char digit)
{
	return (uint8_t)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

static int read_digest(struct digest_search *search, const char *text, struct err *err)
{
	size_t len = strspn(text, "0123456789abcdefABCDEF");

	search->digest_len = len / 2;
	if (text[len] != '\0' || len % 2 != 0 ||
	    (search->digest_len != SHA384_BYTES && search->digest_len != SHA256_BYTES))
		return err_set(err, ERR_USAGE,
			       "'%s' is no launch digest: 96 hexadecimal digits at sev-snp, 64 at "
			       "sev and sev-es",
			       TEXT_SHOW(text));
	for (size_t i = 0; i < search->digest_len; i++)
		search->digest[i] =
			(uint8_t)(digit_value(text[2 * i]) << 4 | digit_value(text[2 * i + 1]));
	return 0;
}

static int read_vcpus_max(struct digest_search *search, const char *text, struct err *err)
{
	uint64_t max = PLAN_VCPUS_MAX;

	if (text != NULL && (text_parse_u64(text, &max) < 0 || max < 1 || max > PLAN_VCPUS_MAX))
		return err_set(err, ERR_USAGE, "option '--vcpus-max': must be 1 to %d, not '%s'",
			       PLAN_VCPUS_MAX, TEXT_SHOW(text));
	search->vcpus_max = (uint32_t)max;
	return 0;
}

// A guest without a file has the level of its digest's length, unless it says another one.
static void copy_options(struct match *match, const struct options *options)
{
	size_t n = options->n_guest_options;
	struct options *copy = &match->options;

	*copy = *options;
	copy->guest_file = options->n_arguments > 2 ? options->arguments[2] : NULL;
	copy->guest_options = mem_zeroed(n + 1, sizeof(*copy->guest_options));
	if (copy->guest_file == NULL)
		copy->guest_options[0] = (struct guest_option){
			.key = "level",
			.text = match->search.digest_len == SHA384_BYTES ? "sev-snp" : "sev-es",
		};
	if (n > 0)
		memcpy(copy->guest_options + (copy->guest_file == NULL), options->guest_options,
		       n * sizeof(*copy->guest_options));
	copy->n_guest_options = n + (copy->guest_file == NULL);
}

// --- Files ---------------------------------------------------------------------------------------

static int add_choice(struct search_choices *choices, const struct search_choice *choice,
		      const char *key, struct err *err)
{
	if (choices->n == DIGEST_SEARCH_CHOICES_MAX)
		return err_set(err, ERR_USAGE, "option '--%s': at most %d are tried", key,
			       DIGEST_SEARCH_CHOICES_MAX);
	choices->items[choices->n++] = *choice;
	return 0;
}

// Takes over 'path'.
static int add_file(struct match *match, struct search_choices *choices, char *path,
		    const char *key, struct client *client, struct err *err)
{
	struct artifact *file = &match->files[match->n_files];
	struct search_choice choice = { .name = path, .sha256 = file->sha256 };
	AUTO(fd) int fd = -1;

	if (choices->n == DIGEST_SEARCH_CHOICES_MAX) {
		free(path);
		return err_set(err, ERR_USAGE, "option '--%s': at most %d are tried", key,
			       DIGEST_SEARCH_CHOICES_MAX);
	}
	artifact_init(file);
	match->paths[match->n_files++] = path;
	if (client_open(client, OPEN_ARTIFACT, path, &fd, err) < 0 ||
	    artifact_copy(file, fd, key,
			  choices == &match->search.firmware ? FIRMWARE_BYTES_MAX : FILE_BYTES_MAX,
			  err) < 0)
		return err_context(err, "%s", key);
	if (choices == &match->search.firmware) {
		struct artifact_bytes *image = &match->images[choices->n];

		if (artifact_map(image, file, err) < 0)
			return err_context(err, "%s", key);
		choice.bytes = image->bytes;
		choice.len = image->len;
	}
	return add_choice(choices, &choice, key, err);
}

// The uses of an option, of which a guest knows but the last; without any, the guest file's.
static int add_files(struct match *match, struct search_choices *choices, const char *key,
		     const struct guest_path *from, struct client *client, struct err *err)
{
	const struct options *options = &match->options;

	for (size_t i = 0; i < options->n_guest_options; i++)
		if (strcmp(options->guest_options[i].key, key) == 0 &&
		    add_file(match, choices, mem_must(strdup(options->guest_options[i].text)), key,
			     client, err) < 0)
			return -1;
	if (choices->n > 0 || from->text[0] == '\0')
		return 0;
	return add_file(match, choices, launch_path(match->launch, from), key, client, err);
}

static int add_cmdlines(struct match *match, struct err *err)
{
	const struct options *options = &match->options;
	struct search_choices *choices = &match->search.cmdlines;

	for (size_t i = 0; i < options->n_guest_options; i++) {
		const struct search_choice choice = { .name = options->guest_options[i].text };

		if (strcmp(options->guest_options[i].key, "cmdline") == 0 &&
		    add_choice(choices, &choice, "cmdline", err) < 0)
			return -1;
	}
	if (choices->n == 0 && match->launch->guest.has_cmdline)
		return add_choice(
			choices,
			&(const struct search_choice){ .name = match->launch->guest.cmdline },
			"cmdline", err);
	return 0;
}

static int gather(struct match *match, struct client *client, struct err *err)
{
	const struct guest *guest = &match->launch->guest;
	struct digest_search *search = &match->search;

	search->cpu_signature = guest->cpu_signature;
	search->has_vmsa_features = guest->has_vmsa_features;
	search->vmsa_features = guest->vmsa_features;
	if (add_files(match, &search->firmware, "firmware", &guest->firmware, client, err) < 0 ||
	    add_files(match, &search->kernels, "kernel", &guest->kernel, client, err) < 0 ||
	    add_files(match, &search->initrds, "initrd", &guest->initrd, client, err) < 0 ||
	    add_cmdlines(match, err) < 0)
		return -1;
	if (search->firmware.n == 0)
		return err_set(err, ERR_USAGE,
			       "a digest always covers firmware: name one or several with "
			       "--firmware");
	return 0;
}

// --- What was found ------------------------------------------------------------------------------

static void add_text(struct json_object *object, const char *key, const char *text)
{
	(void)json_object_object_add(object, key,
				     text == NULL ? NULL : json_object_new_string(text));
}

static void add_number(struct json_object *object, const char *key, uint64_t number)
{
	(void)json_object_object_add(object, key, json_object_new_uint64(number));
}

static void add_hexadecimal(struct json_object *object, const char *key, int width, uint64_t number)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "0x%0*" PRIx64, width, number);
	add_text(object, key, text);
}

static struct json_object *launch_json(const struct digest_found *found)
{
	struct json_object *launch = json_object_new_object();

	add_text(launch, "type", measurement_type_word(found->type));
	add_text(launch, "firmware", found->firmware);
	add_text(launch, "kernel", found->kernel);
	add_text(launch, "initrd", found->initrd);
	add_text(launch, "cmdline", found->cmdline);
	if (found->vcpus != 0) {
		add_number(launch, "vcpus", found->vcpus);
		add_hexadecimal(launch, "cpu_signature", 8, found->cpu_signature);
		add_hexadecimal(launch, "vmsa_features", 1, found->vmsa_features);
	}
	return launch;
}

// How far it searched, so that "not found" says what was not.
static struct json_object *searched_json(const struct digest_search *search,
					 const struct digest_found *found)
{
	struct json_object *searched = json_object_new_object();

	add_number(searched, "digests", found->n_tried);
	add_number(searched, "skipped", found->n_skipped);
	add_number(searched, "firmware", search->firmware.n);
	add_number(searched, "kernels", search->kernels.n);
	add_number(searched, "initrds", search->initrds.n);
	add_number(searched, "cmdlines", search->cmdlines.n);
	add_number(searched, "vcpus_max", search->vcpus_max);
	add_number(searched, "cpu_signatures", digest_search_signatures(search));
	add_number(searched, "vmsa_features", digest_search_features(search));
	return searched;
}

static struct json_object *skipped_json(const struct digest_found *found)
{
	struct json_object *skipped = json_object_new_array();

	for (size_t i = 0; i < found->n_skips; i++) {
		struct json_object *skip = json_object_new_object();

		add_text(skip, "firmware", found->skips[i].firmware);
		add_text(skip, "reason", found->skips[i].reason);
		(void)json_object_array_add(skipped, skip);
	}
	return skipped;
}

// Where no image has a digest of this length there is no verdict.
static int check_tried(const struct digest_found *found, struct err *err)
{
	const struct search_skip *skip = &found->skips[0];

	if (found->n_tried > 0 || found->n_skips == 0)
		return 0;
	return err_set(err, ERR_INPUT, "no launch could be tried: firmware '%s': %s%s",
		       TEXT_SHOW(skip->firmware), skip->reason,
		       found->n_skips > 1 ? "; and more" : "");
}

int record_match(struct json_object **result, const struct options *options, struct client *client,
		 struct err *err)
{
	AUTO(match) struct match *match = mem_zeroed(1, sizeof(*match));
	struct digest_found found;

	match->launch = launch_new();
	if (read_digest(&match->search, options->arguments[1], err) < 0 ||
	    read_vcpus_max(&match->search, options_value(options, "--vcpus-max"), err) < 0)
		return -1;
	copy_options(match, options);
	if (launch_read(match->launch, &match->options, client, err) < 0 ||
	    gather(match, client, err) < 0)
		return -1;
	digest_search(&found, &match->search);
	if (check_tried(&found, err) < 0)
		return -1;
	*result = json_object_new_object();
	(void)json_object_object_add(*result, "found", json_object_new_boolean(found.is_found));
	if (found.is_found)
		(void)json_object_object_add(*result, "launch", launch_json(&found));
	(void)json_object_object_add(*result, "searched", searched_json(&match->search, &found));
	(void)json_object_object_add(*result, "skipped", skipped_json(&found));
	return 0;
}

static void print_launch(struct json_object *launch)
{
	static const char *const keys[] = {
		"type",	   "firmware", "kernel",	"initrd",
		"cmdline", "vcpus",    "cpu_signature", "vmsa_features"
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const char *text = record_file_text(launch, keys[i]);

		if (text != NULL)
			printf("%-14s %s\n", keys[i], TEXT_SHOW(text));
	}
}

static void print_skipped(struct json_object *skipped)
{
	for (size_t i = 0; i < json_object_array_length(skipped); i++) {
		struct json_object *skip = json_object_array_get_idx(skipped, i);

		printf("%-14s %s: %s\n", i == 0 ? "skipped" : "",
		       TEXT_SHOW(record_file_text(skip, "firmware")),
		       record_file_text(skip, "reason"));
	}
}

void record_match_print(struct json_object *result)
{
	struct json_object *searched = record_file_find(result, "searched");

	print_launch(record_file_find(result, "launch"));
	printf("%-14s %s digests: 1 to %s vCPUs, %s CPU signatures, %s values of SEV features\n",
	       "searched", record_file_text(searched, "digests"),
	       record_file_text(searched, "vcpus_max"),
	       record_file_text(searched, "cpu_signatures"),
	       record_file_text(searched, "vmsa_features"));
	printf("%-14s with firmware images: %s, kernels: %s, initrds: %s, command lines: %s\n", "",
	       record_file_text(searched, "firmware"), record_file_text(searched, "kernels"),
	       record_file_text(searched, "initrds"), record_file_text(searched, "cmdlines"));
	print_skipped(record_file_find(result, "skipped"));
}
