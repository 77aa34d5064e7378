// SPDX-License-Identifier: Apache-2.0
// Walks firmware volumes, their files and sections, once and forward only, so that a compressed
// volume needs no room but a window. What it searches is programs, not whatever data lie between.
//
// Source: UEFI Platform Initialization Specification, volume 3; edk2 OvmfPkg/AmdSev.

#include "measure/blob_verifier.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "measure/efi_guid.h"
#include "measure/image_stream.h"
#include "measure/little_endian.h"
#include "measure/volume.h"

// All compressed sections of an image together. Debian's images of 4 MiB expand to 13 MiB.
#define EXPANDED_BYTES_MAX ((uint64_t)64 * 1024 * 1024)

// Volumes and sections within each other; edk2's own images need five.
#define DEPTH_MAX 12
// Compressed sections within each other. Each costs a decoder's memory.
#define EXPANSIONS_MAX 2

// Volumes begin where a block of flash does.
#define FLASH_BLOCK_BYTES 4096

#define FILE_HEADER_BYTES 24
#define FILE_LARGE 0x01U // FFS_ATTRIB_LARGE_FILE
#define FILE_ALIGNMENT 8U

#define SECTION_HEADER_BYTES 4
#define SECTION_SIZE_EXTENDED 0xffffffU
#define SECTION_ALIGNMENT 4U
#define GUIDED_PROCESSING_REQUIRED 0x0001U

enum file_type {
	FILE_FREEFORM = 0x02,
	FILE_DRIVER = 0x07,
	FILE_SECTIONED_LAST = 0x0f,
};

// 4de79437-abd2-427f-b835-d5b172d2045b: the kernel's entry in the table of hashes.
static const struct efi_guid kernel_hash_guid = { { 0x37, 0x94, 0xe7, 0x4d, 0xd2, 0xab, 0x7f, 0x42,
						    0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2, 0x04,
						    0x5b } };

// ee4e5898-3914-4259-9d6e-dc7bd79403cf: a section compressed with LZMA.
static const struct efi_guid lzma_guid = { { 0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42, 0x9d,
					     0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf } };

struct walk {
	bool found;	   // the verifier: every loop ends
	bool driver_seen;  // there is what could hold one
	bool obstacle_met; // something was passed over, for the reason in 'obstacle'
	struct err obstacle;
	unsigned int depth;
	unsigned int n_expansions; // that the walk is inside of
	uint64_t size_left;	   // that compressed sections may yet expand to
};

struct section {
	uint64_t start;
	uint64_t end;
};

// Handlers begin behind the section's header and may leave the stream anywhere in the section.
typedef int section_handler(struct walk *walk, struct image_stream *stream,
			    const struct section *section, struct err *err);

static int walk_sections(struct walk *walk, struct image_stream *stream, uint64_t end,
			 struct err *err);
static int walk_volume(struct walk *walk, struct image_stream *stream, uint64_t end,
		       struct err *err);

static uint32_t le24_at(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
}

// Remembers the first of the places that could not be looked into.
static void pass_over(struct walk *walk, const struct err *why)
{
	if (!walk->obstacle_met)
		walk->obstacle = *why;
	walk->obstacle_met = true;
}

// The next multiple of 'alignment' behind 'start', but not behind 'end'.
static uint64_t aligned(uint64_t position, uint64_t start, uint64_t alignment, uint64_t end)
{
	uint64_t padding = (alignment - (position - start) % alignment) % alignment;

	return padding > end - position ? end : position + padding;
}

static int enter(struct walk *walk, struct err *err)
{
	if (walk->depth == DEPTH_MAX)
		return err_set(err, ERR_INPUT,
			       "volumes and sections lie within each other, more than %d deep",
			       DEPTH_MAX);
	walk->depth++;
	return 0;
}

// --- Sections ----------------------------------------------------------------------------------

static bool holds_guid(const uint8_t *bytes, size_t len)
{
	return memmem(bytes, len, kernel_hash_guid.bytes, EFI_GUID_BYTES) != NULL;
}

