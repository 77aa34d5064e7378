// SPDX-License-Identifier: Apache-2.0
// Reads the footer table of a firmware image, and what it leads to.

#include "measure/ovmf.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/attributes.h"
#include "measure/kernel_hashes.h"
#include "measure/little_endian.h"

#define BIOS_BLOCK_BYTES ((size_t)65536)
#define FLASH_SECTOR_BYTES ((size_t)4096)

// The reset vector's code; the footer's GUID ends where it begins.
#define RESET_CODE_BYTES ((size_t)32)

// An entry's end: u16 length of all of the entry, GUID. The footer itself is the last entry.
#define LENGTH_BYTES ((size_t)2)
#define ENTRY_END_BYTES (LENGTH_BYTES + OVMF_GUID_BYTES)
#define FOOTER_BYTES (RESET_CODE_BYTES + ENTRY_END_BYTES)

// "ASEV", u32 length with this header, u32 version, u32 number of sections.
#define METADATA_HEADER_BYTES ((size_t)16)
#define METADATA_VERSION 1
#define SECTION_BYTES ((size_t)12)

enum guid {
	GUID_FOOTER,
	GUID_RESET_BLOCK,
	GUID_HASH_AREA,
	GUID_SECRET_AREA,
	GUID_METADATA,
	GUID_TDX_METADATA,
	GUID_IGVM_METADATA,
	GUID_SVSM_INFO,
	GUIDS,
};

// As they lie in memory: the first three groups are little-endian.
static const struct known_guid {
	uint8_t bytes[OVMF_GUID_BYTES];
	const char *name;
} known_guids[] = {
	// 96b582de-1fb2-45f7-baea-a366c55a082d
	[GUID_FOOTER] = { { 0xde, 0x82, 0xb5, 0x96, 0xb2, 0x1f, 0xf7, 0x45, 0xba, 0xea, 0xa3, 0x66,
			    0xc5, 0x5a, 0x08, 0x2d },
			  "TABLE_FOOTER" },
	// 00f771de-1a7e-4fcb-890e-68c77e2fb44e
	[GUID_RESET_BLOCK] = { { 0xde, 0x71, 0xf7, 0x00, 0x7e, 0x1a, 0xcb, 0x4f, 0x89, 0x0e, 0x68,
				 0xc7, 0x7e, 0x2f, 0xb4, 0x4e },
			       "SEV_ES_RESET_BLOCK" },
	// 7255371f-3a3b-4b04-927b-1da6efa8d454
	[GUID_HASH_AREA] = { { 0x1f, 0x37, 0x55, 0x72, 0x3b, 0x3a, 0x04, 0x4b, 0x92, 0x7b, 0x1d,
			       0xa6, 0xef, 0xa8, 0xd4, 0x54 },
			     "SEV_HASH_TABLE_RV" },
	// 4c2eb361-7d9b-4cc3-8081-127c90d3d294
	[GUID_SECRET_AREA] = { { 0x61, 0xb3, 0x2e, 0x4c, 0x9b, 0x7d, 0xc3, 0x4c, 0x80, 0x81, 0x12,
				 0x7c, 0x90, 0xd3, 0xd2, 0x94 },
			       "SEV_SECRET" },
	// dc886566-984a-4798-a75e-5585a7bf67cc
	[GUID_METADATA] = { { 0x66, 0x65, 0x88, 0xdc, 0x4a, 0x98, 0x98, 0x47, 0xa7, 0x5e, 0x55,
			      0x85, 0xa7, 0xbf, 0x67, 0xcc },
			    "SEV_META_DATA" },
	// e47a6535-984a-4798-865e-4685a7bf8ec2
	[GUID_TDX_METADATA] = { { 0x35, 0x65, 0x7a, 0xe4, 0x4a, 0x98, 0x98, 0x47, 0x86, 0x5e, 0x46,
				  0x85, 0xa7, 0xbf, 0x8e, 0xc2 },
				"TDX_METADATA" },
	// 784fa70e-3176-4677-8a20-04b68699e374
	[GUID_IGVM_METADATA] = { { 0x0e, 0xa7, 0x4f, 0x78, 0x76, 0x31, 0x77, 0x46, 0x8a, 0x20, 0x04,
				   0xb6, 0x86, 0x99, 0xe3, 0x74 },
				 "IGVM_METADATA" },
	// a789a612-0597-4c4b-a49f-cbb1fe9d1ddd
	[GUID_SVSM_INFO] = { { 0x12, 0xa6, 0x89, 0xa7, 0x97, 0x05, 0x4b, 0x4c, 0xa4, 0x9f, 0xcb,
			       0xb1, 0xfe, 0x9d, 0x1d, 0xdd },
			     "SVSM_INFO" },
};
_Static_assert(ARRAY_LEN(known_guids) == GUIDS, "each GUID has its bytes");

