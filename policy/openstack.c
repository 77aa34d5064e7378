// SPDX-License-Identifier: Apache-2.0
// From Nova's decisions to a guest of snplaunch: what it cannot do as asked, it refuses.

#include "policy/openstack.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/text_escape.h"
#include "policy/openstack_rules.h"
#include "policy/openstack_table.h"

#define LABEL(openstack, side) TEXT_SHOW(openstack_label(openstack, side))
// Without huge pages memory has these.
#define PAGE_KIB 4

static const char *image_value(const struct openstack *openstack, enum openstack_property property)
{
	return openstack_value(openstack, OPENSTACK_IMAGE, property);
}

// "image 'debian' and flavor 'm1.snp'".
static char *write_labels(char *out, size_t size, const struct openstack *openstack)
{
	size_t used = 0;

	out[0] = '\0';
	for (enum openstack_side side = OPENSTACK_IMAGE; side < OPENSTACK_SIDES; side++)
		if (openstack->files[side].is_given && used < size)
			used += (size_t)snprintf(
				out + used, size - used, "%s%s '%s'", used > 0 ? " and " : "",
				openstack_side_words[side], LABEL(openstack, side));
	return out;
}

// --- Level ---------------------------------------------------------------------------------------

static void warn_of_lost_models(const struct openstack *openstack)
{
	for (enum openstack_side side = OPENSTACK_IMAGE; side < OPENSTACK_SIDES; side++)
		if (openstack_value(openstack, side, OPENSTACK_MEM_ENCRYPTION_MODEL)[0] != '\0')
			log_warning(
				"property '%s' of %s '%s' has no effect, because nobody sets '%s' to "
				"true",
				openstack_rows[OPENSTACK_MEM_ENCRYPTION_MODEL].names[side],
				openstack_side_words[side], LABEL(openstack, side),
				openstack_rows[OPENSTACK_MEM_ENCRYPTION].names[side]);
}

static void tell_level(struct openstack *openstack, enum level level)
{
	struct openstack_decision *decision =
		openstack_add_decision(openstack, "level", level_word(level));

	openstack_add_sources(decision, openstack, OPENSTACK_MEM_ENCRYPTION);
	if (level > LEVEL_OFF)
		openstack_add_sources(decision, openstack, OPENSTACK_MEM_ENCRYPTION_MODEL);
}

static int decide_level(struct openstack *openstack, struct guest *guest, struct err *err)
{
	char labels[640];
	enum level level;

	if (openstack_rule_encryption(openstack, &level, err) < 0)
		return -1;
	if (level <= LEVEL_OFF)
		warn_of_lost_models(openstack);
	(void)write_labels(labels, sizeof(labels), openstack);
	if (level == LEVEL_UNSET && guest->level == LEVEL_UNSET)
		return err_set(err, ERR_USAGE,
			       "%s do not say whether memory is encrypted, and neither does key "
			       "'level': Nova would start such a guest unencrypted, which takes "
			       "--level off here",
			       labels);
	if (level == LEVEL_UNSET)
		return 0;
	if (guest->level != LEVEL_UNSET && guest->level != level)
		return err_set(err, ERR_USAGE,
			       "level '%s' is decided by %s, but key 'level' is '%s'",
			       level_word(level), labels, level_word(guest->level));
	guest->level = level;
	tell_level(openstack, level);
	return 0;
}

// --- Firmware and machine ------------------------------------------------------------------------

static int decide_firmware(struct openstack *openstack, struct err *err)
{
	const char *type = image_value(openstack, OPENSTACK_FIRMWARE_TYPE);
	enum on_off stateless =
		openstack_truth(image_value(openstack, OPENSTACK_FIRMWARE_STATELESS));

	if (type[0] != '\0' && strcmp(type, "uefi") != 0)
		return err_set(
			err, ERR_USAGE,
			"property 'hw_firmware_type' of image '%s' is '%s', but snplaunch has "
			"no firmware other than UEFI",
			LABEL(openstack, OPENSTACK_IMAGE), TEXT_SHOW(type));
	if (type[0] != '\0')
		openstack_add_sources(openstack_add_decision(openstack, "firmware", "uefi"),
				      openstack, OPENSTACK_FIRMWARE_TYPE);
	if (stateless == ON_OFF_OFF)
		log_warning(
			"property 'hw_firmware_stateless' of image '%s' is false, but snplaunch "
			"keeps firmware stateless always",
			LABEL(openstack, OPENSTACK_IMAGE));
	if (stateless != ON_OFF_UNSET)
		openstack_add_sources(
			openstack_add_decision(openstack, "stateless firmware", "always"),
			openstack, OPENSTACK_FIRMWARE_STATELESS);
	return 0;
}

