// SPDX-License-Identifier: Apache-2.0
// Nova's rules in Nova's order, with its sentences; the first that is broken is the error.

#include "policy/openstack_rules.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text_escape.h"
#include "policy/openstack_table.h"
#include "policy/words.h"

#define LABEL(openstack, side) TEXT_SHOW(openstack_label(openstack, side))

// The words of hw_mem_encryption_model.
enum model { MODEL_UNSET, MODEL_SEV, MODEL_SEV_ES, MODEL_SEV_SNP, MODELS };

static const char *const model_names[] = {
	[MODEL_SEV] = "amd-sev",
	[MODEL_SEV_ES] = "amd-sev-es",
	[MODEL_SEV_SNP] = "amd-sev-snp",
};
static_assert(ARRAY_LEN(model_names) == MODELS, "each model has a word");
static const struct words models = { model_names, MODELS };

static const enum level model_levels[] = {
	[MODEL_UNSET] = LEVEL_UNSET,
	[MODEL_SEV] = LEVEL_SEV,
	[MODEL_SEV_ES] = LEVEL_SEV_ES,
	[MODEL_SEV_SNP] = LEVEL_SEV_SNP,
};

static const char *image_value(const struct openstack *openstack, enum openstack_property property)
{
	return openstack_value(openstack, OPENSTACK_IMAGE, property);
}

static const char *flavor_value(const struct openstack *openstack, enum openstack_property property)
{
	return openstack_value(openstack, OPENSTACK_FLAVOR, property);
}

static enum on_off image_truth(const struct openstack *openstack, enum openstack_property property)
{
	return openstack_truth(image_value(openstack, property));
}

static enum on_off flavor_truth(const struct openstack *openstack, enum openstack_property property)
{
	return openstack_truth(flavor_value(openstack, property));
}

// --- Memory encryption ---------------------------------------------------------------------------

bool openstack_wants_encryption(const struct openstack *openstack)
{
	return image_truth(openstack, OPENSTACK_MEM_ENCRYPTION) == ON_OFF_ON ||
	       flavor_truth(openstack, OPENSTACK_MEM_ENCRYPTION) == ON_OFF_ON;
}

static int conflict(const struct openstack *openstack, enum openstack_property property,
		    struct err *err)
{
	const struct openstack_row *row = &openstack_rows[property];

	return err_set(
		err, ERR_USAGE,
		"flavor '%s' has %s extra spec explicitly set to '%s', conflicting with image "
		"'%s' which has %s property explicitly set to '%s'",
		LABEL(openstack, OPENSTACK_FLAVOR), row->names[OPENSTACK_FLAVOR],
		TEXT_SHOW(flavor_value(openstack, property)), LABEL(openstack, OPENSTACK_IMAGE),
		row->names[OPENSTACK_IMAGE], TEXT_SHOW(image_value(openstack, property)));
}

static int check_requests(const struct openstack *openstack, struct err *err)
{
	enum on_off image = image_truth(openstack, OPENSTACK_MEM_ENCRYPTION);
	enum on_off flavor = flavor_truth(openstack, OPENSTACK_MEM_ENCRYPTION);

	if (image == ON_OFF_UNSET || flavor == ON_OFF_UNSET || image == flavor)
		return 0;
	return conflict(openstack, OPENSTACK_MEM_ENCRYPTION, err);
}

static int check_models(const struct openstack *openstack, struct err *err)
{
	const char *image = image_value(openstack, OPENSTACK_MEM_ENCRYPTION_MODEL);
	const char *flavor = flavor_value(openstack, OPENSTACK_MEM_ENCRYPTION_MODEL);

	if (image[0] == '\0' || flavor[0] == '\0' || strcmp(image, flavor) == 0)
		return 0;
	return conflict(openstack, OPENSTACK_MEM_ENCRYPTION_MODEL, err);
}

static const char *model_of(const struct openstack *openstack)
{
	const char *image = image_value(openstack, OPENSTACK_MEM_ENCRYPTION_MODEL);
	const char *flavor = flavor_value(openstack, OPENSTACK_MEM_ENCRYPTION_MODEL);

	if (image[0] != '\0')
		return image;
	return flavor[0] != '\0' ? flavor : model_names[MODEL_SEV];
}