static const struct section_name {
	uint32_t type;
	const char *name;
} section_names[] = {
	{ OVMF_SECTION_SEC_MEM, "SEC_MEM" },
	{ OVMF_SECTION_SECRETS, "SECRETS" },
	{ OVMF_SECTION_CPUID, "CPUID" },
	{ OVMF_SECTION_SVSM_CAA, "SVSM_CAA" },
	{ OVMF_SECTION_KERNEL_HASHES, "KERNEL_HASHES" },
};

const char *ovmf_section_name(uint32_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(section_names); i++)
		if (section_names[i].type == type)
			return section_names[i].name;
	return NULL;
}

static bool is_guid(const uint8_t *bytes, enum guid guid)
{
	return memcmp(bytes, known_guids[guid].bytes, OVMF_GUID_BYTES) == 0;
}

const char *ovmf_guid_name(const uint8_t guid[static OVMF_GUID_BYTES])
{
	for (enum guid i = 0; i < GUIDS; i++)
		if (is_guid(guid, i))
			return known_guids[i].name;
	return NULL;
}

PRINTF_LIKE(3, 4)
static void note_lack(struct ovmf_part *part, enum ovmf_state state, const char *fmt, ...)
{
	va_list args;

	part->state = state;
	va_start(args, fmt);
	(void)vsnprintf(part->reason, sizeof(part->reason), fmt, args); // a cut reason is still one
	va_end(args);
}

// Says why a part is not there, in one line: return lacks(...).
#define lacks(...) (note_lack(__VA_ARGS__), false)

// --- Size ----------------------------------------------------------------------------------------

static void check_size(struct ovmf_part *part, size_t size, size_t unit)
{
	part->state = OVMF_PRESENT;
	if (size == 0)
		note_lack(part, OVMF_MALFORMED, "it is empty");
	else if (size > OVMF_BYTES_MAX)
		note_lack(part, OVMF_MALFORMED, "its %zu bytes are more than %zu", size,
			  OVMF_BYTES_MAX);
	else if (size % unit != 0)
		note_lack(part, OVMF_MALFORMED, "its %zu bytes are not a multiple of %zu", size,
			  unit);
}

// --- The footer table ----------------------------------------------------------------------------

bool ovmf_next_entry(const struct ovmf *ovmf, struct ovmf_entry *entry)
{
	const uint8_t *end = entry->data != NULL ? entry->data : ovmf->table + ovmf->table_len;
	size_t left = (size_t)(end - ovmf->table);
	size_t len;

	if (left < ENTRY_END_BYTES)
		return false;
	len = le16_at(end - ENTRY_END_BYTES);
	if (len < ENTRY_END_BYTES || len > left)
		return false;
	entry->guid = end - OVMF_GUID_BYTES;
	entry->data = end - len;
	entry->len = len - ENTRY_END_BYTES;
	return true;
}

static bool find_entry(const struct ovmf *ovmf, struct ovmf_entry *entry, enum guid guid)
{
	*entry = (struct ovmf_entry){ 0 };
	while (ovmf_next_entry(ovmf, entry))
		if (is_guid(entry->guid, guid))
			return true;
	return false;
}