static int decide_machine(struct openstack *openstack, struct err *err)
{
	const char *machine = image_value(openstack, OPENSTACK_MACHINE_TYPE);

	if (machine[0] == '\0')
		return 0;
	if (strstr(machine, "q35") == NULL)
		return err_set(
			err, ERR_USAGE,
			"property 'hw_machine_type' of image '%s' is '%s', but snplaunch makes "
			"q35 machines only",
			LABEL(openstack, OPENSTACK_IMAGE), TEXT_SHOW(machine));
	openstack_add_sources(openstack_add_decision(openstack, "machine", "q35"), openstack,
			      OPENSTACK_MACHINE_TYPE);
	return 0;
}

// --- Memory --------------------------------------------------------------------------------------

// How the memory of each level is kept from the swap.
static const char *const locked_words[LEVELS] = {
	[LEVEL_SEV] = "yes, pinned by KVM",
	[LEVEL_SEV_ES] = "yes, pinned by KVM",
	[LEVEL_SEV_SNP] = "yes for private memory, which cannot be swapped",
};

static int decide_locked_memory(struct openstack *openstack, const struct guest *guest,
				struct err *err)
{
	const char *word = locked_words[guest->level];
	enum on_off locked;

	if (openstack_rule_locked_memory(openstack, &locked, err) < 0)
		return -1;
	if (locked == ON_OFF_UNSET)
		return 0;
	if (locked == ON_OFF_ON && word == NULL)
		return err_set(
			err, ERR_USAGE,
			"image '%s' or flavor '%s' wants locked memory, which snplaunch does "
			"not do at level off",
			LABEL(openstack, OPENSTACK_IMAGE), LABEL(openstack, OPENSTACK_FLAVOR));
	// SEV pins memory whatever is asked, in Nova too.
	if (locked == ON_OFF_OFF && (word == NULL || guest->level == LEVEL_SEV_SNP))
		word = "no";
	openstack_add_sources(openstack_add_decision(openstack, "locked memory", word), openstack,
			      OPENSTACK_LOCKED_MEMORY);
	return 0;
}

static int decide_page_size(struct openstack *openstack, struct err *err)
{
	const char *text;
	uint64_t kib;

	if (openstack_rule_page_size(openstack, &text, &kib, err) < 0)
		return -1;
	if (text[0] == '\0')
		return 0;
	if (kib != PAGE_KIB && strcmp(text, "small") != 0 && strcmp(text, "any") != 0)
		return err_set(err, ERR_USAGE,
			       "image '%s' or flavor '%s' wants memory pages of size '%s', but "
			       "snplaunch gives guests pages of %d KiB only",
			       LABEL(openstack, OPENSTACK_IMAGE),
			       LABEL(openstack, OPENSTACK_FLAVOR), TEXT_SHOW(text), PAGE_KIB);
	openstack_add_sources(openstack_add_decision(openstack, "page size", "4 KiB"), openstack,
			      OPENSTACK_MEM_PAGE_SIZE);
	return 0;
}

// --- Size ----------------------------------------------------------------------------------------

struct size {
	const char *property;
	const char *key;
	uint32_t said; // by the flavor; 0: nothing
	uint32_t *asked;
};

static int decide_size(struct openstack *openstack, const struct size *size, struct err *err)
{
	char value[16];

	if (size->said == 0)
		return 0;
	if (*size->asked != 0 && *size->asked != size->said)
		return err_set(err, ERR_USAGE, "'%s' of flavor '%s' is %u, but key '%s' is %u",
			       size->property, LABEL(openstack, OPENSTACK_FLAVOR), size->said,
			       size->key, *size->asked);
	*size->asked = size->said;
	(void)snprintf(value, sizeof(value), "%u", size->said);
	openstack_add_source(openstack_add_decision(openstack, size->key, value), OPENSTACK_FLAVOR,
			     size->property);
	return 0;
}

static int decide_sizes(struct openstack *openstack, struct guest *guest, struct err *err)
{
	const struct openstack_file *flavor = &openstack->files[OPENSTACK_FLAVOR];
	const struct size sizes[] = {
		{ "vcpus", "vcpus", flavor->vcpus, &guest->vcpus },
		{ "ram", "memory_mib", flavor->memory_mib, &guest->memory_mib },
	};

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		if (decide_size(openstack, &sizes[i], err) < 0)
			return -1;
	return 0;
}

// Nova's API checks in this order; what a guest of snplaunch cannot have comes behind.
int openstack_decide(struct openstack *openstack, struct guest *guest, struct err *err)
{
	openstack->n_decisions = 0;
	if (decide_level(openstack, guest, err) < 0 ||
	    decide_locked_memory(openstack, guest, err) < 0 ||
	    decide_page_size(openstack, err) < 0 || decide_firmware(openstack, err) < 0 ||
	    decide_machine(openstack, err) < 0)
		return -1;
	return decide_sizes(openstack, guest, err);
}
