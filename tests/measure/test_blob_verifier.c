// SPDX-License-Identifier: Apache-2.0
// Debian's firmware, and images that are made here: whole, wrapped, cut and hostile.

#include "tests/unit.h"

#include <fcntl.h>
#include <lzma.h>
#include <string.h>
#include <sys/stat.h>

#include "base/auto.h"
#include "base/mem.h"
#include "measure/blob_verifier.h"
#include "measure/little_endian.h"

#define VOLUME_HEADER 72
#define FILE_HEADER 24

enum {
	DRIVER = 0x07,
	RAW_FILE = 0x01,
	COMPRESSION = 0x01,
	GUIDED = 0x02,
	PE32 = 0x10,
	RAW_SECTION = 0x19,
	VOLUME_IMAGE = 0x17,
};

static const uint8_t kernel_guid[16] = { 0x37, 0x94, 0xe7, 0x4d, 0xd2, 0xab, 0x7f, 0x42,
					 0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2, 0x04, 0x5b };
static const uint8_t lzma_guid[16] = { 0x98, 0x58, 0x4e, 0xee, 0x14, 0x39, 0x59, 0x42,
				       0x9d, 0x6e, 0xdc, 0x7b, 0xd7, 0x94, 0x03, 0xcf };
static const uint8_t file_system_guid[16] = { 0x78, 0xe5, 0x8c, 0x8c, 0x3d, 0x8a, 0x1c, 0x4f,
					      0x99, 0x35, 0x89, 0x61, 0x85, 0xc3, 0x2d, 0xd3 };

// A part of an image; each step wraps it into the next and frees what it was.
struct part {
	uint8_t *bytes;
	size_t len;
};

static struct part make_part(size_t len)
{
	return (struct part){ mem_zeroed(len, 1), len };
}

// Room for a header in front of a part, and zeros behind it up to a multiple of 'unit'.
static struct part wrap(struct part inner, size_t header, size_t unit)
{
	struct part outer = make_part((header + inner.len + unit - 1) / unit * unit);

	memcpy(outer.bytes + header, inner.bytes, inner.len);
	free(inner.bytes);
	return outer;
}

static void put_size(uint8_t *bytes, size_t size)
{
	bytes[0] = (uint8_t)size;
	bytes[1] = (uint8_t)(size >> 8);
	bytes[2] = (uint8_t)(size >> 16);
}

static struct part in_section(struct part inner, uint8_t type)
{
	struct part section = wrap(inner, 4, 4);

	put_size(section.bytes, section.len);
	section.bytes[3] = type;
	return section;
}

static struct part in_guided(struct part inner, const uint8_t guid[16], uint8_t attributes)
{
	struct part section = in_section(wrap(inner, 20, 1), GUIDED);

	memcpy(section.bytes + 4, guid, 16);
	section.bytes[20] = 24;
	section.bytes[22] = attributes;
	return section;
}

static struct part in_file(struct part inner, uint8_t type)
{
	size_t len = FILE_HEADER + inner.len;
	struct part file = wrap(inner, FILE_HEADER, 8);

	memset(file.bytes, 0xab, 16);
	file.bytes[18] = type;
	put_size(file.bytes + 20, len);
	return file;
}

static void sum_volume(struct part *volume)
{
	uint16_t sum = 0;

	memset(volume->bytes + 50, 0, 2);
	for (size_t i = 0; i < VOLUME_HEADER; i += 2)
		sum = (uint16_t)(sum + le16_at(volume->bytes + i));
	volume->bytes[50] = (uint8_t)-sum;
	volume->bytes[51] = (uint8_t)((uint16_t)-sum >> 8);
}

// A volume of one file, with erased flash behind it.
static struct part in_volume(struct part inner)
{
	size_t used = VOLUME_HEADER + inner.len;
	struct part volume = wrap(inner, VOLUME_HEADER, 4096);

	memset(volume.bytes + used, 0xff, volume.len - used);
	memcpy(volume.bytes + 16, file_system_guid, 16);
	le64_put(volume.bytes + 32, volume.len);
	memcpy(volume.bytes + 40, "_FVH", 4);
	le32_put(volume.bytes + 44, 0x800);
	volume.bytes[48] = VOLUME_HEADER;
	sum_volume(&volume);
	return volume;
}

// With edk2's header, which tells the size.
static struct part compressed(struct part inner, uint32_t dictionary_bytes)
{
	struct part out = make_part(inner.len + 4096);
	lzma_stream lzma = LZMA_STREAM_INIT;
	lzma_options_lzma options;

	assert_false(lzma_lzma_preset(&options, 1));
	options.dict_size = dictionary_bytes;
	assert_int_equal(lzma_alone_encoder(&lzma, &options), LZMA_OK);
	lzma.next_in = inner.bytes;
	lzma.avail_in = inner.len;
	lzma.next_out = out.bytes;
	lzma.avail_out = out.len;
	assert_int_equal(lzma_code(&lzma, LZMA_FINISH), LZMA_STREAM_END);
	out.len = lzma.total_out;
	le64_put(out.bytes + 5, inner.len);
	lzma_end(&lzma);
	free(inner.bytes);
	return out;
}