static enum level level_of(const struct openstack *openstack)
{
	return model_levels[words_find(&models, model_of(openstack))];
}

static int check_model(const struct openstack *openstack, struct err *err)
{
	char allowed[WORDS_LIST_SIZE];

	if (level_of(openstack) != LEVEL_UNSET)
		return 0;
	return err_set(err, ERR_USAGE, "invalid memory encryption model '%s': must be %s",
		       TEXT_SHOW(model_of(openstack)),
		       words_list(allowed, &models, WORDS_ALL, "or"));
}

// Who asked for encryption, as Nova names them.
static char *write_requesters(char *out, size_t size, const struct openstack *openstack)
{
	bool image = image_truth(openstack, OPENSTACK_MEM_ENCRYPTION) == ON_OFF_ON;
	bool flavor = flavor_truth(openstack, OPENSTACK_MEM_ENCRYPTION) == ON_OFF_ON;
	const char *id = openstack->files[OPENSTACK_IMAGE].id;
	size_t used = 0;

	out[0] = '\0';
	if (flavor)
		used = (size_t)snprintf(out, size, "hw:mem_encryption extra spec in flavor '%s'%s",
					LABEL(openstack, OPENSTACK_FLAVOR), image ? " and " : "");
	if (image && used < size)
		(void)snprintf(out + used, size - used, "hw_mem_encryption property of image '%s'",
			       id[0] != '\0' ? TEXT_SHOW(id) : LABEL(openstack, OPENSTACK_IMAGE));
	return out;
}

static int check_firmware(const struct openstack *openstack, struct err *err)
{
	char requesters[640];

	if (strcmp(image_value(openstack, OPENSTACK_FIRMWARE_TYPE), "uefi") == 0)
		return 0;
	return err_set(
		err, ERR_USAGE,
		"memory encryption is requested by %s but the image metadata doesn't have the "
		"'hw_firmware_type' property set to 'uefi'%s",
		write_requesters(requesters, sizeof(requesters), openstack),
		openstack->files[OPENSTACK_IMAGE].is_given ?
			"" :
			": give its file with --image-properties");
}

static int check_machine(const struct openstack *openstack, struct err *err)
{
	const char *machine = image_value(openstack, OPENSTACK_MACHINE_TYPE);
	const char *id = openstack->files[OPENSTACK_IMAGE].id;

	if (machine[0] == '\0' || strstr(machine, "q35") != NULL)
		return 0;
	return err_set(err, ERR_USAGE,
		       "machine type '%s' is not compatible with image '%s' ('%s'): q35 type is "
		       "required for SEV to work",
		       TEXT_SHOW(machine), LABEL(openstack, OPENSTACK_IMAGE), TEXT_SHOW(id));
}

static int check_stateless(const struct openstack *openstack, struct err *err)
{
	char requesters[640];

	if (level_of(openstack) != LEVEL_SEV_SNP ||
	    image_truth(openstack, OPENSTACK_FIRMWARE_STATELESS) == ON_OFF_ON)
		return 0;
	return err_set(
		err, ERR_USAGE,
		"memory encryption by amd-sev-snp, requested by %s, requires stateless firmware "
		"but the image metadata doesn't have the 'hw_firmware_stateless' property set "
		"to True",
		write_requesters(requesters, sizeof(requesters), openstack));
}

int openstack_rule_encryption(const struct openstack *openstack, enum level *level, struct err *err)
{
	static int (*const rules[])(const struct openstack *openstack, struct err *err) = {
		check_requests, check_models,  check_model,
		check_firmware, check_machine, check_stateless,
	};

	*level = LEVEL_UNSET;
	if (!openstack_wants_encryption(openstack)) {
		if (image_truth(openstack, OPENSTACK_MEM_ENCRYPTION) == ON_OFF_OFF ||
		    flavor_truth(openstack, OPENSTACK_MEM_ENCRYPTION) == ON_OFF_OFF)
			*level = LEVEL_OFF;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(rules); i++)
		if (rules[i](openstack, err) < 0)
			return -1;
	*level = level_of(openstack);
	return 0;
}