// Searches window by window, and the seams between windows.
static int search_program(struct walk *walk, struct image_stream *stream,
			  const struct section *section, struct err *err)
{
	uint8_t seam[2 * (EFI_GUID_BYTES - 1)];
	size_t n_before = 0; // bytes of the seam that came before the window

	while (stream->position < section->end) {
		const uint8_t *bytes;
		size_t n, n_behind;

		if (image_stream_take(stream, section->end - stream->position, &bytes, &n, err) < 0)
			return -1;
		n_behind = n < EFI_GUID_BYTES - 1 ? n : EFI_GUID_BYTES - 1;
		memcpy(seam + n_before, bytes, n_behind);
		if (holds_guid(seam, n_before + n_behind) || holds_guid(bytes, n)) {
			walk->found = true;
			return 0;
		}
		// The window's own end is the next seam, with what a short window leaves of this one.
		n_before += n_behind;
		if (n_before > EFI_GUID_BYTES - 1) {
			memmove(seam, seam + n_before - (EFI_GUID_BYTES - 1), EFI_GUID_BYTES - 1);
			n_before = EFI_GUID_BYTES - 1;
		}
		if (n >= EFI_GUID_BYTES - 1)
			memcpy(seam, bytes + n - (EFI_GUID_BYTES - 1), EFI_GUID_BYTES - 1);
	}
	return 0;
}

static int walk_contents(struct walk *walk, struct image_stream *stream,
			 const struct section *section, struct err *err)
{
	return walk_sections(walk, stream, section->end, err);
}

static int walk_contained_volume(struct walk *walk, struct image_stream *stream,
				 const struct section *section, struct err *err)
{
	return walk_volume(walk, stream, section->end, err);
}

// A standard compression section: u32 size, u8 type, of which 0 is none.
static int walk_compression(struct walk *walk, struct image_stream *stream,
			    const struct section *section, struct err *err)
{
	uint8_t header[5];

	if (section->end - stream->position < sizeof(header))
		return err_set(err, ERR_INPUT, "the section at 0x%" PRIx64 " is too short",
			       section->start);
	if (image_stream_read(stream, header, sizeof(header), err) < 0)
		return -1;
	if (header[4] == 0)
		return walk_sections(walk, stream, section->end, err);
	(void)err_set(err, ERR_INPUT,
		      "the section at 0x%" PRIx64
		      " has a compression, of type %u, that is not LZMA",
		      section->start, header[4]);
	pass_over(walk, err);
	return 0;
}

static int walk_expanded(struct walk *walk, struct image_stream *stream,
			 const struct section *section, struct err *err)
{
	AUTO(image_stream) struct image_stream expanded = { 0 };

	if (walk->n_expansions == EXPANSIONS_MAX)
		return err_set(err, ERR_INPUT,
			       "compressed sections lie within each other, more than %d deep",
			       EXPANSIONS_MAX);
	if (image_stream_expand(&expanded, stream, section->end - stream->position,
				&walk->size_left, err) < 0)
		return -1;
	walk->n_expansions++;
	if (walk_sections(walk, &expanded, expanded.size, err) < 0)
		return -1;
	walk->n_expansions--;
	return 0;
}

// A section whose GUID says how it is wrapped: GUID, u16 offset of the data, u16 attributes.
static int walk_guided(struct walk *walk, struct image_stream *stream,
		       const struct section *section, struct err *err)
{
	uint8_t header[EFI_GUID_BYTES + 4];
	uint64_t data;

	if (section->end - stream->position < sizeof(header))
		return err_set(err, ERR_INPUT, "the section at 0x%" PRIx64 " is too short",
			       section->start);
	if (image_stream_read(stream, header, sizeof(header), err) < 0)
		return -1;
	data = section->start + le16_at(header + EFI_GUID_BYTES);
	if (data < stream->position || data > section->end)
		return err_set(err, ERR_INPUT,
			       "the section at 0x%" PRIx64 " has its data outside of itself",
			       section->start);
	if (image_stream_skip_to(stream, data, err) < 0)
		return -1;
	if (efi_guid_is(header, &lzma_guid))
		return walk_expanded(walk, stream, section, err);
	if ((le16_at(header + EFI_GUID_BYTES + 2) & GUIDED_PROCESSING_REQUIRED) == 0)
		return walk_sections(walk, stream, section->end, err);
	(void)err_set(err, ERR_INPUT,
		      "the section at 0x%" PRIx64
		      " is wrapped in a way that is not known here, with "
		      "a GUID that begins with %08" PRIx32,
		      section->start, le32_at(header));
	pass_over(walk, err);
	return 0;
}