// False also where the footer is whole and an entry in the table is not: those before it count.
static bool read_footer(struct ovmf *ovmf)
{
	struct ovmf_part *part = &ovmf->footer;
	struct ovmf_entry entry = { 0 };
	const uint8_t *table_end;
	size_t left;
	size_t len;

	if (ovmf->size < FOOTER_BYTES)
		return lacks(part, OVMF_ABSENT, "the image has only %zu bytes", ovmf->size);
	table_end = ovmf->image + ovmf->size - FOOTER_BYTES;
	if (!is_guid(table_end + LENGTH_BYTES, GUID_FOOTER))
		return lacks(part, OVMF_ABSENT, "the footer's GUID is not 48 bytes before the end");
	len = le16_at(table_end);
	if (len < ENTRY_END_BYTES || len - ENTRY_END_BYTES > ovmf->size - FOOTER_BYTES)
		return lacks(part, OVMF_MALFORMED, "its length of %zu bytes cannot be", len);
	ovmf->table_len = len - ENTRY_END_BYTES;
	ovmf->table = table_end - ovmf->table_len;
	while (ovmf_next_entry(ovmf, &entry))
		;
	left = entry.data != NULL ? (size_t)(entry.data - ovmf->table) : ovmf->table_len;
	if (left >= ENTRY_END_BYTES)
		return lacks(part, OVMF_MALFORMED, "an entry in it has a length that cannot be");
	part->state = OVMF_PRESENT;
	return true;
}

// Finds an entry of at least 'len' bytes.
static bool read_entry(const struct ovmf *ovmf, enum guid guid, size_t len, struct ovmf_part *part,
		       struct ovmf_entry *entry)
{
	static const char *const reasons[] = {
		[OVMF_PRESENT] = "the footer table has no entry for it",
		[OVMF_ABSENT] = "there is no footer table",
		[OVMF_MALFORMED] = "the footer table is malformed",
	};

	if (!find_entry(ovmf, entry, guid))
		return lacks(part, OVMF_ABSENT, "%s", reasons[ovmf->footer.state]);
	if (entry->len < len)
		return lacks(part, OVMF_MALFORMED, "its entry has %zu bytes, not %zu", entry->len,
			     len);
	part->state = OVMF_PRESENT;
	return true;
}

// --- Areas and reset block -----------------------------------------------------------------------

// A base of 0 is how edk2 says that this build has no such area.
static void read_area(const struct ovmf *ovmf, enum guid guid, uint32_t size_min,
		      struct ovmf_area *area)
{
	struct ovmf_entry entry;

	if (!read_entry(ovmf, guid, 2 * sizeof(uint32_t), &area->part, &entry))
		return;
	area->base = le32_at(entry.data);
	area->size = le32_at(entry.data + sizeof(uint32_t));
	if (area->base == 0)
		note_lack(&area->part, OVMF_ABSENT, "its address is 0");
	else if (area->size < size_min)
		note_lack(&area->part, OVMF_MALFORMED,
			  "it has %" PRIu32 " bytes, and needs %" PRIu32, area->size, size_min);
}

// From before there was a footer table: the block's own GUID stands where the footer's would.
static bool find_old_reset_block(const struct ovmf *ovmf, struct ovmf_entry *entry)
{
	const uint8_t *end;
	size_t len;

	if (ovmf->size < FOOTER_BYTES)
		return false;
	end = ovmf->image + ovmf->size - RESET_CODE_BYTES;
	if (!is_guid(end - OVMF_GUID_BYTES, GUID_RESET_BLOCK))
		return false;
	len = le16_at(end - ENTRY_END_BYTES);
	if (len < ENTRY_END_BYTES || len > ovmf->size - RESET_CODE_BYTES)
		return false;
	*entry = (struct ovmf_entry){ end - OVMF_GUID_BYTES, end - len, len - ENTRY_END_BYTES };
	return true;
}

static void read_reset(const struct ovmf *ovmf, struct ovmf_reset *reset)
{
	struct ovmf_entry entry;

	if (!read_entry(ovmf, GUID_RESET_BLOCK, sizeof(uint32_t), &reset->part, &entry)) {
		if (reset->part.state == OVMF_MALFORMED || !find_old_reset_block(ovmf, &entry))
			return;
		reset->part = (struct ovmf_part){ .state = OVMF_PRESENT };
		reset->without_table = true;
	}
	if (entry.len < sizeof(uint32_t)) {
		note_lack(&reset->part, OVMF_MALFORMED, "it ends too early");
		return;
	}
	reset->address = le32_at(entry.data);
	if (reset->address == 0)
		note_lack(&reset->part, OVMF_MALFORMED, "its address is 0");
}

// --- SEV metadata --------------------------------------------------------------------------------