static struct part in_lzma(struct part inner)
{
	return in_guided(compressed(inner, 1 << 16), lzma_guid, 1);
}

// A program of 'len' bytes that do not compress, with the kernel's GUID at 'at' if that fits.
static struct part program(size_t len, size_t at)
{
	struct part made = make_part(len);
	uint32_t state = 1;

	for (size_t i = 0; i < len; i++) {
		state = state * 1664525U + 1013904223U;
		made.bytes[i] = (uint8_t)(state >> 24);
	}
	if (at + sizeof(kernel_guid) <= len)
		memcpy(made.bytes + at, kernel_guid, sizeof(kernel_guid));
	return in_section(made, PE32);
}

#define NOWHERE SIZE_MAX / 2

static void expect(struct part image, enum blob_verifier_verdict verdict, const char *reason)
{
	struct blob_verifier found;

	blob_verifier_find(&found, image.bytes, image.len);
	free(image.bytes);
	if (found.verdict != verdict || strstr(found.reason, reason) == NULL)
		fail_msg("%s: %s", blob_verifier_word(found.verdict), found.reason);
}

#define ENFORCED BLOB_VERIFIER_ENFORCED, "holds the verifier"
#define NOT_ENFORCED BLOB_VERIFIER_NOT_ENFORCED, "no program of the firmware holds the verifier"

// As edk2 does it: a volume, in a section, compressed, in a file, in a volume.
static struct part like_edk2(size_t program_len, size_t at)
{
	struct part inner = in_volume(in_file(program(program_len, at), DRIVER));

	return in_volume(in_file(in_lzma(in_section(inner, VOLUME_IMAGE)), 0x0b));
}

static struct part read_image(const char *path)
{
	AUTO(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct part image = { 0 };
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return image;
	image = make_part((size_t)st.st_size);
	assert_int_equal(read(fd, image.bytes, image.len), image.len);
	return image;
}

static void judges_debians_firmware(void **state)
{
	static const struct {
		const char *path;
		enum blob_verifier_verdict verdict;
	} rows[] = {
		{ "/usr/share/ovmf/OVMF.fd", BLOB_VERIFIER_NOT_ENFORCED },
		{ "/usr/share/OVMF/OVMF_CODE.fd", BLOB_VERIFIER_NOT_ENFORCED },
		{ "/usr/share/OVMF/OVMF_CODE_4M.fd", BLOB_VERIFIER_NOT_ENFORCED },
		{ "/usr/share/OVMF/OVMF_CODE_4M.secboot.fd", BLOB_VERIFIER_NOT_ENFORCED },
		{ "/usr/share/OVMF/OVMF_VARS_4M.fd", BLOB_VERIFIER_UNKNOWN },
		{ "/usr/share/ovmf/OVMF.amdsev.fd", BLOB_VERIFIER_ENFORCED },
	};
	unsigned int n = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct part image = read_image(rows[i].path);

		if (image.bytes == NULL)
			continue;
		expect(image, rows[i].verdict, "");
		n++;
	}
	if (n == 0) {
		print_message("skipped: Debian's package ovmf is not installed\n");
		skip();
	}
}

static void finds_the_verifier_in_a_compressed_volume(void **state)
{
	(void)state;
	expect(like_edk2(5000, 1000), ENFORCED);
	expect(like_edk2(5000, NOWHERE), NOT_ENFORCED);
	expect(in_volume(in_file(program(5000, 3), DRIVER)), ENFORCED);
	expect(in_volume(in_file(in_lzma(in_lzma(program(5000, 3))), DRIVER)), ENFORCED);
}

// A window has 32 KiB, and 104 bytes of headers stand in front of the program.
static void finds_the_verifier_across_windows(void **state)
{
	(void)state;
	for (size_t at = 32768 - 104 - 17; at <= 32768 - 104 + 1; at++)
		expect(like_edk2(70000, at), ENFORCED);
	expect(like_edk2(70000, 70000 - 16), ENFORCED);
}

static void takes_only_programs_for_the_verifier(void **state)
{
	struct part data = make_part(64);

	(void)state;
	memcpy(data.bytes, kernel_guid, sizeof(kernel_guid));
	expect(in_volume(in_file(in_section(data, RAW_SECTION), DRIVER)), NOT_ENFORCED);
	data = make_part(4096);
	memcpy(data.bytes + 100, kernel_guid, sizeof(kernel_guid));
	expect(data, BLOB_VERIFIER_UNKNOWN, "no firmware volume with a driver");
	expect(in_volume(in_file(program(100, 0), RAW_FILE)), BLOB_VERIFIER_UNKNOWN,
	       "no firmware volume with a driver");
}