static const struct {
	uint8_t type;
	section_handler *handler;
} section_kinds[] = {
	{ 0x01, walk_compression },	 { 0x02, walk_guided },
	{ 0x03, walk_contents },	 // disposable
	{ 0x10, search_program },	 // PE32
	{ 0x11, search_program },	 // PIC
	{ 0x12, search_program },	 // TE
	{ 0x17, walk_contained_volume }, // firmware volume image
};

static section_handler *find_handler(uint8_t type)
{
	for (size_t i = 0; i < ARRAY_LEN(section_kinds); i++)
		if (section_kinds[i].type == type)
			return section_kinds[i].handler;
	return NULL;
}

static int walk_section(struct walk *walk, struct image_stream *stream, uint64_t end,
			struct err *err)
{
	struct section section = { .start = stream->position };
	uint8_t header[SECTION_HEADER_BYTES];
	uint8_t extended[4];
	section_handler *handler;
	uint64_t size;

	if (image_stream_read(stream, header, sizeof(header), err) < 0)
		return -1;
	size = le24_at(header);
	if (size == SECTION_SIZE_EXTENDED) {
		if (image_stream_read(stream, extended, sizeof(extended), err) < 0)
			return -1;
		size = le32_at(extended);
	}
	if (stream->position > end || size < stream->position - section.start ||
	    size > end - section.start)
		return err_set(err, ERR_INPUT,
			       "the section at 0x%" PRIx64 " claims %" PRIu64
			       " bytes, which do not fit there",
			       section.start, size);
	section.end = section.start + size;
	handler = find_handler(header[3]);
	if (handler != NULL && handler(walk, stream, &section, err) < 0)
		return -1;
	return walk->found ? 0 : image_stream_skip_to(stream, section.end, err);
}

static int walk_sections(struct walk *walk, struct image_stream *stream, uint64_t end,
			 struct err *err)
{
	uint64_t start = stream->position;

	if (enter(walk, err) < 0)
		return -1;
	while (!walk->found && end - stream->position >= SECTION_HEADER_BYTES) {
		if (walk_section(walk, stream, end, err) < 0)
			return -1;
		if (!walk->found &&
		    image_stream_skip_to(stream,
					 aligned(stream->position, start, SECTION_ALIGNMENT, end),
					 err) < 0)
			return -1;
	}
	walk->depth--;
	return 0;
}

// --- Files and volumes -------------------------------------------------------------------------

static bool is_blank(const uint8_t *bytes, size_t len, uint8_t blank)
{
	for (size_t i = 0; i < len; i++)
		if (bytes[i] != blank)
			return false;
	return true;
}

static int walk_file(struct walk *walk, struct image_stream *stream,
		     const uint8_t header[static FILE_HEADER_BYTES], uint64_t end, struct err *err)
{
	uint64_t start = stream->position - FILE_HEADER_BYTES;
	uint8_t type = header[18];
	uint64_t size = le24_at(header + 20);
	uint8_t extended[8];

	if ((header[19] & FILE_LARGE) != 0) {
		if (image_stream_read(stream, extended, sizeof(extended), err) < 0)
			return -1;
		size = le64_at(extended);
	}
	if (stream->position > end || size < stream->position - start || size > end - start)
		return err_set(err, ERR_INPUT,
			       "the file at 0x%" PRIx64 " claims %" PRIu64
			       " bytes, which do not fit there",
			       start, size);
	walk->driver_seen |= type == FILE_DRIVER;
	if (type >= FILE_FREEFORM && type <= FILE_SECTIONED_LAST &&
	    walk_sections(walk, stream, start + size, err) < 0)
		return -1;
	return walk->found ? 0 : image_stream_skip_to(stream, start + size, err);
}