// --- Locked memory -------------------------------------------------------------------------------

int openstack_rule_locked_memory(const struct openstack *openstack, enum on_off *locked,
				 struct err *err)
{
	enum on_off image = image_truth(openstack, OPENSTACK_LOCKED_MEMORY);
	enum on_off flavor = flavor_truth(openstack, OPENSTACK_LOCKED_MEMORY);

	if (image != ON_OFF_UNSET && flavor != ON_OFF_UNSET && image != flavor)
		return err_set(
			err, ERR_USAGE,
			"locked_memory value in image '%s' (%s) and flavor '%s' (%s) conflict: "
			"a consistent value is expected if both are specified",
			LABEL(openstack, OPENSTACK_IMAGE),
			TEXT_SHOW(image_value(openstack, OPENSTACK_LOCKED_MEMORY)),
			LABEL(openstack, OPENSTACK_FLAVOR),
			TEXT_SHOW(flavor_value(openstack, OPENSTACK_LOCKED_MEMORY)));
	*locked = image != ON_OFF_UNSET ? image : flavor;
	if (*locked != ON_OFF_ON || image_value(openstack, OPENSTACK_MEM_PAGE_SIZE)[0] != '\0' ||
	    flavor_value(openstack, OPENSTACK_MEM_PAGE_SIZE)[0] != '\0')
		return 0;
	return err_set(err, ERR_USAGE,
		       "locked_memory value in image '%s' or flavor '%s' is forbidden when "
		       "mem_page_size is not set",
		       LABEL(openstack, OPENSTACK_IMAGE), LABEL(openstack, OPENSTACK_FLAVOR));
}

// --- Page size -----------------------------------------------------------------------------------

// oslo.utils reads these as powers of 1024; a number alone is KiB.
static const struct {
	const char *unit;
	unsigned int shift;
} units[] = {
	{ "", 0 },     { "KB", 0 },  { "KiB", 0 },  { "MB", 10 },
	{ "MiB", 10 }, { "GB", 20 }, { "GiB", 20 },
};

static bool is_word(const char *text)
{
	return strcmp(text, "small") == 0 || strcmp(text, "large") == 0 || strcmp(text, "any") == 0;
}

static int parse_page_size(const char *text, uint64_t *kib, struct err *err)
{
	char *unit;

	*kib = 0;
	if (is_word(text))
		return 0;
	if (text[0] >= '1' && text[0] <= '9') {
		errno = 0;
		*kib = strtoul(text, &unit, 10);
		for (size_t i = 0; i < ARRAY_LEN(units); i++)
			if (errno == 0 && *kib <= UINT32_MAX && strcmp(unit, units[i].unit) == 0) {
				*kib <<= units[i].shift;
				return 0;
			}
	}
	return err_set(
		err, ERR_USAGE,
		"invalid memory page size '%s': must be small, large, any, a number of KiB, or "
		"one with KB, MB or GB",
		TEXT_SHOW(text));
}

int openstack_rule_page_size(const struct openstack *openstack, const char **text, uint64_t *kib,
			     struct err *err)
{
	const char *image = image_value(openstack, OPENSTACK_MEM_PAGE_SIZE);
	const char *flavor = flavor_value(openstack, OPENSTACK_MEM_PAGE_SIZE);

	*text = flavor;
	*kib = 0;
	if (flavor[0] != '\0' && parse_page_size(flavor, kib, err) < 0)
		return -1;
	if (image[0] == '\0')
		return 0;
	if (strcmp(flavor, "large") != 0 && strcmp(flavor, "any") != 0)
		return err_set(
			err, ERR_USAGE,
			"page size '%s' of image '%s' is forbidden against '%s' of flavor '%s'",
			TEXT_SHOW(image), LABEL(openstack, OPENSTACK_IMAGE),
			flavor[0] != '\0' ? TEXT_SHOW(flavor) : "<empty>",
			LABEL(openstack, OPENSTACK_FLAVOR));
	*text = image;
	return parse_page_size(image, kib, err);
}