// Pages that are given twice are refused by the host's kernel, so that no digest is right for them.
static bool check_section(const struct ovmf *ovmf, const struct ovmf_section *section,
			  struct ovmf_part *part)
{
	const struct ovmf_metadata *metadata = &ovmf->metadata;
	uint64_t end = (uint64_t)section->base + section->len;
	size_t number = metadata->n_sections + 1;

	if (section->len == 0 || (section->base | section->len) % OVMF_PAGE_BYTES != 0)
		return lacks(part, OVMF_MALFORMED,
			     "section %zu (0x%" PRIx32 ", 0x%" PRIx32 " bytes) is not whole pages",
			     number, section->base, section->len);
	if (end > OVMF_END_GPA - ovmf->size)
		return lacks(part, OVMF_MALFORMED,
			     "section %zu (0x%" PRIx32 ", 0x%" PRIx32 " bytes) reaches the image",
			     number, section->base, section->len);
	for (size_t i = 0; i < metadata->n_sections; i++) {
		const struct ovmf_section *other = &metadata->sections[i];

		if (section->base < (uint64_t)other->base + other->len && other->base < end)
			return lacks(part, OVMF_MALFORMED, "its sections %zu and %zu overlap",
				     i + 1, number);
	}
	return true;
}

static bool read_sections(struct ovmf *ovmf, const uint8_t *bytes, size_t n)
{
	struct ovmf_metadata *metadata = &ovmf->metadata;

	for (size_t i = 0; i < n; i++, bytes += SECTION_BYTES) {
		struct ovmf_section section = {
			.base = le32_at(bytes),
			.len = le32_at(bytes + 4),
			.type = le32_at(bytes + 8),
		};

		if (!check_section(ovmf, &section, &metadata->part))
			return false;
		metadata->sections[metadata->n_sections++] = section;
	}
	return true;
}

static bool read_metadata(struct ovmf *ovmf)
{
	struct ovmf_metadata *metadata = &ovmf->metadata;
	struct ovmf_part *part = &metadata->part;
	struct ovmf_entry entry;
	const uint8_t *header;
	uint32_t offset;
	uint32_t len;
	uint32_t n;

	if (!read_entry(ovmf, GUID_METADATA, sizeof(offset), part, &entry))
		return false;
	offset = le32_at(entry.data);
	if (offset < METADATA_HEADER_BYTES || offset > ovmf->size)
		return lacks(part, OVMF_MALFORMED,
			     "its place, 0x%" PRIx32 " bytes before the image's end, cannot be",
			     offset);
	header = ovmf->image + ovmf->size - offset;
	if (memcmp(header, "ASEV", 4) != 0)
		return lacks(part, OVMF_MALFORMED, "its signature is not 'ASEV'");
	len = le32_at(header + 4);
	metadata->version = le32_at(header + 8);
	n = le32_at(header + 12);
	if (metadata->version != METADATA_VERSION)
		return lacks(part, OVMF_MALFORMED, "its version is %" PRIu32 ", not %d",
			     metadata->version, METADATA_VERSION);
	if (n > OVMF_SECTIONS_MAX)
		return lacks(part, OVMF_MALFORMED, "it has %" PRIu32 " sections, more than %d", n,
			     OVMF_SECTIONS_MAX);
	if (len < METADATA_HEADER_BYTES + n * SECTION_BYTES || len > offset)
		return lacks(part, OVMF_MALFORMED,
			     "its length of %" PRIu32 " bytes does not fit %" PRIu32 " sections",
			     len, n);
	return read_sections(ovmf, header + METADATA_HEADER_BYTES, n);
}

void ovmf_read(struct ovmf *ovmf, const uint8_t *image, size_t size)
{
	*ovmf = (struct ovmf){ .image = image, .size = size, .table = image };
	check_size(&ovmf->bios, size, BIOS_BLOCK_BYTES);
	check_size(&ovmf->flash, size, FLASH_SECTOR_BYTES);
	// What these answer stands in the parts.
	(void)read_footer(ovmf);
	(void)read_metadata(ovmf);
	read_area(ovmf, GUID_HASH_AREA, KERNEL_HASHES_TABLE_BYTES, &ovmf->hash_area);
	read_area(ovmf, GUID_SECRET_AREA, 1, &ovmf->secret_area);
	read_reset(ovmf, &ovmf->reset);
}