static int walk_files(struct walk *walk, struct image_stream *stream, const struct volume *volume,
		      struct err *err)
{
	uint8_t header[FILE_HEADER_BYTES];

	while (!walk->found) {
		uint64_t next =
			aligned(stream->position, volume->start, FILE_ALIGNMENT, volume->end);

		if (image_stream_skip_to(stream, next, err) < 0)
			return -1;
		if (volume->end - next < FILE_HEADER_BYTES)
			return 0;
		if (image_stream_read(stream, header, sizeof(header), err) < 0)
			return -1;
		if (is_blank(header, sizeof(header), volume->blank))
			return 0;
		if (walk_file(walk, stream, header, volume->end, err) < 0)
			return -1;
	}
	return 0;
}

static int walk_volume(struct walk *walk, struct image_stream *stream, uint64_t end,
		       struct err *err)
{
	struct volume volume = { 0 };

	if (enter(walk, err) < 0 || volume_read(&volume, stream, end, err) < 0)
		return -1;
	if (volume.has_files) {
		if (volume_skip_to_files(&volume, stream, err) < 0)
			return -1;
		if (walk_files(walk, stream, &volume, err) < 0)
			return -1;
	}
	walk->depth--;
	return walk->found ? 0 : image_stream_skip_to(stream, volume.end, err);
}

// --- The image ---------------------------------------------------------------------------------

// A volume, or a block of something else: variables, or nothing.
static int walk_image(struct walk *walk, struct image_stream *image, struct err *err)
{
	while (!walk->found && image->available >= VOLUME_HEADER_BYTES_MIN) {
		uint64_t next = image->position;

		if (volume_is_header(image->next)) {
			if (walk_volume(walk, image, image->size, err) < 0)
				return -1;
			next = image->position;
		} else {
			next++;
		}
		if (!walk->found &&
		    image_stream_skip_to(image, aligned(next, 0, FLASH_BLOCK_BYTES, image->size),
					 err) < 0)
			return -1;
	}
	return 0;
}

static void decide(struct blob_verifier *found, enum blob_verifier_verdict verdict,
		   const char *reason)
{
	found->verdict = verdict;
	(void)snprintf(found->reason, sizeof(found->reason), "%s", reason);
}

void blob_verifier_find(struct blob_verifier *found, const void *image, size_t len)
{
	struct walk walk = { .size_left = EXPANDED_BYTES_MAX };
	struct image_stream stream;
	struct err err;

	image_stream_init(&stream, image, len);
	if (walk_image(&walk, &stream, &err) < 0)
		pass_over(&walk, &err);
	if (walk.found)
		decide(found, BLOB_VERIFIER_ENFORCED,
		       "a program of the firmware holds the verifier of kernel hashes");
	else if (walk.obstacle_met)
		decide(found, BLOB_VERIFIER_UNKNOWN, walk.obstacle.text);
	else if (!walk.driver_seen)
		decide(found, BLOB_VERIFIER_UNKNOWN,
		       "there is no firmware volume with a driver in it");
	else
		decide(found, BLOB_VERIFIER_NOT_ENFORCED,
		       "no program of the firmware holds the verifier of kernel hashes: take an "
		       "image of edk2's AmdSev build, such as OVMF.amdsev.fd");
}

const char *blob_verifier_word(enum blob_verifier_verdict verdict)
{
	static const char *const words[] = {
		[BLOB_VERIFIER_UNKNOWN] = "unknown",
		[BLOB_VERIFIER_NOT_ENFORCED] = "not-enforced",
		[BLOB_VERIFIER_ENFORCED] = "enforced",
	};

	static_assert(ARRAY_LEN(words) == BLOB_VERIFIER_VERDICTS, "each verdict has a word");
	return words[verdict];
}