static void says_what_it_cannot_look_into(void **state)
{
	static const uint8_t other_guid[16] = { 1, 2, 3, 4 };
	struct part standard = program(100, 0);

	(void)state;
	expect(in_volume(in_file(in_guided(program(100, 0), other_guid, 1), DRIVER)),
	       BLOB_VERIFIER_UNKNOWN, "with a GUID that begins with 04030201");
	expect(in_volume(in_file(in_guided(program(100, 0), other_guid, 2), DRIVER)), ENFORCED);
	standard = wrap(standard, 5, 1);
	standard.bytes[4] = 1;
	expect(in_volume(in_file(in_section(standard, COMPRESSION), DRIVER)), BLOB_VERIFIER_UNKNOWN,
	       "a compression, of type 1, that is not LZMA");
}

static void refuses_bombs(void **state)
{
	struct part lzma;

	(void)state;
	lzma = compressed(make_part(65 * 1024 * 1024), 1 << 16);
	expect(in_volume(in_file(in_guided(lzma, lzma_guid, 1), DRIVER)), BLOB_VERIFIER_UNKNOWN,
	       "expands to 68157440 bytes, more than the 67108864 that are allowed yet");
	lzma = compressed(make_part(4096), 1 << 16);
	le64_put(lzma.bytes + 5, UINT64_MAX);
	expect(in_volume(in_file(in_guided(lzma, lzma_guid, 1), DRIVER)), BLOB_VERIFIER_UNKNOWN,
	       "does not tell its size");
	lzma = compressed(make_part(4096), 1 << 16);
	le32_put(lzma.bytes + 1, 1U << 30);
	expect(in_volume(in_file(in_guided(lzma, lzma_guid, 1), DRIVER)), BLOB_VERIFIER_UNKNOWN,
	       "bytes of memory to expand, more than the limit of 33554432");
	expect(in_volume(in_file(in_lzma(in_lzma(in_lzma(program(100, 0)))), DRIVER)),
	       BLOB_VERIFIER_UNKNOWN, "compressed sections lie within each other");
}

static void refuses_deep_nesting(void **state)
{
	struct part inner = program(16, 0);

	(void)state;
	for (unsigned int i = 0; i < 20; i++)
		inner = in_section(in_volume(in_file(inner, DRIVER)), VOLUME_IMAGE);
	expect(in_volume(in_file(inner, DRIVER)), BLOB_VERIFIER_UNKNOWN, "more than 12 deep");
}

// Every cut of an image, and every byte of its headers changed: never a verdict that it is checked.
static void survives_damage(void **state)
{
	struct part whole = like_edk2(3000, NOWHERE);

	(void)state;
	for (size_t len = 0; len < whole.len; len++) {
		AUTO(mem) uint8_t *cut = mem_zeroed(len, 1);
		struct blob_verifier found;

		memcpy(cut, whole.bytes, len);
		blob_verifier_find(&found, cut, len);
		assert_int_equal(found.verdict, BLOB_VERIFIER_UNKNOWN);
	}
	for (size_t at = 0; at < 1024; at++) {
		struct blob_verifier found;

		whole.bytes[at] ^= 0xff;
		blob_verifier_find(&found, whole.bytes, whole.len);
		assert_int_not_equal(found.verdict, BLOB_VERIFIER_ENFORCED);
		whole.bytes[at] ^= 0xff;
	}
	free(whole.bytes);
}

static void names_what_is_damaged(void **state)
{
	struct part image = like_edk2(3000, NOWHERE);
	struct part lzma = compressed(program(5000, NOWHERE), 1 << 16);

	(void)state;
	image.bytes[56] ^= 1;
	expect(image, BLOB_VERIFIER_UNKNOWN, "the volume at 0x0 has a damaged header");
	image = like_edk2(3000, NOWHERE);
	image.len -= 1;
	expect(image, BLOB_VERIFIER_UNKNOWN,
	       "the volume at 0x0 claims 4096 bytes, of which there are");
	image = like_edk2(3000, NOWHERE);
	put_size(image.bytes + VOLUME_HEADER + 20, 3);
	expect(image, BLOB_VERIFIER_UNKNOWN, "the file at 0x48 claims 3 bytes");
	image = like_edk2(3000, NOWHERE);
	put_size(image.bytes + VOLUME_HEADER + FILE_HEADER, 9999);
	expect(image, BLOB_VERIFIER_UNKNOWN, "the section at 0x60 claims 9999 bytes");
	image = like_edk2(3000, NOWHERE);
	memset(image.bytes + VOLUME_HEADER + FILE_HEADER + 24 + 20, 0x55, 100);
	expect(image, BLOB_VERIFIER_UNKNOWN, "the compressed section is damaged");
	lzma.len -= 10;
	expect(in_volume(in_file(in_guided(lzma, lzma_guid, 1), DRIVER)), BLOB_VERIFIER_UNKNOWN,
	       "the compressed section ends early");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_debians_firmware),
		cmocka_unit_test(finds_the_verifier_in_a_compressed_volume),
		cmocka_unit_test(finds_the_verifier_across_windows),
		cmocka_unit_test(takes_only_programs_for_the_verifier),
		cmocka_unit_test(says_what_it_cannot_look_into),
		cmocka_unit_test(refuses_bombs),
		cmocka_unit_test(refuses_deep_nesting),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(names_what_is_damaged),
	};

	return cmocka_run_group_tests_name("measure/blob_verifier", tests, NULL, NULL);
}
