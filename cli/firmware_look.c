// SPDX-License-Identifier: Apache-2.0
// Describes a firmware image: its parts, the levels that it can boot, and whether it checks a kernel.

#include "cli/firmware_look.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "cli/firmware.h"
#include "cli/result.h"
#include "measure/blob_verifier.h"
#include "measure/launch_digest.h"
#include "measure/ovmf.h"

#define QCOW2_MAGIC "QFI\xfb"
#define REASONS_SIZE ((size_t)2 * ERR_TEXT_MAX + 16) // and what joins them

struct look {
	const struct artifact *image;
	const uint8_t *bytes;
	const char *unfit; // what else is known against it, or empty
	struct ovmf ovmf;
};

// --- Parts ---------------------------------------------------------------------------------------

static const char *const state_words[] = {
	[OVMF_ABSENT] = "absent",
	[OVMF_PRESENT] = "present",
	[OVMF_MALFORMED] = "malformed",
};

// Owner: caller.
static struct json_object *part_json(const struct ovmf_part *part)
{
	struct json_object *object = json_object_new_object();

	result_add(object, "state", state_words[part->state]);
	if (part->reason[0] != '\0')
		result_add(object, "reason", part->reason);
	return object;
}

static void add_area(struct json_object *result, const char *key, const struct ovmf_area *area)
{
	struct json_object *object = part_json(&area->part);

	if (area->part.state == OVMF_PRESENT) {
		result_add_hex(object, "address", area->base);
		result_add_number(object, "bytes", area->size);
	}
	result_add_object(result, key, object);
}

static void add_reset_block(struct json_object *result, const struct ovmf_reset *reset)
{
	struct json_object *object = part_json(&reset->part);

	if (reset->part.state == OVMF_PRESENT)
		result_add_hex(object, "address", reset->address);
	result_add_object(result, "reset_block", object);
}

static void add_sections(struct json_object *result, const struct ovmf_metadata *metadata)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < metadata->n_sections; i++) {
		const struct ovmf_section *section = &metadata->sections[i];
		struct json_object *row = json_object_new_object();

		result_add(row, "type", ovmf_section_name(section->type) ?: "unknown");
		result_add_hex(row, "address", section->base);
		result_add_number(row, "bytes", section->len);
		(void)json_object_array_add(list, row);
	}
	result_add_object(result, "sev_sections", list);
}

// --- The kernel ----------------------------------------------------------------------------------

static const char *const verdict_words[] = {
	[BLOB_VERIFIER_UNKNOWN] = "measured, cannot tell whether enforced",
	[BLOB_VERIFIER_NOT_ENFORCED] = "measured, NOT enforced",
	[BLOB_VERIFIER_ENFORCED] = "measured and enforced",
};
static_assert(ARRAY_LEN(verdict_words) == BLOB_VERIFIER_VERDICTS, "each verdict has words");

static void add_kernel_hashes(struct json_object *result, const struct look *look)
{
	struct json_object *object = json_object_new_object();
	struct blob_verifier found;

	if (look->ovmf.hash_area.part.state != OVMF_PRESENT) {
		result_add(object, "verdict", "not measured");
		result_add(object, "reason", "it has no area for them");
	} else {
		blob_verifier_find(&found, look->bytes, look->image->size);
		result_add(object, "verdict", verdict_words[found.verdict]);
		result_add(object, "reason", found.reason);
	}
	result_add_object(result, "kernel_hashes", object);
}

// --- Levels --------------------------------------------------------------------------------------

struct level_row {
	const char *level;
	const char *with; /* the key that chooses this mapping; empty: none does */
	enum firmware_mapping mapping;
	enum launch_type type; /* LAUNCH_UNSET: not measured */
};

static const struct level_row level_rows[] = {
	{ "off", "", FIRMWARE_PFLASH, LAUNCH_UNSET },
	{ "sev", "", FIRMWARE_PFLASH, LAUNCH_SEV },
	{ "sev-es", "legacy_vm_type on", FIRMWARE_PFLASH, LAUNCH_SEV_ES_LEGACY },
	{ "sev-es", "legacy_vm_type off", FIRMWARE_BIOS, LAUNCH_SEV_ES },
	{ "sev-snp", "", FIRMWARE_BIOS, LAUNCH_SEV_SNP },
};

