/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware image of 64 KiB that a test can put a footer table and SEV metadata into. */
#ifndef SNPLAUNCH_TESTS_MEASURE_IMAGES_H
#define SNPLAUNCH_TESTS_MEASURE_IMAGES_H

#include "tests/base/process.h"

#include "measure/ovmf.h"

#define IMAGE_BYTES ((size_t)65536)
/* Where make_metadata() writes. */
#define METADATA_OFFSET 1024u

/* GUIDs as they lie in memory. */
#define FOOTER_GUID "\xde\x82\xb5\x96\xb2\x1f\xf7\x45\xba\xea\xa3\x66\xc5\x5a\x08\x2d"
#define RESET_GUID "\xde\x71\xf7\x00\x7e\x1a\xcb\x4f\x89\x0e\x68\xc7\x7e\x2f\xb4\x4e"
#define HASHES_GUID "\x1f\x37\x55\x72\x3b\x3a\x04\x4b\x92\x7b\x1d\xa6\xef\xa8\xd4\x54"
#define SECRET_GUID "\x61\xb3\x2e\x4c\x9b\x7d\xc3\x4c\x80\x81\x12\x7c\x90\xd3\xd2\x94"
#define METADATA_GUID "\x66\x65\x88\xdc\x4a\x98\x98\x47\xa7\x5e\x55\x85\xa7\xbf\x67\xcc"

struct image {
	uint8_t bytes[IMAGE_BYTES];
	size_t table_len; /* of the entries so far, without the footer's */
};

static inline void put16(uint8_t *at, uint16_t value)
{
	memcpy(at, &value, sizeof(value));
}

static inline void put32(uint8_t *at, uint32_t value)
{
	memcpy(at, &value, sizeof(value));
}

/* The footer with the length of what is below it. */
static inline void end_table(struct image *image)
{
	uint8_t *end = image->bytes + IMAGE_BYTES - 32;

	memcpy(end - 16, FOOTER_GUID, 16);
	put16(end - 18, (uint16_t)(image->table_len + 18));
}

/* Puts an entry below those that are there. Its data of 'len' bytes are returned, all zero. */
static inline uint8_t *add_entry(struct image *image, const char *guid, size_t len)
{
	uint8_t *end = image->bytes + IMAGE_BYTES - 32 - 18 - image->table_len;

	memcpy(end - 16, guid, 16);
	put16(end - 18, (uint16_t)(len + 18));
	memset(end - 18 - len, 0, len);
	image->table_len += len + 18;
	end_table(image);
	return end - 18 - len;
}

/* An entry of u32 values; the second is left out when it is 0. */
static inline uint8_t *add_values(struct image *image, const char *guid, uint32_t first,
				  uint32_t second)
{
	uint8_t *data = add_entry(image, guid, second != 0 ? 8 : 4);

	put32(data, first);
	if (second != 0)
		put32(data + 4, second);
	return data;
}

/* Metadata of the sections given, and the entry that leads to it. */
static inline uint8_t *add_metadata(struct image *image, const struct ovmf_section *sections,
				    uint32_t n)
{
	uint8_t *header = image->bytes + IMAGE_BYTES - METADATA_OFFSET;

	memcpy(header, "ASEV", 4);
	put32(header + 4, 16 + 12 * n);
	put32(header + 8, 1);
	put32(header + 12, n);
	for (uint32_t i = 0; i < n; i++) {
		put32(header + 16 + (size_t)12 * i, sections[i].base);
		put32(header + 20 + (size_t)12 * i, sections[i].len);
		put32(header + 24 + (size_t)12 * i, sections[i].type);
	}
	(void)add_values(image, METADATA_GUID, METADATA_OFFSET, 0);
	return header;
}

static inline void clear_image(struct image *image)
{
	memset(image->bytes, 0xff, sizeof(image->bytes));
	image->table_len = 0;
}

/* What edk2's AmdSev build has, in short. */
static inline void make_image(struct image *image)
{
	static const struct ovmf_section sections[] = {
		{ 0x800000, 0x9000, OVMF_SECTION_SEC_MEM },
		{ 0x80d000, 0x1000, OVMF_SECTION_SECRETS },
		{ 0x80e000, 0x1000, OVMF_SECTION_CPUID },
		{ 0x80f000, 0x1000, OVMF_SECTION_SVSM_CAA },
		{ 0x810000, 0x1000, OVMF_SECTION_KERNEL_HASHES },
	};

	clear_image(image);
	(void)add_metadata(image, sections, ARRAY_LEN(sections));
	(void)add_values(image, HASHES_GUID, 0x810c00, 0x400);
	(void)add_values(image, SECRET_GUID, 0x811000, 0x1000);
	(void)add_values(image, RESET_GUID, 0x80b004, 0);
}

#endif
