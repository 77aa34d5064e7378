// SPDX-License-Identifier: Apache-2.0
// Reads what stands in front of a volume's files.

#include "measure/volume.h"

#include <inttypes.h>
#include <string.h>

#include "measure/efi_guid.h"
#include "measure/little_endian.h"

#define VOLUME_HEADER_BYTES_MAX 256
#define VOLUME_ERASES_TO_ONES 0x800U // EFI_FVB2_ERASE_POLARITY
#define VOLUME_EXTENSION_BYTES 20

// 8c8ce578-8a3d-4f1c-9935-896185c32dd3 and 5473c07a-3dcb-4dca-bd6f-1e9689e7349a: volumes of files.
static const struct efi_guid file_system_guids[] = {
	{ { 0x78, 0xe5, 0x8c, 0x8c, 0x3d, 0x8a, 0x1c, 0x4f, 0x99, 0x35, 0x89, 0x61, 0x85, 0xc3,
	    0x2d, 0xd3 } },
	{ { 0x7a, 0xc0, 0x73, 0x54, 0xcb, 0x3d, 0xca, 0x4d, 0xbd, 0x6f, 0x1e, 0x96, 0x89, 0xe7,
	    0x34, 0x9a } },
};

bool volume_is_header(const uint8_t *header)
{
	return memcmp(header + 40, "_FVH", 4) == 0;
}

static bool has_files(const uint8_t *header)
{
	for (size_t i = 0; i < ARRAY_LEN(file_system_guids); i++)
		if (efi_guid_is(header + 16, &file_system_guids[i]))
			return true;
	return false;
}

// The words of a header add up to 0.
static bool sum_is_right(const uint8_t *header, size_t len)
{
	uint16_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum = (uint16_t)(sum + le16_at(header + i));
	return sum == 0;
}

int volume_read(struct volume *volume, struct image_stream *stream, uint64_t end, struct err *err)
{
	uint8_t header[VOLUME_HEADER_BYTES_MAX];
	uint64_t start = stream->position;
	uint64_t len;

	if (end - start < VOLUME_HEADER_BYTES_MIN)
		return err_set(err, ERR_INPUT, "there is no volume at 0x%" PRIx64, start);
	if (image_stream_read(stream, header, VOLUME_HEADER_BYTES_MIN, err) < 0)
		return -1;
	len = le64_at(header + 32);
	*volume = (struct volume){
		.start = start,
		.end = start + len,
		.header_len = le16_at(header + 48),
		.extension = le16_at(header + 52),
		.blank = (le32_at(header + 44) & VOLUME_ERASES_TO_ONES) != 0 ? 0xff : 0x00,
		.has_files = has_files(header),
	};
	if (!volume_is_header(header) || volume->header_len < VOLUME_HEADER_BYTES_MIN ||
	    volume->header_len > sizeof(header) || volume->header_len > end - start)
		return err_set(err, ERR_INPUT, "there is no volume at 0x%" PRIx64, start);
	if (len < volume->header_len || len > end - start)
		return err_set(err, ERR_INPUT,
			       "the volume at 0x%" PRIx64 " claims %" PRIu64
			       " bytes, of which there are %" PRIu64,
			       start, len, end - start);
	if (image_stream_read(stream, header + VOLUME_HEADER_BYTES_MIN,
			      volume->header_len - VOLUME_HEADER_BYTES_MIN, err) < 0)
		return -1;
	if (!sum_is_right(header, volume->header_len))
		return err_set(err, ERR_INPUT, "the volume at 0x%" PRIx64 " has a damaged header",
			       start);
	return 0;
}

// That is: behind the second header, a GUID and its own u32 size.
int volume_skip_to_files(const struct volume *volume, struct image_stream *stream, struct err *err)
{
	uint64_t start = volume->start + volume->extension;
	uint8_t extension[VOLUME_EXTENSION_BYTES];
	uint64_t len;

	if (volume->extension == 0)
		return 0;
	if (start < stream->position || volume->end - volume->start < volume->extension ||
	    volume->end - start < sizeof(extension))
		return err_set(err, ERR_INPUT,
			       "the volume at 0x%" PRIx64
			       " has its second header outside of itself",
			       volume->start);
	if (image_stream_skip_to(stream, start, err) < 0 ||
	    image_stream_read(stream, extension, sizeof(extension), err) < 0)
		return -1;
	len = le32_at(extension + EFI_GUID_BYTES);
	if (len < sizeof(extension) || len > volume->end - start)
		return err_set(err, ERR_INPUT,
			       "the volume at 0x%" PRIx64 " has a damaged second header",
			       volume->start);
	return image_stream_skip_to(stream, start + len, err);
}