// What makes an image no firmware at all, so that nothing else need be said.
static int check_basics(const struct look *look, struct err *err)
{
	if (look->image->size >= sizeof(QCOW2_MAGIC) - 1 &&
	    memcmp(look->bytes, QCOW2_MAGIC, sizeof(QCOW2_MAGIC) - 1) == 0)
		return err_set(err, ERR_INPUT,
			       "it is in the format qcow2, and firmware must be raw: use qemu-img "
			       "convert -O raw");
	if (firmware_is_variable_store(look->bytes, look->image->size))
		return err_set(err, ERR_INPUT, FIRMWARE_IS_VARIABLE_STORE);
	return look->unfit[0] != '\0' ? err_set(err, ERR_INPUT, "%s", look->unfit) : 0;
}

// What launch digests need of firmware, QEMU and the AMD-SP need too.
static int check_measurable(const struct look *look, const struct level_row *row, struct err *err)
{
	const struct launch_inputs launch = { .type = row->type, .firmware = &look->ovmf };
	struct launch_prefix prefix;

	return row->type == LAUNCH_UNSET ? 0 : launch_prefix_init(&prefix, &launch, err);
}

// Each reason is worth knowing: who mends one finds the other otherwise. True when there is none.
static bool can_boot(const struct look *look, const struct level_row *row,
		     char reasons[static REASONS_SIZE])
{
	struct err image_err;
	struct err digest_err;
	bool fits;
	bool measurable;

	if (check_basics(look, &image_err) < 0) {
		(void)snprintf(reasons, REASONS_SIZE, "%s", image_err.text);
		return false;
	}
	fits = firmware_check(look->image, row->mapping, &image_err) == 0;
	measurable = check_measurable(look, row, &digest_err) == 0;
	(void)snprintf(reasons, REASONS_SIZE, "%s%s%s", fits ? "" : image_err.text,
		       fits || measurable ? "" : "; and ", measurable ? "" : digest_err.text);
	return fits && measurable;
}

// SEV itself leaves no trace in an image; what edk2 adds for its successors tells.
static bool knows_sev(const struct ovmf *ovmf)
{
	return ovmf->reset.part.state == OVMF_PRESENT ||
	       ovmf->secret_area.part.state == OVMF_PRESENT ||
	       ovmf->metadata.part.state == OVMF_PRESENT;
}

static void add_level(struct json_object *list, const struct look *look,
		      const struct level_row *row)
{
	struct json_object *object = json_object_new_object();
	char reasons[REASONS_SIZE];

	result_add(object, "level", row->level);
	result_add(object, "mapping", row->mapping == FIRMWARE_BIOS ? "bios" : "pflash");
	result_add(object, "with", row->with);
	if (!can_boot(look, row, reasons)) {
		result_add(object, "boots", "no");
		result_add(object, "reason", reasons);
	} else if (row->type != LAUNCH_UNSET && !knows_sev(&look->ovmf)) {
		result_add(object, "boots", "unknown");
		result_add(object, "reason", "nothing in it says that it was built for SEV");
	} else {
		result_add(object, "boots", "yes");
	}
	(void)json_object_array_add(list, object);
}

static void add_levels(struct json_object *result, const struct look *look)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < ARRAY_LEN(level_rows); i++)
		add_level(list, look, &level_rows[i]);
	result_add_object(result, "levels", list);
}

int firmware_look(struct json_object *result, const struct artifact *image, const char *unfit,
		  struct err *err)
{
	struct look look = { .image = image, .unfit = unfit };
	void *bytes = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, image->fd, 0);

	if (bytes == MAP_FAILED)
		return err_sys(err, "cannot map the image");
	look.bytes = bytes;
	ovmf_read(&look.ovmf, look.bytes, image->size);
	result_add_number(result, "bytes", image->size);
	result_add_bytes(result, "sha256", image->sha256, sizeof(image->sha256));
	add_levels(result, &look);
	add_kernel_hashes(result, &look);
	result_add_object(result, "footer_table", part_json(&look.ovmf.footer));
	add_reset_block(result, &look.ovmf.reset);
	add_area(result, "hash_area", &look.ovmf.hash_area);
	add_area(result, "secret_area", &look.ovmf.secret_area);
	result_add_object(result, "sev_metadata", part_json(&look.ovmf.metadata.part));
	add_sections(result, &look.ovmf.metadata);
	(void)munmap(bytes, image->size); // nothing could be done about it
	return 0;
}
